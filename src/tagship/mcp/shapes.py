"""What results must look like: official clients refuse a whole answer for one member of the wrong kind, ``null`` included.

https://modelcontextprotocol.io/specification/2026-07-28/schema and https://modelcontextprotocol.io/specification/2025-11-25/schema:
the TypeScript SDK checks with zod, where an optional member may be left out and must not be ``null``; the Python SDK with
pydantic.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tagship.domain.text.invisible import escaped


def _is(*kinds: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kinds) and not (isinstance(value, bool) and bool not in kinds)


_TEXT, _TRUTH, _OBJECT, _LIST = _is(str), _is(bool), _is(dict), _is(list)
Checks = Mapping[str, tuple[str, Callable[[Any], bool]]]
"""Member → what it is to be, in words, and the check."""

_TEXTS: Final = {"title": ("a text", _TEXT), "description": ("a text", _TEXT)}
_TOOL: Final = _TEXTS | {
    "outputSchema": ("an object", _OBJECT),
    "annotations": ("an object", _OBJECT),
    "icons": ("a list", _LIST),
}
_HINTS: Final = {
    "title": ("a text", _TEXT),
    "readOnlyHint": ("true or false", _TRUTH),
    "destructiveHint": ("true or false", _TRUTH),
    "idempotentHint": ("true or false", _TRUTH),
    "openWorldHint": ("true or false", _TRUTH),
}
_PROMPT: Final = _TEXTS | {"arguments": ("a list", _LIST)}
_ARGUMENT: Final = _TEXTS | {"required": ("true or false", _TRUTH)}
_RESOURCE: Final = _TEXTS | {"mimeType": ("a text", _TEXT), "size": ("a whole number", _is(int))}
_NAME: Final = {"name": ("a text", _TEXT)}
_INFO: Final = _NAME | {"version": ("a text", _TEXT)}
_ENTRIES: Final = {"tools/list": _TOOL, "prompts/list": _PROMPT, "resources/list": _RESOURCE}

_SAYS: Final = {"instructions": ("a text", _TEXT)}
_PAGE: Final = {"nextCursor": ("a text", _TEXT)}
_CALLED: Final = {"isError": ("true or false", _TRUTH)}
_DONE: Final = {"resultType": ("a text", _TEXT)}
_CACHED: Final = _DONE | {
    "ttlMs": ("a whole number", lambda value: _is(int)(value) and value >= 0),
    "cacheScope": ('"public" or "private"', lambda value: value in ("public", "private")),
}
_MUST: Final[dict[str, Checks]] = {
    "initialize": {"capabilities": ("an object", _OBJECT), "serverInfo": ("an object", _OBJECT)},
    "server/discover": {"capabilities": ("an object", _OBJECT)},
    "tools/call": {"content": ("a list", _LIST)},
}
_MAY: Final[dict[str, Checks]] = {"initialize": _SAYS, "server/discover": _SAYS, "tools/call": _CALLED}


def wrong(method: str, result: dict[str, Any], *, modern: bool) -> str:
    """Say what is wrong with a result; empty when nothing is."""
    return next(_problems(method, result, modern=modern), "")


def _problems(method: str, result: dict[str, Any], *, modern: bool) -> Iterator[str]:
    stamped = _CACHED if method.endswith(("/list", "/discover")) else _DONE
    if modern:
        yield from _check(f"the result of {method} of 2026-07-28", result, must=stamped)
    yield from _check(f"the result of {method}", result, must=_MUST.get(method, {}), may=_MAY.get(method, _PAGE))
    if method == "initialize" and isinstance(result.get("serverInfo"), dict):
        yield from _check("serverInfo", result["serverInfo"], must=_INFO)
    if method in {"initialize", "server/discover"}:
        yield from _capabilities(result.get("capabilities"))
    entries = result.get(method.partition("/")[0])
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict):
            yield from _entry(method, entry, f"entry {index + 1} of {method}")


def _entry(method: str, entry: dict[str, Any], where: str) -> Iterator[str]:
    named = _NAME if method == "resources/list" else {}
    yield from _check(where, entry, must=named, may=_ENTRIES.get(method, {}))
    if isinstance(entry.get("annotations"), dict) and method == "tools/list":
        yield from _check(f"annotations in {where}", entry["annotations"], may=_HINTS)
    for argument in entry.get("arguments", []) if method == "prompts/list" else []:
        if isinstance(argument, dict):
            yield from _check(f"an argument in {where}", argument, must=_NAME, may=_ARGUMENT)
        else:
            yield f"an argument in {where} is no object"


def _capabilities(capabilities: Any) -> Iterator[str]:
    for name, value in capabilities.items() if isinstance(capabilities, dict) else []:
        if not isinstance(value, dict):
            yield f"the capability {escaped(name, 40)} is no object"


def _check(what: str, value: dict[str, Any], *, must: Checks | None = None, may: Checks | None = None) -> Iterator[str]:
    for name, (kind, good) in (must or {}).items():
        if name not in value:
            yield f"{what} lacks {name}"
        elif not good(value[name]):
            yield f"{name} in {what} is not {kind}"
    for name, (kind, good) in (may or {}).items():
        if name in value and not good(value[name]):
            null = ": what there is not is left out, and not null" if value[name] is None else ""
            yield f"{name} in {what} is not {kind}{null}"
