"""Check what was released: signatures, checksums, statements, and that the manifest's files are these very files."""

import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec

from tagship.adapters.files import sha256_of, sha512_of, write_whole
from tagship.domain.plans import plan as plans
from tagship.domain.plans.artifact import ATTESTATIONS_ENDING, CHECKSUMS, MANIFEST_ENDING, parse_checksums
from tagship.domain.plans.receipt import decode_manifest
from tagship.domain.proofs import evidence
from tagship.domain.proofs.evidence import Finding, Statement
from tagship.domain.proofs.trust import GITHUB_ISSUER, Identity, Trust
from tagship.errors import IntegrityError, Problem, UsageError
from tagship.forges.directory import OWN_FILES, RECORD
from tagship.parts.dist import RECEIPT
from tagship.parts.inputs import CommonInputs, as_json, read_bytes, read_trust, split_list, text
from tagship.parts.probe.probe_reports import FILE as REPORT
from tagship.parts.release import released
from tagship.parts.release.files import find_files, signature_endings
from tagship.parts.release.forge import forge_at
from tagship.parts.retry import persist
from tagship.parts.sign import proofs, whose
from tagship.ports import Tools

_BETWEEN_JOBS: Final = frozenset({RECEIPT, REPORT, "plan.json"})
_COLUMNS: Final = ("checksum", "signature", "provenance", "sbom")


class Inputs(CommonInputs, frozen=True, kw_only=True):
    """Inputs of verify."""

    files: Annotated[str, text("the files or folders to check (globs, one a line); signatures lie beside them")] = "*"
    tag: Annotated[str, text("fetch all files of this release of `repository` and check them, instead of `files`")] = ""
    repository: Annotated[
        str,
        text("owner/name whose workflow must have signed what is signed with a certificate; with tag: whose release"),
    ] = ""
    workflow: Annotated[str, text("file name of the workflow of `repository` that must have signed")] = ""
    source_ref: Annotated[str, text("what that workflow must have run for, e.g. refs/tags/v1.2.0")] = ""
    identity: Annotated[
        str,
        text("who must have signed, exactly as the certificate says (an address or e-mail), instead of `repository`"),
    ] = ""
    issuer: Annotated[str, text("who vouched for that identity; for `repository`: GitHub Actions")] = ""
    key: Annotated[
        str, text("path of the public key that must have signed; several, comma-separated, where several signed")
    ] = ""
    trust_config: Annotated[
        str,
        text(
            "a private Sigstore instance: path of its trusted roots, one a line, or client trust configuration; or JSON"
        ),
    ] = ""
    offline: Annotated[
        bool, text("ask nobody whom Sigstore's public instance, or GitHub's, trusts; what is known here will do")
    ] = False
    report: Annotated[str, text("where to write the findings as JSON; default: nowhere")] = ""
    retry_window: Annotated[int, text("seconds that a remote may keep failing")] = 120
    token: Annotated[str, text("GitHub token with contents: read, to fetch a release", secret=True)] = ""


