"""Files of no plan: signatures and statements are written beside each."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tagship.adapters.files import sweep, write_whole
from tagship.domain.plans.artifact import ATTESTATIONS_ENDING
from tagship.domain.proofs import provenance
from tagship.errors import UsageError
from tagship.parts.sign import attesting
from tagship.parts.sign.signing import sign_all
from tagship.ports import Attester, FileToSign, Signer, Tools


def sign(files: Mapping[Path, str], signers: Sequence[Signer], *, window: float, tools: Tools) -> dict[Path, str]:
    """Sign files (path → SHA-256); return the names of the last signatures by the files' paths."""
    wanted = [FileToSign(name=path.name, path=path, sha256=sha256) for path, sha256 in files.items()]
    names: dict[Path, str] = {}
    for folder in {path.parent for path in files}:
        sweep(folder)
    for signer in signers:
        made = sign_all(signer, wanted, window=window, tools=tools)
        names = {path: signer.signature_name(path.name) for path in files}
        for path, name in names.items():
            write_whole(path.with_name(name), made[path])
    return names


def attest(
    files: Mapping[Path, str], signers: Sequence[Signer], kinds: Sequence[str], *, window: float, tools: Tools
) -> list[bytes]:
    """State where files come from: one statement about all of them, a copy of it beside each.

    Raises:
        UsageError: an SBOM, which is made for a plan only; no signer of statements; or two files of one name.

    """
    attesters = [signer for signer in signers if isinstance(signer, Attester)]
    names = {path.name for path in files}
    if "sbom" in kinds or not attesters or len(names) != len(files):
        hint = "give a plan, or take `provenance` alone, signed by sigstore or key, about files of different names"
        raise UsageError("this cannot be stated of loose files", hint=hint)
    predicate = attesting.predicate(None, tools, window=window)
    subjects = {path.name: sha256 for path, sha256 in files.items()}
    statements = list(provenance.statements(subjects, provenance.SLSA, predicate))
    made = attesting.sign(attesters, statements, window=window, tools=tools)
    for path in files:
        write_whole(path.with_name(attestations_of(path.name)), attesting.lines(made))
    return made


def attestations_of(file: str) -> str:
    """``<file>.intoto.jsonl``."""
    return f"{file}{ATTESTATIONS_ENDING}"
