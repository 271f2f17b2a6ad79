"""Configuration files of other tools: every value with its keys and its line, whatever the format is.

What is read here was written by anybody: size, depth and the number of values are bounded, so that aliases of YAML that
multiply (https://en.wikipedia.org/wiki/Billion_laughs_attack) are an error like any other.
"""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tagship.domain.text.manifest_text import json_object, toml_table
from tagship.errors import ProjectError, TagshipError, UsageError

if TYPE_CHECKING:
    import yaml

Keys = tuple[str, ...]
_LONGEST: Final = 1 << 20
_MOST: Final = 20_000
_DEEPEST: Final = 40
_MOST_BRACKETS: Final = 400
_BRACKET: Final = re.compile(r"[\[\]{}]")
_TABLE: Final = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY: Final = re.compile(r"""^\s*((?:[\w-]+|"[^"\n]*"|'[^'\n]*')(?:\s*\.\s*(?:[\w-]+|"[^"\n]*"|'[^'\n]*'))*)\s*=""")
_PART: Final = re.compile(r"""[\w-]+|"[^"\n]*"|'[^'\n]*'""")
_PLAIN: Final = ("bool", "int", "float", "null")
_MERGED: Final = "<<"
_HINT: Final = "mend the file, or leave it out with --from none"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A value that is no table, the keys that lead to it (numbers in lists, as text), and its line."""

    keys: Keys
    value: Any
    line: int


def of_yaml(text: str, file: str) -> tuple[Place, ...]:
    """Read YAML, of which JSON is a part; keys are texts, also ``on``.

    Raises:
        UsageError: it is none, too much, or a key is there twice: readers take one of them, and not all the same.

    """
    import yaml

    _bounded(text, file)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        _without_twins(node, file)
        return tuple(_limited(_walk(node, ()), file)) if node is not None else ()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise UsageError(f"not YAML: {error.problem}", file=file, line=line, hint=_HINT) from None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise UsageError(f"not YAML: {' '.join(str(error).split())[:200]}", file=file, hint=_HINT) from None


def of_json(text: str, file: str) -> tuple[Place, ...]:
    """Read a JSON object; tabs stand between values only, where YAML does not take them.

    Raises:
        UsageError: it is none, or too much.

    """
    _bounded(text, file)
    try:
        json_object(text, file)
    except ProjectError as error:
        raise _unreadable(error) from None
    return of_yaml(text.replace("\t", " "), file)


def of_toml(text: str, file: str) -> tuple[Place, ...]:
    """Read TOML; a value inside of another one has the line of that.

    Raises:
        UsageError: it is none, or too much.

    """
    _bounded(text, file)
    try:
        data = toml_table(text, file)
    except ProjectError as error:
        raise _unreadable(error) from None
    lines = _toml_lines(text)
    places = (
        Place(keys=keys, value=value, line=next(lines[keys[:n]] for n in range(len(keys), -1, -1) if keys[:n] in lines))
        for keys, value in _leaves(data, ())
    )
    return tuple(_limited(places, file))


def values(places: Iterable[Place], keys: str) -> list[Any]:
    """Return the values with such keys, ``*`` standing for any one: ``builds.*.goos.*``."""
    wanted = keys.split(".")
    return [each.value for each in places if len(each.keys) == len(wanted) and all(map(fnmatchcase, each.keys, wanted))]


def texts(places: Iterable[Place], keys: str) -> list[str]:
    """Return those of :func:`values` that are texts."""
    return [value for value in values(places, keys) if isinstance(value, str)]


def _bounded(text: str, file: str) -> None:
    if len(text) > _LONGEST:
        raise UsageError(f"it has {len(text)} characters: no configuration is that long", file=file, hint=_HINT)
    depth = 0
    for bracket in _BRACKET.findall(text):
        depth += 1 if bracket in "[{" else -1
        if depth > _MOST_BRACKETS:  # readers take time by the square of it
            raise UsageError("it is deeper than any configuration is", file=file, hint=_HINT)


def _unreadable(error: ProjectError) -> TagshipError:
    """Tell it as what can be left out: it is no manifest of the project."""
    return UsageError.of([msgspec.structs.replace(each, hint=_HINT) for each in error.problems])


def _without_twins(root: "yaml.Node | None", file: str) -> None:
    """Refuse keys that are there twice; what aliases lead to is looked at once."""
    import yaml

    left, seen = [root] if root is not None else [], set[int]()
    while left:
        node = left.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        keys = set[str]()
        for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
            name = str(key.value)
            if name in keys and name != _MERGED:
                line = key.start_mark.line + 1
                raise UsageError(f"the key {name[:80]!r} is there twice", file=file, line=line, hint=_HINT)
            keys.add(name)
            left.append(value)
        left += node.value if isinstance(node, yaml.SequenceNode) else []


def _limited(places: Iterator[Place], file: str) -> Iterator[Place]:
    for number, place in enumerate(places):
        if number >= _MOST or len(place.keys) > _DEEPEST:
            raise UsageError("it holds more than any configuration does", file=file, line=place.line, hint=_HINT)
        yield place


def _walk(node: "yaml.Node", keys: Keys) -> Iterator[Place]:
    """Walk the nodes; aliases are walked as often as they are used."""
    children = _children(node)
    if not children or len(keys) > _DEEPEST:
        yield Place(keys=keys, value=None if children else _plain(node), line=node.start_mark.line + 1)
    else:
        for key, child in children:
            yield from _walk(child, (*keys, key))


def _children(node: "yaml.Node") -> list[tuple[str, "yaml.Node"]]:
    kind = getattr(node, "id", "")
    if kind == "mapping":
        return [(str(getattr(key, "value", "")), value) for key, value in node.value]
    return [(str(number), value) for number, value in enumerate(node.value)] if kind == "sequence" else []


def _plain(node: "yaml.Node") -> Any:
    """Make a plain value of a node without children: what is neither a number nor a truth is a text."""
    import yaml

    if getattr(node, "id", "") != "scalar":
        return node.value
    if node.tag.rpartition(":")[2] not in _PLAIN:
        return node.value
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _leaves(value: Any, keys: Keys) -> Iterator[tuple[Keys, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not items or len(keys) > _DEEPEST:
        yield keys, value
    for key, child in items if len(keys) <= _DEEPEST else ():
        yield from _leaves(child, (*keys, str(key)))


def _toml_lines(text: str) -> dict[Keys, int]:
    """Find the lines of tables and keys; of what spans lines, the first."""
    lines: dict[Keys, int] = {(): 1}
    counts: dict[Keys, int] = {}
    table: Keys = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _TABLE.match(line):
            table = _split(header[2])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, str(counts[table]))
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, *_split(key[1])), number)
    return lines


def _split(key: str) -> Keys:
    return tuple(part.strip("\"'") for part in _PART.findall(key))
