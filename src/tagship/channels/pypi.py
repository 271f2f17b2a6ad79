"""PyPI and every index like it: the legacy upload API to publish, the simple index (PEP 503, 691) to see what is there.

https://docs.pypi.org/api/upload/ and https://packaging.python.org/en/latest/specifications/simple-repository-api/.
What the form says of a file comes from twine, as its own uploads do.
"""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, Self
from urllib.parse import urlsplit

import msgspec

from tagship.adapters import http, oidc
from tagship.channels import _pep740, _simple_index, _upload_form
from tagship.domain.manifests.python_metadata import canonical
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.channel import Owed, There, Wish, decide, entry_for, variable
from tagship.domain.plans.plan import ChannelPlan, Package
from tagship.domain.plans.planning import repository_name
from tagship.errors import RemoteRefused, UsageError
from tagship.ports import Ahead, ChannelSettings, Tools, WayIn

if TYPE_CHECKING:
    import requests

_KINDS: Final = frozenset({"wheel", "sdist"})
_READ_AT: Final[dict[str, str]] = {"upload.pypi.org": "https://pypi.org", "test.pypi.org": "https://test.pypi.org"}
"""Where the two indexes of the PSF are read, by the host that takes their uploads."""
_AUDIENCES: Final = frozenset({"pypi", "testpypi", "crates.io", "sigstore"})
"""For whom tokens are that open other places; npm's begin with its name."""
_HAS_IT: Final = ("already exist", "updating asset", "overwrite artifact", "already been taken")
"""How PyPI, Nexus, Artifactory and GitLab say, with 400 or 403, that a file is there."""


