"""What an earlier run signed: kept where it still holds, so that a re-run makes the same release and not a second one.

The folder comes from another job or another day, and anybody may have put something there: only what this very identity
signed, of just these bytes, is kept.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tagship.domain.proofs import provenance
from tagship.parts.release.files import LARGEST
from tagship.parts.retry import persist
from tagship.ports import FileToSign, Renewing, Tools


def read(folder: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Read those of the files that are there, as files, and of a size that signatures may have."""
    paths = [folder / name for name in names]
    there = [path for path in paths if path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST]
    return {path.name: path.read_bytes() for path in there}


def signatures(
    signer: Renewing, files: Sequence[FileToSign], found: Mapping[str, bytes], *, window: float, tools: Tools
) -> dict[Path, bytes]:
    """Return the earlier signatures that still hold, by the paths of their files."""
    kept: dict[Path, bytes] = {}
    for file in files:
        old = found.get(signer.signature_name(file.name), b"")
        if old and persist(lambda: signer.still_holds(file, old), lambda: 0, window=window, tools=tools):  # noqa: B023
            kept[file.path] = old
    return kept


def statements(
    signer: Renewing, wanted: Sequence[bytes], found: bytes, *, window: float, tools: Tools
) -> dict[bytes, bytes]:
    """Return the earlier bundles that state what is wanted, by the statements; the attempt of a run makes no difference."""
    kept: dict[bytes, bytes] = {}
    same = {_meaning(statement): statement for statement in wanted}
    for line in found.splitlines():
        said = persist(lambda: signer.still_stated(line), lambda: 0, window=window, tools=tools)  # noqa: B023
        statement = same.get(_meaning(said)) if said else None
        if statement:
            kept.setdefault(statement, line)
    return kept


def _meaning(statement: bytes) -> str:
    document: Any = json.loads(statement)
    if document.get("predicateType") == provenance.SLSA:
        metadata = document["predicate"].get("runDetails", {}).get("metadata", {})
        metadata["invocationId"] = str(metadata.get("invocationId", "")).partition("/attempts/")[0]
    return json.dumps(document, sort_keys=True)
