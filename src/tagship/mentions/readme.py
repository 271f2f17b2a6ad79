"""Pins in READMEs and documentation, between markers only.

Every version between ``<!-- tagship-version: begin -->`` and ``<!-- tagship-version: end -->`` follows, and, as release-please
has it, between ``x-release-please-start-version`` and ``x-release-please-end`` and in lines with ``x-release-please-version``.
A pair that is not closed, and markers shown in a code block, mark nothing.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import ClassVar, Final

from tagship.domain.manifests.layout import reason_to_skip
from tagship.domain.text.lazy_pattern import lazy
from tagship.domain.text.marked import enclosed
from tagship.domain.versions.version_site import VersionSite
from tagship.domain.versions.written import EMBEDDED, matched_sites
from tagship.ports import Mentioned

_ENDINGS: Final = (".md", ".mdx")
_FILE: Final = lazy(r"(?:README|INSTALL)[\w.-]*\.mdx?", re.IGNORECASE)
_DOCUMENTATION: Final = frozenset({"doc", "docs"})
_BEGIN: Final = lazy(r"(?<!`)<!--\s*(?:tagship-version:\s*begin|\{?x-release-please-start-version\}?)\s*-->")
_END: Final = lazy(r"(?<!`)<!--\s*(?:tagship-version:\s*end|\{?x-release-please-end\}?)\s*-->")
_LINE: Final = lazy(r"x-release-please-version\b")
_PYTHON: Final = lazy(r"(?:~=|[<>=!]=)\s*v?$")
_WHEEL: Final = lazy(r"-(?:py|cp|pp)[0-9]")


class Readme:
    """:class:`tagship.ports.Mention` for Markdown pages."""

    name: ClassVar[str] = "readme"

    def files(self, paths: Sequence[str]) -> Sequence[str]:
        """Choose READMEs, and all Markdown pages of folders called ``docs``."""
        return [path for path in paths if path.lower().endswith(_ENDINGS) and _is_page(PurePosixPath(path))]

    def find(self, file: str, text: str) -> Sequence[Mentioned]:
        """Find the versions between markers."""
        return tuple(Mentioned(site=site) for site in _sites(file, text))


def _is_page(path: PurePosixPath) -> bool:
    folders = [part for part in path.parts[:-1] if part.lower() not in _DOCUMENTATION]
    if reason_to_skip("/".join([*folders, path.name])):
        return False
    documentation = len(folders) < len(path.parts) - 1
    return _FILE.fullmatch(path.name) is not None or (documentation and path.suffix.lower() in _ENDINGS)


def _sites(file: str, text: str) -> Iterator[VersionSite]:
    marked = _marked(text)

    def wanted(match: re.Match[str], *, python: bool) -> bool:
        nearest = bisect_right(marked, (match.start(), len(text))) - 1
        return nearest >= 0 and match.start() < marked[nearest][1] and _is_python(text, match) == python

    yield from matched_sites(file, text, EMBEDDED, lambda match: wanted(match, python=False), "semver")
    yield from matched_sites(file, text, EMBEDDED, lambda match: wanted(match, python=True), "pep440")


def _is_python(text: str, match: re.Match[str]) -> bool:
    """Whether it stands in a requirement (``name==1.2.0``) or in the name of a wheel."""
    start, end = match.span("version")
    return bool(_PYTHON.search(text, max(0, start - 5), start) or _WHEEL.match(text, end))


def _marked(text: str) -> list[tuple[int, int]]:
    """Return the spans that markers enclose, and the lines that carry one."""
    if "tagship-version" not in text and "x-release-please-" not in text:
        return []
    spans, at = list(enclosed(text, _BEGIN, _END)), 0
    for line in text.splitlines(keepends=True):
        if _LINE.search(line):
            spans.append((at, at + len(line)))
        at += len(line)
    return _joined(spans)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sort spans, and make one of those that overlap."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined


PLUGIN: Final = Readme()