class PyPI:
    """:class:`tagship.ports.Channel` for one Python package on one index."""

    kind: ClassVar[str] = "pypi"
    address: ClassVar[str] = "https://upload.pypi.org/legacy/"
    secrets: ClassVar[tuple[str, ...]] = ("token", "username")
    options: ClassVar[Mapping[str, str]] = {}
    identities_only: ClassVar[bool] = True
    """Statements of keys are not laid beside its files: PEP 740 knows those of identities."""

    def __init__(self, settings: ChannelSettings, tools: Tools) -> None:
        self._entry, self._package, self._tools = settings.entry, settings.package, tools
        self._version = settings.package.spellings.pep440
        self._name = canonical(settings.package.name)
        self._token = settings.secrets.get("token", "")
        self._minted = ""
        self._username = settings.secrets.get("username") or "__token__"
        host = urlsplit(self._entry.address).hostname or ""
        root = re.sub(r"/legacy$", "", self._entry.address.rstrip("/"))
        self._reads_at = _READ_AT.get(host, root)
        page = f"{self._reads_at}/simple/{self._name}/"
        own = _simple_index.origin(self._entry.address)
        self._index = _simple_index.Index(page, own, (self._username, self._token) if self._token else None, _HINTS)

    @classmethod
    def plan(cls, wish: Wish, package: Package, artifacts: Sequence[Artifact]) -> ChannelPlan | None:
        """Owe the wheels and the sdist of a Python package, or the wheels of a program."""
        return entry_for(wish, package, artifacts, _KINDS, beside={"attestation"}, of_release={"attestation"})

    @classmethod
    def create(cls, settings: ChannelSettings, tools: Tools) -> Self:
        """Make one; nothing is asked yet."""
        return cls(settings, tools)

    @property
    def url(self) -> str:
        """The project's page on PyPI; on other indexes the page that installers read."""
        if self._reads_at in _READ_AT.values():
            return f"{self._reads_at}/project/{self._name}/{self._version}/"
        return self._index.page

    def there(self, owed: Sequence[Owed]) -> There:
        """Read the simple index; a file whose SHA-256 it does not tell is fetched and hashed."""
        listed = [file for file in self._index.files() if _simple_index.is_version(file.name, self._version)]
        sizes = {file.name: file.size for file in owed}
        found = {f.name: f.sha256 or (self._index.digest(f, sizes[f.name]) if f.name in sizes else "") for f in listed}
        return There(files=found)

    def ahead(self) -> Ahead:
        """Read the simple index, and of a name that is known the project's own links."""
        listed = self._index.files()
        there = any(_simple_index.is_version(file.name, self._version) for file in listed)
        return Ahead(known=bool(listed), there=there, says=self._says() if listed else "")

    def way_in(self) -> WayIn:
        """Take a token, or the identity of a job of the repository's own workflow (pypi/warehouse#11096)."""
        manage = f"{self._reads_at}/manage/project/{self._name}/settings/publishing/"
        public = self._reads_at in _READ_AT.values()
        fields = {"PyPI project name": self._name}
        return WayIn(needs="token", identity=True, form=manage if public else "", fields=fields, called=False)

    def _says(self) -> str:
        """Return the repository among the links that the index shows (https://docs.pypi.org/api/json/)."""
        answer = http.send("GET", f"{self._reads_at}/pypi/{self._name}/json", doing="look at the project", patience=10)
        data = http.object_or_none(answer)
        told = data.get("info") if data else None
        links = (told.get("project_urls") or {}) if isinstance(told, dict) else {}
        found = [str(link) for link in links.values()] if isinstance(links, dict) else []
        return next((link for link in found if repository_name(link)), "")

    def visible(self, owed: Sequence[Owed]) -> bool:
        """Whether the simple index lists all of it."""
        return not decide(owed, self.there(owed)).missing

    def publish(self, file: Owed) -> None:
        """Stream one file with its form.

        Raises:
            UsageError: no token, and no identity to get one for.
            IntegrityError: the file changed after it was proved.
            RemoteRefused: the index said no.
            Transient: no answer, 5xx or a rate limit.

        """
        from requests_toolbelt import MultipartEncoder

        doing, token = f"upload of {file.name}", self._token or self._mint()
        fields = list(_upload_form.fields(file))
        statements = _pep740.attestations(file) if self._minted else []
        if statements:
            fields.append(("attestations", msgspec.json.encode(statements).decode()))
        with Path(file.path).open("rb") as stream:
            body = MultipartEncoder([*fields, ("content", (file.name, stream, "application/octet-stream"))])
            headers = {"Content-Type": body.content_type}
            credentials = (self._username if self._token else "__token__", token)
            answer = http.send(
                "POST", self._entry.address, doing=doing, size=file.size, data=body, headers=headers, auth=credentials
            )
        self._judge(answer, doing)

    def _mint(self) -> str:
        """Trade the job's identity for a token of minutes (https://docs.pypi.org/trusted-publishers/internals/)."""
        if self._minted:
            return self._minted
        missing = f"set {variable(self._entry.id, 'token')} in the environment"
        if not oidc.available(self._tools.environment):
            hint = f"{missing}, or let the job have `id-token: write` and be a trusted publisher"
            raise UsageError(f"there is no token for {self._entry.id}", hint=hint)
        place, doing = f"{self._reads_at}/_/oidc", "ask the index for its audience"
        asked = http.send("GET", f"{place}/audience", doing=doing, auth=http.keep_headers)
        page = asked.ok and "json" not in asked.headers.get("Content-Type", "")
        if asked.status_code == HTTPStatus.NOT_FOUND or page:
            raise UsageError(
                f"there is no token for {self._entry.id}, and it knows no trusted publishers", hint=missing
            )
        http.require_success(asked, doing, _HINTS)
        audience = self._audience(str(http.object_of(asked, doing).get("audience") or ""))
        identity = oidc.identity(audience, self._tools)
        doing = f"trade the job's identity for a token for {self._name}"
        self._minted = oidc.exchange(
            f"{place}/mint-token",
            doing,
            "token",
            self._tools,
            _UNTRUSTED,
            json={"token": identity},
            auth=http.keep_headers,
        )
        return self._minted

    def _audience(self, told: str) -> str:
        """Return for whom a token is asked: an index gets none by which it could be this job elsewhere.

        Raises:
            RemoteRefused: it names nobody, or somebody else.

        """
        own = "://" not in told or _simple_index.origin(told) == _simple_index.origin(self._reads_at)
        others = told in _AUDIENCES and self._reads_at not in _READ_AT.values()
        if not told or others or told.startswith("npm:") or not own:
            hint = f"set {variable(self._entry.id, 'token')}; ask whoever runs the index why"
            raise RemoteRefused(f"{self._entry.id} wants an identity that is for {told or 'nobody'}", hint=hint)
        return told

    def _judge(self, answer: "requests.Response", doing: str) -> None:
        if answer.is_redirect:
            hint = f"set the channel's address to {answer.headers['Location']}, if you trust that place"
            raise RemoteRefused(f"{doing}: {self._entry.address} sends uploads elsewhere", hint=hint)
        taken = answer.status_code == HTTPStatus.CONFLICT or (
            answer.status_code in {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN}
            and any(words in f"{answer.reason} {answer.text}".lower() for words in _HAS_IT)
        )
        if not answer.ok and not taken:
            raise http.refusal(answer.status_code, answer.headers, _simple_index.message(answer), doing, _HINTS)


_HINTS: Final[dict[int, str]] = {
    400: "the index refuses the file; a name that was ever used, even if deleted, needs a new version",
    401: "the token is wrong or expired, or the index wants a user name: set pypi-username",
    403: "the token is wrong, or may not publish this project: make one for it and store it as the secret",
    404: "mend the channel's address: it is where uploads go, e.g. https://upload.pypi.org/legacy/",
    405: "mend the channel's address: it is where uploads go, e.g. https://upload.pypi.org/legacy/",
    413: "the file is larger than the index takes: ask for a higher limit",
}

_UNTRUSTED: Final[dict[int, str]] = dict.fromkeys(
    (400, 403, 422),
    "name repository, workflow file and environment as its trusted publisher (pending, for a new project); the workflow must be "
    "the repository's own, not one that is called from another",
)

PLUGIN: Final = PyPI
