"""Files that an input names by globs, and which of them are signatures."""

import glob
from pathlib import Path
from typing import Final

from tagship import plugins
from tagship.domain.plans.artifact import ATTESTATIONS_ENDING
from tagship.errors import UsageError
from tagship.parts.inputs import split_list

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of a signature, or of one signed statement; what is larger is neither."""


def find_files(root: Path, patterns: str, *, signatures: bool = False, folders: bool = False) -> list[Path]:
    """Return the files that globs (one a line or comma-separated) match below ``root``.

    Signatures, attestations and folders are left out unless asked for.

    Raises:
        UsageError: a pattern matches nothing.

    """
    found: set[Path] = set()
    for pattern in split_list(patterns):
        matches = [root / hit for hit in glob.glob(pattern, root_dir=root, recursive=True)]  # noqa: PTH207  (absolute ones too)
        wanted = [path for path in matches if path.is_file() or (folders and path.is_dir())]
        about = (*signature_endings(), ATTESTATIONS_ENDING)
        files = [path for path in wanted if signatures or not path.name.endswith(about)]
        if not files:
            raise UsageError(
                "no file matches", file=pattern, hint="mend `files`; globs are read from working-directory"
            )
        found |= set(files)
    return sorted(found)


def signature_endings() -> tuple[str, ...]:
    """Return what the names of signatures end with, for every signer there is."""
    return tuple(plugins.load("signers", name).signature_name("") for name in plugins.names("signers"))
