"""Which supported Pythons a package declares to run on, by its ``requires-python``.

Sources: the version specifiers specification (packaging.python.org), Python's status page (devguide.python.org/versions).
"""

from functools import cache
from typing import Final

LINES: Final = ("3.11", "3.12", "3.13", "3.14", "3.15")
"""Those that still get security fixes."""
_LAST: Final = 99


@cache
def lines(requires: str) -> tuple[str, ...]:
    """Return the lines of which the first or the last release fits; all of them where nothing is asked that can be read."""
    if not requires.strip():
        return LINES
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        allowed = SpecifierSet(requires)
    except InvalidSpecifier:
        return LINES
    return tuple(line for line in LINES if allowed.contains(f"{line}.0") or allowed.contains(f"{line}.{_LAST}"))
