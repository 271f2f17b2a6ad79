"""Artifactory's generic repositories, and every store that takes files by PUT: ``<address>/<name>/<version>/<file>``.

https://jfrog.com/help/r/jfrog-rest-apis/deploy-artifact and …/deploy-artifact-by-checksum: bytes that Artifactory has already,
under whatever name, do not travel again. Its PyPI, npm and Docker endpoints are addresses of the channels of those names.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import ClassVar, Final, Self
from urllib.parse import quote, urlsplit

from tagship.adapters import http, oidc, transfer
from tagship.domain.plans.artifact import BUILT, Artifact
from tagship.domain.plans.channel import Owed, There, Wish, decide, entry_for, variable
from tagship.domain.plans.plan import ChannelPlan, Package
from tagship.errors import UsageError
from tagship.ports import Ahead, ChannelSettings, Tools, WayIn

_TOLD: Final = "X-Checksum-Sha256"
_ITS_OWN: Final = ("x-artifactory-", "x-jfrog-")
"""Headers that only Artifactory answers with."""


class Artifactory:
    """:class:`tagship.ports.Channel` for the built files of one package in one folder."""

    kind: ClassVar[str] = "artifactory"
    address: ClassVar[str] = ""
    secrets: ClassVar[tuple[str, ...]] = ("token",)
    options: ClassVar[Mapping[str, str]] = {
        "properties": "what each file is marked with in Artifactory, e.g. stage=release;team=weather",
        "oidc-provider": "name of Artifactory's OpenID Connect integration, for a token by the job's identity",
    }

    def __init__(self, settings: ChannelSettings, tools: Tools) -> None:
        self._entry, self._tools = settings.entry, tools
        self._token = settings.secrets.get("token", "")
        self._is_artifactory = False
        bare, version = settings.package.bare_name, settings.package.version
        self._folder = f"{self._entry.address.rstrip('/')}/{quote(bare)}/{quote(version)}"

    @classmethod
    def plan(cls, wish: Wish, package: Package, artifacts: Sequence[Artifact]) -> ChannelPlan | None:
        """Owe whatever was built.

        Raises:
            UsageError: properties that are none.

        """
        for each in wish.options.get("properties", "").split(";"):
            if each and not all(each.partition("=")[::2]):
                raise UsageError(f"{each!r} is no property", hint="write name=value, several with ; between them")
        return entry_for(wish, package, artifacts, BUILT)

    @classmethod
    def create(cls, settings: ChannelSettings, tools: Tools) -> Self:
        """Make one; nothing is asked yet."""
        return cls(settings, tools)

    @property
    def url(self) -> str:
        """The version's folder."""
        return f"{self._folder}/"

    def there(self, owed: Sequence[Owed]) -> There:
        """Ask for each file's SHA-256; where the store tells none, its bytes are fetched and hashed."""
        found = {file.name: self._digest(file) for file in owed}
        return There(files={name: digest for name, digest in found.items() if digest is not None})

    def ahead(self) -> Ahead:
        """Look at the version's folder, as far as a store shows folders."""
        doing = f"look at {self.url}"
        answer = http.send("GET", self.url, doing=doing, headers=self._headers(self._token), auth=http.keep_headers)
        if answer.status_code != HTTPStatus.NOT_FOUND and not answer.ok:
            raise http.refusal(answer.status_code, answer.headers, "", doing, _HINTS)
        return Ahead(there=answer.ok)

    def way_in(self) -> WayIn:
        """Take a token, or the job's identity where an integration for it is named."""
        return WayIn(needs="token", identity=bool(self._entry.options.get("oidc-provider")))

    def visible(self, owed: Sequence[Owed]) -> bool:
        """Whether all of it can be fetched."""
        return not decide(owed, self.there(owed)).missing

    def publish(self, file: Owed) -> None:
        """Deploy one file: by its digest if its bytes are known, else whole.

        Raises:
            UsageError: no token, and no identity to get one for.
            RemoteRefused: the store said no, or got other bytes.
            Transient: no answer, 5xx or a rate limit.

        """
        doing, url = f"put {file.name}", self._place(file.name)
        properties = self._entry.options.get("properties", "")
        marked = f"{url};{quote(properties, safe='=;,')}" if properties else url
        headers = {**self._headers(self._write_token()), _TOLD: file.sha256}
        if self._is_artifactory and self._by_digest(file, marked, headers, doing):
            self._tools.reporter.info(f"{file.name} was known by its digest")
            return
        with Path(file.path).open("rb") as stream:
            answer = http.send(
                "PUT", marked, doing=doing, size=file.size, data=stream, headers=headers, auth=http.keep_headers
            )
        http.require_success(answer, doing, _HINTS)

    def _by_digest(self, file: Owed, marked: str, headers: Mapping[str, str], doing: str) -> bool:
        """Ask for a file of known bytes. Only Artifactory understands this; others would make an empty file of it."""
        asking = {**headers, "X-Checksum-Deploy": "true", "Content-Length": "0"}
        answer = http.send("PUT", marked, doing=doing, headers=asking, auth=http.keep_headers)
        return http.succeeded(answer) and self._digest(file) == file.sha256

    def _place(self, name: str) -> str:
        return f"{self._folder}/{quote(name, safe='+~@')}"

    def _digest(self, file: Owed) -> str | None:
        """Return the SHA-256 of what is under a name; ``None`` when there is nothing."""
        doing, url, headers = f"look at {file.name}", self._place(file.name), self._headers(self._token)
        answer = http.send("HEAD", url, doing=doing, headers=headers, auth=http.keep_headers)
        self._is_artifactory |= any(name.lower().startswith(_ITS_OWN) for name in answer.headers)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        http.require_success(answer, doing, _HINTS)
        told = answer.headers.get(_TOLD, "").lower()
        if told:
            return told
        whole = http.send("GET", url, doing=doing, headers=headers, auth=http.keep_headers, stream=True)
        http.require_success(whole, doing, _HINTS)
        return transfer.sha256_of_answer(whole, doing, most=file.size)

    def _write_token(self) -> str:
        provider = self._entry.options.get("oidc-provider", "")
        if self._token:
            return self._token
        if not provider or not oidc.available(self._tools.environment):
            hint = f"set {variable(self._entry.id, 'token')}, or the option oidc-provider and `id-token: write`"
            raise UsageError(f"there is no token for {self._entry.id}", hint=hint)
        parts = urlsplit(self._entry.address)
        platform = f"{parts.scheme}://{parts.netloc}"
        body = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
            "subject_token": oidc.identity(platform, self._tools),
            "provider_name": provider,
        }
        doing, url = "trade the job's identity for a token of Artifactory", f"{platform}/access/api/v1/oidc/token"
        self._token = oidc.exchange(
            url, doing, "access_token", self._tools, _UNTRUSTED, json=body, auth=http.keep_headers
        )
        return self._token

    @staticmethod
    def _headers(token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"} if token else {}


_HINTS: Final[dict[int, str]] = {
    401: "the token is wrong or expired, or reading wants one too",
    403: "the token may not deploy here",
    404: "mend the channel's address: https://host/artifactory/<repository>, with folders below it",
    405: "mend the channel's address: https://host/artifactory/<repository>, with folders below it",
    409: "the bytes that arrived are not those that were sent; or the repository takes no such files",
}
_UNTRUSTED: Final[dict[int, str]] = dict.fromkeys(
    (400, 401, 403, 404), "check the integration's provider name, audience and identity mappings in Artifactory"
)

PLUGIN: Final = Artifactory
