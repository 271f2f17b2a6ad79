"""The simple index of Python packages as values: PEP 691 (JSON) where the server offers it, else PEP 503 (HTML)."""

import html
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import msgspec

from tagship.adapters import http, transfer
from tagship.domain.text import structs
from tagship.errors import RemoteRefused

if TYPE_CHECKING:
    import requests

ACCEPT: Final = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_JSON: Final = "application/vnd.pypi.simple.v1+json"
_MAX_REDIRECTS: Final = 3
_SAID: Final = 20_000
"""Characters of a page for people that are looked at."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the index; ``sha256`` is empty where the index tells another digest or none."""

    name: str
    url: str
    sha256: str


class _File(msgspec.Struct, frozen=True, kw_only=True):
    """What a PEP 691 page says of a file, as far as it matters here."""

    filename: str
    url: str
    hashes: dict[str, str] = {}


class _Page(msgspec.Struct, frozen=True, kw_only=True):
    files: tuple[_File, ...]


class Index:
    """The page of one project.

    Private indexes want the token for reading too; ``own`` is the origin that takes the uploads, and nobody but it ever
    sees ``credentials``.
    """

    def __init__(
        self, page: str, own: tuple[str, str], credentials: tuple[str, str] | None, hints: Mapping[int, str]
    ) -> None:
        self.page = page
        self._own, self._credentials, self._hints = own, credentials, hints

    def files(self) -> tuple[Listed, ...]:
        """Return what is listed; nothing when the project is unknown.

        Raises:
            RemoteRefused: the server said no, or shows something else.
            Transient: it failed in a way that may pass.

        """
        doing = f"look at {self.page}"
        answer = self._get(self.page, doing, headers={"Accept": ACCEPT, "Cache-Control": "max-age=0"})
        if answer is None:
            return ()
        try:
            return parse(answer.text, answer.headers.get("Content-Type", ""), answer.url)
        except ValueError as error:
            hint = "mend the channel's address: below it there must be simple/"
            raise RemoteRefused(f"{doing}: not a package index: {error}", hint=hint) from None

    def digest(self, file: Listed, size: int) -> str:
        """Fetch a file that should have this many bytes, and hash it."""
        doing = f"fetch {file.url}"
        answer = self._get(file.url, doing, stream=True)
        if answer is None:
            raise http.Transient(f"{doing}: listed, but not there")
        return transfer.sha256_of_answer(answer, doing, most=size)

    def _get(self, url: str, doing: str, **options: Any) -> "requests.Response | None":
        """Get something; ``None`` when it is not there.

        Servers send readers to PyPI for what they do not have themselves (pypiserver and GitLab do): not there either.
        """
        for _ in range(_MAX_REDIRECTS):
            credentials = self._credentials if origin(url) == self._own else None
            answer = http.send("GET", url, doing=doing, auth=credentials, **options)
            if answer.status_code == HTTPStatus.NOT_FOUND:
                return None
            if answer.is_redirect:
                target = answer.next.url if answer.next and answer.next.url else ""
                if origin(target) != origin(url):
                    return None
                url = target
            elif answer.ok:
                return answer
            else:
                raise http.refusal(answer.status_code, answer.headers, message(answer), doing, self._hints)
        raise http.Transient(f"{doing}: redirected again and again")


def origin(url: str) -> tuple[str, str]:
    """Return whom a URL speaks to."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def message(answer: "requests.Response") -> str:
    """Return what an index says, in one line: in the status line (PyPI), in plain text, or in a page for people."""
    generic = answer.status_code in set(HTTPStatus) and answer.reason == HTTPStatus(answer.status_code).phrase
    if answer.reason and not generic:
        return str(answer.reason)[:300]
    body = re.sub(r"(?s)<(head|style|script).*?</\1>|<[^>]+>", " ", answer.text[:_SAID])
    return f"{answer.reason or ''} {http.message_of(html.unescape(body))}".strip()


def parse(text: str, content_type: str, address: str) -> tuple[Listed, ...]:
    """Read the page of a project that was got from ``address``.

    Raises:
        ValueError: it is no such page.

    """
    if content_type.partition(";")[0].strip().lower() == _JSON:
        files = structs.decode(text, _Page).files
        return tuple(
            Listed(name=f.filename, url=urljoin(address, f.url), sha256=f.hashes.get("sha256", "").lower())
            for f in files
        )
    links = _Links()
    links.feed(text)
    return tuple(_listed(urljoin(urljoin(address, links.base), link)) for link in links.found)


def is_version(name: str, version: str) -> bool:
    """Whether a file name is of exactly this version (PEP 440: 1.0 and 1.0.0 are one)."""
    from packaging.utils import (
        InvalidSdistFilename,
        InvalidWheelFilename,
        parse_sdist_filename,
        parse_wheel_filename,
    )
    from packaging.version import Version

    try:
        found = parse_wheel_filename(name)[1] if name.endswith(".whl") else parse_sdist_filename(name)[1]
    except (InvalidSdistFilename, InvalidWheelFilename):
        return False
    return found == Version(version)


def _listed(link: str) -> Listed:
    url, fragment = urldefrag(link)
    algorithm, _, digest = fragment.partition("=")
    name = unquote(urlsplit(url).path.rpartition("/")[2])
    return Listed(name=name, url=url, sha256=digest.lower() if algorithm == "sha256" else "")


class _Links(HTMLParser):
    """Collects what a page links to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.base = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(attrs).get("href")
        if tag == "a" and target:
            self.found.append(target)
        if tag == "base" and target:
            self.base = target
