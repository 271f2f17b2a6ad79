"""Document, sign and attest what was built: SBOM, checksums, statements, release manifest. No project code runs here."""

import os
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal

import msgspec

from tagship import plugins
from tagship.adapters import oidc
from tagship.adapters.files import write_whole
from tagship.domain.plans.artifact import attestations_name
from tagship.domain.releases import job_summary
from tagship.domain.releases.job_summary import SignedFile
from tagship.domain.text.markdown import count
from tagship.errors import UsageError
from tagship.parts import dist
from tagship.parts.inputs import (
    AllowPublicLog,
    GpgKey,
    GpgPassphrase,
    KeyLog,
    KeyPassword,
    PlannedInputs,
    SigningKey,
    Switch,
    TimestampChain,
    TimestampUrl,
    TrustConfig,
    as_json,
    shown,
    split_list,
    text,
    trust_source,
)
from tagship.parts.probe import probe_reports
from tagship.parts.release.files import find_files
from tagship.parts.sign import github_attestations, loose_files
from tagship.parts.sign.attesting import KINDS
from tagship.parts.sign.signed_release import SignedRelease, Told
from tagship.ports import Signer, Tools

KeyAlgorithm = Literal["ecdsa-p256", "ed25519", "rsa"]


class Inputs(PlannedInputs, frozen=True, kw_only=True):
    """Inputs of sign-and-attest."""

    digests: Annotated[str, text("the output of build (JSON: file name → SHA-256); only these bytes are signed")] = ""
    probe_digests: Annotated[
        str, text("the output `digests` of probe, or of all probe jobs; only these reports are believed")
    ] = ""
    files: Annotated[str, text("sign these files instead of a plan's, each beside itself (globs, one a line)")] = ""
    signers: Annotated[
        str,
        text(
            "who signs, comma-separated; default: the plan's; for files: sigstore in a job with id-token: write, else key"
        ),
    ] = ""
    key: SigningKey = ""
    key_password: KeyPassword = ""
    gpg_key: GpgKey = ""
    gpg_passphrase: GpgPassphrase = ""
    timestamp_url: TimestampUrl = ""
    timestamp_chain: TimestampChain = ""
    key_log: KeyLog = False
    generate_key: Annotated[str, text("make a new key pair at this path (and <path>.pub) and do nothing else")] = ""
    key_algorithm: Annotated[KeyAlgorithm, text("what kind of key generate-key makes")] = "ecdsa-p256"
    attest: Annotated[
        str,
        text("what is stated of the files, comma-separated: provenance, sbom; default: the plan's; for files: nothing"),
    ] = ""
    github_attestations: Annotated[
        Switch, text("keep the statements at GitHub too, for gh attestation verify; auto: those of public repositories")
    ] = "auto"
    trust_config: TrustConfig = ""
    allow_public_log: AllowPublicLog = False
    signing_window: Annotated[int, text("seconds that Sigstore and GitHub may keep failing while it is signed")] = 900
    token: Annotated[str, text("GitHub token with attestations: write, to keep statements at GitHub", secret=True)] = ""

    @property
    def secrets(self) -> Mapping[str, str]:
        """What signers are made from, by the names of inputs."""
        chain = str(self.root / self.timestamp_chain) if self.timestamp_chain else ""
        return {
            "key": self.key,
            "key-password": self.key_password,
            "gpg-key": self.gpg_key,
            "gpg-passphrase": self.gpg_passphrase,
            "timestamp-url": self.timestamp_url,
            "timestamp-chain": chain,
            "key-log": "true" if self.key_log else "",
            "trust-config": trust_source(self.root, self.trust_config),
            "allow-public-log": "true" if self.allow_public_log else "",
        }