class Outputs(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Outputs of verify."""

    verified: Annotated[bool, text("whether everything holds")]
    report: Annotated[
        str, text("the findings (JSON: file, sha256, checksum, signature, provenance, sbom, builder, problem)")
    ]


def run(inputs: Inputs, tools: Tools) -> Outputs:
    """Check every file that the inputs name.

    Raises:
        IntegrityError: something does not hold; one problem per file.
        UsageError: no files, signatures without a key or an identity, or nothing to check against.
        RemoteRefused: the release may not be fetched.
        RemoteUnreachable: it cannot be fetched, or not whom Sigstore trusts.

    """
    trust = _trust(inputs, tools)
    report = inputs.root / inputs.report if inputs.report else None
    if not inputs.tag:
        entries = find_files(inputs.root, inputs.files, signatures=True, folders=True)
        return persist(
            lambda: check(entries, trust, tools, report=report), lambda: 0, window=inputs.retry_window, tools=tools
        )
    with tempfile.TemporaryDirectory(prefix="tagship-verify-") as folder:
        forge = forge_at("github", inputs.root, ".", inputs.token, tools, inputs.repository)
        released.fetch(forge, inputs.tag, Path(folder), tools, window=inputs.retry_window)
        whole = [Path(folder)]
        return persist(
            lambda: check(whole, trust, tools, report=report), lambda: 0, window=inputs.retry_window, tools=tools
        )


def check(
    entries: Sequence[Path],
    trust: Trust,
    tools: Tools,
    *,
    report: Path | None = None,
    only: Collection[str] | None = None,
) -> Outputs:
    """Check files and folders, of these names where ``only`` is given; all findings are shown before the verdict.

    Raises:
        IntegrityError: something does not hold; one problem per file.
        UsageError: signatures without a key or an identity, or nothing to check against.

    """
    files, signatures = _expand(entries, only)
    if signatures and not trust.keys and trust.identity is None:
        hint = (
            "say who must have signed: `repository` or `identity`, or give the path of a public key you trust in `key`"
        )
        raise UsageError("there are signatures, but nothing says whose they must be", hint=hint)
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
    if not any(finding.backed for finding in findings):
        hint = "point `files` at a folder with checksums.txt, a release manifest, signature bundles or statements"
        raise UsageError("there is nothing to check these files against", hint=hint)
    return Outputs(verified=True, report=as_json(findings))


def _trust(inputs: Inputs, tools: Tools) -> Trust:
    """Read whom the inputs trust.

    Raises:
        UsageError: a key that cannot be read, or half an identity.

    """
    keys = {path.name: read_bytes(path, "give the public key's path in `key`") for path in _paths(inputs, inputs.key)}
    root = read_trust(inputs.root, inputs.trust_config, several=True)
    return Trust(keys=keys, identity=_identity(inputs, tools), trust_root=root, offline=inputs.offline)


def _paths(inputs: Inputs, value: str) -> list[Path]:
    return [inputs.root / path for path in split_list(value)]


def _identity(inputs: Inputs, tools: Tools) -> Identity | None:
    if inputs.identity and not inputs.issuer:
        hint = f"say who vouched for it in `issuer`, for GitHub Actions {GITHUB_ISSUER}"
        raise UsageError("an identity without an issuer: anybody may use the same name", hint=hint)
    if not inputs.repository:
        if inputs.workflow or inputs.source_ref or inputs.tag or (inputs.issuer and not inputs.identity):
            raise UsageError("it is not said whose workflow", hint="give `repository` as owner/name")
        return Identity(name=inputs.identity, issuer=inputs.issuer) if inputs.identity else None
    return whose.of_repository(
        inputs.repository, inputs.workflow, inputs.issuer, tools, name=inputs.identity, ref=inputs.source_ref
    )


def _expand(entries: Sequence[Path], only: Collection[str] | None) -> tuple[list[Path], dict[str, Path]]:
    """Return the files to check, and the signatures that lie beside them or in another of the folders, by name."""
    paths: set[Path] = set()
    for entry in entries:
        paths |= {path for path in entry.iterdir() if path.is_file()} if entry.is_dir() else {entry}
    beside = {
        path.with_name(path.name + ending) for path in paths for ending in (*signature_endings(), ATTESTATIONS_ENDING)
    }
    existing = paths | {path for path in beside if path.is_file()}
    found = sorted(path for path in existing if only is None or path.name in only)
    signatures = {path.name: path for path in found if path.name.endswith(signature_endings())}
    return [path for path in found if path.name not in signatures and not _is_beside(path)], signatures


def _is_beside(path: Path) -> bool:
    """Whether a file is no asset: what travels between jobs, and the record of a release folder with its pages."""
    return path.name in _BETWEEN_JOBS or (path.name in OWN_FILES and (path.parent / RECORD).is_file())


def _findings(files: list[Path], signatures: Mapping[str, Path], trust: Trust) -> tuple[list[Finding], dict[str, str]]:
    trusting = bool(trust.keys) or trust.identity is not None
    digests = {path: sha256_of(path) for path in files}
    checked = {path: proofs.signatures_of(path, digest, signatures, trust) for path, digest in digests.items()}
    stated: dict[Path, list[Statement]] = {}
    copies: dict[str, tuple[proofs.Checked, list[Statement]]] = {}
    for path in files if trusting else ():
        if path.name.endswith(ATTESTATIONS_ENDING):
            if digests[path] not in copies:  # loose files have a copy of one statement each
                copies[digests[path]] = proofs.statements_in(path, trust)
            checked[path], said = copies[digests[path]]
            stated |= {path: said} if checked[path].state != "none" else {}
    for path in files:
        if checked[path].state != "wrong" and (wrong := proofs.beside(path, stated)):
            checked[path] = proofs.Checked("wrong", wrong)
    trusted = [path for path in files if not trusting or checked[path].state == "ok"]
    lists = {path.name: listed for path in trusted if (listed := _list_of(path)) is not None}
    promised = evidence.merge(lists)
    statements = [each for _, said in copies.values() for each in said]
    packages = any(each.packages for each in statements)
    findings = [
        evidence.judge(
            path.name,
            digest,
            promised=promised,
            signature=checked[path].state,
            detail=checked[path].detail,
            trusting=trusting,
            statements=statements,
            sha512=sha512_of(path) if packages else "",
        )
        for path, digest in digests.items()
    ]
    findings += [
        evidence.judge(name, digest, promised=promised, signature="none", detail="", trusting=False)
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


def _show(findings: list[Finding], tools: Tools) -> None:
    width = max((len(finding.file) for finding in findings), default=0)
    for finding in findings:
        states = (finding.checksum, finding.signature, finding.provenance, finding.sbom)
        told = "  ".join(f"{name} {state:<5}" for name, state in zip(_COLUMNS, states, strict=True))
        tools.reporter.info(f"{'✓' if finding.good else '✗'} {finding.file:<{width}}  {told}".rstrip())
    from tagship.domain.releases import job_summary

    tools.reporter.summary(job_summary.verified(findings))
    good = sum(1 for finding in findings if finding.good)
    signed = sum(1 for finding in findings if finding.signature == "ok")
    stated = sum(1 for finding in findings if finding.provenance == "ok")
    tools.reporter.info(f"{good} of {len(findings)} files hold, {signed} signatures, {stated} with provenance")
