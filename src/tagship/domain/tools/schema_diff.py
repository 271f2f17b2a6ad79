"""What changed between two JSON Schemas, for those who wrote calls against the first.

Arguments: whatever was taken must still be taken. Results: whatever was promised must still come. What cannot be judged
(patterns, formats, conditions) counts as narrower when it is new or different.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from tagship.domain.text.invisible import escaped

_TYPES: Final = ("string", "number", "integer", "boolean", "object", "array", "null")
_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_OPAQUE: Final = ("pattern", "multipleOf", "not", "if", "then", "else", "allOf", "dependentRequired", "propertyNames")
_DEEPEST: Final = 12
_BEYOND: Final = 1e300
"""Bounds beyond this are all the same: JSON has integers that no float is as large as."""


class Change(NamedTuple):
    """One difference; ``breaking``: a call that worked may fail now."""

    breaking: bool
    words: str


def breaks(words: str) -> Change:
    """Make a difference that breaks."""
    return Change(breaking=True, words=words)


def fits(words: str) -> Change:
    """Make a difference that breaks nobody."""
    return Change(breaking=False, words=words)


class _TooInvolvedError(Exception):
    """There is more to compare than any real schema has."""


class _Budget:
    """Steps that a comparison may take: choices of choices, and references in circles, would take for ever."""

    def __init__(self) -> None:
        self.left = 20_000

    def spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise _TooInvolvedError


class _Side(NamedTuple):
    """A schema, and the whole that its references lead into."""

    root: Any
    schema: Mapping[str, Any]
    budget: _Budget

    def inner(self, schema: Any) -> "_Side":
        """Enter a part of it, through references within the document."""
        for _ in range(_DEEPEST):
            reference = schema.get("$ref") if isinstance(schema, Mapping) else None
            if not isinstance(reference, str) or not reference.startswith("#"):
                break
            schema = _at(self.root, reference)
        return _Side(self.root, schema if isinstance(schema, Mapping) else {}, self.budget)


def of_arguments(old: Any, new: Any) -> tuple[Change, ...]:
    """Compare input schemas."""
    return _all(_compare, old, new)


def of_results(old: Any, new: Any) -> tuple[Change, ...]:
    """Compare output schemas; ``None`` is no schema."""
    if old is None and new is not None:
        return (fits("its result is described now"),)
    if new is None and old is not None:
        return (breaks("its result is described no longer"),)
    return _all(_promised, old, new)


def _all(compare: Callable[[_Side, _Side, str, int], Iterator[Change]], old: Any, new: Any) -> tuple[Change, ...]:
    if old == new:
        return ()
    budget = _Budget()
    before, after = (_Side(schema, {}, budget).inner(schema) for schema in (old, new))
    try:
        found = tuple(dict.fromkeys(compare(before, after, "", 0)))
    except _TooInvolvedError:
        return (breaks("it changed, and is too involved to compare"),)
    return found or (fits("its schema is written otherwise"),)


def _compare(old: _Side, new: _Side, where: str, depth: int) -> Iterator[Change]:
    old.budget.spend()
    if depth > _DEEPEST:
        return
    either = _choices(old), _choices(new)
    if len(either[0]) > 1 or len(either[1]) > 1:
        yield from _compare_choices(*either, where, depth)
        return
    yield from _types(old, new, where)
    yield from _values(old.schema, new.schema, where)
    yield from _bounds(old.schema, new.schema, where)
    yield from _properties(old, new, where, depth)
    if "items" in old.schema or "items" in new.schema:
        items = old.inner(old.schema.get("items")), new.inner(new.schema.get("items"))
        yield from _compare(*items, f"{where}[]", depth + 1)
    yield from _words(old.schema, new.schema, where)


def _compare_choices(old: Sequence[_Side], new: Sequence[_Side], where: str, depth: int) -> Iterator[Change]:
    """Each thing that was taken must be taken by one of the choices that there are now."""
    lost = [each for each in old if not any(_takes_all(each, other, where, depth) for other in new)]
    for each in lost:
        yield breaks(f"{_name(where)} no longer takes {_kind(each.schema)} as before")
    if not lost and [each.schema for each in old] != [each.schema for each in new]:
        yield fits(f"{_name(where)} takes more or is described otherwise")


def _takes_all(old: _Side, new: _Side, where: str, depth: int) -> bool:
    return not any(change.breaking for change in _compare(old, new, where, depth + 1))


def _types(old: _Side, new: _Side, where: str) -> Iterator[Change]:
    before, after = _type(old.schema), _type(new.schema)
    if "number" in after:
        after |= {"integer"}
    if lost := before - after:
        kinds = ", ".join(sorted(lost)) if len(lost) < len(_TYPES) - 1 else "anything"
        yield breaks(f"{_name(where)} is {_kind(new.schema)} now, and no longer {kinds}")
    elif gained := after - before - ({"integer"} if "number" in before else set()):
        yield fits(f"{_name(where)} may be {', '.join(sorted(gained))} too")


def _values(old: Mapping[str, Any], new: Mapping[str, Any], where: str) -> Iterator[Change]:
    before, after = _enum(old), _enum(new)
    if after is None:
        if before is not None:
            yield fits(f"{_name(where)} takes any value now")
        return
    if before is None:
        yield breaks(f"{_name(where)} takes only {_some(after)} now")
        return
    if lost := [value for value in before if value not in after]:
        yield breaks(f"{_name(where)} no longer takes {_some(lost)}")
    if gained := [value for value in after if value not in before]:
        yield fits(f"{_name(where)} takes {_some(gained)} too")


def _bounds(old: Mapping[str, Any], new: Mapping[str, Any], where: str) -> Iterator[Change]:
    for key in (*_LOWER, *_UPPER):
        before, after = _number(old.get(key)), _number(new.get(key))
        if before == after:
            continue
        narrower = after is not None and (before is None or (after > before) == (key in _LOWER))
        now = f"is {after:g} now" if after is not None else "is gone"
        yield Change(breaking=narrower, words=f"{key} of {_name(where)} {now}")
    for key in _OPAQUE:
        if old.get(key) != new.get(key):
            yield Change(breaking=key in new, words=f"{key} of {_name(where)} is {'another' if key in new else 'gone'}")


def _properties(old: _Side, new: _Side, where: str, depth: int) -> Iterator[Change]:
    before, after = _members(old.schema), _members(new.schema)
    needed_before, needed = _required(old.schema), _required(new.schema)
    for name in sorted(before.keys() - after.keys()):
        yield breaks(f"{_name(_join(where, name))} is gone")
    for name in sorted(after.keys() - before.keys()):
        need = name in needed
        yield Change(breaking=need, words=f"{_name(_join(where, name))} is new{' and required' if need else ''}")
    for name in sorted(before.keys() & after.keys()):
        if (name in needed) != (name in needed_before):
            yield Change(
                name in needed, f"{_name(_join(where, name))} is {'' if name in needed else 'no longer '}required"
            )
        inner = old.inner(before[name]), new.inner(after[name])
        yield from _compare(*inner, _join(where, name), depth + 1)
    closed = [side.schema.get("additionalProperties", True) is False for side in (old, new)]
    if closed[0] != closed[1] and after:
        yield fits(f"{_name(where)} {'refuses' if closed[1] else 'takes'} what it does not know")


def _words(old: Mapping[str, Any], new: Mapping[str, Any], where: str) -> Iterator[Change]:
    if not where:
        return
    if old.get("default") != new.get("default"):
        shown = f"is {_some([new['default']])} now" if "default" in new else "is gone"
        yield fits(f"the default of {_name(where)} {shown}")
    if any(old.get(key) != new.get(key) for key in ("description", "title", "format", "examples")):
        yield fits(f"{_name(where)} is described otherwise")


def _promised(old: _Side, new: _Side, where: str, depth: int) -> Iterator[Change]:
    """Compare results: fields that are gone or may be missing now break who reads them; new ones break nobody."""
    old.budget.spend()
    if depth > _DEEPEST:
        return
    result = f"{_name(where)} of the result" if where else "the result"
    if gained := _type(new.schema) - _type(old.schema) - ({"integer"} if "number" in _type(old.schema) else set()):
        yield breaks(f"{result} may be {', '.join(sorted(gained))} now")
    before, after = _members(old.schema), _members(new.schema)
    for name in sorted(before.keys() - after.keys()):
        yield breaks(f"{_name(_join(where, name))} of the result is gone")
    for name in sorted(after.keys() - before.keys()):
        yield fits(f"{_name(_join(where, name))} of the result is new")
    for name in sorted(before.keys() & after.keys()):
        if name in _required(old.schema) - _required(new.schema):
            yield breaks(f"{_name(_join(where, name))} of the result may be missing now")
        inner = old.inner(before[name]), new.inner(after[name])
        yield from _promised(*inner, _join(where, name), depth + 1)
    if "items" in old.schema and "items" in new.schema:
        items = old.inner(old.schema["items"]), new.inner(new.schema["items"])
        yield from _promised(*items, f"{where}[]", depth + 1)


def _choices(side: _Side) -> list[_Side]:
    for key in ("anyOf", "oneOf"):
        listed = side.schema.get(key)
        if isinstance(listed, list) and listed:
            return [side.inner(each) for each in listed]
    return [side]


def _type(schema: Mapping[str, Any]) -> set[str]:
    """Return the types that a schema lets in; one of values lets in their types, one that says nothing every type."""
    told = schema.get("type")
    if isinstance(told, str):
        return {told}
    if isinstance(told, list):
        return {each for each in told if isinstance(each, str)}
    values = _enum(schema)
    return set(_TYPES) if values is None else {_type_of(value) for value in values}


def _type_of(value: Any) -> str:
    kinds = ((bool, "boolean"), (str, "string"), (int, "integer"), (float, "number"), (dict, "object"), (list, "array"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "null")


def _enum(schema: Mapping[str, Any]) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return schema["enum"] if isinstance(schema.get("enum"), list) else None


def _members(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found = schema.get("properties")
    return found if isinstance(found, Mapping) else {}


def _required(schema: Mapping[str, Any]) -> set[str]:
    found = schema.get("required")
    return {each for each in found if isinstance(each, str)} if isinstance(found, list) else set()


def _number(value: Any) -> float | None:
    known = isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool))
    return max(-_BEYOND, min(value, _BEYOND)) if known else None


def _at(root: Any, reference: str) -> Any:
    """Follow a JSON pointer: https://www.rfc-editor.org/rfc/rfc6901."""
    found = root
    for step in reference.removeprefix("#").split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _name(where: str) -> str:
    return f"`{escaped(where, 80).replace('`', chr(39))}`" if where else "the whole"


def _kind(schema: Mapping[str, Any]) -> str:
    kinds = _type(schema)
    return "anything" if len(kinds) == len(_TYPES) else " or ".join(sorted(kinds))


def _some(values: Sequence[Any]) -> str:
    shown = [f"`{escaped(str(value), 40).replace('`', chr(39))}`" for value in values[:5]]
    return ", ".join(shown) + (" …" if len(values) > 5 else "")  # noqa: PLR2004