class Outputs(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Outputs of sign-and-attest."""

    bundles: Annotated[str, text("signature bundles (JSON: file name → bundle)")]
    sboms: Annotated[str, text("names of the SBOM documents (JSON)")]
    subjects: Annotated[str, text("what was signed (JSON: file name → SHA-256)")]
    digests: Annotated[str, text("every file of the release so far (JSON: file name → SHA-256), for release-assets")]
    attestations: Annotated[str, text("names of the files with signed statements (JSON)")] = "[]"
    attestation_urls: Annotated[str, text("pages of the statements at GitHub (JSON)")] = "[]"


NOTHING_SIGNED: Final = Outputs(bundles="{}", sboms="[]", subjects="{}", digests="{}")


def run(inputs: Inputs, tools: Tools) -> Outputs:
    """Sign a plan's files, or loose files, or make a key.

    Raises:
        IntegrityError: a file is missing, unknown, a link, or not what was built; nothing is signed then.
        UsageError: no key, a wrong password, no such files, or a private repository that could only sign in public.
        ProjectError: the SBOM cannot be made.
        RemoteRefused: Sigstore or GitHub said no.
        RemoteUnreachable: one of them kept failing; nothing is released unsigned.

    """
    if inputs.generate_key:
        return _generate(inputs, tools)
    if inputs.files:
        return _would_sign(inputs, tools) if inputs.dry_run else _sign_loose(inputs, tools)
    plan, plan_digest = dist.read_plan(inputs)
    digests = dist.read_digests(inputs.digests)
    built = dist.collect(inputs.root / inputs.dist, plan.built, digests, plan_digest)
    if inputs.dry_run:
        tools.reporter.info(f"would sign {len(built)} built files and their documents as {', '.join(plan.signatures)}")
        return NOTHING_SIGNED
    signers = _signers(split_list(inputs.signers) or plan.signatures, inputs, tools)
    began = tools.clock.monotonic()
    told = Told(
        components=dist.read_components(inputs.root / inputs.dist, [leg.id for leg in plan.legs], digests),
        probed=probe_reports.gather(
            inputs.root / inputs.dist, plan, plan_digest, dist.read_digests(inputs.probe_digests)
        ),
    )
    release = SignedRelease(
        plan=plan,
        plan_digest=plan_digest,
        folder=inputs.root / inputs.dist,
        built=built,
        told=told,
        signers=signers,
        window=inputs.signing_window,
        tools=tools,
    )
    release.make(_kinds(inputs, plan.attest))
    urls = _keep_at_github(release.statements, plan.repository or "", inputs, tools)
    release.write_receipt()
    by = {name: tuple(r.signer for r in release.records if r.file == name) for name in sorted(release.files)}
    files = [SignedFile(file=release.files[name], signers=signers_of) for name, signers_of in by.items() if signers_of]
    took = tools.clock.monotonic() - began
    tools.reporter.summary(job_summary.signed(files, sorted(release.sboms), urls, took))
    return _outputs(release, urls)


def _keep_at_github(bundles: Sequence[bytes], repository: str, inputs: Inputs, tools: Tools) -> list[str]:
    return github_attestations.keep(
        bundles,
        wish=inputs.github_attestations,
        repository=repository,
        token=inputs.token,
        window=inputs.signing_window,
        tools=tools,
    )


def _signers(names: Sequence[str], inputs: Inputs, tools: Tools) -> list[Signer]:
    return [plugins.load("signers", name).create(inputs.secrets, tools) for name in names]


def _kinds(inputs: Inputs, default: Sequence[str]) -> tuple[str, ...]:
    """Return what is to be stated.

    Raises:
        UsageError: an unknown kind of statement.

    """
    kinds = split_list(inputs.attest) or tuple(default)
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise UsageError(f"there is no statement {unknown[0]!r}", hint=f"choose among {', '.join(KINDS)} in `attest`")
    return kinds


def _outputs(release: SignedRelease, urls: list[str]) -> Outputs:
    attestations = attestations_name(release.plan.name, release.plan.version)
    return Outputs(
        bundles=as_json({record.file: record.bundle for record in release.records}),
        sboms=as_json(sorted(release.sboms)),
        subjects=as_json({record.file: release.files[record.file].sha256 for record in release.records}),
        digests=as_json(release.digests),
        attestations=as_json([attestations] if attestations in release.files else []),
        attestation_urls=as_json(urls),
    )


def _would_sign(inputs: Inputs, tools: Tools) -> Outputs:
    for path in find_files(inputs.root, inputs.files):
        tools.reporter.info(f"would sign {shown(path, inputs.root)}")
    return NOTHING_SIGNED


def _sign_loose(inputs: Inputs, tools: Tools) -> Outputs:
    keyless = oidc.available(tools.environment) and not inputs.key
    signers = _signers(split_list(inputs.signers) or (("sigstore",) if keyless else ("key",)), inputs, tools)
    began = tools.clock.monotonic()
    found = {path: dist.built_file(path) for path in find_files(inputs.root, inputs.files)}
    files = {path: file.sha256 for path, file in found.items()}
    done = loose_files.sign(files, signers, window=inputs.signing_window, tools=tools)
    kinds = _kinds(inputs, ())
    made = loose_files.attest(files, signers, kinds, window=inputs.signing_window, tools=tools) if kinds else []
    urls = _keep_at_github(made, tools.environment.get("GITHUB_REPOSITORY", ""), inputs, tools)
    names_of = {path: shown(path, inputs.root) for path in files}
    tools.reporter.info(f"signed {count(len(files), 'file')}")
    names = tuple(signer.name for signer in signers)
    signed = [SignedFile(file=file, signers=names) for file in found.values()]
    tools.reporter.summary(job_summary.signed(signed, [], urls, tools.clock.monotonic() - began))
    digests = as_json({names_of[path]: sha256 for path, sha256 in files.items()})
    return Outputs(
        bundles=as_json({names_of[path]: name for path, name in done.items()}),
        sboms="[]",
        subjects=digests,
        digests=digests,
        attestations=as_json([loose_files.attestations_of(name) for name in names_of.values()] if made else []),
        attestation_urls=as_json(urls),
    )


def _generate(inputs: Inputs, tools: Tools) -> Outputs:
    from tagship.signers.key import generate

    private, public = generate(inputs.key_password, inputs.key_algorithm)
    path = inputs.root / inputs.generate_key
    public_path = path.with_name(path.name + ".pub")
    for there in (path, public_path):
        if there.exists():
            hint = "choose another path; keys are never overwritten"
            raise UsageError("there is a file already", file=os.path.relpath(there, inputs.root), hint=hint)
    if inputs.dry_run:
        tools.reporter.info(f"would write {inputs.generate_key} and {inputs.generate_key}.pub")
        return NOTHING_SIGNED
    write_whole(path, private, mode=0o600)
    write_whole(public_path, public)
    how = (
        "encrypted with TAGSHIP_KEY_PASSWORD"
        if inputs.key_password
        else "not encrypted: set TAGSHIP_KEY_PASSWORD to have it so"
    )
    tools.reporter.info(f"wrote {inputs.generate_key} ({how}) and {inputs.generate_key}.pub")
    return NOTHING_SIGNED
