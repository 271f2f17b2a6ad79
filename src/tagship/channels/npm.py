"""npm and every registry like it: packages are put as one document, read back as another; who publishes may be proved by OIDC.

API: https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md; trusted publishing: https://docs.npmjs.com/trusted-publishers,
as npm's own client does it. No npm is needed, and no file with a token is written.
"""

import hashlib
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self
from urllib.parse import urlsplit

from tagship.adapters import http, oidc
from tagship.channels import _npm_document, _npm_stage
from tagship.channels._npm_document import Tarball
from tagship.domain.files.npm_tags import tag_for
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.channel import Owed, There, Wish, decide, entry_for, variable
from tagship.domain.plans.plan import ChannelPlan, Package
from tagship.domain.proofs import npm_provenance
from tagship.errors import IntegrityError, UsageError
from tagship.ports import Ahead, ChannelSettings, Tools, WayIn

if TYPE_CHECKING:
    import requests

_PUBLIC: Final = "https://registry.npmjs.org"
_CHOICES: Final = {
    "access": ("public", "restricted"),
    "mode": ("publish", "stage"),
    "provenance": npm_provenance.CHOICES,
}
_TAKEN: Final[dict[str, Any]] = {"taken": True}


class Npm:
    """:class:`tagship.ports.Channel` for the npm packages of one package: itself, or platforms and their launcher."""

    kind: ClassVar[str] = "npm"
    address: ClassVar[str] = _PUBLIC
    secrets: ClassVar[tuple[str, ...]] = ("token",)
    options: ClassVar[Mapping[str, str]] = {
        "mode": "publish (default), or stage: it waits until a maintainer approves it",
        "access": "who may install a scoped package: public (default) or restricted",
        "dist-tag": "the tag it gets; default: latest for the newest final version, else as the version says (rc, release-1.x)",
        "provenance": "a signed statement where it was built: auto (default: at registry.npmjs.org), always or never",
    }

    identities_only: ClassVar[bool] = True
    """Statements of keys are not laid beside its files: provenance is of identities."""

    def __init__(self, settings: ChannelSettings, tools: Tools) -> None:
        self._entry, self._package, self._tools = settings.entry, settings.package, tools
        self._registry = self._entry.address.rstrip("/")
        self._token = settings.secrets.get("token", "")
        self._traded: dict[str, str] = {}
        self._stages = self._entry.options.get("mode") == "stage"
        self._kept: set[str] = set()

    @classmethod
    def plan(cls, wish: Wish, package: Package, artifacts: Sequence[Artifact]) -> ChannelPlan | None:
        """Owe the tarballs of a package.

        Raises:
            UsageError: an option that npm does not know.

        """
        for option, known in _CHOICES.items():
            if wish.options.get(option, known[0]) not in known:
                message = f"{option} of npm packages is {wish.options[option]!r}"
                raise UsageError(message, hint=f"write {' or '.join(known)}")
        provenance = wish.options.get("provenance", "auto")
        wanted = provenance == npm_provenance.ALWAYS or (
            provenance == "auto" and wish.address.rstrip("/") == _PUBLIC and wish.options.get("access") != "restricted"
        )
        kinds = {"attestation"} if wanted else set()
        return entry_for(wish, package, artifacts, {"npm"}, beside=kinds, of_release=kinds)

    @classmethod
    def create(cls, settings: ChannelSettings, tools: Tools) -> Self:
        """Make one; nothing is asked yet."""
        return cls(settings, tools)

    @property
    def url(self) -> str:
        """The version's page on npmjs.com; on other registries the document that installers read."""
        name, version = self._package.name, self._package.spellings.npm
        if self._registry == _PUBLIC:
            return f"https://www.npmjs.com/package/{name}/v/{version}"
        return f"{self._registry}/{_npm_document.escaped(name)}"

    def there(self, owed: Sequence[Owed]) -> There:
        """Ask for each package's document and compare the digests that installers compare."""
        found = {}
        for file in owed:
            tarball = self._read(file)
            version = (self._document(tarball.name).get("versions") or {}).get(tarball.version)
            if version:
                same = self._is_same(version.get("dist") or {}, file)
                found[file.name] = file.sha256 if same else ""
            elif self._stages and (item := self._staged(tarball)):
                same = item == _TAKEN or _npm_stage.is_same(item, file.path)
                found[file.name] = file.sha256 if same else ""
        return There(files=found)

    def ahead(self) -> Ahead:
        """Read the package's document."""
        document = self._document(self._package.name)
        versions = document.get("versions")
        told = document.get("repository")
        says = told.get("url") if isinstance(told, dict) else told
        there = isinstance(versions, dict) and self._package.spellings.npm in versions
        return Ahead(known=bool(document), there=there, says=str(says or ""))

    def way_in(self) -> WayIn:
        """Take a token, or the identity of a job; the one that was started counts. A new package needs a token once."""
        page = f"https://www.npmjs.com/package/{self._package.name}/access" if self._registry == _PUBLIC else ""
        return WayIn(needs="token", identity=True, form=page, fields={"package": self._package.name}, new=False)

    def visible(self, owed: Sequence[Owed]) -> bool:
        """Whether the registry tells of all of it, or has it waiting for approval where that was asked for."""
        return not decide(owed, self.there(owed)).missing

    def publish(self, file: Owed) -> None:
        """Put one package.

        Raises:
            UsageError: no token, and no identity to get one for.
            IntegrityError: it is another package than planned, or changed after it was proved.
            RemoteRefused: the registry said no.
            Transient: no answer, 5xx, a rate limit, or the registry has it since the last look.

        """
        tarball = self._read(file)
        wanted = self._entry.options.get("dist-tag") or tarball.setting("tag")
        tag = wanted or tag_for(
            tarball.version, (self._document(tarball.name).get("dist-tags") or {}).get("latest", "")
        )
        doing = f"publish {tarball.name}@{tarball.version}"
        body = _npm_document.body(file, tarball, self._registry, tag, tarball.access(self._entry.options))
        headers = {"Content-Type": "application/json", **self._headers(self._token_for(tarball))}
        method, url = "PUT", f"{self._registry}/{tarball.escaped}"
        if self._stages:
            method, url = "POST", _npm_stage.address(self._registry, tarball.name)
        answer = http.send(method, url, doing=doing, size=len(body), data=body, headers=headers, auth=http.keep_headers)
        self._judge(answer, doing)
        if self._stages:
            self._kept.add(tarball.name)
            stage = http.object_of(answer, doing).get("stageId") or "<stage-id>"
            self._tools.reporter.notice(
                f"{tarball.name}@{tarball.version} waits for approval: npm stage approve {stage}"
            )
        else:
            self._tools.reporter.info(f"{tarball.name}@{tarball.version} is {tag}")

    def _read(self, file: Owed) -> Tarball:
        tarball = _npm_document.read(file)
        if tarball.version != self._package.spellings.npm:
            message = f"it is version {tarball.version}, planned was {self._package.spellings.npm}"
            raise IntegrityError(message, file=file.name, hint="build it again")
        return tarball

    def _is_same(self, told: Mapping[str, Any], file: Owed) -> bool:
        """Compare SHA-512 where the registry tells it; else fetch what installers would."""
        integrity = str(told.get("integrity") or "")
        if "sha512-" in integrity:
            return _npm_document.integrity(file.path) in integrity.split()
        url, doing = str(told.get("tarball")), f"fetch {file.name}"
        own = urlsplit(url).netloc == urlsplit(self._registry).netloc
        headers = self._headers(self._token if own else "")
        answer = http.send("GET", url, doing=doing, headers=headers, auth=http.keep_headers)
        http.require_success(answer, doing, _HINTS, "")
        return hashlib.sha256(answer.content).hexdigest() == file.sha256

    def _staged(self, tarball: Tarball) -> dict[str, Any] | None:
        """Find what waits for approval; what this run sent counts where the list may not be seen."""
        token = self._token or self._traded.get(tarball.name, "")
        found = _npm_stage.staged(self._registry, tarball, self._headers(token)) if token else None
        return found or (_TAKEN if tarball.name in self._kept else None)

    def _document(self, name: str) -> dict[str, Any]:
        """Return what the registry tells of a package; nothing of one that it does not know."""
        doing = f"look at {name}"
        headers = {**self._headers(self._token), "Cache-Control": "no-cache"}
        url = f"{self._registry}/{_npm_document.escaped(name)}"
        answer = http.send("GET", url, doing=doing, headers=headers, auth=http.keep_headers)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return {}
        http.require_success(answer, doing, _HINTS, _message(answer))
        return http.object_of(answer, doing)

    def _token_for(self, tarball: Tarball) -> str:
        """Return the given token, else one for this package, for which the job proves who it is."""
        if self._token:
            return self._token
        if not oidc.available(self._tools.environment):
            hint = f"set {variable(self._entry.id, 'token')}, or let the job have `id-token: write` and be a trusted publisher"
            raise UsageError(f"there is no token for {self._entry.id}", hint=hint)
        if tarball.name not in self._traded:
            identity = oidc.identity(f"npm:{urlsplit(self._registry).hostname}", self._tools)
            url = f"{self._registry}/-/npm/v1/oidc/token/exchange/package/{tarball.escaped}"
            doing = f"trade the job's identity for a token for {tarball.name}"
            headers = self._headers(identity)
            self._traded[tarball.name] = oidc.exchange(
                url, doing, "token", self._tools, _UNTRUSTED, headers=headers, auth=http.keep_headers
            )
        return self._traded[tarball.name]

    @staticmethod
    def _headers(token: str) -> dict[str, str]:
        own = {"Accept": "application/json"}
        return {**own, "Authorization": f"Bearer {token}"} if token else own

    def _judge(self, answer: "requests.Response", doing: str) -> None:
        message = _message(answer)
        if answer.status_code == HTTPStatus.CONFLICT or "previously published" in message:
            raise http.Transient(f"{doing}: the registry has it, or is being written to")
        http.require_success(answer, doing, _HINTS, message)


def _message(answer: "requests.Response") -> str:
    """Return what a registry says: ``error`` or ``reason`` of a JSON object, else its text."""
    try:
        data = answer.json()
    except ValueError:
        data = None
    said = (data.get("error") or data.get("reason") or data.get("message")) if isinstance(data, dict) else None
    return str(said)[:300] if said else http.message_of(answer.text)


_HINTS: Final[dict[int, str]] = {
    401: "the token is wrong or expired, or reading wants one too",
    402: "a private scoped package needs a paid plan: set the channel's option access to public",
    403: "the token may not publish this package, or the registry wants a second factor: use a granular token or OIDC",
    404: "the token may not publish this package: make one for its scope; or mend the channel's address",
    413: "the package is larger than the registry takes",
}
_UNTRUSTED: Final[dict[int, str]] = {
    401: "name repository, workflow file and environment as its trusted publisher; letters' case counts",
    403: "name repository, workflow file and environment as its trusted publisher; letters' case counts",
    404: "publish a new package with a token once; then name this workflow as its trusted publisher",
}

PLUGIN: Final = Npm
