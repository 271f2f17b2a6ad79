"""Structs that keep secrets out of sight, and reading JSON into structs, safely from several threads.

msgspec (0.22) works out what a struct is made of when it is read for the first time, and keeps that where a second thread
finds it before it is whole: then the process ends with a segmentation fault. So only one thread reads at a time.
"""

import threading
from typing import Any, ClassVar, Final, TypeVar

import msgspec

T = TypeVar("T")
_ONE: Final = threading.Lock()


class Discreet(msgspec.Struct, frozen=True, kw_only=True):
    """A struct that does not show all its fields: what it looks like may end up in a message or a traceback."""

    unshown: ClassVar[frozenset[str]] = frozenset()
    """Fields with secrets, or with what may hold some."""

    def __repr__(self) -> str:
        """Show the other fields."""
        shown = (f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name not in self.unshown)
        return f"{type(self).__name__}({', '.join(shown)})"


def decode(data: bytes | str, kind: type[T]) -> T:
    """Read JSON into a struct.

    Raises:
        msgspec.DecodeError: it is no JSON, or not of that shape (``msgspec.ValidationError``).

    """
    with _ONE:
        return msgspec.json.decode(data, type=kind)


def builtins(value: msgspec.Struct) -> dict[str, Any]:
    """Return a struct as plain values."""
    plain: dict[str, Any] = msgspec.to_builtins(value)
    return plain


def convert(value: Any, kind: type[T]) -> T:
    """Read plain values into a struct.

    Raises:
        msgspec.ValidationError: they are not of that shape.

    """
    with _ONE:
        return msgspec.convert(value, kind)
