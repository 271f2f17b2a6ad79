"""Go's module proxy: the tag is the publication; the proxy is made to fetch it now, and seen to have this very commit.

https://go.dev/ref/mod#goproxy-protocol. A version that a proxy has once never changes there: a tag that was moved is told.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, Final, Self
from urllib.parse import quote

from tagship.adapters import http
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.channel import Owed, There, Wish, decide, entry_for
from tagship.domain.plans.plan import ChannelPlan, Package
from tagship.ports import Ahead, ChannelSettings, Tools, WayIn

_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class GoProxy:
    """:class:`tagship.ports.Channel` for one Go module; it has no secret, and sends nothing but a question."""

    kind: ClassVar[str] = "go-proxy"
    address: ClassVar[str] = "https://proxy.golang.org"
    secrets: ClassVar[tuple[str, ...]] = ()
    options: ClassVar[Mapping[str, str]] = {}

    def __init__(self, settings: ChannelSettings) -> None:
        self._commit = settings.commit
        module = settings.package.details.get("module") or settings.package.name
        self._module, self._version = module, f"v{settings.package.version}"
        self._place = f"{settings.entry.address.rstrip('/')}/{quote(_escaped(module), safe='/!~')}/@v"

    @classmethod
    def plan(cls, wish: Wish, package: Package, artifacts: Sequence[Artifact]) -> ChannelPlan | None:
        """Owe the module whose programs were built."""
        return entry_for(wish, package, artifacts, {"archive"}) if package.ecosystem == "go" else None

    @classmethod
    def create(cls, settings: ChannelSettings, tools: Tools) -> Self:
        """Make one; nothing is asked yet."""
        del tools
        return cls(settings)

    @property
    def url(self) -> str:
        """The version's page."""
        return f"https://pkg.go.dev/{self._module}@{self._version}"

    def there(self, owed: Sequence[Owed]) -> There:
        """Look whether the proxy lists the version, and of which commit it is."""
        listed = self._get("list")
        if listed is None or self._version not in listed.text.split():
            return There(files={})
        info = self._info()
        same = info is not None and self._is_ours(info)
        return There(files={file.name: file.sha256 if same else "" for file in owed})

    def ahead(self) -> Ahead:
        """Ask for the versions that the proxy knows."""
        listed = self._get("list")
        return Ahead(known=listed is not None, there=listed is not None and self._version in listed.text.split())

    def way_in(self) -> WayIn:
        """Let anybody ask: the tag is the publication."""
        return WayIn()

    def visible(self, owed: Sequence[Owed]) -> bool:
        """Whether ``go install`` would find it."""
        return not decide(owed, self.there(owed)).missing

    def publish(self, file: Owed) -> None:
        """Ask for the version, which makes the proxy fetch it; once is enough, whatever the files.

        Raises:
            RemoteRefused: the proxy said no.
            Transient: the proxy does not see the tag yet, no answer, or 5xx.

        """
        del file
        if self._info() is None:
            raise http.Transient(f"{self._module}@{self._version}: the proxy does not see the tag yet")

    def _info(self) -> dict[str, Any] | None:
        answer = self._get(f"{self._version}.info")
        return None if answer is None else http.object_of(answer, f"read {self._version}.info")

    def _is_ours(self, info: Mapping[str, Any]) -> bool:
        """Compare the commit, where the proxy tells it (Origin.Hash)."""
        told = (info.get("Origin") or {}).get("Hash")
        return not told or told == self._commit

    def _get(self, name: str) -> Any:
        doing = f"ask the module proxy for {self._module} {name}"
        answer = http.send("GET", f"{self._place}/{name}", doing=doing)
        if answer.status_code in _GONE:
            return None
        http.require_success(answer, doing, _HINTS)
        return answer


def _escaped(module: str) -> str:
    """Write capital letters as the proxies do: ``!`` and the small letter."""
    return "".join(f"!{letter.lower()}" if letter.isupper() else letter for letter in module)


_HINTS: Final[dict[int, str]] = {403: "the proxy may not serve this module: is the repository public?"}

PLUGIN: Final = GoProxy
