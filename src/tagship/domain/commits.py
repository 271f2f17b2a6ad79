"""Conventional Commits 1.0.0 (conventionalcommits.org): what a commit means for the version and the changelog."""

import re
from typing import Final

import msgspec

from tagship.domain.version import CHANGES, Change

_HEADER: Final = re.compile(r"^(?P<type>[A-Za-z][\w-]*)(?:\((?P<scope>[^()\r\n]+)\))?(?P<bang>!)?: +(?P<subject>\S.*)$")
_BREAKING: Final = re.compile(r"^BREAKING[ -]CHANGE: +(?P<text>.+)$", re.MULTILINE)
_CHANGE_OF_TYPE: Final[dict[str, Change]] = {"feat": "minor", "fix": "patch", "perf": "patch", "revert": "patch"}


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """One commit as history holds it: full id and message."""

    id: str
    message: str


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What one commit says: its type in lower case (empty when unconventional), scope, subject and breaking notes."""

    commit: str
    type: str
    scope: str
    subject: str
    breaking: tuple[str, ...]

    @property
    def change(self) -> Change:
        """How far this commit moves the version."""
        return "major" if self.breaking else _CHANGE_OF_TYPE.get(self.type, "none")


def read(commit: Commit) -> Meaning:
    """Read one commit; one that is not conventional keeps its first line as the subject and an empty type."""
    first, _, rest = commit.message.strip().partition("\n")
    match = _HEADER.match(first.strip())
    if match is None:
        return Meaning(commit=commit.id, type="", scope="", subject=first.strip(), breaking=())
    notes = tuple(note.group("text").strip() for note in _BREAKING.finditer(rest))
    if match["bang"] and not notes:
        notes = (match["subject"].strip(),)
    return Meaning(
        commit=commit.id,
        type=match["type"].lower(),
        scope=match["scope"] or "",
        subject=match["subject"].strip(),
        breaking=notes,
    )


def overall(meanings: tuple[Meaning, ...]) -> Change:
    """Return the biggest change among the commits."""
    return max((meaning.change for meaning in meanings), key=CHANGES.index, default="none")
