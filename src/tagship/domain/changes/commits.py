"""Conventional Commits 1.0.0 (conventionalcommits.org): what one commit's message says for the version and the changelog."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from tagship.domain.text.lazy_pattern import lazy
from tagship.domain.versions.version import CHANGES, Change

DEFAULT_TYPES: Final[Mapping[str, Change]] = {"feat": "minor", "fix": "patch", "perf": "patch", "revert": "patch"}
"""How far a type of commit moves the version; all others move nothing."""
_HEADER: Final = lazy(r"(?P<type>[A-Za-z][\w-]*)(?:\((?P<scope>[^()\r\n]+)\))?(?P<bang>!)?: +(?P<subject>\S[^\r\n]*)$")
_FOOTER: Final = lazy(r" {0,3}(?P<token>BREAKING CHANGE|[A-Za-z][\w-]*)(?P<separator>: +| #)(?P<value>\S.*)$")
_BARE: Final = lazy(r" {0,3}BREAKING[ -]CHANGE:\s*$")
"""Angular's way: the description begins below; it is a note once it does."""
_BREAKING: Final = frozenset({"BREAKING CHANGE", "BREAKING-CHANGE"})
_AFTER_NOTE: Final = lazy(r"-{3,}\s*$|This reverts commit |\(cherry picked from commit |See merge request ")
"""What git, GitHub and GitLab write below a message without a token; it belongs to no note."""
_ITEM: Final = lazy(r" {0,3}[*-] +(?P<text>\S.*)$")
_CONVENTIONAL_ITEM: Final = lazy(r"^ {0,3}[*-] +[A-Za-z][\w-]*(?:\([^()\r\n]+\))?!?: ", re.MULTILINE)
_REVERTED: Final = lazy(r"\bThis reverts commit (?P<id>[0-9a-f]{7,64})\b")
_REFERENCES: Final = lazy(r"^Refs?: +(?P<ids>[0-9a-f]{7,64}\b.*)$", re.MULTILINE | re.IGNORECASE)
"""The footer that the specification's FAQ recommends for reverts: one id, or several."""
_IDS: Final = lazy(r"\b[0-9a-f]{7,64}\b")
_REVERTED_PULL: Final = lazy(r"^Reverts (?:[\w.-]+/[\w.-]+)?#(?P<number>\d+)\s*$", re.MULTILINE)
"""What GitHub writes when a merged pull request is reverted on its page."""
_PULL: Final = lazy(r"\((?:#|!)(?P<number>\d+)\)")
_TAKES_BACK: Final = ('Revert "', 'Reapply "')
"""How git names the revert of a commit, and the revert of a revert."""
_MENDING: Final = ("fixup! ", "squash! ", "amend! ")
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
    ``pull_request`` is the number of the one it came by; ``authors`` are logins (``@octocat``) where known, else names;
    ``merges`` are the merges it came by, the innermost first, spelled as in ``reverts``.
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
    merges: tuple[str, ...] = ()


def change_of(meaning: Meaning, types: Mapping[str, Change] = DEFAULT_TYPES) -> Change:
    """Return how far a commit moves the version."""
    if meaning.breaking:
        return "major"
    return max((types.get(kind, "none") for kind in (meaning.type, *meaning.raises)), key=CHANGES.index)


def overall(meanings: Iterable[Meaning], types: Mapping[str, Change] = DEFAULT_TYPES) -> Change:
    """Return the biggest change among the commits."""
    return max((change_of(meaning, types) for meaning in meanings), key=CHANGES.index, default="none")


def asked_for(meanings: Iterable[Meaning]) -> str:
    """Return the version that the newest ``Release-As:`` footer asks for, or an empty text."""
    return next((meaning.release_as for meaning in meanings if meaning.release_as), "")


def read(
    commit: Commit, *, pull_request: str = "", merges: tuple[str, ...] = (), authors: tuple[str, ...] = ()
) -> Meaning:
    """Read one commit; one that is not conventional keeps its first line as the subject and an empty type.

    The other arguments are what the history around it tells; a number in its own subject goes before ``pull_request``.
    """
    first, rest = _split(commit.message)
    first, number = without_pull(first)
    match = _HEADER.match(first)
    notes, release_as = _footers(rest)
    if match is None:
        revert = _is_revert(first, rest)
        return Meaning(
            commit=commit.id,
            type="revert" if revert else "",
            scope="",
            subject=first,
            breaking=(),
            reverts=_taken_back(first, rest) if revert else (),
            release_as=release_as,
            pull_request=number or pull_request,
            authors=authors,
            merges=merges,
        )
    kind, scope, bang, subject = match.groups()
    kind = kind.lower()
    return Meaning(
        commit=commit.id,
        type=kind,
        scope=scope.strip() if scope else "",
        subject=subject,
        breaking=(subject,) if bang and not notes else notes,
        reverts=_taken_back(first, rest) if kind == "revert" else (),
        release_as=release_as,
        pull_request=number or pull_request,
        authors=authors,
        merges=merges,
    )


