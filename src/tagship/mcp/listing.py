"""Lists that come in pages, followed to their end, or to where it is clear that they have none.

https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/pagination: a cursor is opaque, none is the end.
"""

from typing import Any, Final

from tagship.domain.text.invisible import escaped
from tagship.mcp.client import Client, WrongError

_MOST_PAGES: Final = 1000
_MOST_ENTRIES: Final = 20_000


def everything(client: Client, method: str, first: int) -> list[dict[str, Any]]:
    """Follow a list whose first page was asked for already.

    Raises:
        WrongError: it is no list of objects, or never ends.
        RefusedError: a page is refused.

    """
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    asked = first
    while True:
        result = client.result(asked)
        found += _entries(method, result)
        cursor = result.get("nextCursor")
        if not cursor:
            return found
        if not isinstance(cursor, str):
            raise WrongError(f"nextCursor of {method} is no string")
        if cursor in seen:
            raise WrongError(f"{method} never ends: the cursor {escaped(cursor, 60)!r} comes again and again")
        seen.add(cursor)
        if len(seen) >= _MOST_PAGES or len(found) > _MOST_ENTRIES:
            raise WrongError(f"{method} does not end after {len(seen)} pages and {len(found)} entries")
        asked = client.ask(method, {"cursor": cursor})


def _entries(method: str, result: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the entries of a page; the key is what is listed: ``tools`` of ``tools/list``."""
    key = method.partition("/")[0]
    listed = result.get(key)
    if not isinstance(listed, list):
        raise WrongError(f"the result of {method} has no list {key!r}")
    identity = "uri" if key == "resources" else "name"
    for index, entry in enumerate(listed):
        if not isinstance(entry, dict) or not isinstance(entry.get(identity), str) or not entry[identity]:
            raise WrongError(f"entry {index + 1} of {method} has no {identity}")
    return listed
