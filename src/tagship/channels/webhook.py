"""An announcement: one signed JSON body to an address of your own, after everything else of a server is published.

It is told at least once: a re-run tells it again, with the same ``X-Tagship-Delivery``, by which a receiver knows it.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final, Self

import msgspec

from tagship.adapters import http
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.channel import EVERY, Owed, There, Wish, entry_for, variable
from tagship.domain.plans.plan import ChannelPlan, Package
from tagship.errors import UsageError
from tagship.ports import Ahead, ChannelSettings, Tools, WayIn


class Webhook:
    """:class:`tagship.ports.Channel` for one announcement of one package."""

    kind: ClassVar[str] = "webhook"
    address: ClassVar[str] = ""
    secrets: ClassVar[tuple[str, ...]] = ("secret",)
    options: ClassVar[Mapping[str, str]] = {}

    def __init__(self, settings: ChannelSettings) -> None:
        self._entry, self._package = settings.entry, settings.package
        self._secret = settings.secrets.get("secret", "")
        self._owed: tuple[Owed, ...] = ()
        self._due: set[str] = set()
        self._told = False

    @classmethod
    def plan(cls, wish: Wish, package: Package, artifacts: Sequence[Artifact]) -> ChannelPlan | None:
        """Owe an announcement of whatever was built."""
        kinds = {artifact.kind for artifact in artifacts} - {"sbom", "bundle", "signature", "attestation", "manifest"}
        return entry_for(wish, package, artifacts, kinds, after=(EVERY,))

    @classmethod
    def create(cls, settings: ChannelSettings, tools: Tools) -> Self:
        """Make one; nothing is asked yet."""
        del tools
        return cls(settings)

    @property
    def url(self) -> str:
        """The address."""
        return self._entry.address

    def there(self, owed: Sequence[Owed]) -> There:
        """Know only what this run told: receivers are not asked."""
        self._owed = tuple(owed)
        return There(files={file.name: file.sha256 for file in owed} if self._told else {})

    def ahead(self) -> Ahead:
        """Ask nothing: an announcement is no question."""
        return Ahead()

    def way_in(self) -> WayIn:
        """Sign with a secret that both sides know."""
        return WayIn(needs="secret")

    def visible(self, owed: Sequence[Owed]) -> bool:
        """Whether the receiver took it."""
        del owed
        return self._told

    def publish(self, file: Owed) -> None:
        """Tell of all files with the last of them.

        Raises:
            UsageError: there is no secret to sign with.
            RemoteRefused: the receiver said no.
            Transient: no answer, 5xx or a rate limit.

        """
        if not self._secret:
            hint = (
                f"set {variable(self._entry.id, 'secret')}, and let the receiver check X-Tagship-Signature-256 with it"
            )
            raise UsageError(f"there is no secret for {self._entry.id}", hint=hint)
        self._due.add(file.name)
        if self._due != {each.name for each in self._owed}:
            return
        body = self._body()
        signature = hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Tagship-Delivery": hashlib.sha256(body).hexdigest(),
            "X-Tagship-Signature-256": f"sha256={signature}",
        }
        doing = f"tell {self._entry.id}"
        answer = http.send("POST", self._entry.address, doing=doing, data=body, headers=headers, auth=http.keep_headers)
        http.require_success(answer, doing, _HINTS)
        self._told = True

    def _body(self) -> bytes:
        """Write it: the same release, the same bytes."""
        files = [{"name": f.name, "size": f.size, "sha256": f.sha256} for f in sorted(self._owed, key=lambda f: f.name)]
        about = {"schema": "tagship.published/1", "package": self._package.name, "version": self._package.version}
        return msgspec.json.encode({**about, "files": files})


_HINTS: Final[dict[int, str]] = {
    401: "the receiver does not take the signature: both sides need the same secret",
    403: "the receiver does not take the signature: both sides need the same secret",
    404: "mend the channel's address",
}

PLUGIN: Final = Webhook
