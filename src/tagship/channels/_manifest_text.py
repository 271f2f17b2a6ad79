"""What a manifest in somebody's repository says, compared with ours: a version that is newer, or of the same files, stays."""

import re
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from tagship.domain.versions.version import Version
from tagship.errors import RemoteRefused, UsageError

Relation = Literal["absent", "older", "same", "edited", "different", "newer"]
"""What is there is: nothing, an older version, our text, our files in other words, other files, a newer version."""
_DIGEST: Final = re.compile(r"\b[0-9A-Fa-f]{64}\b")
_DOWNLOAD: Final = re.compile(r"https?://[^\s\"']+?/releases/download/[^\s\"']+")


class Manifest(NamedTuple):
    """A manifest of ours and its place in the repository."""

    path: str
    data: bytes

    @property
    def downloads(self) -> tuple[str, ...]:
        """The files of releases that it names."""
        return tuple(dict.fromkeys(_DOWNLOAD.findall(self.data.decode())))


def relation(ours: Manifest, theirs: bytes | None, version_in: Callable[[str], str | None]) -> Relation:
    """Say what is there, seen from ours.

    Who polishes a manifest by hand, or adds bottles to a formula, keeps the digests of what is installed.

    Raises:
        RemoteRefused: it cannot be read, so that nobody knows which is newer.

    """
    if theirs is None or theirs == ours.data:
        return "absent" if theirs is None else "same"
    text, own = theirs.decode(errors="replace"), ours.data.decode()
    there, here = (_version(found, version_in, ours.path) for found in (text, own))
    if there != here:
        return "newer" if there > here else "older"
    installs_ours = _digests(own) <= _digests(text)
    return "edited" if installs_ours else "different"


def _digests(text: str) -> set[str]:
    return {digest.lower() for digest in _DIGEST.findall(text)}


def _version(text: str, version_in: Callable[[str], str | None], path: str) -> Version:
    try:
        return Version.from_declared(version_in(text) or "")
    except UsageError:
        hint = "write its version, or take the file out of the repository, and run it again"
        raise RemoteRefused(f"{path}: the one that is there says no version that can be compared", hint=hint) from None
