"""What stands between markers in a Markdown page; markers that a code block shows mark nothing."""

import re
from collections.abc import Iterator
from typing import Final, Protocol

from tagship.domain.text.lazy_pattern import lazy

_FENCE: Final = lazy(r" {0,3}(?P<fence>`{3,}|~{3,})(?P<info>.*)")


class Pattern(Protocol):
    """A regular expression, compiled now or when it is used."""

    def search(self, text: str, start: int = 0, /) -> re.Match[str] | None:
        """Look for it from a position on."""


def enclosed(text: str, begin: Pattern, end: Pattern) -> Iterator[tuple[int, int]]:
    """Give the spans between two markers; a pair that is not closed encloses nothing."""
    at, start, fence = 0, -1, ""
    for line in text.splitlines(keepends=True):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark["fence"]
        elif mark and mark["fence"].startswith(fence) and not mark["info"].strip():
            fence = ""
        elif not fence and start < 0 and (found := begin.search(line)):
            start = at + found.end()
        if not fence and start >= 0 and (found := end.search(line, max(0, start - at))):
            yield start, at + found.start()
            start = -1
        at += len(line)
