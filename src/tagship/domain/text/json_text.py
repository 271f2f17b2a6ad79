"""JSON texts by position, so that one value can be changed and every other byte stays."""

import json
import re
from collections.abc import Collection
from typing import Any, Final, NamedTuple

from tagship.errors import ProjectError


def read_json(text: str) -> Any:
    """Read a JSON document; ``None`` when it is none, or holds nothing but ``null``."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def json_string_span(text: str, path: tuple[str | int, ...]) -> tuple[int, int] | None:
    """Find the characters between the quotes of the string at ``path`` of a JSON document that ``json.loads`` accepts."""
    try:
        return _Walker(text).find(path)
    except RecursionError:  # json.loads goes deeper than we can
        return None


def json_member(text: str, key: str) -> int:
    """Find where the value of a key of a JSON object begins, whatever it is; 0 where there is no such key."""
    try:
        return _Walker(text).member(key)
    except RecursionError:  # json.loads goes deeper than we can
        return 0


class Span(NamedTuple):
    """The characters between the quotes of a string."""

    start: int
    end: int


class JsonPlaces:
    """Where the strings of a JSON document are that ``json.loads`` accepts: for many questions about one document.

    With ``only`` nothing but these paths can be asked for, and all else is stepped over: locks have megabytes.
    """

    def __init__(self, text: str, only: Collection[tuple[str | int, ...]] | None = None) -> None:
        try:
            self._places: Any = _Walker(text).places(None if only is None else _tree(only))
        except RecursionError:  # json.loads goes deeper than we can
            self._places = None

    def span(self, path: tuple[str | int, ...]) -> Span | None:
        """Find the string at a path; of a key that occurs twice the last counts."""
        found = self._places
        for key in path:
            if isinstance(found, dict) and isinstance(key, str):
                found = found.get(key)
            elif isinstance(found, list) and isinstance(key, int) and key < len(found):
                found = found[key]
            else:
                return None
        return found if isinstance(found, Span) else None


def _tree(paths: Collection[tuple[str | int, ...]]) -> dict[str | int, Any]:
    """Nest the keys of paths: what begins alike is walked once."""
    root: dict[str | int, Any] = {}
    for path in paths:
        node = root
        for key in path:
            node = node.setdefault(key, {})
    return root


class _Walker:
    """Steps through a JSON text that ``json.loads`` accepts, remembering positions."""

    _SPACE: Final = re.compile(r"[ \t\r\n]*")
    _STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
    _SCAN: Final = staticmethod(json.JSONDecoder(strict=False).scan_once)  # type: ignore[attr-defined]

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def find(self, path: tuple[str | int, ...]) -> tuple[int, int] | None:
        """Return the span of the last string at the path: of a key that occurs twice, JSON readers take the last."""
        self._skip()
        opening = self.text[self.at]
        if not path and opening == '"':
            return self._string_span()
        if not path or opening not in "{[":
            self._pass_value()
            return None
        self.at += 1
        index, found = 0, None
        while self._more():
            key: str | int = self._key() if opening == "{" else index
            if key == path[0]:
                found = self.find(path[1:])
            else:
                self._pass_value()
            index += 1
        self.at += 1
        return found

    def member(self, key: str) -> int:
        """Return where the last value of a key of the outermost object begins."""
        self._skip()
        self.at += 1
        found = 0
        while self._more():
            here = self._key() == key
            self._skip()
            found = self.at if here else found
            self._pass_value()
        return found

    def places(self, wanted: dict[str | int, Any] | None = None) -> Any:
        """Return the document with the span of each string in its place, and ``None`` for what is no string, or not wanted."""
        self._skip()
        opening = self.text[self.at]
        if opening == '"':
            return Span(*self._string_span())
        if opening not in "{[" or wanted == {}:
            self._pass_value()
            return None
        self.at += 1
        members: dict[str, Any] = {}
        items: list[Any] = []
        while self._more():
            key: str | int = self._key() if opening == "{" else len(items)
            place = None
            if wanted is None or key in wanted:
                place = self.places(None if wanted is None else wanted[key])
            else:
                self._pass_value()
            if isinstance(key, str):
                members[key] = place
            else:
                items.append(place)
        self.at += 1
        return members if opening == "{" else items

    def _string_span(self) -> tuple[int, int]:
        match = self._STRING.match(self.text, self.at)
        if match is None:
            raise ProjectError("broken JSON string", line=self.text.count("\n", 0, self.at) + 1, hint="mend the file")
        self.at = match.end()
        return match.start() + 1, match.end() - 1

    def _key(self) -> str:
        start, end = self._string_span()
        self._skip()
        self.at += 1
        raw = self.text[start:end]
        return str(json.loads(f'"{raw}"', strict=False)) if "\\" in raw else raw

    def _more(self) -> bool:
        self._skip()
        if self.text[self.at] == ",":
            self.at += 1
            self._skip()
        return self.text[self.at] not in "]}"

    def _pass_value(self) -> None:
        """Step over a value with the scanner of the standard library, which is C: locks have megabytes."""
        self._skip()
        _, self.at = self._SCAN(self.text, self.at)

    def _skip(self) -> None:
        match = self._SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at
