"""Where in a README the section belongs that says how to install, and the README with it.

A README that says it already, in commands of its own, has no place for it: that is for a person to replace.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from tagship.domain.install import install_section
from tagship.domain.text.lazy_pattern import lazy

BEGIN: Final = "<!-- tagship-install: begin -->"
END: Final = "<!-- tagship-install: end -->"
_HEADING: Final = lazy(r" {0,3}(?P<marks>#{1,6})[ \t]+(?P<title>[^\r\n]*)")
_FENCE: Final = lazy(r" {0,3}(?P<fence>`{3,}|~{3,})(?P<info>.*)")
_INSTALL: Final = lazy(r"\binstall(?:ation|ing)?\b", re.IGNORECASE)
_BEGINNING: Final = lazy(
    r"\binstall|\bquick.?start|\bgetting started|\bset.?up\b|\busage\b|\bhow to use\b", re.IGNORECASE
)
_COMMAND: Final = lazy(
    r"\b(?:uvx|npx|bunx|pipx|uv (?:tool|add|pip)|pip3? install|npm i(?:nstall)?|yarn add|pnpm add|brew|scoop|winget"
    r"|cargo install|go install|docker|podman|apt(?:-get)?|dnf|claude mcp add|curl|irm) "
)
_TITLE: Final = 1


class Part(NamedTuple):
    """What one heading is above of; the first part, before all headings, has level 0."""

    start: int
    end: int
    level: int
    title: str
    line: int
    commands: bool
    """Whether there are commands in it."""


class Place(NamedTuple):
    """Where the section goes; with a heading of its own where there is none for it."""

    at: int
    heading: bool


def parts(text: str) -> list[Part]:
    """Take a page apart at its headings; those in code blocks are none."""
    found, at, fence = [Part(0, 0, 0, "", 1, commands=False)], 0, ""
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        mark, heading = _FENCE.match(line), _HEADING.match(line)
        if mark and not fence:
            fence = mark["fence"]
        elif mark and mark["fence"].startswith(fence) and not mark["info"].strip():
            fence = ""
        elif heading and not fence:
            found.append(Part(at, at, len(heading["marks"]), heading["title"], number, commands=False))
        elif _COMMAND.search(line) and (fence or "`" in line):
            found[-1] = found[-1]._replace(commands=True)
        at += len(line)
        found[-1] = found[-1]._replace(end=at)
    return found


def own_words(text: str) -> int:
    """Return the line of the heading under which a page says in commands of its own how to install; 0 where it does not."""
    return next((part.line for part in parts(text) if part.commands and _is_about_it(part)), 0)


def with_section(text: str, section: str) -> str:
    """Put the section, between markers, where it belongs: under the heading for it, else before all other parts, else last.

    All other bytes stay, and the line ends are those of the page.
    """
    place = _place(parts(text), len(text))
    lines_end = "\r\n" if "\r\n" in text else "\n"
    before, after = text[: place.at].rstrip("\r\n"), text[place.at :].lstrip("\r\n")
    added = [before] if before else []
    added += ["## Install"] if place.heading else []
    added += [f"{BEGIN}{lines_end}{END}"]
    return install_section.filled((lines_end * 2).join([*added, after]) if after else _last(added, lines_end), section)


def _last(added: list[str], lines_end: str) -> str:
    return (lines_end * 2).join(added) + lines_end


def _is_about_it(part: Part) -> bool:
    return part.level <= _TITLE or bool(_BEGINNING.search(part.title))


def _place(found: list[Part], end: int) -> Place:
    return next(_places(found), Place(end, heading=True))


def _places(found: list[Part]) -> Iterator[Place]:
    yield from (Place(part.end, heading=False) for part in found if part.level and _INSTALL.search(part.title))
    yield from (Place(part.start, heading=True) for part in found if part.level > _TITLE)
