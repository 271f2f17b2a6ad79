"""Check what was released: signatures, checksums, and that the manifest's files are these very files."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec

from tagship import plugins
from tagship.adapters.files import sha256_of, write_whole
from tagship.domain import evidence
from tagship.domain import plan as plans
from tagship.domain.artifact import CHECKSUMS, MANIFEST_ENDING, parse_checksums
from tagship.domain.evidence import Finding, SignatureState
from tagship.domain.receipt import decode_manifest
from tagship.domain.trust import Trust
from tagship.errors import IntegrityError, Problem, UsageError
from tagship.forges.directory import OWN_FILES, RECORD
from tagship.parts.dist import RECEIPT
from tagship.parts.files import find_files, signature_endings
from tagship.parts.inputs import CommonInputs, as_json, read_bytes, split_list, text
from tagship.ports import FileToSign, Signer, Tools

_BETWEEN_JOBS: Final = frozenset({RECEIPT, "plan.json"})


class Inputs(CommonInputs, frozen=True, kw_only=True):
    """Inputs of verify."""

    files: Annotated[str, text("the files or folders to check (globs, one a line); signatures lie beside them")] = "*"
    key: Annotated[
        str, text("path of the public key that must have signed; several, comma-separated, where several signed")
    ] = ""
    report: Annotated[str, text("where to write the findings as JSON; default: nowhere")] = ""


class Outputs(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Outputs of verify."""

    verified: Annotated[bool, text("whether everything holds")]
    report: Annotated[str, text("the findings (JSON: file, sha256, checksum, signature)")]


def run(inputs: Inputs, tools: Tools) -> Outputs:
    """Check every file that the inputs name.

    Raises:
        IntegrityError: something does not hold; one problem per file.
        UsageError: no files, signatures without a key, or nothing to check against.

    """
    entries = find_files(inputs.root, inputs.files, signatures=True, folders=True)
    keys = [inputs.root / path for path in split_list(inputs.key)]
    report = inputs.root / inputs.report if inputs.report else None
    return check(entries, keys, tools, report=report)


def check(
    entries: Sequence[Path],
    keys: Sequence[Path],
    tools: Tools,
    *,
    report: Path | None = None,
    only: Collection[str] | None = None,
) -> Outputs:
    """Check files and folders, of these names where ``only`` is given; all findings are shown before the verdict.

    Raises:
        IntegrityError: something does not hold; one problem per file.
        UsageError: signatures without a key, or nothing to check against.

    """
    files, signatures = _expand(entries, only)
    trust = {path.name: read_bytes(path, "give the public key's path in `key`") for path in keys}
    if signatures and not trust:
        hint = "give the public key's path in `key`, e.g. signing-key.pub, obtained from a place you trust"
        raise UsageError("there are signatures, but no key to check them", hint=hint)
    findings, promised = _findings(files, signatures, trust)
    problems = [finding.as_problem() for finding in findings if not finding.good]
    if any(entry.is_dir() for entry in entries):
        lacking = sorted(set(promised) - {path.name for path in files} - set(signatures))
        hint = "download it too; a release is checked as a whole"
        problems += [Problem(message="listed in the release, but not there", file=name, hint=hint) for name in lacking]
    _show(findings, tools)
    if report:
        write_whole(report, plans.encode(findings))
    if problems:
        raise IntegrityError.of(problems)
    if not any("ok" in {finding.checksum, finding.signature} for finding in findings):
        hint = "point `files` at a folder with checksums.txt, a release manifest or signature bundles"
        raise UsageError("there is nothing to check these files against", hint=hint)
    return Outputs(verified=True, report=as_json(findings))


def _expand(entries: Sequence[Path], only: Collection[str] | None) -> tuple[list[Path], dict[str, Path]]:
    """Return the files to check, and the signatures that lie beside them or in another of the folders, by name."""
    paths: set[Path] = set()
    for entry in entries:
        paths |= {path for path in entry.iterdir() if path.is_file()} if entry.is_dir() else {entry}
    beside = {path.with_name(path.name + ending) for path in paths for ending in signature_endings()}
    existing = paths | {path for path in beside if path.is_file()}
    found = sorted(path for path in existing if only is None or path.name in only)
    signatures = {path.name: path for path in found if path.name.endswith(signature_endings())}
    return [path for path in found if path.name not in signatures and not _is_beside(path)], signatures


def _is_beside(path: Path) -> bool:
    """Whether a file is no asset: what travels between jobs, and the record of a release folder with its pages."""
    return path.name in _BETWEEN_JOBS or (path.name in OWN_FILES and (path.parent / RECORD).is_file())


def _findings(
    files: list[Path], signatures: dict[str, Path], trust: dict[str, bytes]
) -> tuple[list[Finding], dict[str, str]]:
    digests = {path: sha256_of(path) for path in files}
    states = {path: _check_signature(path, digest, signatures, trust) for path, digest in digests.items()}
    trusted = [path for path in files if not trust or states[path][0] == "ok"]
    lists = {path.name: listed for path in trusted if (listed := _list_of(path)) is not None}
    promised = evidence.merge(lists)
    findings = [
        evidence.judge(
            path.name, digest, promised=promised, signature=states[path][0], detail=states[path][1], keyed=bool(trust)
        )
        for path, digest in digests.items()
    ]
    findings += [
        evidence.judge(name, digest, promised=promised, signature="none", detail="", keyed=False)
        for name, path in signatures.items()
        if (digest := sha256_of(path)) != promised.get(name, digest)
    ]
    return findings, promised


def _list_of(path: Path) -> dict[str, str] | None:
    """Read the digests a list promises; ``None`` when the file is no list."""
    if path.name == CHECKSUMS:
        return parse_checksums(path.read_text(encoding="utf-8", errors="replace"), path.name)
    if path.name.endswith(MANIFEST_ENDING):
        manifest = decode_manifest(path.read_bytes(), file=path.name)
        return {file.name: file.sha256 for file in manifest.artifacts}
    return None


def _check_signature(
    path: Path, digest: str, signatures: dict[str, Path], trust: dict[str, bytes]
) -> tuple[SignatureState, str]:
    """Check each kind of signature that a file has; one that does not hold spoils the others."""
    state: SignatureState = "none"
    kinds: list[type[Signer]] = [plugins.load("signers", name) for name in plugins.names("signers")]
    for name in sorted({kind.signature_name(path.name) for kind in kinds} & signatures.keys()):
        data = signatures[name].read_bytes()
        named = (kind for kind in kinds if kind.signature_name(path.name) == name)
        kind = next((kind for kind in named if kind.recognises(data)), None)
        if kind is None:
            return "wrong", "its signature is of no known kind"
        try:
            kind.check(FileToSign(name=path.name, path=path, sha256=digest), data, Trust(keys=trust))
        except IntegrityError as error:
            return "wrong", error.problems[0].message
        state = "ok"
    return state, ""


def _show(findings: list[Finding], tools: Tools) -> None:
    width = max((len(finding.file) for finding in findings), default=0)
    for finding in findings:
        mark = "✓" if finding.good else "✗"
        tools.reporter.info(
            f"{mark} {finding.file:<{width}}  checksum {finding.checksum:<5}  signature {finding.signature}"
        )
    good = sum(1 for finding in findings if finding.good)
    signed = sum(1 for finding in findings if finding.signature == "ok")
    tools.reporter.info(f"{good} of {len(findings)} files hold, {signed} signatures")
