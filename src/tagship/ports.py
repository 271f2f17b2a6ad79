"""What the steps need from the world, as Protocols: real objects are made in ``cli.py`` and handed down.

A plug-in of ``ecosystems/``, ``formats/``, ``signers/``, ``forges/`` or ``channels/`` implements one of these and knows
nothing of the others.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol

import msgspec

from tagship.domain.artifact import Artifact
from tagship.domain.channel import Owed, There, Wish
from tagship.domain.commits import Commit
from tagship.domain.plan import ChannelPlan, EcosystemName, Leg, Package, Plan
from tagship.domain.release import LocalAsset, RemoteAsset, RemoteRelease
from tagship.domain.version_site import VersionSite


class Clock(Protocol):
    """Time, so that nothing else reads it."""

    def now(self) -> datetime:
        """Return the time, UTC."""

    def monotonic(self) -> float:
        """Return seconds that only grow."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A program that ended: exit code and both streams."""

    code: int
    out: bytes
    err: bytes

    @property
    def stdout(self) -> str:
        """Standard output as text."""
        return self.out.decode("utf-8", "replace")

    @property
    def stderr(self) -> str:
        """Standard error as text."""
        return self.err.decode("utf-8", "replace")

    def last_lines(self, count: int = 20) -> str:
        """Return the end of what it said, for an error message."""
        return "\n".join((self.stdout.rstrip() + "\n" + self.stderr.rstrip()).strip().splitlines()[-count:])


class Shell(Protocol):
    """Runs programs: argument lists, never a shell string."""

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        timeout: float = 600,
        input_bytes: bytes | None = None,
    ) -> Finished:
        """Run to the end, whatever the exit code; ``env`` replaces the environment when given."""


class Reporter(Protocol):
    """What people see while it runs, and what the runner is told."""

    def step(self, title: str) -> AbstractContextManager[None]:
        """Frame a part of the work; its time is shown when it ends."""

    def info(self, message: str) -> None:
        """Say what happened."""

    def notice(self, message: str) -> None:
        """Say what a person should know."""

    def warning(self, message: str, *, file: str | None = None, line: int | None = None) -> None:
        """Say what a person should look at."""

    def mask(self, secret: str) -> None:
        """Keep a secret out of every later line."""

    def summary(self, markdown: str) -> None:
        """Add to the job summary, where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The real objects of one run."""

    shell: Shell
    clock: Clock
    reporter: Reporter
    environment: Mapping[str, str] = field(repr=False)
    open_repository: "Callable[[Path], Vcs]"


class SourceTree(Protocol):
    """The files of one commit below the project's folder; paths are relative to it, with ``/``."""

    @property
    def paths(self) -> tuple[str, ...]:
        """All files, sorted."""

    def read(self, paths: Sequence[str]) -> Mapping[str, str]:
        """Read files as UTF-8 text (undecodable bytes are replaced); missing ones are left out."""


class Vcs(Protocol):
    """The repository that is released."""

    @property
    def root(self) -> Path:
        """The repository's top folder."""

    def head(self) -> str:
        """Return the commit id of HEAD."""

    def commit_time(self, commit: str) -> datetime:
        """Return when the commit was made, UTC."""

    def is_shallow(self) -> bool:
        """Whether history was cut off when cloning."""

    def is_dirty(self) -> bool:
        """Whether tracked files differ from HEAD."""

    def tags_at(self, commit: str) -> tuple[str, ...]:
        """Return the tags on one commit."""

    def merged_tags(self, commit: str) -> tuple[str, ...]:
        """Return the tags on the commit and its ancestors."""

    def tag_commit(self, tag: str) -> str | None:
        """Return the commit a tag points at, or ``None`` when there is no such tag."""

    def log(self, since: str | None, until: str, path: str) -> tuple[Commit, ...]:
        """Return the commits of a range that touch ``path``, newest first."""

    def remote_url(self) -> str | None:
        """Return the address of ``origin``."""

    def tree(self, commit: str, folder: str) -> SourceTree:
        """Open the files of a commit below a folder of the repository."""

    def export(self, commit: str, to: Path) -> None:
        """Clone the commit, with its tags and nothing uncommitted, into a new folder."""

    def commit(self, files: Sequence[str], message: str) -> str:
        """Commit these files and return the commit id."""

    def tag(self, name: str, commit: str, message: str) -> None:
        """Make an annotated tag."""

    def branch(self) -> str | None:
        """Return the branch that is checked out, ``None`` when HEAD is detached."""

    def push(self, references: Sequence[str], token: str) -> None:
        """Push to ``origin``, all references or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Something that was looked at and left out, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A package an ecosystem found: the package without its version sites' text, and the sites.

    ``version`` is empty when version control decides it.
    """

    name: str
    path: str
    version: str
    license: str | None
    mcp_name: str | None
    entry: str | None
    sites: tuple[VersionSite, ...]
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildJob:
    """All that a build needs: a clean copy of the commit, where to put files, and what is owed."""

    plan: Plan
    leg: Leg
    package: Package
    source: Path
    out: Path
    owed: tuple[Artifact, ...]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """Files that a build left in ``out``, and the versions of the tools it used."""

    files: tuple[str, ...]
    tools: Mapping[str, str]


