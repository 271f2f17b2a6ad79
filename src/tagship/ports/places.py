"""Where releases go: forges keep them with their files, channels publish packages under their names."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Protocol, runtime_checkable

import msgspec

from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.channel import Owed, Standing, There, Wish
from tagship.domain.plans.plan import ChannelPlan, Package
from tagship.domain.releases.release import LocalAsset, ReleaseDraft, RemoteAsset, RemoteRelease
from tagship.domain.text.structs import Discreet
from tagship.errors import Problem
from tagship.ports.world import Tools

Watch = Callable[[int], None]
"""Told how many bytes of a file are sent; may raise to break it off."""


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """What stands between a tag and its release, as far as a forge tells without being changed.

    ``problems`` will make the release fail; ``unknown`` says what could not be found out, and why.
    """

    problems: tuple[Problem, ...] = ()
    unknown: tuple[str, ...] = ()


class Forge(Protocol):
    """A place that keeps releases: GitHub, or a folder. A plug-in is a class."""

    name: ClassVar[str]

    @classmethod
    def create(cls, settings: "ForgeSettings", tools: Tools) -> "Forge":
        """Make one; raise :class:`~tagship.errors.UsageError` where the settings lack what it needs."""

    def releases(self, tag: str) -> tuple[RemoteRelease, ...]:
        """Return every release and draft of a tag."""

    def create_draft(self, draft: ReleaseDraft) -> RemoteRelease:
        """Make a draft."""

    def edit(self, release: RemoteRelease, draft: ReleaseDraft) -> RemoteRelease:
        """Change name, notes and prerelease flag."""

    def assets(self, release: RemoteRelease) -> tuple[RemoteAsset, ...]:
        """Return what is attached, with digests (hashed here where the forge tells none)."""

    def upload(self, release: RemoteRelease, asset: LocalAsset, watch: Watch) -> RemoteAsset:
        """Attach a file; ``watch`` is told as its bytes go."""

    def rename_asset(self, release: RemoteRelease, asset: RemoteAsset, name: str) -> RemoteAsset:
        """Give what is attached another name; one that is taken is refused."""

    def download(self, release: RemoteRelease, asset: RemoteAsset, to: Path) -> None:
        """Fetch a file."""

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

    def readiness(self, tag: str, commit: str, *, may_write: bool) -> Readiness:
        """Look whether a release of a tag at a commit can be made, and change nothing.

        ``may_write``: the token at hand is the one that will release, so that its permission is looked at too.
        """


class ForgeSettings(Discreet, frozen=True, kw_only=True):
    """What a forge is made from."""

    unshown: ClassVar[frozenset[str]] = frozenset({"token"})
    repository: str
    directory: Path
    token: str = ""


class OwnRelease(Protocol):
    """The release that a plan is of, for channels that speak of it; ``url`` is its page, once it was looked at."""

    url: str

    def published(self, names: Collection[str]) -> Mapping[str, str]:
        """Return what of these files it has where it is published, by their names in the plan, with their SHA-256."""

    def complete(self) -> None:
        """Bring it to where the plan says it should be and publish it; a release that is there already is left alone."""


class ChannelSettings(Discreet, frozen=True, kw_only=True):
    """What a channel is made from: its entry of the plan, the package, its own secrets (by the names it declares), the commit
    with its time (RFC 3339), the repository (owner/name, empty where there is none), and the release that the plan is of.
    """

    unshown: ClassVar[frozenset[str]] = frozenset({"secrets", "release"})
    entry: ChannelPlan
    package: Package
    commit: str = ""
    commit_time: str = ""
    repository: str = ""
    secrets: Mapping[str, str] = msgspec.field(default_factory=dict)
    release: OwnRelease | None = None


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel tells before there is anything to publish; ``None`` is what cannot be asked.

    ``known``: the name is taken, by us or by others; ``there``: something has exactly this version already; ``says`` is the
    repository (an address) that the registry shows for the name, empty where it shows none.
    """

    known: bool | None = None
    there: bool | None = None
    says: str = ""


class WayIn(msgspec.Struct, frozen=True, kw_only=True):
    """How a channel learns who publishes.

    ``needs`` is the one of its secrets that it needs, empty for none; ``identity`` whether the job's identity (OpenID
    Connect) does instead. ``form`` is the page where a registry is told whom to trust, ``fields`` what to enter there besides
    repository, workflow and environment; ``called`` whether it trusts a workflow that is called from another repository,
    ``new`` whether an identity is enough for a name that it does not know yet.
    """

    needs: str = ""
    identity: bool = False
    form: str = ""
    fields: Mapping[str, str] = msgspec.field(default_factory=dict)
    called: bool = True
    new: bool = True


@runtime_checkable
class Foreseeing(Protocol):
    """A :class:`Channel` that can be asked before anything is built, and says how one gets in."""

    def ahead(self) -> Ahead:
        """Ask about name and version; nothing is changed, and it is tried once."""

    def way_in(self) -> WayIn:
        """Say who may publish here; nothing is asked."""


@runtime_checkable
class Naming(Protocol):
    """A kind of channel that knows what it publishes by a name and a digest of its own, which signatures are about."""

    @classmethod
    def subject(cls, entry: ChannelPlan, package: Package, paths: Sequence[Path]) -> tuple[str, str]:
        """Return both, for files of one package; the digest is a SHA-256 in hexadecimal."""


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
    options: ClassVar[Mapping[str, str]]
    """What ``options`` in the configuration may say, with what it means."""

    @classmethod
    def plan(cls, wish: Wish, package: Package, artifacts: Sequence[Artifact]) -> ChannelPlan | None:
        """Say what it owes for a package, ``None`` when that is nothing; ``after`` names kinds that go first."""

    @classmethod
    def create(cls, settings: ChannelSettings, tools: Tools) -> "Channel":
        """Make one; nothing is asked of the remote yet, and a missing secret is told when it is needed."""

    @property
    def url(self) -> str:
        """The page of this version, for people."""

    def there(self, owed: Sequence[Owed]) -> There:
        """Return what the remote has of exactly this version; of a file that it owes with the SHA-256 of its bytes.

        Where the remote tells another digest, the file at hand is hashed the same way: equal is the owed SHA-256, else empty.
        """

    def publish(self, file: Owed) -> None:
        """Send one file; a remote that says it has the file already is no error: the digests decide."""

    def visible(self, owed: Sequence[Owed]) -> bool:
        """Whether an installer would find all of it now, with the right digests."""


@runtime_checkable
class Judged(Protocol):
    """A channel that can end otherwise than published: a person decides first, or a newer version stays."""

    @property
    def standing(self) -> Standing | None:
        """How it stood at the last look; ``None`` where it is simply there or not."""
