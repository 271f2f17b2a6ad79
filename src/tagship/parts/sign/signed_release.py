"""The files of a release that are made where it is signed: documents, signatures, statements, the manifest, the receipt."""

import platform
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from tagship.adapters.files import write_whole
from tagship.domain.plans import plan as plans
from tagship.domain.plans.artifact import BuiltFile, attestations_name, manifest_name
from tagship.domain.plans.plan import Plan
from tagship.domain.plans.planning import SIGN_STEP
from tagship.domain.plans.receipt import Builder, Manifest, ProbeRecord, ReleasedFile, SignatureRecord
from tagship.domain.proofs import provenance
from tagship.domain.tools.probe_report import Report
from tagship.parts import dist
from tagship.parts.sign import attesting, bills, earlier, image_subjects, npm_provenance
from tagship.parts.sign.signing import sign_all
from tagship.ports import Attester, FileToSign, FormatJob, Renewing, Signer, Tools


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What earlier jobs tell besides files: components by package id, and what the probes found."""

    components: Mapping[str, Mapping[str, Any]]
    probed: Report


class SignedRelease:
    """The files of one release while they are made: ``folder`` fills, ``files`` (what was built first) follows.

    ``window`` is how many seconds a remote that signs may keep failing.
    """

    def __init__(
        self,
        *,
        plan: Plan,
        plan_digest: str,
        folder: Path,
        built: Mapping[str, BuiltFile],
        told: Told,
        signers: Sequence[Signer],
        window: float,
        tools: Tools,
    ) -> None:
        self.plan, self.plan_digest, self.signers, self.tools = plan, plan_digest, signers, tools
        self.told, self.window = told, window
        self.folder = folder / SIGN_STEP
        self.started = dist.rfc3339(tools.clock)
        self.files = dict(built)
        self.paths = {a.name: folder / a.leg / a.name for a in plan.built}
        self.records: list[SignatureRecord] = []
        self.sboms: list[str] = []
        self.bills: Mapping[str, Mapping[str, Any]] = {}
        self.statements: list[bytes] = []
        self.found: dict[str, bytes] = {}

    @property
    def digests(self) -> dict[str, str]:
        """All files so far: name → SHA-256."""
        return {name: file.sha256 for name, file in sorted(self.files.items())}

    def make(self, kinds: Sequence[str]) -> None:
        """Make everything but the receipt; ``kinds`` of statements are made where the plan has a place for them."""
        signed = [artifact.name for artifact in self.plan.artifacts if artifact.kind in {"bundle", "attestation"}]
        self.found = earlier.read(self.folder, signed)
        dist.clear_folder(self.folder, self.found)  # a run that dies leaves the next one what it found itself
        self._make_formats()
        for signer in self.signers:
            for name, data in signer.companions().items():
                self._add(name, data)
        owed = {artifact.name for artifact in self.plan.artifacts}
        manifest = manifest_name(self.plan.name, self.plan.version)
        to_sign = [name for name in sorted(self.files) if self._is_signed(name, owed)]
        with self.tools.reporter.step(f"sign {len(to_sign) + 1} files"):
            self._sign(to_sign)
            self._attest(to_sign, kinds)
            self._add(manifest, plans.encode(self._manifest(owed, manifest)))
            self._sign([manifest])

    def write_receipt(self) -> None:
        """Say that all of it is there: the last file of a leg."""
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

    def _make_formats(self) -> None:
        if bills.wanted(self.plan):
            with self.tools.reporter.step("list what is in the packages"):
                self.bills = bills.resolved(self._job(self.told.components), self.tools)
        for item in bills.formats():
            named = item.artifacts(self.plan.name, self.plan.version, self.plan.packages)
            owed = [artifact for artifact in named if self.plan.artifact(artifact.name)]
            if owed:
                with self.tools.reporter.step(f"write {item.name}"):
                    made = item.make(self._job(self.bills), self.tools)
                    for artifact in owed:
                        self._add(artifact.name, made[artifact.name])
            self.sboms += [artifact.name for artifact in owed if artifact.kind == "sbom"]

    def _job(self, components: Mapping[str, Mapping[str, Any]]) -> FormatJob:
        return FormatJob(
            plan=self.plan,
            files=self.paths,
            digests=self.digests,
            components=components,
            probed=self.told.probed,
            publicly_signed=self._public,
        )

    @property
    def _public(self) -> bool:
        return any(getattr(signer, "public", False) for signer in self.signers)

    def _is_signed(self, name: str, owed: set[str]) -> bool:
        return any(signer.signature_name(name) in owed for signer in self.signers)

    def _sign(self, names: Sequence[str]) -> None:
        time = datetime.fromisoformat(self.plan.commit_time)
        files = [
            FileToSign(name=name, path=self.paths[name], sha256=self.files[name].sha256, time=time) for name in names
        ]
        for signer in self.signers:
            made = self._kept(signer, files)
            made |= sign_all(signer, [f for f in files if f.path not in made], window=self.window, tools=self.tools)
            for file in files:
                bundle = signer.signature_name(file.name)
                self._add(bundle, made[file.path])
                self.records.append(SignatureRecord(file=file.name, bundle=bundle, signer=signer.name))

    def _kept(self, signer: Signer, files: Sequence[FileToSign]) -> dict[Path, bytes]:
        renewing = signer if self.found and isinstance(signer, Renewing) else None
        return earlier.signatures(renewing, files, self.found, window=self.window, tools=self.tools) if renewing else {}

    def _attest(self, names: Sequence[str], kinds: Sequence[str]) -> None:
        """State where the signed files come from and what is in them; where the plan has no place for it, nothing."""
        file = attestations_name(self.plan.name, self.plan.version)
        if self.plan.artifact(file) is None:
            return
        images = image_subjects.of(self.plan, self.paths)
        statements: list[bytes] = [*image_subjects.signatures(images)]
        if "provenance" in kinds:
            predicate = attesting.predicate(self.plan, self.tools, window=self.window)
            subjects = {name: self.files[name].sha256 for name in names}
            subjects |= {name: sha256 for each in images.values() for name, sha256 in each.items()}
            statements += provenance.statements(subjects, provenance.SLSA, predicate)
        if "sbom" in kinds:
            documents = {name: self.paths[name].read_bytes() for name in self.sboms}
            statements += attesting.about_sboms(self.plan, documents, self.digests, images)
        attesters = [signer for signer in self.signers if isinstance(signer, Attester)]
        self.statements = self._stated(attesters, statements, file)
        certified = [signer for signer in attesters if not signer.key_file]
        logged = all(getattr(signer, "logged", True) for signer in certified)
        for_channels = list(attesting.for_channels(self.plan, self.digests)) if certified else []
        if for_channels and not logged:
            self.tools.reporter.info(
                "no attestations for PyPI: it takes those of a public log, where this is not signed"
            )
            for_channels = []
        if certified and logged and "provenance" in kinds:
            for_channels += npm_provenance.statements(
                self.plan, self.paths, self.digests, self.tools, public=self._public, window=self.window
            )
        self._add(file, attesting.lines([*self.statements, *self._stated(certified, for_channels, file)]))

    def _stated(self, attesters: Sequence[Attester], statements: Sequence[bytes], file: str) -> list[bytes]:
        found = self.found.get(file, b"")
        return attesting.sign(attesters, statements, window=self.window, tools=self.tools, found=found)

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
        probes = tuple(
            ProbeRecord(id=probe.id, status=probe.verdict, protocol_versions=probe.protocol.supported)
            for probe in self.told.probed.probes
        )
        return Manifest(plan=self.plan, artifacts=tuple(released), probes=probes, signatures=signatures, published=())
