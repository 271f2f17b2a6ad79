"""One version's section of a changelog, written from Conventional Commits in the style of one of the usual tools.

Breaking changes come first. Within a heading entries without a scope come first, then by scope, the newest first;
entries that say the same (a fix that was picked to several branches) are one. Commit messages are hostile text: see
:func:`clean`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal
from urllib.parse import quote

import msgspec

from tagship.domain.changes.commits import Meaning
from tagship.domain.proofs.claims import GITHUB
from tagship.domain.text import invisible
from tagship.domain.versions.version import Version

Style = Literal["keep-a-changelog", "conventional"]
_BREAKING: Final[Mapping[Style, str]] = {"keep-a-changelog": "Breaking", "conventional": "⚠ BREAKING CHANGES"}
_OTHERS: Final[Mapping[Style, str]] = {"keep-a-changelog": "Changed", "conventional": "Other Changes"}
_TITLES: Final[Mapping[Style, Mapping[str, str]]] = {
    "keep-a-changelog": {"feat": "Added", "fix": "Fixed", "perf": "Performance", "revert": "Reverted"},
    "conventional": {"feat": "Features", "fix": "Bug Fixes", "perf": "Performance Improvements", "revert": "Reverts"},
}
_MARKUP: Final = re.compile(
    r"(?P<code>`[^`]+`)|(?P<tag><(?=[A-Za-z/!?]))|(?P<link>\]\()|(?P<who>(?<![\w/.@-])@[A-Za-z0-9][\w/.-]*)"
)
_STRUCTURE: Final = re.compile(r"(?P<mark>[#>|~=+*_-])|(?P<number>\d+)(?P<dot>[.)])(?=\s|$)")


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """How sections look.

    ``titles`` come on top of the style's own, by type; an empty one leaves a type out. ``counted`` are further types that
    move the version and so must be told. Links need ``repository`` (``owner/name``) on ``server``.
    """

    style: Style = "keep-a-changelog"
    titles: Mapping[str, str] = {}
    counted: frozenset[str] = frozenset()
    server: str = GITHUB
    repository: str = ""

    def page(self, kind: str, name: str) -> str:
        """Return an address in the repository, empty when it is not known."""
        return f"{self.server}/{self.repository}/{kind}/{quote(name, safe='/.')}" if self.repository else ""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What a section is about: version and date (``YYYY-MM-DD``), its tag and the one to compare with, and packages of
    the same repository that moved beneath it, with their versions.
    """

    version: Version
    date: str
    tag: str = ""
    since: str = ""
    dependencies: Mapping[str, str] = {}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line: scope and text, cleaned, and its references, linked where the repository is known."""

    scope: str
    text: str
    references: tuple[str, ...]

    def __str__(self) -> str:
        scope = f"**{self.scope}:** " if self.scope else ""
        return f"- {scope}{self.text} ({', '.join(self.references)})"


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A heading and its entries."""

    title: str
    entries: tuple[Entry, ...]


def section(subject: Subject, meanings: Sequence[Meaning], look: Look | None = None) -> str:
    """Write one version's section."""
    look = look or Look()
    parts = [heading(subject, look)]
    parts += [f"### {group.title}\n\n" + "\n".join(map(str, group.entries)) + "\n" for group in groups(meanings, look)]
    if subject.dependencies:
        moved = "\n".join(f"- {clean(name)} {new}" for name, new in subject.dependencies.items())
        parts.append(f"### Dependencies\n\n{moved}\n")
    if len(parts) == 1:
        parts.append("No changes that a user would notice.\n")
    people = credits_of(meanings)
    if people:
        parts.append(f"By {people}.\n")
    return "\n".join(parts)


def heading(subject: Subject, look: Look) -> str:
    """Write the heading; where both tags and the repository are known it links to the comparison."""
    compare = look.page("compare", f"{subject.since}...{subject.tag}") if subject.since and subject.tag else ""
    dated = f"({subject.date})" if look.style == "conventional" else f"- {subject.date}"
    return f"## [{subject.version}]{f'({compare})' if compare else ''} {dated}\n"


def groups(meanings: Sequence[Meaning], look: Look) -> tuple[Group, ...]:
    """Sort what is to be told under headings, in the order in which they stand."""
    titles = {**_TITLES[look.style], **look.titles}
    found = [Group(title=_BREAKING[look.style], entries=_entries(_breaking(meanings), look))]
    for title in dict.fromkeys(filter(None, titles.values())):
        kinds = {kind for kind, each in titles.items() if each == title}
        found.append(Group(title=title, entries=_entries(((m, m.subject) for m in meanings if m.type in kinds), look)))
    others = [(m, m.subject) for m in meanings if m.type in look.counted and m.type not in titles]
    found.append(Group(title=_OTHERS[look.style], entries=_entries(others, look)))
    return tuple(group for group in found if group.entries)


def credits_of(meanings: Sequence[Meaning]) -> str:
    """Name the people, logins first in their order, as one phrase."""
    people = list(dict.fromkeys(who for meaning in meanings for who in meaning.authors))
    named = [who if re.fullmatch(r"@[A-Za-z0-9-]+", who) else clean(who) for who in people]
    named = [name for name in named if name]
    return " and ".join(filter(None, [", ".join(named[:-1]), named[-1]])) if named else ""


def clean(text: str) -> str:
    """Make hostile text harmless Markdown: one line, no characters that people do not see, no HTML, no links or images
    of its own, nobody pinged, and nothing at its start that would make it a heading, a quote or a list.
    """
    line = " ".join(invisible.without(" ".join(text.split())).split())
    if line.count("`") % 2:
        line = line.replace("`", "\\`")
    line = _MARKUP.sub(_harmless, line)
    start = _STRUCTURE.match(line)
    if start is None:
        return line
    return f"\\{line}" if start["mark"] else f"{start['number']}\\{line[start.start('dot') :]}"


def _harmless(match: re.Match[str]) -> str:
    if match["code"]:
        return match["code"]
    if match["who"]:
        return f"`{match['who']}`"
    return "\\<" if match["tag"] else "]\\("


def _breaking(meanings: Iterable[Meaning]) -> list[tuple[Meaning, str]]:
    return [(meaning, note) for meaning in meanings for note in meaning.breaking]


def _entries(told: Iterable[tuple[Meaning, str]], look: Look) -> tuple[Entry, ...]:
    references: dict[tuple[str, str], list[str]] = {}
    for meaning, text in told:
        key = (clean(meaning.scope), clean(text))
        references.setdefault(key, []).extend(_references(meaning, look))
    return tuple(
        Entry(scope=scope, text=text, references=tuple(dict.fromkeys(references[scope, text])))
        for scope, text in sorted(references, key=lambda key: key[0])
    )


def _references(meaning: Meaning, look: Look) -> list[str]:
    found = []
    if meaning.pull_request:
        page = look.page("pull", meaning.pull_request)
        found.append(f"[#{meaning.pull_request}]({page})" if page else f"#{meaning.pull_request}")
    page = look.page("commit", meaning.commit)
    found.append(f"[{meaning.commit[:7]}]({page})" if page else meaning.commit[:7])
    return found
