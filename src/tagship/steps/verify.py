"""Check what was released: checksums, signatures, and that the manifest's files are these very files."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tagship import plugins
from tagship.adapters.files import sha256_of, write_whole
from tagship.domain.artifact import CHECKSUMS, parse_checksums
from tagship.domain.receipt import decode_manifest
from tagship.errors import IntegrityError, Problem, UsageError
from tagship.ports import FileToSign, Signer, Tools
from tagship.steps.inputs import CommonInputs, read_bytes, text
from tagship.steps.sign_and_attest import find_files


class Inputs(CommonInputs, frozen=True, kw_only=True):
    """Inputs of verify."""

    files: Annotated[str, text("the files to check (globs or folders, one a line); signatures lie beside them")] = "*"
    key: Annotated[str, text("path of the public key (PEM) that must have signed")] = ""
    report: Annotated[str, text("where to write the findings as JSON; default: nowhere")] = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one file."""

    file: str
    sha256: str
    checksum: Literal["ok", "none", "wrong"]
    signature: Literal["ok", "none", "wrong", "unchecked"]
    detail: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing speaks against the file."""
        return self.checksum != "wrong" and self.signature not in {"wrong", "unchecked"}


class Outputs(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Outputs of verify."""

    verified: Annotated[bool, text("whether everything holds")]
    report: Annotated[str, text("the findings (JSON: file, sha256, checksum, signature)")]


def run(inputs: Inputs, tools: Tools) -> Outputs:
    """Check every file; all findings are shown before the verdict.

    Raises:
        IntegrityError: something does not hold; one problem per file.
        UsageError: no files, or a signature without a key to check it.

    """
    paths = _expand(inputs)
    key = read_bytes(inputs.root / inputs.key, "give the public key's path in `key`") if inputs.key else b""
    expected = _expected(paths)
    findings = [_check(path, expected, key) for path in paths]
    unproved = [path for path in expected if path not in paths and path.parent in {p.parent for p in paths}]
    absent = [path for path in unproved if not path.exists()]
    for finding in findings:
        tools.reporter.info(
            f"{'✓' if finding.good else '✗'} {finding.file:<52} checksum {finding.checksum:<6} signature {finding.signature}"
        )
    data = msgspec.json.format(msgspec.json.encode(findings), indent=2)
    if inputs.report:
        write_whole(inputs.root / inputs.report, data + b"\n")
    problems = [_problem(finding) for finding in findings if not finding.good]
    problems += [
        Problem(message="listed in the release, but not there", file=path.name, hint="download it too")
        for path in absent
    ]
    if problems:
        raise IntegrityError.of(problems)
    _needs_evidence(findings)
    signed = sum(1 for finding in findings if finding.signature == "ok")
    tools.reporter.info(f"verified {len(findings)} files, {signed} signatures")
    return Outputs(verified=True, report=msgspec.json.encode(findings).decode())


def _expand(inputs: Inputs) -> list[Path]:
    paths: set[Path] = set()
    for entry in find_files(inputs.root, inputs.files, folders=True):
        paths |= {p for p in entry.iterdir() if p.is_file()} if entry.is_dir() else {entry}
    own = {"release.json", "index.html", "RELEASE_NOTES.md", "receipt.json"}
    return sorted(path for path in paths if not path.name.endswith((".sigstore.json", ".asc")) and path.name not in own)


def _expected(paths: list[Path]) -> dict[Path, str]:
    """Gather the digests that lists and manifests beside the files promise; they must not contradict each other."""
    promised: dict[Path, str] = {}
    for path in paths:
        if path.name == CHECKSUMS:
            listed = parse_checksums(path.read_text(encoding="utf-8", errors="replace"), path.name)
        elif path.name.endswith(".release.json"):
            manifest = decode_manifest(path.read_bytes(), file=path.name)
            listed = {file.name: file.sha256 for file in manifest.artifacts}
        else:
            continue
        for name, digest in listed.items():
            if promised.setdefault(path.with_name(name), digest) != digest:
                hint = "do not use this release: its lists were not made together"
                raise IntegrityError(f"the checksums and the manifest disagree about {name}", file=path.name, hint=hint)
    return promised


def _check(path: Path, expected: dict[Path, str], key: bytes) -> Finding:
    digest = sha256_of(path)
    promised = expected.get(path, "")
    checksum: Literal["ok", "none", "wrong"] = "none" if not promised else "ok" if promised == digest else "wrong"
    signature, detail = _check_signature(path, digest, key)
    return Finding(file=path.name, sha256=digest, checksum=checksum, signature=signature, detail=detail)


def _check_signature(path: Path, digest: str, key: bytes) -> tuple[Literal["ok", "none", "wrong", "unchecked"], str]:
    signer: type[Signer] = plugins.load("signers", "key")
    beside = path.with_name(signer.signature_name(path.name))
    if not beside.is_file():
        return "none", ""
    if not key:
        return "unchecked", "there is a signature, but no key to check it"
    try:
        signer.check(FileToSign(name=path.name, path=path, sha256=digest), beside.read_bytes(), key)
    except IntegrityError as error:
        return "wrong", error.problems[0].message
    return "ok", ""


def _problem(finding: Finding) -> Problem:
    if finding.signature == "unchecked":
        hint = "give the public key's path in `key`, e.g. signing-key.pub, obtained from a place you trust"
        return Problem(message=finding.detail, file=finding.file, hint=hint)
    wrong = finding.detail or "its digest is not the one that was released"
    return Problem(
        message=wrong, file=finding.file, hint="do not use the file; get it again from where it was released"
    )


def _needs_evidence(findings: list[Finding]) -> None:
    if any(finding.checksum == "ok" or finding.signature == "ok" for finding in findings):
        return
    hint = "point `files` at a folder with checksums.txt, a release manifest or signature bundles"
    raise UsageError("there is nothing to check these files against", hint=hint)
