"""What makes the files of a release: ecosystems build, formats document, signers sign."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

import msgspec

from tagship.domain.plans.artifact import ARCHIVE_NAME, Artifact
from tagship.domain.plans.plan import EcosystemName, Leg, Package, Plan
from tagship.domain.plans.target import Target
from tagship.domain.proofs.trust import Trust
from tagship.domain.text.structs import Discreet
from tagship.domain.tools.probe_report import Report
from tagship.domain.versions.version_site import VersionSite
from tagship.ports.repository import SourceTree
from tagship.ports.world import Tools
from tagship.settings import Config


class Skip(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was looked at and left out, why, and what to do where a person decided so."""

    path: str
    reason: str
    remedy: str = ""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A package an ecosystem found, and the places where its version is written; the first one decides.

    ``version`` is empty when version control decides it, or a placeholder stands in its place; ``depends`` are the names
    of packages it declares to need; a ``private`` one is versioned but not published; ``details`` are the ecosystem's
    own, which the plan keeps for :meth:`~Building.build`; ``wraps`` is the name of the package that an image or a bundle is
    made of; ``sdk`` is the MCP SDK it depends on; ``not_built`` says why there is nothing to build, for one that is only
    versioned, unless channels of the kinds in ``built_for`` are asked for; ``needs`` are those of ``depends`` that must be
    published before it; ``runtimes`` what it declares to run on (``node`` → ``20``, ``22``). ``ecosystem`` is ``None`` for a
    project without any manifest, of which only files that mention a version are known.
    """

    ecosystem: EcosystemName | None
    name: str
    path: str
    version: str
    license: str | None
    mcp_name: str | None
    entry: str | None
    sites: tuple[VersionSite, ...]
    depends: tuple[str, ...] = ()
    private: bool = False
    details: Mapping[str, str] = msgspec.field(default_factory=dict)
    wraps: str = ""
    sdk: str = ""
    not_built: str = ""
    built_for: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    runtimes: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)


class BuildJob(Discreet, frozen=True, kw_only=True):
    """All that a build needs: a clean copy of the commit, where to put files, and what is owed.

    ``made`` are the files that this leg made before, of other packages: what an image or a bundle is made of; ``components``
    the CycloneDX documents that their builds gave, by package id.
    """

    unshown: ClassVar[frozenset[str]] = frozenset({"environment"})
    plan: Plan
    leg: Leg
    package: Package
    source: Path
    out: Path
    owed: tuple[Artifact, ...]
    environment: Mapping[str, str]
    made: Mapping[str, Path] = msgspec.field(default_factory=dict)
    components: Mapping[str, Mapping[str, Any]] = msgspec.field(default_factory=dict)

    @property
    def epoch(self) -> int:
        """The commit's time, seconds since 1970: of all that is made (``SOURCE_DATE_EPOCH``)."""
        return int(datetime.fromisoformat(self.plan.commit_time).timestamp())


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """Files that a build left in ``out``, and the versions of the tools it used.

    ``components`` is a CycloneDX document of what was built in, from a build that alone can know it.
    """

    files: tuple[str, ...]
    tools: Mapping[str, str]
    components: Mapping[str, Any] | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted of a package: compiled files for these targets, archives called by a scheme; ``made`` are the files
    of the package it wraps; ``channels`` are the kinds of those that were asked for.
    """

    targets: tuple[Target, ...]
    made: tuple[Artifact, ...] = ()
    archive_name: str = ARCHIVE_NAME
    channels: frozenset[str] = frozenset()


@runtime_checkable
class Ecosystem(Protocol):
    """How one language's packages are found and where they write their version. It may be a :class:`BuildingEcosystem` too."""

    name: ClassVar[EcosystemName]

    def detect(self, tree: SourceTree, exclude: tuple[str, ...]) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
        """Find the packages; raise :class:`~tagship.errors.ProjectError` with all broken manifests."""


class Mentioned(msgspec.Struct, frozen=True, kw_only=True):
    """A version found in a file that does not define it, and the published name of the package it speaks of, if it says.

    Without an ``identifier`` it belongs to the package whose folder the file is in; ``folder`` says so where the file
    speaks of another one, from the project's root. ``mcp_name`` is the name in the MCP Registry that the file gives it.
    """

    site: VersionSite
    identifier: str = ""
    mcp_name: str = ""
    folder: str | None = None


class Mention(Protocol):
    """A kind of file that repeats a package's version: ``server.json``, a chart, a README. It follows, and never decides."""

    name: ClassVar[str]

    def files(self, paths: Sequence[str]) -> Sequence[str]:
        """Choose the files it knows, by their paths."""

    def find(self, file: str, text: str) -> Sequence[Mentioned]:
        """Find the versions in one of them; nothing in a file that it cannot read: that is for others to tell."""


class Building(Protocol):
    """What can be built and listed, not only versioned."""

    name: ClassVar[EcosystemName]

    def artifacts(self, package: Package, found: Found, order: Order) -> tuple[Artifact, ...]:
        """Name the files the package will be shipped as; ``leg`` names the kind of build leg that makes each, e.g. ``go``:
        what has one such name and one runner is built by one job, unless there is too much of it.
        """

    def hindrance(self, package: Package, targets: Sequence[Target], tools: Tools) -> str:
        """Say why this machine cannot build the package for these targets; empty when it can."""

    def build(self, job: BuildJob, tools: Tools) -> Built:
        """Build the package; project code runs here, without any secret in the environment."""

    def bill_of_materials(self, package: Package, files: Mapping[str, Path], tools: Tools) -> dict[str, Any]:
        """List what is in the package, or what an installer would install with it, as a CycloneDX document."""


