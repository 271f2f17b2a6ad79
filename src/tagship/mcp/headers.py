"""The headers of a POST: what a modern server wants mirrored from the body, and what a session goes by.

https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#request-metadata and
https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#session-management
"""

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

ACCEPTED: Final = "application/json, text/event-stream"
_NAMED: Final = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
_PLAIN: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?|")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SESSION: Final = re.compile(r"[\x21-\x7e]+")


def session_id(value: str | None) -> str:
    """Return a session id that may be sent back; empty when there is none."""
    return value if value and _SESSION.fullmatch(value) else ""


def mirrored(message: Mapping[str, Any]) -> dict[str, str]:
    """Return ``Mcp-Method`` and ``Mcp-Name`` of a request."""
    method, params = str(message.get("method", "")), message.get("params", {})
    found = {"Mcp-Method": method}
    if method in _NAMED:
        found["Mcp-Name"] = encoded(str(params.get(_NAMED[method], "")))
    return found


def of_parameters(schema: Any, arguments: Mapping[str, Any]) -> dict[str, str]:
    """Return the ``Mcp-Param-…`` headers that a tool's schema asks for by ``x-mcp-header``."""
    return {f"Mcp-Param-{name}": encoded(_text(value)) for name, value in _asked(schema, arguments)}


def encoded(value: str) -> str:
    """Write a value so that it can be a header: as it is, or in Base64 between the marks of the specification."""
    if _PLAIN.fullmatch(value) and not (value.startswith("=?base64?") and value.endswith("?=")):
        return value
    return f"=?base64?{base64.b64encode(value.encode()).decode()}?="


def _asked(schema: Any, arguments: Any) -> Iterator[tuple[str, Any]]:
    """Walk ``properties`` only: what lies behind arrays and choices cannot be mirrored."""
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    if not isinstance(properties, Mapping) or not isinstance(arguments, Mapping):
        return
    for key, inner in properties.items():
        value, name = arguments.get(key), inner.get("x-mcp-header") if isinstance(inner, Mapping) else None
        if isinstance(name, str) and _TOKEN.fullmatch(name) and isinstance(value, str | int):
            yield name, value
        yield from _asked(inner, value)


def _text(value: str | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
