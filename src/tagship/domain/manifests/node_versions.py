"""Which lines of Node.js a package declares to run on, by its ``engines.node``.

Sources: the grammar of npm's ranges (https://github.com/npm/node-semver#ranges), Node's release schedule
(https://github.com/nodejs/release#release-schedule).
"""

import re
from collections.abc import Callable
from typing import Final

from tagship.domain.text.lazy_pattern import lazy

LINES: Final = (20, 22, 24, 26)
"""Long-term support lines that have begun and that installers still meet."""
_TERM: Final = lazy(r"(?P<op>\^|~>?|>=|<=|>|<|=)?\s*v?(?P<version>[0-9xX*]+(?:\.[0-9xX*]+){0,2})(?:[-+][\w.-]+)?")
_NEWEST: Final = 999
Triple = tuple[int, int, int]


def lines(engines: str) -> tuple[str, ...]:
    """Return the lines of which some release fits a range; all of them where it says nothing that can be read."""
    if not engines.strip():
        return tuple(map(str, LINES))
    sets = [_terms(part) for part in engines.split("||")]
    if any(terms is None for terms in sets):
        return tuple(map(str, LINES))
    return tuple(str(line) for line in LINES if any(_fits(line, terms) for terms in sets if terms is not None))


def _terms(text: str) -> list[tuple[str, list[int]]] | None:
    """Read the comparators of one alternative; ``None`` when something else is in it."""
    hyphen = re.fullmatch(r"\s*(\S+)\s+-\s+(\S+)\s*", text)
    text = f">={hyphen[1]} <={hyphen[2]}" if hyphen else text
    if _TERM.sub("", text).strip():
        return None
    return [(match["op"] or "=", _numbers(match["version"])) for match in _TERM.finditer(text)]


def _numbers(version: str) -> list[int]:
    """Return the numbers before the first wildcard."""
    found = []
    for part in version.split("."):
        if not part.isdecimal():
            break
        found.append(int(part))
    return found


def _fits(line: int, terms: list[tuple[str, list[int]]]) -> bool:
    """Say whether the line has a release that fits all comparators: they leave a part of it."""
    first: Triple = (line, 0, 0)
    last: Triple = (line, _NEWEST, _NEWEST)
    for operator, numbers in terms:
        lowest, highest = _span(operator, numbers)
        first, last = max(first, lowest), min(last, highest)
    return first <= last


def _span(operator: str, numbers: list[int]) -> tuple[Triple, Triple]:
    """Return the first and the last version that a comparator allows."""
    low, high = _filled(numbers, 0), _filled(numbers, _NEWEST)
    everything: tuple[Triple, Triple] = ((0, 0, 0), (_NEWEST, _NEWEST, _NEWEST))
    if not numbers:
        return everything
    spans: dict[str, Callable[[], tuple[Triple, Triple]]] = {
        "=": lambda: (low, high),
        ">=": lambda: (low, everything[1]),
        ">": lambda: (_next(high), everything[1]),
        "<=": lambda: (everything[0], high),
        "<": lambda: (everything[0], _before(low)),
        "^": lambda: (low, _filled(numbers[:1] if numbers[0] else numbers[:2], _NEWEST)),
    }
    return spans.get(operator, lambda: (low, _filled(numbers[:2], _NEWEST)))()


def _filled(numbers: list[int], rest: int) -> Triple:
    major, minor, patch = (*numbers, rest, rest, rest)[:3]
    return major, minor, patch


def _next(version: Triple) -> Triple:
    major, minor, patch = version
    return (
        (major + 1, 0, 0)
        if minor == _NEWEST
        else (major, minor + 1, 0)
        if patch == _NEWEST
        else (major, minor, patch + 1)
    )


def _before(version: Triple) -> Triple:
    major, minor, patch = version
    if patch:
        return major, minor, patch - 1
    return (major, minor - 1, _NEWEST) if minor else (major - 1, _NEWEST, _NEWEST)
