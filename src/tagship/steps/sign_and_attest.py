"""Document and sign what was built: SBOM, checksums, release manifest, one signature per file. No project code runs here."""

import os
import platform
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from tagship import plugins
from tagship.adapters.files import write_whole
from tagship.domain import plan as plans
from tagship.domain.artifact import BuiltFile, manifest_name
from tagship.domain.plan import Plan
from tagship.domain.planning import SIGN_STEP
from tagship.domain.receipt import Builder, Manifest, ReleasedFile, SignatureRecord
from tagship.errors import UsageError
from tagship.parts import bills, dist
from tagship.parts.files import find_files
from tagship.parts.inputs import (
    GpgKey,
    GpgPassphrase,
    KeyPassword,
    PlannedInputs,
    SigningKey,
    TimestampChain,
    TimestampUrl,
    as_json,
    split_list,
    text,
)
from tagship.ports import FileToSign, FormatJob, Signer, Tools

KeyAlgorithm = Literal["ecdsa-p256", "ed25519", "rsa"]


class Inputs(PlannedInputs, frozen=True, kw_only=True):
    """Inputs of sign-and-attest."""

    digests: Annotated[str, text("the output of build (JSON: file name → SHA-256); only these bytes are signed")] = ""
    files: Annotated[str, text("sign these files instead of a plan's, each beside itself (globs, one a line)")] = ""
    signers: Annotated[str, text("who signs, comma-separated; default: the plan's; for files: key")] = ""
    key: SigningKey = ""
    key_password: KeyPassword = ""
    gpg_key: GpgKey = ""
    gpg_passphrase: GpgPassphrase = ""
    timestamp_url: TimestampUrl = ""
    timestamp_chain: TimestampChain = ""
    generate_key: Annotated[str, text("make a new key pair at this path (and <path>.pub) and do nothing else")] = ""
    key_algorithm: Annotated[KeyAlgorithm, text("what kind of key generate-key makes")] = "ecdsa-p256"

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
        }


