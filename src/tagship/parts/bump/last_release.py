"""The last release of a line: the highest version of its styles among HEAD's ancestors."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from tagship.domain.versions.release_line import Line, Styles
from tagship.domain.versions.tags import Tag, read
from tagship.ports import Vcs

_CHECKS: Final = 5
"""So many single questions cost less than walking all history once."""


class Releases(msgspec.Struct, frozen=True, kw_only=True):
    """The last release, the last one that is no prerelease, and the newer ones that are not in this history."""

    last: Tag | None = None
    final: Tag | None = None
    elsewhere: tuple[Tag, ...] = ()


class Ancestry:
    """Answers which tagged commits lie before a commit; asks git as little as it can, and each thing once."""

    def __init__(self, vcs: Vcs, head: str) -> None:
        self._vcs, self._head = vcs, head
        self._known: dict[str, bool] = {}
        self._merged: frozenset[str] | None = None
        self._misses = 0

    def has(self, tag: Tag) -> bool:
        """Whether HEAD is the tag's commit or comes after it."""
        if self._merged is not None:
            return tag.name in self._merged
        if tag.commit not in self._known:
            if self._misses >= _CHECKS:
                self._merged = frozenset(self._vcs.merged_tags(self._head))
                return tag.name in self._merged
            self._known[tag.commit] = self._vcs.is_ancestor(tag.commit, self._head)
            self._misses += not self._known[tag.commit]
        return self._known[tag.commit]


def releases_of(line: Line, styles: Styles, ancestry: Ancestry) -> Releases:
    """Find a line's releases."""
    elsewhere: list[Tag] = []
    last: Tag | None = None
    for tag in _newest_first(line, styles):
        if not ancestry.has(tag):
            if last is None:
                elsewhere.append(tag)
            continue
        last = last or tag
        if not tag.version.prerelease:
            return Releases(last=last, final=tag, elsewhere=tuple(elsewhere))
    return Releases(last=last, elsewhere=tuple(elsewhere))


def left_out(lines: Iterable[Line], found: Iterable[Releases], names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Say which tags did not count, and why; older releases of a line did."""
    newer = {tag.name for releases in found for tag in releases.elsewhere}
    styles = {style for line in lines for style in line.read}
    for name in names:
        tag = read(name, "")
        if name in newer:
            yield name, "it is newer, but not in the history of this commit"
        elif tag is None:
            yield name, "it does not end with a version that every registry can order"
        elif tag.before not in styles:
            yield name, "it is not in the style of a package here"


def _newest_first(line: Line, styles: Styles) -> list[Tag]:
    """Sort a line's tags; of several of one version the style that is written now comes first."""
    found = [tag for style in line.read for tag in styles.get(style, ())]
    return sorted(found, key=lambda tag: (tag.version, tag.before == line.write[0], tag.name), reverse=True)
