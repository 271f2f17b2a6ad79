"""The MCP Registry: a server's document, published after all that it names, with a login of that very moment.

https://github.com/modelcontextprotocol/registry/blob/main/docs/reference/api/official-registry-api.md. A version is there for
ever and never changes. The registry looks into the other registries by itself, once: where it does not see yet what was
published a moment ago, it is asked again.
"""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self
from urllib.parse import quote

import msgspec

from tagship.adapters import http
from tagship.adapters.files import proved
from tagship.channels import _mcp_login
from tagship.domain.manifests.server_json import findings
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.channel import Owed, There, Wish, decide, entry_for, variable
from tagship.domain.plans.plan import ChannelPlan, Package
from tagship.domain.releases.registry_document import DETAIL, same
from tagship.errors import IntegrityError, Problem, UsageError
from tagship.ports import Ahead, ChannelSettings, Tools, WayIn

if TYPE_CHECKING:
    import requests

_OFFICIAL: Final = "io.modelcontextprotocol.registry/official"
_LATE: Final = re.compile(
    r"not found|\b404\b|\b429\b|\b5\d\d\b|rate limit|time ?out|deadline|inconclusive|retry|failed to fetch",
    re.IGNORECASE,
)
"""What the registry says of packages that it cannot see (internal/validators/registries): our own look came before."""
_GITHUB: Final = "io.github."


