"""Staged versions: npm keeps them aside until a maintainer approves them with a second factor.

https://docs.npmjs.com/staged-publishing, as npm's own client asks for them (``npm stage publish``, ``npm stage list``). A
trusted publisher can be limited to this: what a job sends is then seen by nobody before a person has looked.
"""

import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from tagship.adapters import http
from tagship.channels._npm_document import Tarball, escaped

_DENIED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
_PER_PAGE: Final = 100
_PAGES: Final = 100


def address(registry: str, name: str) -> str:
    """Return where a version is staged."""
    return f"{registry}/-/stage/package/{escaped(name)}"


def staged(registry: str, tarball: Tarball, headers: Mapping[str, str]) -> dict[str, Any] | None:
    """Find a version among those that wait for approval; ``None`` where it is not, or where the list may not be seen.

    Raises:
        RemoteRefused: the registry said no.
        Transient: no answer, 5xx or a rate limit.

    """
    doing = f"look for {tarball.name}@{tarball.version} among what waits for approval"
    for page in range(_PAGES):
        query = {"package": tarball.name, "page": str(page), "perPage": str(_PER_PAGE)}
        answer = http.send(
            "GET", f"{registry}/-/stage", doing=doing, params=query, headers=headers, auth=http.keep_headers
        )
        if answer.status_code in _DENIED:
            return None
        http.require_success(answer, doing, {}, http.message_of(answer.text))
        items: list[dict[str, Any]] = http.object_of(answer, doing).get("items") or []
        for item in items:
            if (item.get("packageName"), item.get("version")) == (tarball.name, tarball.version):
                return item
        if len(items) < _PER_PAGE:
            break
    return None


def is_same(item: Mapping[str, Any], path: str) -> bool:
    """Compare the bytes that wait with those at hand, by the digest that the list tells."""
    with Path(path).open("rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.sha1(usedforsecurity=False)).hexdigest()
    return item.get("shasum") == digest