@runtime_checkable
class BuildingEcosystem(Ecosystem, Building, Protocol):
    """An ecosystem whose packages can be built."""


@runtime_checkable
class Wrapper(Building, Protocol):
    """A kind of package that is made of another one's files, or around a project: an image, a bundle."""

    def wrap(
        self, tree: SourceTree, found: Sequence[Found], settings: Config
    ) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
        """Say what is to be made around the packages found; ``wraps`` of each names its package."""


class FormatJob(msgspec.Struct, frozen=True, kw_only=True):
    """What a format is made from: the plan and the files that exist so far, by name, with their digests.

    ``components`` are whole CycloneDX documents by package id, for those that write bills of materials; ``probed`` is what the
    probes found. ``publicly_signed``: the files get signatures of this job's identity that anybody's verifier finds.
    """

    plan: Plan
    files: Mapping[str, Path]
    digests: Mapping[str, str]
    components: Mapping[str, Mapping[str, Any]] = msgspec.field(default_factory=dict)
    probed: Report = msgspec.field(default_factory=lambda: Report(probes=()))
    publicly_signed: bool = False


class Format(Protocol):
    """Makes files of a release from those that were built."""

    name: ClassVar[str]
    stage: ClassVar[int]
    """Formats are made in this order; a later one sees the files of the earlier ones."""

    def artifacts(self, name: str, version: str, packages: Sequence[Package]) -> tuple[Artifact, ...]:
        """Name the files it makes for a release."""

    def make(self, job: FormatJob, tools: Tools) -> Mapping[str, bytes]:
        """Return the bytes of each of its artifacts that the plan owes."""


class FileToSign(msgspec.Struct, frozen=True, kw_only=True):
    """A file whose digest was checked: only these bytes are signed.

    ``time`` is what a signature may carry in place of the clock's, so that a re-run gives the same bytes: the commit's.
    """

    name: str
    path: Path
    sha256: str
    time: datetime | None = None


class Signer(Protocol):
    """Makes and checks one kind of signature. A plug-in is a class: its instances hold a secret and are made late.

    :meth:`sign` tries once: it raises :class:`~tagship.adapters.http.Transient` where trying again may help, and the step
    asks again. It is called from ``parallel`` threads at a time.
    """

    name: ClassVar[str]
    key_file: ClassVar[str]
    """The companion that holds the public key, which :meth:`check` finds in the trust; empty where there is no key."""
    key_mark: ClassVar[bytes]
    """What such a public key holds, by which it is told from those of other signers; empty where there is no key."""
    parallel: ClassVar[int]
    """How many files may be signed at a time; more than one where a remote has a part in it."""

    @classmethod
    def create(cls, secrets: Mapping[str, str], tools: Tools) -> "Signer":
        """Take what it needs from the inputs by their names (``key``, ``trust-config``, …; some are secrets).

        Raises :class:`~tagship.errors.UsageError` when it is not there.
        """

    @classmethod
    def artifacts(cls, files: Sequence[str]) -> tuple[Artifact, ...]:
        """Name what it adds to a release that has these files."""

    @classmethod
    def signature_name(cls, file: str) -> str:
        """Name the signature of a file."""

    @classmethod
    def recognises(cls, signature: bytes) -> bool:
        """Whether this may be a signature of its kind: several kinds have one name, and the first to say yes checks it."""

    @classmethod
    def check(cls, file: FileToSign, signature: bytes, trust: Trust) -> None:
        """Check a signature against what is trusted; raise :class:`~tagship.errors.IntegrityError` when it does not hold."""

    def companions(self) -> Mapping[str, bytes]:
        """Return the files it ships besides signatures, e.g. the public key."""

    def sign(self, file: FileToSign) -> bytes:
        """Return the signature of a file, already checked."""


@runtime_checkable
class Attester(Signer, Protocol):
    """A signer that also signs statements about files, as DSSE envelopes in bundles."""

    @classmethod
    def check_statement(cls, bundle: bytes, trust: Trust) -> bytes:
        """Return the statement in a bundle; raise :class:`~tagship.errors.IntegrityError` when its signature does not hold."""

    def attest(self, statement: bytes) -> bytes:
        """Return a bundle with an in-toto statement, these bytes, already checked."""


@runtime_checkable
class Renewing(Attester, Protocol):
    """A signer that never makes the same bytes twice: what it signed earlier, and still holds, is kept by a re-run."""

    def still_holds(self, file: FileToSign, signature: bytes) -> bool:
        """Whether an earlier signature is of this file and of the very identity that would sign now."""

    def still_stated(self, bundle: bytes) -> bytes | None:
        """Return the statement in an earlier bundle of that identity; ``None`` when it does not hold."""


def attests(kind: type[Signer]) -> bool:
    """Whether signers of this kind are :class:`Attester`."""
    return callable(getattr(kind, "attest", None))
