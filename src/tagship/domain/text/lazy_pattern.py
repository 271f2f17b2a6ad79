"""Regular expressions that cost nothing until they are used: a command starts with all of them, and needs few."""

import re
from typing import Any, cast, overload


class _Pattern:
    def __init__(self, text: str | bytes, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        """Compile at the first use, and keep what was asked for."""
        compiled: re.Pattern[Any] = re.compile(self._text, self._flags)
        found = getattr(compiled, name)
        self.__dict__[name] = found
        return found


@overload
def lazy(pattern: str, flags: int = 0) -> re.Pattern[str]: ...
@overload
def lazy(pattern: bytes, flags: int = 0) -> re.Pattern[bytes]: ...
def lazy(pattern: str | bytes, flags: int = 0) -> re.Pattern[Any]:
    """Return what ``re.compile`` would; a mistake in the expression shows when it is used first."""
    return cast("re.Pattern[Any]", _Pattern(pattern, flags))