class McpRegistry:
    """:class:`tagship.ports.Channel` for the document of one server."""

    kind: ClassVar[str] = "mcp-registry"
    address: ClassVar[str] = "https://registry.modelcontextprotocol.io"
    secrets: ClassVar[tuple[str, ...]] = ("key",)
    options: ClassVar[Mapping[str, str]] = {
        "login": "how to log in: github-oidc (default), dns or http with a domain's key, none on registries that allow it",
        "domain": "with dns or http: the domain whose servers are published",
    }

    def __init__(self, settings: ChannelSettings, tools: Tools) -> None:
        self._entry, self._package, self._tools = settings.entry, settings.package, tools
        self._address = self._entry.address.rstrip("/")
        self._key = settings.secrets.get("key", "")
        text = settings.package.details.get(DETAIL, "{}")
        self._name = str(msgspec.json.decode(text, type=dict[str, Any]).get("name") or settings.package.mcp_name or "")

    @classmethod
    def plan(cls, wish: Wish, package: Package, artifacts: Sequence[Artifact]) -> ChannelPlan | None:
        """Owe the completed document, after everything that it may name.

        Raises:
            UsageError: a login that there is not, or one without its domain.

        """
        login = wish.options.get("login", _mcp_login.METHODS[0])
        if login not in _mcp_login.METHODS:
            raise UsageError(f"there is no login {login!r}", hint=f"choose among {', '.join(_mcp_login.METHODS)}")
        if login in {"dns", "http"} and not wish.options.get("domain"):
            raise UsageError(f"the login {login} needs a domain", hint="set the channel's option domain")
        documents = [each for each in artifacts if each.name.endswith(".server.json")]
        return entry_for(wish, package, documents, {"manifest"}, after=_BEFORE)

    @classmethod
    def create(cls, settings: ChannelSettings, tools: Tools) -> Self:
        """Make one; nothing is asked yet."""
        return cls(settings, tools)

    @property
    def url(self) -> str:
        """The version's entry."""
        version = quote(self._package.version, safe="")
        return f"{self._address}/v0.1/servers/{quote(self._name, safe='')}/versions/{version}"

    def there(self, owed: Sequence[Owed]) -> There:
        """Compare the entry of exactly this version with the document.

        Raises:
            IntegrityError: the document breaks the registry's rules, or changed after it was proved.

        """
        (file,) = owed
        document = self._document(file)
        entry = self._entry_of(document)
        if entry is None:
            return There(files={})
        return There(files={file.name: file.sha256 if same(document, entry.get("server")) else ""})

    def ahead(self) -> Ahead:
        """Ask for the server's newest version, and for exactly this one."""
        newest = self._entry_of({"name": self._name, "version": "latest"})
        exact = newest and self._entry_of({"name": self._name, "version": self._package.version})
        server = (newest or {}).get("server")
        told = server.get("repository") if isinstance(server, dict) else None
        says = str(told.get("url") or "") if isinstance(told, dict) else ""
        return Ahead(known=newest is not None, there=bool(exact), says=says)

    def way_in(self) -> WayIn:
        """Take the job's identity, or a domain's key."""
        login = self._entry.options.get("login", _mcp_login.METHODS[0])
        return WayIn(needs="key" if login in {"dns", "http"} else "", identity=login == _mcp_login.METHODS[0])

    def visible(self, owed: Sequence[Owed]) -> bool:
        """Whether the registry tells of it."""
        return not decide(owed, self.there(owed)).missing

    def publish(self, file: Owed) -> None:
        """Log in and publish.

        Raises:
            UsageError: there is nothing to log in with, or the name is not this repository's.
            RemoteRefused: the registry said no.
            Transient: no answer, 5xx, what it names is not seen yet, or the version came there meanwhile.

        """
        self._check_namespace()
        options = self._entry.options
        method, secret = options.get("login", _mcp_login.METHODS[0]), variable(self._entry.id, "key")
        token = _mcp_login.registry_token(
            self._address, method, options.get("domain", ""), self._key, secret, self._tools
        )
        doing = f"publish {self._name} {self._package.version}"
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = proved(Path(file.path), file.sha256)
        answer = http.send(
            "POST", f"{self._address}/v0/publish", doing=doing, data=data, headers=headers, auth=http.keep_headers
        )
        self._judge(answer, doing)
        self._tell_of_surprises(http.object_of(answer, doing))

    def _document(self, file: Owed) -> dict[str, Any]:
        document = msgspec.json.decode(proved(Path(file.path), file.sha256), type=dict[str, Any])
        wrong = findings(document)
        if wrong:
            problems = [Problem(message=each.message, file=file.name, hint=each.hint) for each in wrong]
            raise IntegrityError.of(problems)
        return document

    def _entry_of(self, document: Mapping[str, Any]) -> dict[str, Any] | None:
        name, version = (quote(str(document[key]), safe="") for key in ("name", "version"))
        doing = f"look at {document['name']} {document['version']}"
        url = f"{self._address}/v0.1/servers/{name}/versions/{version}"
        answer = http.send("GET", url, doing=doing, auth=http.keep_headers)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        http.require_success(answer, doing, _HINTS, _message(answer))
        return http.object_of(answer, doing)

    def _check_namespace(self) -> None:
        """Tell a name in other letters than the owner's: the registry counts case, and only says 403."""
        owner = self._tools.environment.get("GITHUB_REPOSITORY_OWNER", "")
        named = self._name.removeprefix(_GITHUB).partition("/")[0]
        if self._name.startswith(_GITHUB) and named != owner and named.lower() == owner.lower():
            hint = f"write it {_GITHUB}{owner}/… in server.json and in every mark, and release a new version"
            raise UsageError(f"the server is called {self._name}, its owner {owner}: case counts", hint=hint)

    def _judge(self, answer: "requests.Response", doing: str) -> None:
        message = _message(answer)
        if answer.status_code == HTTPStatus.BAD_REQUEST:
            if "duplicate version" in message:
                raise http.Transient(f"{doing}: the registry has the version meanwhile")
            if "validation failed" in message and _LATE.search(message):
                raise http.Transient(f"{doing}: the registry does not see everything yet: {message}")
        http.require_success(answer, doing, _HINTS, message)

    def _tell_of_surprises(self, entry: Mapping[str, Any]) -> None:
        latest = ((entry.get("_meta") or {}).get(_OFFICIAL) or {}).get("isLatest")
        final = "-" not in self._package.version
        if latest is False and final:
            self._tools.reporter.notice(f"{self._name}: a newer version stays the registry's latest")
        if latest is True and not final:
            self._tools.reporter.warning(
                f"{self._name}: the prerelease is the registry's latest until a final version is out"
            )


def _message(answer: "requests.Response") -> str:
    """Return what the registry says, as RFC 9457 has it: title, detail and each error."""
    try:
        data = answer.json()
    except (ValueError, RecursionError):
        return http.said_by(answer)
    if not isinstance(data, dict):
        return ""
    errors = [str(each.get("message", "")) for each in data.get("errors") or () if isinstance(each, dict)]
    return " ".join(filter(None, [str(data.get("detail") or data.get("title") or ""), *errors]))[:600]


_BEFORE: Final = ("pypi", "npm", "oci", "crates", "github-release")
_HINTS: Final[dict[int, str]] = {
    400: "mend what the message names, and release a new version: published packages never change",
    401: "the login does not count any more: run it again",
    403: "this login may not publish under this name: io.github.<owner>/* is for jobs of that owner, letters' case counts",
    422: "mend server.json as the message says",
}

PLUGIN: Final = McpRegistry
