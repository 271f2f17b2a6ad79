"""The release of the plan's own repository, as a channel: what people download, seen as public before others point at it.

Which release that is, and how it comes about, is the business of ``release-assets``: asked to publish, this channel has it
carried out (draft, upload, proof, publication last), and looks whether the files of its package are there now. A bundle
that the MCP Registry names, for one, must be public by then.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final, Self

from tagship.domain.plans.artifact import BUILT, Artifact
from tagship.domain.plans.channel import Owed, There, Wish, decide, entry_for
from tagship.domain.plans.plan import ChannelPlan, Package
from tagship.domain.proofs.claims import GITHUB
from tagship.errors import UsageError
from tagship.ports import ChannelSettings, OwnRelease, Tools


class GithubRelease:
    """:class:`tagship.ports.Channel` for the files of one package on the release."""

    kind: ClassVar[str] = "github-release"
    address: ClassVar[str] = GITHUB
    secrets: ClassVar[tuple[str, ...]] = ()
    options: ClassVar[Mapping[str, str]] = {}

    def __init__(self, settings: ChannelSettings) -> None:
        self._entry, self._own = settings.entry, settings.release

    @classmethod
    def plan(cls, wish: Wish, package: Package, artifacts: Sequence[Artifact]) -> ChannelPlan | None:
        """Owe whatever was built."""
        return entry_for(wish, package, artifacts, BUILT)

    @classmethod
    def create(cls, settings: ChannelSettings, tools: Tools) -> Self:
        """Make one; nothing is asked yet."""
        del tools
        return cls(settings)

    @property
    def url(self) -> str:
        """The release's page, once it was seen."""
        return (self._own.url if self._own else "") or self._entry.address

    def there(self, owed: Sequence[Owed]) -> There:
        """Compare digests with those of the published release; what only a draft has is not there yet."""
        return There(files=self._release.published([file.name for file in owed]))

    def visible(self, owed: Sequence[Owed]) -> bool:
        """Whether the published release has all of it."""
        return not decide(owed, self.there(owed)).missing

    def publish(self, file: Owed) -> None:
        """Have the whole release completed, once for all files.

        Raises:
            UsageError: its files are not at hand.
            RemoteRefused: the forge said no, or the release has other bytes and may not change.
            RemoteUnreachable: the forge kept failing.

        """
        del file
        self._release.complete()

    @property
    def _release(self) -> OwnRelease:
        if self._own is None:
            raise UsageError("it is not known which release is meant", hint="run `tagship publish` of a plan")
        return self._own


PLUGIN: Final = GithubRelease