class Outputs(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Outputs of sign-and-attest."""

    bundles: Annotated[str, text("signature bundles (JSON: file name → bundle)")]
    sboms: Annotated[str, text("names of the SBOM documents (JSON)")]
    subjects: Annotated[str, text("what was signed (JSON: file name → SHA-256)")]
    digests: Annotated[str, text("every file of the release so far (JSON: file name → SHA-256), for release-assets")]


NOTHING_SIGNED: Final = Outputs(bundles="{}", sboms="[]", subjects="{}", digests="{}")


def run(inputs: Inputs, tools: Tools) -> Outputs:
    """Sign a plan's files, or loose files, or make a key.

    Raises:
        IntegrityError: a file is missing, unknown, a link, or not what was built; nothing is signed then.
        UsageError: no key, a wrong password, no such files.
        ProjectError: the SBOM cannot be made.

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
    names = split_list(inputs.signers) or plan.signatures
    signers: list[Signer] = [plugins.load("signers", name).create(inputs.secrets, tools) for name in names]
    components = dist.read_components(inputs.root / inputs.dist, [leg.id for leg in plan.legs], digests)
    return _Signing(inputs, plan, plan_digest, built, signers, components, tools).run()


class _Signing:
    """The files of one release while they are made; ``folder`` fills, ``files`` and ``digests`` follow."""

    def __init__(
        self,
        inputs: Inputs,
        plan: Plan,
        plan_digest: str,
        built: dict[str, BuiltFile],
        signers: list[Signer],
        components: Mapping[str, Mapping[str, Any]],
        tools: Tools,
    ) -> None:
        self.components = components
        self.plan, self.plan_digest, self.signers, self.tools = plan, plan_digest, signers, tools
        self.folder = inputs.root / inputs.dist / SIGN_STEP
        self.started = dist.rfc3339(tools.clock)
        self.files = dict(built)
        self.paths = {a.name: inputs.root / inputs.dist / a.leg / a.name for a in plan.built}
        self.records: list[SignatureRecord] = []

    def run(self) -> Outputs:
        dist.empty_folder(self.folder)
        sboms = self._make_formats()
        for signer in self.signers:
            for name, data in signer.companions().items():
                self._add(name, data)
        owed = {artifact.name for artifact in self.plan.artifacts}
        manifest = manifest_name(self.plan.name, self.plan.version)
        to_sign = [name for name in sorted(self.files) if self._is_signed(name, owed)]
        with self.tools.reporter.step(f"sign {len(to_sign) + 1} files"):
            for name in to_sign:
                self._sign(name)
            self._add(manifest, plans.encode(self._manifest(owed, manifest)))
            self._sign(manifest)
        self._write_receipt()
        return self._outputs(sboms)

    def _make_formats(self) -> list[str]:
        sboms: list[str] = []
        if bills.wanted(self.plan):
            with self.tools.reporter.step("list what is in the packages"):
                self.components = bills.resolved(self._job(), self.tools)
        for item in bills.formats():
            named = item.artifacts(self.plan.name, self.plan.version, self.plan.packages)
            owed = [artifact for artifact in named if self.plan.artifact(artifact.name)]
            if owed:
                with self.tools.reporter.step(f"write {item.name}"):
                    made = item.make(self._job(), self.tools)
                    for artifact in owed:
                        self._add(artifact.name, made[artifact.name])
            sboms += [artifact.name for artifact in owed if artifact.kind == "sbom"]
        return sboms

    def _job(self) -> FormatJob:
        digests = {name: file.sha256 for name, file in self.files.items()}
        return FormatJob(plan=self.plan, files=self.paths, digests=digests, components=self.components)

    def _is_signed(self, name: str, owed: set[str]) -> bool:
        return any(signer.signature_name(name) in owed for signer in self.signers)

    def _sign(self, name: str) -> None:
        time = datetime.fromisoformat(self.plan.commit_time)
        file = FileToSign(name=name, path=self.paths[name], sha256=self.files[name].sha256, time=time)
        for signer in self.signers:
            self._add(signer.signature_name(name), signer.sign(file))
            self.records.append(SignatureRecord(file=name, bundle=signer.signature_name(name), signer=signer.name))

    def _add(self, name: str, data: bytes) -> None:
        write_whole(self.folder / name, data)
        self.paths[name] = self.folder / name
        self.files[name] = BuiltFile(name=name, size=len(data), sha256=plans.digest(data))

    def _manifest(self, owed: set[str], own_name: str) -> Manifest:
        own = {own_name, *(signer.signature_name(own_name) for signer in self.signers)}
        released = [
            ReleasedFile(name=a.name, kind=a.kind, size=self.files[a.name].size, sha256=self.files[a.name].sha256)
            for a in self.plan.artifacts
            if a.name in owed - own
        ]
        signatures = tuple(sorted(self.records, key=lambda record: (record.file, record.signer)))
        return Manifest(plan=self.plan, artifacts=tuple(released), probes=(), signatures=signatures, published=())

    def _write_receipt(self) -> None:
        mine = {name: file for name, file in self.files.items() if self.paths[name].parent == self.folder}
        dist.write_receipt(
            self.folder,
            leg=SIGN_STEP,
            plan_digest=self.plan_digest,
            files=mine,
            builder=Builder(
                os=platform.system().lower(), arch=platform.machine(), tools={"python": platform.python_version()}
            ),
            started=self.started,
            clock=self.tools.clock,
        )

    def _outputs(self, sboms: list[str]) -> Outputs:
        subjects = {record.file: self.files[record.file].sha256 for record in self.records}
        return Outputs(
            bundles=as_json({record.file: record.bundle for record in self.records}),
            sboms=as_json(sorted(sboms)),
            subjects=as_json(subjects),
            digests=as_json({name: file.sha256 for name, file in sorted(self.files.items())}),
        )


def _would_sign(inputs: Inputs, tools: Tools) -> Outputs:
    for path in find_files(inputs.root, inputs.files):
        tools.reporter.info(f"would sign {path.relative_to(inputs.root).as_posix()}")
    return NOTHING_SIGNED


def _sign_loose(inputs: Inputs, tools: Tools) -> Outputs:
    names = split_list(inputs.signers) or ("key",)
    signers: list[Signer] = [plugins.load("signers", name).create(inputs.secrets, tools) for name in names]
    bundles, digests = {}, {}
    for path in find_files(inputs.root, inputs.files):
        shown = path.relative_to(inputs.root).as_posix()
        measured = dist.built_file(path)
        for signer in signers:
            made = signer.sign(FileToSign(name=path.name, path=path, sha256=measured.sha256))
            write_whole(path.with_name(signer.signature_name(path.name)), made)
            bundles[shown] = signer.signature_name(path.name)
        digests[shown] = measured.sha256
    tools.reporter.info(f"signed {len(bundles)} file(s)")
    return Outputs(bundles=as_json(bundles), sboms="[]", subjects=as_json(digests), digests=as_json(digests))


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
