"""crates.io and every registry with a sparse index: looked up there, published by the web API that cargo itself uses.

https://doc.rust-lang.org/cargo/reference/registry-index.html, …/registry-web-api.html; who publishes may be proved by OIDC:
https://crates.io/docs/trusted-publishing. No cargo is needed, and no file with a token is written.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self
from urllib.parse import urlsplit

import msgspec

from tagship.adapters import http, oidc
from tagship.channels import _crate_file
from tagship.channels._crate_file import CRATES_IO
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.channel import Owed, There, Wish, checked_address, decide, entry_for, variable
from tagship.domain.plans.plan import ChannelPlan, Package
from tagship.errors import IntegrityError, TagshipError, UsageError
from tagship.ports import Ahead, ChannelSettings, Tools, WayIn

if TYPE_CHECKING:
    import requests

_PUBLIC: Final = "https://index.crates.io"
_ABSENT: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS})
"""What an index answers of a crate that it does not have (registry-index.html#nonexistent-crates)."""
_HAS_IT: Final = ("already uploaded", "already exists")


class Crates:
    """:class:`tagship.ports.Channel` for one crate in one registry."""

    kind: ClassVar[str] = "crates"
    address: ClassVar[str] = _PUBLIC
    secrets: ClassVar[tuple[str, ...]] = ("token",)
    options: ClassVar[Mapping[str, str]] = {}

    def __init__(self, settings: ChannelSettings, tools: Tools) -> None:
        self._entry, self._package, self._tools = settings.entry, settings.package, tools
        self._index = self._entry.address.rstrip("/")
        self._token = settings.secrets.get("token", "")
        self._told_yanked = False

    @classmethod
    def plan(cls, wish: Wish, package: Package, artifacts: Sequence[Artifact]) -> ChannelPlan | None:
        """Owe the crate, unless its manifest keeps it from crates.io (``publish = ["inner"]``)."""
        only = package.details.get("registries", "")
        if wish.address == _PUBLIC and only and "crates-io" not in only.split(","):
            return None
        return entry_for(wish, package, artifacts, {"crate"})

    @classmethod
    def create(cls, settings: ChannelSettings, tools: Tools) -> Self:
        """Make one; nothing is asked yet."""
        return cls(settings, tools)

    @property
    def url(self) -> str:
        """The version's page on crates.io; on other registries the crate's place in the index."""
        if self._index == _PUBLIC:
            return f"https://crates.io/crates/{self._package.name}/{self._package.version}"
        return self._place

    def there(self, owed: Sequence[Owed]) -> There:
        """Read the crate's lines of the index; the checksum there is the SHA-256 of the file."""
        (file,) = owed
        line = next((each for each in self._lines() or () if _same(each.get("vers"), self._package.version)), None)
        if line is None:
            return There(files={})
        if line.get("yanked") and not self._told_yanked:
            self._told_yanked = True
            hint = f"cargo yank --undo {self._package.name}@{self._package.version}"
            self._tools.reporter.warning(f"{self.url} is yanked: nobody gets it anew; to take that back: {hint}")
        return There(files={file.name: str(line.get("cksum", ""))})

    def ahead(self) -> Ahead:
        """Read the crate's lines of the index; the repository that crates.io shows is not in them."""
        lines = self._lines()
        there = any(_same(each.get("vers"), self._package.version) for each in lines or ())
        return Ahead(known=lines is not None, there=there)

    def way_in(self) -> WayIn:
        """Take a token, or the identity of a job; who may publish is said in the crate's own settings, once it is there."""
        page = f"https://crates.io/crates/{self._package.name}/settings" if self._index == _PUBLIC else ""
        return WayIn(needs="token", identity=True, form=page, fields={"crate": self._package.name})

    def visible(self, owed: Sequence[Owed]) -> bool:
        """Whether the index lists it."""
        return not decide(owed, self.there(owed)).missing

    def publish(self, file: Owed) -> None:
        """Upload the crate.

        Raises:
            UsageError: no token, and no identity to get one for.
            IntegrityError: it is another crate than planned, or changed after it was proved.
            RemoteRefused: the registry said no.
            Transient: no answer, 5xx, a rate limit, or the registry has it since the last look.

        """
        crate = _crate_file.read(file)
        if (crate.name, crate.version) != (self._package.name, self._package.version):
            message = f"it is {crate.name} {crate.version}, planned was {self._package.name} {self._package.version}"
            raise IntegrityError(message, file=file.name, hint="build it again")
        doing = f"publish {crate.name} {crate.version}"
        body = _crate_file.body(file, crate, CRATES_IO if self._index == _PUBLIC else f"sparse+{self._index}/")
        api = self._api()
        with self._authorized(api) as token:
            answer = http.send(
                "PUT",
                f"{api}/api/v1/crates/new",
                doing=doing,
                size=len(body),
                data=body,
                headers={**_headers(token), "Content-Type": "application/octet-stream"},
                auth=http.keep_headers,
            )
        self._judge(answer, doing)

    @property
    def _place(self) -> str:
        """Where a crate's lines are (registry-index.html#index-files)."""
        name = self._package.name.lower()
        folder = {1: "1", 2: "2", 3: f"3/{name[0]}"}.get(len(name), f"{name[:2]}/{name[2:4]}")
        return f"{self._index}/{folder}/{name}"

    def _lines(self) -> list[dict[str, Any]] | None:
        """Return what the index has of the crate, ``None`` where it never saw it."""
        doing = f"look at {self._package.name}"
        answer = self._read(self._place, doing)
        if answer.status_code in _ABSENT:
            return None
        http.require_success(answer, doing, _HINTS, _message(answer))
        try:
            return [msgspec.json.decode(line, type=dict[str, Any]) for line in answer.content.splitlines() if line]
        except msgspec.DecodeError:
            raise UsageError(f"{doing}: the answer is no index of crates", hint=_HINTS[404]) from None

    def _api(self) -> str:
        """Return where the registry takes crates: its index says so, as to cargo.

        Raises:
            UsageError: it takes none, or there is no registry.

        """
        doing = "ask the index where crates go"
        answer = self._read(f"{self._index}/config.json", doing)
        http.require_success(answer, doing, _HINTS, _message(answer))
        told = http.object_of(answer, doing).get("api")
        if not told:
            raise UsageError(f"{self._index} takes no crates: its config.json names no api", hint=_HINTS[404])
        return checked_address(str(told)).rstrip("/")

    def _read(self, url: str, doing: str) -> "requests.Response":
        """Read from the index; a private one may ask who we are, crates.io does not."""
        token = "" if self._index == _PUBLIC else self._token
        headers = {**_headers(token), "Cache-Control": "no-cache"}
        return http.send("GET", url, doing=doing, headers=headers, auth=http.keep_headers)

    @contextmanager
    def _authorized(self, api: str) -> Iterator[str]:
        """Give the token, else one that the job's identity is traded for, which ends when the crate is up."""
        if self._token:
            yield self._token
            return
        if not oidc.available(self._tools.environment):
            hint = f"set {variable(self._entry.id, 'token')}, or let the job have `id-token: write` and be a trusted publisher"
            raise UsageError(f"there is no token for {self._entry.id}", hint=hint)
        token, place = self._mint(api), f"{api}/api/v1/trusted_publishing/tokens"
        try:
            yield token
        finally:
            self._revoke(place, token)

    def _mint(self, api: str) -> str:
        identity = oidc.identity(urlsplit(api).hostname or "", self._tools)
        doing = f"trade the job's identity for a token for {self._package.name}"
        hint = _UNTRUSTED
        if self._lines() is None:
            hint = f"a trusted publisher cannot make a new crate: set {variable(self._entry.id, 'token')} once; then {hint}"
        url = f"{api}/api/v1/trusted_publishing/tokens"
        answer = http.send(
            "POST", url, doing=doing, json={"jwt": identity}, headers=_headers(""), auth=http.keep_headers
        )
        http.require_success(answer, doing, dict.fromkeys((400, 401, 403, 404), hint), _message(answer))
        return http.secret_of(answer, "token", doing, self._tools)

    def _revoke(self, place: str, token: str) -> None:
        """Give the token back; where that fails it ends by itself, in half an hour."""
        headers = _headers(f"Bearer {token}")
        try:
            http.send("DELETE", place, doing="give the token back", headers=headers, auth=http.keep_headers)
        except TagshipError as error:
            self._tools.reporter.info(f"{error.problems[0].message}; it ends by itself")

    def _judge(self, answer: "requests.Response", doing: str) -> None:
        message, taken = _message(answer), http.succeeded(answer)
        told = http.object_of(answer, doing) if taken else {}
        if not taken or told.get("errors"):  # some registries answer 200 whatever happens, as crates.io once did
            if any(words in message for words in _HAS_IT):
                raise http.Transient(f"{doing}: the registry has it")
            status = HTTPStatus.BAD_REQUEST if taken else answer.status_code
            raise http.refusal(status, answer.headers, message, doing, _HINTS)
        warnings = told.get("warnings") or {}
        for said in (each for words in warnings.values() for each in words) if isinstance(warnings, dict) else ():
            self._tools.reporter.warning(f"{doing}: {said}")


def _headers(token: str) -> dict[str, str]:
    """Say what is wanted, and by whose token, which stands alone, as cargo sends it."""
    return {"Accept": "application/json", **({"Authorization": token} if token else {})}


def _same(told: object, version: str) -> bool:
    """Compare without build metadata: registries take a version once, whatever follows its ``+``."""
    return isinstance(told, str) and told.partition("+")[0] == version.partition("+")[0]


def _message(answer: "requests.Response") -> str:
    """Return what a registry says: ``errors[].detail``, else its text."""
    try:
        errors = msgspec.json.decode(answer.content, type=dict[str, Any]).get("errors")
    except (msgspec.DecodeError, RecursionError):
        errors = None
    said = (
        [str(each.get("detail", "")) for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
    )
    return " ".join(filter(None, said))[:400] or http.said_by(answer)


_UNTRUSTED: Final = "name repository, workflow file and environment as its trusted publisher in its settings"
_HINTS: Final[dict[int, str]] = {
    400: "mend what the message names in Cargo.toml, and release a new version",
    401: "the token is wrong or expired",
    403: "the token may not publish this crate: make one for it with the scopes publish-new and publish-update",
    404: "mend the channel's address: it is that of a sparse index, e.g. https://index.crates.io",
    413: "the crate is larger than the registry takes: leave files out with `exclude` in Cargo.toml",
}

PLUGIN: Final = Crates
