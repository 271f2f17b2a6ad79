"""CHANGELOG.md as a file: a version's section goes in, comes out or goes away, and the rest stays byte for byte.

It reads what Keep a Changelog 1.1.0 (keepachangelog.com), conventional-changelog, release-please, git-cliff and
python-semantic-release write: headings of one to three ``#`` that begin with a version, perhaps in a link.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from tagship.domain.versions.version import Version

FILE: Final = "CHANGELOG.md"
_PREAMBLE: Final = "# Changelog\n\n"
_HEADING: Final = re.compile(r"^(?P<level>#{1,3})[ \t]+(?P<title>[^\r\n]*)", re.MULTILINE)
_VERSIONED: Final = re.compile(
    r"\[?(?:(?:Version|Release) |[\w@/.-]*?[@/-])?v?(?P<version>\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)\]?(?=[\s(:\]]|$)"
)
_UNRELEASED: Final = re.compile(r"\[?unreleased\]?", re.IGNORECASE)
_OPENING: Final = re.compile(r"^(?P<fence>`{3,}|~{3,})[^\n]*\n|<!--", re.MULTILINE)
_ENDING_LINE: Final = re.compile(r"\[[^\]\n]+\]:[ \t]+\S[^\n]*\n?|[ \t]*\r?\n")
"""What ends a file: definitions of link references, and empty lines."""
_LONGEST: Final = 300
"""Characters of a heading that are looked at."""


class _Heading(NamedTuple):
    start: int
    end: int
    level: int
    version: str
    unreleased: bool


def insert(changelog: str, new: str) -> str:
    """Put a section on top of the existing ones, below an ``Unreleased`` one, and leave the rest untouched."""
    text = changelog or _PREAMBLE
    end = "\r\n" if "\r\n" in text else "\n"
    at = _place(text)
    before, after = text[:at], text[at:]
    gap = "" if not before.strip() or before.endswith(end * 2) else end if before.endswith("\n") else end * 2
    return before + gap + new.rstrip("\n").replace("\n", end) + end + (end + after if after else "")


def extract(changelog: str, version: Version) -> str:
    """Return the body of one version's section without its heading, or an empty string."""
    span = _span(changelog, version)
    if span is None:
        return ""
    body = changelog[span[0].end : span[1]]
    return body[: _ending(body)].strip()


def without(changelog: str, version: Version) -> str:
    """Return the text without one version's section."""
    span = _span(changelog, version)
    return changelog if span is None else changelog[: span[0].start] + changelog[span[1] :]


def has_sections(changelog: str) -> bool:
    """Whether there is a heading that is a version, or ``Unreleased``."""
    return any(heading.version or heading.unreleased for heading in _headings(changelog))


def limited(section: str, pointer: str, limit: int = 125_000) -> str:
    """Cut a section to what GitHub takes as the body of a release, 125,000 characters, at the end of a line.

    ``pointer`` says where the rest is; it follows the number of entries that were left out.
    """
    if len(section) <= limit:
        return section
    lines = section.split("\n")
    kept, size = 0, 0
    room = limit - len(pointer) - 100
    while kept < len(lines) and size + len(lines[kept]) + 1 <= room:
        size += len(lines[kept]) + 1
        kept += 1
    left = sum(1 for line in lines[kept:] if line.startswith("- "))
    return "\n".join(lines[:kept]).rstrip() + f"\n\n… and {left} more: {pointer}\n"


def _place(text: str) -> int:
    """Find where a new section goes."""
    headings = list(_headings(text))
    unreleased = next((heading for heading in headings if heading.unreleased), None)
    after = unreleased.end if unreleased else 0
    following = next((heading for heading in headings if heading.version and heading.start >= after), None)
    if following is None:
        level = unreleased.level if unreleased else 2
        following = next((h for h in headings if h.start >= after and 1 < h.level <= max(level, 2)), None)
    if following is not None:
        return following.start
    ending = _ending(text)
    return ending if text[ending:].strip() else len(text)


def _span(changelog: str, version: Version) -> tuple[_Heading, int] | None:
    """Return the heading of a version's section and where the section ends."""
    headings = list(_headings(changelog))
    for number, heading in enumerate(headings):
        if heading.version == str(version):
            ends = (h.start for h in headings[number + 1 :] if h.version or h.unreleased or h.level <= heading.level)
            return heading, next(ends, len(changelog))
    return None


def _ending(text: str) -> int:
    """Return where the link references at the end of a text begin; its length where there are none."""
    at = len(text)
    while at:
        start = text.rfind("\n", 0, at - 1) + 1
        if _ENDING_LINE.fullmatch(text, start, at) is None:
            break
        at = start
    return at


def _headings(text: str) -> Iterator[_Heading]:
    hidden = _hidden(text)
    span = next(hidden, None)
    for match in _HEADING.finditer(text):
        while span and span[1] <= match.start():
            span = next(hidden, None)
        if span and span[0] <= match.start():
            continue
        title = match["title"][:_LONGEST].strip()
        found = _VERSIONED.match(title)
        yield _Heading(
            start=match.start(),
            end=match.end(),
            level=len(match["level"]),
            version=found["version"] if found else "",
            unreleased=_UNRELEASED.match(title) is not None,
        )


def _hidden(text: str) -> Iterator[tuple[int, int]]:
    """Give the code blocks and comments, in which headings are none; what is never closed hides nothing.

    What was found to be never closed is not looked for again: a file that opens thousands costs no more than another.
    """
    unclosed: dict[str, int] = {}
    opening = _OPENING.search(text)
    while opening:
        fence = opening["fence"] or ""
        kind, length = (fence or opening[0])[0], len(fence)
        at = opening.end()
        if kind not in unclosed or length < unclosed[kind]:
            end = _closed(text, at, fence)
            if end:
                yield opening.start(), end
                at = end
            else:
                unclosed[kind] = length
        opening = _OPENING.search(text, at)


def _closed(text: str, start: int, fence: str) -> int:
    """Return where a code block, or without a ``fence`` a comment, ends; 0 where it does not."""
    if not fence:
        return text.find("-->", start) + 3 if text.find("-->", start) >= 0 else 0
    closing = re.compile(rf"^{fence}[`~]*[ \t]*\r?$", re.MULTILINE).search(text, start)
    return closing.end() if closing else 0
