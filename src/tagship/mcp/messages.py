"""JSON-RPC messages as MCP frames them, read strictly: every line is one message, and nothing else may be there.

https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#stdio and
https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio: lines of UTF-8, no newline inside; arrays of
messages are known to version 2025-03-26 alone. JSON-RPC 2.0: https://www.jsonrpc.org/specification
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any, Final, TypeGuard

import msgspec

from tagship.domain.text.invisible import escaped

LONGEST_LINE: Final = 8 << 20
"""Bytes of one message. The longest lists of tools that are known have some 100 kB."""
MOST_BYTES: Final = 32 << 20
"""Bytes that a server may say in one conversation."""
_MEMBERS: Final = frozenset({"jsonrpc", "id", "method", "params", "result", "error"})
DEEPEST: Final = 100
"""Levels of objects and lists; schemas of real tools have some ten."""
MOST_AT_ONCE: Final = 1_000
"""Messages in one array."""
_DEEP: Final = object()
_BOM: Final = b"\xef\xbb\xbf"
_SHOWN: Final = 200


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A response with a result."""

    id: str | int | None
    result: Any


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A response with an error."""

    id: str | int | None
    code: int
    message: str
    data: Any = None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A request of the server."""

    id: str | int
    method: str


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A notification."""

    method: str


class Noise(msgspec.Struct, frozen=True, kw_only=True):
    """What is no message although it is where only messages may be."""

    where: str
    text: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text} ({self.why})"


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """An array of messages begins; they follow."""


Message = Answer | Refusal | Question | Notice | Noise | Batch


class Lines:
    """Bytes cut into numbered lines; what is too much is cut off, so that no server fills the memory."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._number = 0
        self._seen = 0

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Add bytes and return the lines that are complete.

        Raises:
            TooMuchError: one line, or all of them together, are longer than any real server's.

        """
        self._seen += len(data)
        start = max(len(self._rest) - 1, 0)
        self._rest += data
        found = []
        if self._rest.find(b"\n", start) >= 0:
            *complete, last = bytes(self._rest).split(b"\n")
            self._rest = bytearray(last)
            found = [(self._number + index, line) for index, line in enumerate(complete, 1)]
            self._number += len(complete)
        if len(self._rest) > LONGEST_LINE:
            raise TooMuchError(f"line {self._number + 1} of stdout is longer than {LONGEST_LINE >> 20} MB")
        if self._seen > MOST_BYTES:
            raise TooMuchError(f"it writes without end: over {MOST_BYTES >> 20} MB on stdout")
        return found

    @property
    def rest(self) -> tuple[int, bytes]:
        """What came after the last line end."""
        return self._number + 1, bytes(self._rest)


class TooMuchError(Exception):
    """A server said more than anybody reads."""


def decode(line: bytes, where: str) -> Iterator[Message]:
    """Read one line; what official clients refuse, and can be read nevertheless, is noise and a message."""
    if line.startswith(_BOM):
        yield Noise(where=where, text=_shown(line), why="it begins with a byte order mark, which clients cannot read")
        line = line.removeprefix(_BOM)
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        yield Noise(where=where, text=_shown(line), why="it is no JSON")
        return
    except RecursionError:
        value = _DEEP
    if value is _DEEP or _too_deep(value):
        yield Noise(where=where, text=_shown(line), why=f"it is nested deeper than {DEEPEST} levels")
        return
    if isinstance(value, list) and len(value) > MOST_AT_ONCE:
        yield Noise(where=where, text=_shown(line), why=f"it is an array of more than {MOST_AT_ONCE:,} messages")
        return
    if isinstance(value, list) and value:
        yield Batch()
    for each in value if isinstance(value, list) and value else [value]:
        message = _message(each, where, line)
        if not isinstance(message, Noise) and not each.keys() <= _MEMBERS:
            yield Noise(where=where, text=_shown(line), why="it has members that JSON-RPC does not know")
        yield message


def _too_deep(value: Any) -> bool:
    """Whether a value could be read and not be written again, for its depth."""
    level = [value]
    for _ in range(DEEPEST):
        inner = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = list(chain.from_iterable(inner))
        if not level:
            return False
    return True


def _message(value: Any, where: str, line: bytes) -> Message:
    """Tell which kind of message a value is, or what it lacks."""
    if not isinstance(value, dict) or value.get("jsonrpc") != "2.0":
        return Noise(where=where, text=_shown(line), why="it is no JSON-RPC 2.0 message")
    name = value.get("id")
    if "id" in value and not _is_id(name) and not (name is None and "error" in value):
        return Noise(where=where, text=_shown(line), why="its id is neither a string nor a whole number")
    if isinstance(value.get("method"), str) and "result" not in value and "error" not in value:
        return Question(id=name, method=value["method"]) if _is_id(name) else Notice(method=value["method"])
    if "result" in value and "error" not in value and "method" not in value and _is_id(name):
        return Answer(id=name, result=value["result"])
    if "error" in value and "result" not in value and "method" not in value and (refused := _refusal(value)):
        return refused
    return Noise(where=where, text=_shown(line), why="it is neither request, nor notification, nor response")


def _refusal(value: dict[str, Any]) -> Refusal | None:
    error = value["error"]
    if not isinstance(error, dict) or not _is_code(error.get("code")) or not isinstance(error.get("message"), str):
        return None
    return Refusal(id=value.get("id"), code=error["code"], message=error["message"], data=error.get("data"))


def _is_id(value: Any) -> TypeGuard[str | int]:
    return isinstance(value, str) or _is_code(value)


def _is_code(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _shown(line: bytes) -> str:
    return escaped(line[: _SHOWN * 4].decode("utf-8", "replace"), _SHOWN)


def encode(message: dict[str, Any]) -> bytes:
    """Write a message; JSON has no newline outside of strings, and inside them it is escaped."""
    return msgspec.json.encode({"jsonrpc": "2.0", **message})
