"""One repository of a registry by its API: who we are, blobs in pieces that are taken up again, manifests, tags, referrers.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md; tokens as in
https://distribution.github.io/distribution/spec/auth/token/. No engine and no client program is needed.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from tagship.adapters import http
from tagship.channels._oci_layout import Blob, Manifest, Slice, digest_of
from tagship.domain.plans.channel import checked_address
from tagship.errors import RemoteRefused, UsageError
from tagship.ports import Reporter

if TYPE_CHECKING:
    import requests

_MANIFESTS: Final = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
ACCEPT: Final = ", ".join(_MANIFESTS)
_CHALLENGE: Final = re.compile(r'(\w+)="([^"]*)"')
_RANGE: Final = re.compile(r"(?:bytes=)?0-(\d+)$")
_PAGES: Final = 200
_WHOLE: Final = 1 << 40


class Repository:
    """``address`` is the registry, ``name`` the image's path in it; ``chunk`` is how many bytes may travel in one request."""

    def __init__(
        self, address: str, name: str, credentials: tuple[str, str] | None, variable: str, reporter: Reporter
    ) -> None:
        self.address, self.name = address, name
        self.chunk = _WHOLE
        self.mount_from = ""
        self._credentials, self._variable, self._reporter = credentials, variable, reporter
        self._authorization = ""
        self._open: dict[str, str] = {}

    def digest(self, reference: str) -> str:
        """Return the digest of what is at a tag; empty when there is nothing."""
        answer = self._ask(
            "HEAD", f"manifests/{reference}", f"look at {self.name}:{reference}", headers={"Accept": ACCEPT}
        )
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return ""
        self._good(answer, f"look at {self.name}:{reference}")
        return answer.headers.get("Docker-Content-Digest") or digest_of(self.manifest(reference)[0])

    def manifest(self, reference: str) -> tuple[bytes, str]:
        """Fetch a manifest and its media type; nothing when there is none."""
        doing = f"fetch {self.name}:{reference}"
        answer = self._ask("GET", f"manifests/{reference}", doing, headers={"Accept": ACCEPT})
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return b"", ""
        self._good(answer, doing)
        return answer.content, answer.headers.get("Content-Type", "").partition(";")[0]

    def tags(self) -> list[str]:
        """List all tags, page by page."""
        doing, url, found = f"list tags of {self.name}", "tags/list?n=1000", list[str]()
        for _ in range(_PAGES):
            answer = self._ask("GET", url, doing)
            if answer.status_code == HTTPStatus.NOT_FOUND:
                return []
            self._good(answer, doing)
            found += http.object_of(answer, doing).get("tags") or []
            url = answer.links.get("next", {}).get("url", "")
            if not url:
                return found
        raise RemoteRefused(f"{doing}: it does not end", hint="delete old tags")

    def put_manifest(self, manifest: Manifest, reference: str = "") -> bool:
        """Put a manifest under a tag or its digest; return whether the registry noted what it refers to by itself."""
        digest = manifest.descriptor.digest
        doing = f"put {self.name}:{reference or digest}"
        headers = {"Content-Type": manifest.descriptor.media_type}
        answer = self._ask("PUT", f"manifests/{reference or digest}", doing, data=manifest.data, headers=headers)
        if (
            not answer.ok and "BLOB_UNKNOWN" in answer.text
        ):  # another run that sends the same blob now hides it for a moment
            raise http.Transient(f"{doing}: the registry does not find what it refers to")
        self._good(answer, doing)
        told = answer.headers.get("Docker-Content-Digest", digest)
        if told != digest:
            hint = "report it to the registry; the image is complete, but its signature would not hold"
            raise RemoteRefused(f"{doing}: the registry made {told} of {digest}", hint=hint)
        return "OCI-Subject" in answer.headers

    def put_blob(self, blob: Blob) -> bool:
        """Bring a blob in unless it is there; return whether bytes travelled. An upload that broke off is taken up again."""
        doing = f"upload {blob.digest[:19]}"
        there = self._ask("HEAD", f"blobs/{blob.digest}", doing)
        if there.ok:
            return False
        if there.status_code != HTTPStatus.NOT_FOUND:
            self._good(there, doing)
        at = self._resume(blob, doing)
        if at is None:
            at = self._begin(blob, doing)
        if at is None:
            return False
        self._send(blob, at, doing)
        return True

    def _resume(self, blob: Blob, doing: str) -> int | None:
        """Ask how much of an upload that broke off is there; ``None`` when it must begin anew."""
        if blob.digest not in self._open:
            return None
        answer = self._ask("GET", self._open[blob.digest], doing)
        found = _RANGE.match(answer.headers.get("Range", ""))
        if not answer.ok or not found:
            del self._open[blob.digest]
            return None
        self._goes_on(blob, answer)
        # "0-0" is said of an empty upload as well as of one byte: beginning at nothing is right for both
        return int(found[1]) + 1 if int(found[1]) else 0

    def _begin(self, blob: Blob, doing: str) -> int | None:
        """Open an upload; ``None`` when the registry took the blob from another of its repositories instead."""
        mount = {"mount": blob.digest, "from": self.mount_from} if self.mount_from else {}
        answer = self._ask("POST", "blobs/uploads/", doing, params=mount, headers={"Content-Length": "0"})
        self._good(answer, doing)
        if answer.status_code == HTTPStatus.CREATED:
            return None
        self._goes_on(blob, answer)
        return 0

    def _send(self, blob: Blob, at: int, doing: str) -> None:
        """Send the rest, in pieces where a piece has a limit, and close the upload with the digest."""
        while at < blob.size:
            end = min(at + self.chunk, blob.size)
            headers = {"Content-Type": "application/octet-stream", "Content-Length": str(end - at)}
            if at or end < blob.size:
                headers["Content-Range"] = f"{at}-{end - 1}"
            part = blob.open(at, end)
            try:
                answer = self._ask("PATCH", self._open[blob.digest], doing, size=end - at, data=part, headers=headers)
            finally:
                part.close()
            if answer.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                del self._open[blob.digest]
                raise http.Transient(f"{doing}: the registry lost its place; beginning anew")
            self._good(answer, doing)
            self._goes_on(blob, answer)
            at = end
        location = self._open.pop(blob.digest)
        answer = self._ask("PUT", location, doing, params={"digest": blob.digest}, headers={"Content-Length": "0"})
        self._good(answer, doing)

    def _goes_on(self, blob: Blob, answer: "requests.Response") -> None:
        url = urljoin(answer.url, answer.headers.get("Location") or self._open.get(blob.digest, ""))
        own = urlsplit(self.address)
        if urlsplit(url).netloc == own.netloc:  # a proxy that ends TLS lets registries say http of themselves
            url = urlsplit(url)._replace(scheme=own.scheme).geturl()
        self._open[blob.digest] = url

    def _ask(self, method: str, path: str, doing: str, **options: Any) -> "requests.Response":
        """Make one request; where the registry wants to know who we are, get a token and make it once more."""
        url = urljoin(f"{self.address}/v2/{self.name}/", path)
        if urlsplit(url)[:2] != urlsplit(self.address)[:2]:
            raise RemoteRefused(
                f"{doing}: the registry sends uploads to {urlsplit(url).hostname}", hint="use that registry"
            )
        given = dict(options.pop("headers", {}))
        answer = self._once(method, url, doing, given, options)
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            self._authorization = self._log_in(answer.headers.get("WWW-Authenticate", ""), doing)
            if isinstance(options.get("data"), Slice):
                raise http.Transient(f"{doing}: the registry's token ended")
            answer = self._once(method, url, doing, given, options)
        return answer

    def _once(
        self, method: str, url: str, doing: str, headers: Mapping[str, str], options: Mapping[str, Any]
    ) -> "requests.Response":
        own = {"Authorization": self._authorization} if self._authorization else {}
        return http.send(method, url, doing=doing, headers={**own, **headers}, auth=http.keep_headers, **options)

    def _log_in(self, challenge: str, doing: str) -> str:
        import requests

        scheme, _, rest = challenge.partition(" ")
        asked = dict(_CHALLENGE.findall(rest))
        if scheme.lower() == "basic" and self._credentials:
            prepared = requests.Request("GET", self.address, auth=self._credentials).prepare()
            basic = prepared.headers["Authorization"]
            self._reporter.mask(basic.partition(" ")[2])
            return basic
        if scheme.lower() != "bearer" or not asked.get("realm"):
            hint = f"set {self._variable}, and the user name beside it where the registry wants one"
            raise UsageError(f"{doing}: the registry wants to know who you are", hint=hint)
        realm = checked_address(asked.pop("realm").partition("?")[0])
        asked |= {"scope": self._scope()}
        options = {"auth": self._credentials} if self._credentials else {"auth": http.keep_headers}
        answer = http.send("GET", realm, doing=f"{doing}: log in", params=asked, **options)
        self._good(answer, f"{doing}: log in")
        told = http.object_of(answer, f"{doing}: log in")
        token = str(told.get("token") or told.get("access_token") or "")
        self._reporter.mask(token)
        return f"Bearer {token}"

    def _scope(self) -> str:
        more = f" repository:{self.mount_from}:pull" if self.mount_from else ""
        return f"repository:{self.name}:pull,push{more}"

    def _good(self, answer: "requests.Response", doing: str) -> None:
        hints = {status: hint.format(variable=self._variable) for status, hint in _HINTS.items()}
        http.require_success(answer, doing, hints)


_HINTS: Final[dict[int, str]] = {
    401: "set {variable}, and the user name beside it where the registry wants one",
    403: "let {variable} write this image: on GHCR the job needs `packages: write`, and the package must know the repository",
    404: "make the repository first, or mend the channel's address",
    405: "mend the channel's address: it is a registry and a path, e.g. https://ghcr.io/octo",
    413: "set the channel's option chunk-size, in MiB",
}
