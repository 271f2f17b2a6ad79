"""One request and one answer, free of sockets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from tests.fakes.github.errors import ApiError, invalid_request
from tests.fakes.github.values import Blob, Permission, Token

Host = Literal["api", "uploads", "web"]
NOBODY: Final = Token(
    login="", contents="none", pull_requests="none", actions="none", attestations="none", pages="none"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The addresses of the three hosts: api.github.com, uploads.github.com and github.com."""

    api: str
    uploads: str
    web: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who asks: nobody (`login` is None) or the holder of a token."""

    login: str | None = None
    can_write: bool = False
    token: Token = NOBODY

    def may_write(self, permission: Permission) -> bool:
        granted: str = getattr(self.token, permission)
        return granted == "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    host: Host
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # lower-case names
    site: Site
    request_id: str
    body: bytes = b""
    blob: Blob | None = None
    declared_size: int | None = None
    identity: Identity = field(default_factory=Identity)
    params: Mapping[str, str] = field(default_factory=dict)

    def number(self, name: str) -> int:
        return int(self.params[name])

    def content(self) -> dict[str, Any]:
        """Parse the JSON object that the body must be."""
        try:
            parsed = json.loads(self.body or b"{}")
        except ValueError as error:
            raise ApiError(400, "Problems parsing JSON") from error
        if not isinstance(parsed, dict):
            raise invalid_request("Body should be a JSON object")
        return parsed


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    status: int
    content: Any = None  # JSON, when there is any
    headers: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None  # a download
    raw: bytes | None = None  # what an injected fault says
    violations: tuple[str, ...] = ()  # what the handler itself found, where no OpenAPI description can

    def body(self) -> bytes:
        """Give the bytes to send; a file's are sent by the listener in pieces."""
        if self.raw is not None:
            return self.raw
        return b"" if self.content is None else json.dumps(self.content).encode()
