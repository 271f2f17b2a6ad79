"""Conventional Commits 1.0.0 (conventionalcommits.org): what one commit's message says for the version and the changelog."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from tagship.domain.version import CHANGES, Change

DEFAULT_TYPES: Final[Mapping[str, Change]] = {"feat": "minor", "fix": "patch", "perf": "patch", "revert": "patch"}
"""How far a type of commit moves the version; all others move nothing."""
_HEADER: Final = re.compile(
    r"^(?P<type>[A-Za-z][\w-]*)(?:\((?P<scope>[^()\r\n]+)\))?(?P<bang>!)?: +(?P<subject>\S[^\r\n]*)$"
)
_FOOTER: Final = re.compile(r"^(?P<token>BREAKING CHANGE|[A-Za-z][\w-]*)(?:: +| #)(?P<value>\S.*)$")
_BREAKING: Final = frozenset({"BREAKING CHANGE", "BREAKING-CHANGE"})
_REVERTED: Final = re.compile(r"(?:This reverts commit|^Refs?:) (?P<id>[0-9a-f]{7,64})\b", re.MULTILINE)
"""What ``git revert`` writes, and the footer that the specification's FAQ recommends for reverts."""
_REVERTED_PULL: Final = re.compile(r"^Reverts (?:[\w.-]+/[\w.-]+)?#(?P<number>\d+)\s*$", re.MULTILINE)
"""What GitHub writes when a merged pull request is reverted on its page."""
_PULL: Final = re.compile(r"\((?:#|!)(?P<number>\d+)\)")
_ITEM: Final = re.compile(r"^[*-] +(?P<text>\S.*)$", re.MULTILINE)
_LONGEST: Final = 10_000
"""Characters of a header or a note that are kept: more is no sentence."""


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """One commit as history holds it: full id, message, ids of its parents (first the branch it is on), who wrote it."""

    id: str
    message: str
    parents: tuple[str, ...] = ()
    author: str = ""
    email: str = ""


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What one commit says: its type in lower case (empty when unconventional), scope, subject and breaking notes.

    ``reverts`` are ids, perhaps abbreviated, of commits it takes back, and ``#12`` for pull requests; ``release_as`` is a
    version somebody asked for; ``raises`` are types of squashed commits, which count for the version but have no entry;
    ``pull_request`` is the number of the one it came by; ``authors`` are logins (``@octocat``) where known, else names.
    """

    commit: str
    type: str
    scope: str
    subject: str
    breaking: tuple[str, ...]
    reverts: tuple[str, ...] = ()
    release_as: str = ""
    raises: tuple[str, ...] = ()
    pull_request: str = ""
    authors: tuple[str, ...] = ()


def change_of(meaning: Meaning, types: Mapping[str, Change] = DEFAULT_TYPES) -> Change:
    """Return how far a commit moves the version."""
    if meaning.breaking:
        return "major"
    return max((types.get(kind, "none") for kind in (meaning.type, *meaning.raises)), key=CHANGES.index)


def overall(meanings: tuple[Meaning, ...], types: Mapping[str, Change] = DEFAULT_TYPES) -> Change:
    """Return the biggest change among the commits."""
    return max((change_of(meaning, types) for meaning in meanings), key=CHANGES.index, default="none")


def asked_for(meanings: tuple[Meaning, ...]) -> str:
    """Return the version that the newest ``Release-As:`` footer asks for, or an empty text."""
    return next((meaning.release_as for meaning in meanings if meaning.release_as), "")


def read(commit: Commit) -> Meaning:
    """Read one commit; one that is not conventional keeps its first line as the subject and an empty type."""
    first, _, rest = commit.message.strip().partition("\n")
    first, number = without_pull(first[:_LONGEST].strip())
    footers = _footers(rest)
    taken_back = _taken_back(rest)
    match = _HEADER.match(first)
    kind = match["type"].lower() if match else "revert" if taken_back and first.startswith("Revert ") else ""
    notes = tuple(value for token, value in footers if token in _BREAKING) if match else ()
    if match and match["bang"] and not notes:
        notes = (match["subject"].strip(),)
    asked = [value.strip().removeprefix("v") for token, value in footers if token.lower() == "release-as"]
    return Meaning(
        commit=commit.id,
        type=kind,
        scope=(match["scope"] or "").strip() if match else "",
        subject=match["subject"].strip() if match else first,
        breaking=notes,
        reverts=taken_back if kind == "revert" else (),
        release_as=asked[-1] if asked else "",
        pull_request=number,
    )


def without_pull(subject: str) -> tuple[str, str]:
    """Split ``(#12)``, which GitHub adds when it squashes, off a subject; GitLab writes ``(!12)``."""
    at = subject.rfind("(") if subject.endswith(")") else -1
    match = _PULL.fullmatch(subject, at) if at >= 0 else None
    return (subject[:at].rstrip(), match["number"]) if match else (subject, "")


def listed(commit: Commit) -> tuple[Meaning, ...]:
    """Read the conventional commits that a squash commit lists in its body (``* feat: a``), in their order."""
    _, _, rest = commit.message.strip().partition("\n")
    if "* " not in rest and "- " not in rest:
        return ()
    items = (Commit(id=commit.id, message=match["text"]) for match in _ITEM.finditer(rest))
    return tuple(meaning for meaning in map(read, items) if meaning.type)


def _footers(body: str) -> list[tuple[str, str]]:
    """Read the footers: ``Token: value`` or ``Token #value`` at a line's start; a value goes on until the next one.

    They stand in the last paragraphs by the specification; peers take them from anywhere, and so do we. An indented or
    plain line after a breaking note belongs to it; an empty line ends it.
    """
    found: list[tuple[str, str]] = []
    lines = body.splitlines() if ":" in body or " #" in body else []
    open_note = False
    for line in lines:
        match = _FOOTER.match(line)
        if match:
            found.append((match["token"], match["value"].strip()))
            open_note = match["token"] in _BREAKING
        elif open_note and line.strip():
            token, value = found[-1]
            if len(value) < _LONGEST:
                found[-1] = (token, f"{value} {line.strip()}"[:_LONGEST])
        else:
            open_note = False
    return found


def _taken_back(body: str) -> tuple[str, ...]:
    if "evert" not in body and "Ref" not in body:
        return ()
    pulls = tuple(f"#{match['number']}" for match in _REVERTED_PULL.finditer(body))
    return tuple(match["id"] for match in _REVERTED.finditer(body)) + pulls