def conventional(message: str) -> bool:
    """Whether a message says what it means: by its header, as a revert, or by the list of what was squashed."""
    first, rest = _split(message)
    if _HEADER.match(first) or _is_revert(first, rest):
        return True
    return not mending(message) and bool(_CONVENTIONAL_ITEM.search(rest)) and bool(_items(rest))


def mending(message: str) -> bool:
    """Whether git's ``--fixup`` or ``--squash`` wrote it: it belongs to the commit it mends and says nothing of its own."""
    return message.startswith(_MENDING)


def without_pull(subject: str) -> tuple[str, str]:
    """Split ``(#12)``, which GitHub adds when it squashes, off a subject; GitLab writes ``(!12)``."""
    if not subject.endswith(")"):
        return subject, ""
    at = subject.rfind("(")
    match = _PULL.fullmatch(subject, at) if at >= 0 else None
    return (subject[:at].rstrip(), match["number"]) if match else (subject, "")


def listed(commit: Commit) -> tuple[Meaning, ...]:
    """Read the conventional commits that a squash commit lists in its body (``* feat: a``), in their order.

    What stands below one of them, up to the next, is its body; what stands above the first belongs to the first.
    """
    _, rest = _split(commit.message)
    if not _CONVENTIONAL_ITEM.search(rest):
        return ()
    return tuple(read(Commit(id=commit.id, message=message)) for message in _items(rest))


def _items(body: str) -> list[str]:
    """Take a list apart. An item begins a commit after an empty line or another item: inside a note it is text."""
    items: list[list[str]] = []
    above: list[str] = []
    free = True
    for line in body.split("\n"):
        match = _ITEM.match(line) if free else None
        if match and _HEADER.match(without_pull(match["text"][:_LONGEST].rstrip())[0]):
            items.append([match["text"], "", *(above if not items else ())])
        else:
            (items[-1] if items else above).append(line)
        free = bool(match) or not line.strip()
    return ["\n".join(lines) for lines in items]


def _footers(body: str) -> tuple[tuple[str, ...], str]:
    """Read the breaking notes and the version that is asked for.

    A footer is ``Token: value`` or ``Token #value`` at a line's start. By the specification they stand in the last
    paragraphs; peers take them from anywhere, and so do we. A note goes on, over empty lines too, until the next token.
    """
    if "BREAKING" not in body and "release-as" not in body.lower():
        return (), ""
    notes: list[list[str]] = []
    release_as = ""
    size, blank, open_note = 0, True, False
    for line in body.split("\n"):
        match = _FOOTER.match(line)
        if match or _BARE.match(line):
            token, separator, value = match.groups() if match else ("BREAKING CHANGE", ": ", "")
            open_note = token in _BREAKING and separator[0] == ":"
            size = 0
            if open_note:
                notes.append([])
            elif token.lower() == "release-as":
                release_as = value.strip().removeprefix("v")
        else:
            value = line
            open_note = open_note and not _AFTER_NOTE.match(line) and not (blank and _CONVENTIONAL_ITEM.match(line))
        text = value.strip()
        blank = not text
        if open_note and text and size < _LONGEST:
            notes[-1].append(text[: _LONGEST - size])
            size += len(text) + 1
    return tuple(dict.fromkeys(" ".join(note) for note in notes if note)), release_as


def _is_revert(first: str, body: str) -> bool:
    return first.startswith(_TAKES_BACK) or (first.startswith("Revert ") and bool(_taken_back(first, body)))


def _taken_back(first: str, body: str) -> tuple[str, ...]:
    """Return what a revert takes back: by its body, else by the number in the title it quotes (``Revert "x (#12)"``)."""
    found = [match["id"] for match in _REVERTED.finditer(body)]
    for match in _REFERENCES.finditer(body):
        found += _IDS.findall(match["ids"].lower())
    found += [f"#{match['number']}" for match in _REVERTED_PULL.finditer(body)]
    if not found and first.startswith('Revert "') and first.endswith('"'):
        number = without_pull(first[len('Revert "') : -1])[1]
        found = [f"#{number}"] if number else []
    return tuple(dict.fromkeys(found))


def _split(message: str) -> tuple[str, str]:
    first, _, rest = message.lstrip().partition("\n")
    return first[:_LONGEST].strip(), rest