class Ecosystem(Protocol):
    """How one language's packages are found, versioned, built and listed."""

    name: ClassVar[EcosystemName]

    def detect(self, tree: SourceTree, exclude: tuple[str, ...]) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
        """Find the packages to be published; raise :class:`~tagship.errors.ProjectError` for broken manifests."""

    def artifacts(self, package: Package, found: Found) -> tuple[Artifact, ...]:
        """Name the files the package will be shipped as; ``leg`` names the build leg that makes each."""

    def build(self, job: BuildJob, tools: Tools) -> Built:
        """Build the package; project code runs here, without any secret in the environment."""

    def bill_of_materials(self, package: Package, files: Mapping[str, Path], tools: Tools) -> dict[str, Any]:
        """Resolve what an installer would install and return it as a CycloneDX document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatJob:
    """What a format is made from: the plan and the files that exist so far, by name, with their digests."""

    plan: Plan
    files: Mapping[str, Path]
    digests: Mapping[str, str]


class Format(Protocol):
    """Makes files of a release from those that were built."""

    name: ClassVar[str]
    stage: ClassVar[int]
    """Formats are made in this order; a later one sees the files of the earlier ones."""

    def artifacts(self, name: str, version: str, packages: Sequence[Package]) -> tuple[Artifact, ...]:
        """Name the files it makes for a release."""

    def make(self, job: FormatJob, tools: Tools) -> Mapping[str, bytes]:
        """Return the bytes of each of its artifacts that the plan owes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileToSign:
    """A file whose digest was checked: only these bytes are signed."""

    name: str
    path: Path
    sha256: str


class Signer(Protocol):
    """Makes and checks one kind of signature. A plug-in is a class: its instances hold a secret and are made late."""

    name: ClassVar[str]
    key_file: ClassVar[str]
    """The companion that holds the public key, which :meth:`check` is given."""

    @classmethod
    def create(cls, secrets: Mapping[str, str], tools: Tools) -> "Signer":
        """Take what it needs from the secret inputs; raise :class:`~tagship.errors.UsageError` when it is not there."""

    @classmethod
    def artifacts(cls, files: Sequence[str]) -> tuple[Artifact, ...]:
        """Name what it adds to a release that has these files."""

    @classmethod
    def signature_name(cls, file: str) -> str:
        """Name the signature of a file."""

    @classmethod
    def check(cls, file: FileToSign, signature: bytes, trust: bytes) -> None:
        """Check a signature against a public key; raise :class:`~tagship.errors.IntegrityError` when it does not hold."""

    def companions(self) -> Mapping[str, bytes]:
        """Return the files it ships besides signatures, e.g. the public key."""

    def sign(self, file: FileToSign) -> bytes:
        """Return the signature of a file, already checked."""


class ReleaseDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a new release shall look like."""

    tag: str
    commitish: str
    name: str
    body: str
    prerelease: bool


class Forge(Protocol):
    """A place that keeps releases: GitHub, or a folder."""

    name: ClassVar[str]

    def releases(self, tag: str) -> tuple[RemoteRelease, ...]:
        """Return every release and draft of a tag."""

    def create_draft(self, draft: ReleaseDraft) -> RemoteRelease:
        """Make a draft."""

    def edit(self, release: RemoteRelease, draft: ReleaseDraft) -> RemoteRelease:
        """Change name, notes and prerelease flag."""

    def assets(self, release: RemoteRelease) -> tuple[RemoteAsset, ...]:
        """Return what is attached, with digests (hashed here where the forge tells none)."""

    def upload(self, release: RemoteRelease, asset: LocalAsset) -> RemoteAsset:
        """Attach a file."""

    def delete_asset(self, release: RemoteRelease, asset: RemoteAsset) -> None:
        """Take a file off."""

    def publish(self, release: RemoteRelease, *, latest: bool) -> RemoteRelease:
        """Make a draft public."""

    def asset_name(self, file_name: str) -> str:
        """Return the name the forge will give a file."""

    def delete_draft(self, release: RemoteRelease) -> None:
        """Remove a draft that lost a race against another one of ours."""

    def published_tags(self) -> tuple[str, ...]:
        """Return the tags of published, final releases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeSettings:
    """What a forge is made from. A plug-in is a class with ``create(settings, tools)``."""

    repository: str
    directory: Path
    retry_window: float
    deadline: float
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    """What a channel is made from: its entry of the plan, the package, and its own secrets (by the names it declares)."""

    entry: ChannelPlan
    package: Package
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


class Channel(Protocol):
    """A place to publish to: an index, a registry. A plug-in is a class; an instance serves one package of one plan.

    Each method tries once: it raises :class:`~tagship.adapters.http.Transient` where trying again may help, and the step
    looks at what is there before anything is sent again.
    """

    kind: ClassVar[str]
    address: ClassVar[str]
    """Where it publishes unless the configuration says otherwise; empty: the configuration must say."""
    secrets: ClassVar[tuple[str, ...]]
    """What it needs by environment: ``token`` of the channel ``pypi`` is ``TAGSHIP_PYPI_TOKEN``."""

    @classmethod
    def plan(cls, wish: Wish, package: Package, artifacts: Sequence[Artifact]) -> ChannelPlan | None:
        """Say what it owes for a package, ``None`` when that is nothing; ``after`` names kinds that go first."""

    @classmethod
    def create(cls, settings: ChannelSettings, tools: Tools) -> "Channel":
        """Make one; nothing is asked of the remote yet, and a missing secret is told when it is needed."""

    @property
    def url(self) -> str:
        """The page of this version, for people."""

    def there(self) -> There:
        """Return what the remote has of exactly this version, with digests of all files it owes."""

    def publish(self, file: Owed) -> None:
        """Send one file; a remote that says it has the file already is no error: the digests decide."""

    def visible(self, owed: Sequence[Owed]) -> bool:
        """Whether an installer would find all of it now, with the right digests."""
