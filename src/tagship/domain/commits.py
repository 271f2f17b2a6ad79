"""Conventional Commits 1.0.0 (conventionalcommits.org): what a commit means for the version and the changelog."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from tagship.domain.version import CHANGES, Change

_HEADER: Final = re.compile(r"^(?P<type>[A-Za-z][\w-]*)(?:\((?P<scope>[^()\r\n]+)\))?(?P<bang>!)?: +(?P<subject>\S.*)$")
_BREAKING: Final = re.compile(r"^BREAKING[ -]CHANGE: +(?P<text>.+)$", re.MULTILINE)
_REVERTED: Final = re.compile(r"(?:This reverts commit|^Refs?:) (?P<id>[0-9a-f]{7,64})\b", re.MULTILINE)
"""What ``git revert`` writes, and the footer that the specification's FAQ recommends for reverts."""
_RELEASE_AS: Final = re.compile(r"^Release-As: *v?(?P<version>\S+)\s*$", re.MULTILINE | re.IGNORECASE)
DEFAULT_TYPES: Final[dict[str, Change]] = {"feat": "minor", "fix": "patch", "perf": "patch", "revert": "patch"}


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """One commit as history holds it: full id, message, ids of its parents (first the branch it is on), who wrote it."""

    id: str
    message: str
    parents: tuple[str, ...] = ()
    author: str = ""
    email: str = ""


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What one commit says: its type in lower case (empty when unconventional), scope, subject and breaking notes.

    ``reverts`` are ids, perhaps abbreviated, of commits it takes back; ``release_as`` is a version somebody asked for;
    ``pull_request`` is the number of the one it came by; ``authors`` are logins (``@octocat``) where known, else names.
    """

    commit: str
    type: str
    scope: str
    subject: str
    breaking: tuple[str, ...]
    reverts: tuple[str, ...] = ()
    release_as: str = ""
    pull_request: str = ""
    authors: tuple[str, ...] = ()

    @property
    def change(self) -> Change:
        """How far this commit moves the version."""
        return "major" if self.breaking else DEFAULT_TYPES.get(self.type, "none")


def read(commit: Commit) -> Meaning:
    """Read one commit; one that is not conventional keeps its first line as the subject and an empty type."""
    first, _, rest = commit.message.strip().partition("\n")
    taken_back = tuple(match["id"] for match in _REVERTED.finditer(rest))
    asked = _RELEASE_AS.search(rest)
    release_as = asked["version"] if asked else ""
    match = _HEADER.match(first.strip())
    if match is None:
        kind = "revert" if taken_back and first.startswith("Revert ") else ""
        subject = first.strip()
        return Meaning(
            commit=commit.id,
            type=kind,
            scope="",
            subject=subject,
            breaking=(),
            reverts=taken_back,
            release_as=release_as,
        )
    notes = tuple(note.group("text").strip() for note in _BREAKING.finditer(rest))
    if match["bang"] and not notes:
        notes = (match["subject"].strip(),)
    return Meaning(
        commit=commit.id,
        type=match["type"].lower(),
        scope=match["scope"] or "",
        subject=match["subject"].strip(),
        breaking=notes,
        reverts=taken_back if match["type"].lower() == "revert" else (),
        release_as=release_as,
    )


def standing(meanings: tuple[Meaning, ...]) -> tuple[Meaning, ...]:
    """Leave out commits that a later one took back, together with the one that did (newest first, as history is read).

    A revert of something released before stays: it changes what users have.
    """
    gone: set[str] = set()
    for meaning in meanings:
        if meaning.commit in gone or not meaning.reverts:
            continue
        found = {m.commit for m in meanings if any(m.commit.startswith(short) for short in meaning.reverts)}
        if len(found) >= len(meaning.reverts):
            gone |= {meaning.commit, *found}
    return tuple(meaning for meaning in meanings if meaning.commit not in gone)


def asked_for(meanings: tuple[Meaning, ...]) -> str:
    """Return the version that the newest ``Release-As:`` footer asks for, or an empty text."""
    return next((meaning.release_as for meaning in meanings if meaning.release_as), "")


def change_of(meaning: Meaning, types: Mapping[str, Change] = DEFAULT_TYPES) -> Change:
    """Return how far a commit moves the version."""
    return "major" if meaning.breaking else types.get(meaning.type, "none")


def overall(meanings: tuple[Meaning, ...], types: Mapping[str, Change] = DEFAULT_TYPES) -> Change:
    """Return the biggest change among the commits."""
    return max((change_of(meaning, types) for meaning in meanings), key=CHANGES.index, default="none")
