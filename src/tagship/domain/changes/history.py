"""What a range of commits says together: merges and squashes, what was taken back, who wrote it."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec

from tagship.domain.changes import commits
from tagship.domain.changes.commits import Commit, Meaning
from tagship.domain.changes.merges import Merges, Way, find_merges, is_merge, read_merge

_CO_AUTHOR: Final = re.compile(r"^Co-authored-by:(?P<name>[^<\n]*)<(?P<email>[^>\n]*)>", re.MULTILINE | re.IGNORECASE)
_MUST_NOT_GET_LOST: Final = re.compile(r"!:|BREAKING|release-as", re.IGNORECASE)
_GITHUB: Final = "@users.noreply.github.com"
_LOGIN: Final = re.compile(r"(?:\d+\+)?(?P<login>[A-Za-z0-9_-]+)")


def read_history(history: Sequence[Commit]) -> tuple[Meaning, ...]:
    """Read commits, newest first.

    The commits of a merged branch speak for themselves, and know by which pull request they came; only where none of
    them is conventional does the merge speak, by its own message or by the title of its pull request. A merge whose side
    speaks still passes on a breaking change and a wished version that its message tells. Of a squash commit the title is
    the entry, and the list in its body only counts; with a title that is not conventional, each listed commit is an entry.
    """
    merges = find_merges(history)
    people = _people(history, merges)
    found: list[Meaning] = []
    for commit in history:
        if commit.id in merges.silent:
            continue
        way = merges.way(commit.id)
        if len(commit.parents) > 1:
            found += _of_merge(commit, way, people.get(commit.id) or authors(commit), merges)
        else:
            found += _of_commit(commit, way)
    return tuple(found)


def standing(meanings: Sequence[Meaning]) -> tuple[Meaning, ...]:
    """Leave out commits that a later one took back, together with the one that did (newest first, as history is read).

    A revert of something released before stays: it changes what users have. A revert of a revert takes that back; a
    revert of a merge or of a pull request takes back all that came by it.
    """
    reverts = [at for at, meaning in enumerate(meanings) if meaning.reverts]
    if not reverts:
        return tuple(meanings)
    places = _places(meanings)
    ids = sorted(places)
    gone: set[int] = set()
    taken: set[str] = set()
    for at in reverts:
        if at in gone:
            continue
        targets = {_target(each, at, meanings[at].commit, places, ids) for each in meanings[at].reverts}
        if "" in targets:
            continue
        gone.add(at)
        for target in targets - taken:
            taken.add(target)
            gone.update(place for place in places[target] if place > at or not target.startswith("#"))
    return tuple(meaning for at, meaning in enumerate(meanings) if at not in gone)


def unconventional(history: Sequence[Commit]) -> tuple[Meaning, ...]:
    """Return those that are neither Conventional Commits nor what git and GitHub write themselves: merges, reverts,
    ``fixup!`` and its like, a repository's ``Initial commit``. Parts of a merge whose title speaks for them are no fault.
    """
    silent = find_merges(history).silent
    return tuple(
        commits.read(commit)
        for commit in history
        if len(commit.parents) < 2  # noqa: PLR2004
        and commit.id not in silent
        and not commits.conventional(commit.message)
        and not _written_by_tools(commit)
    )


def authors(commit: Commit) -> tuple[str, ...]:
    """Name who wrote a commit: ``@login`` where the address tells it, else the name; programs are left out."""
    first = _person(commit.author, commit.email)
    if "o-authored-by" not in commit.message:
        return (first,) if first else ()
    found = {commit.author.strip(): first}
    for match in _CO_AUTHOR.finditer(commit.message[-10_000:]):
        name = match["name"].strip()
        person = _person(name, match["email"])
        if not found.get(name, "").startswith("@"):
            found[name] = person
        elif person.startswith("@"):
            found[person] = person
    return tuple(dict.fromkeys(filter(None, found.values())))


@lru_cache(maxsize=1024)
def _person(name: str, email: str) -> str:
    if "[bot]" in name or "[bot]" in email:
        return ""
    address = email.strip()
    if address.lower().endswith(_GITHUB):
        match = _LOGIN.fullmatch(address[: -len(_GITHUB)])
        if match:
            return f"@{match['login']}"
    return name.strip()


def _people(history: Sequence[Commit], merges: Merges) -> dict[str, tuple[str, ...]]:
    """Name, for each merge that speaks for its side, who wrote that; who merged it is no author."""
    found: dict[str, dict[str, None]] = {}
    for commit in history if merges.silent else ():
        speaker = merges.silent.get(commit.id)
        if speaker and len(commit.parents) < 2:  # noqa: PLR2004
            found.setdefault(speaker, {}).update(dict.fromkeys(authors(commit)))
    return {merge: tuple(people) for merge, people in found.items()}


def _of_commit(commit: Commit, way: Way) -> tuple[Meaning, ...]:
    meaning = commits.read(commit, pull_request=way.pull_request, merges=way.merges, authors=authors(commit))
    if (meaning.type and not meaning.pull_request) or commits.mending(commit.message):
        return (meaning,)
    inside = commits.listed(commit)
    if not inside:
        return (meaning,)
    if not meaning.type:
        return tuple(_as_part(each, meaning) for each in inside)
    notes = tuple(dict.fromkeys((*meaning.breaking, *(note for each in inside for note in each.breaking))))
    raises = tuple(sorted({each.type for each in inside} - {meaning.type}))
    return (msgspec.structs.replace(meaning, breaking=notes, raises=raises),)


def _as_part(each: Meaning, whole: Meaning) -> Meaning:
    """Make a listed commit an entry: it came as the squash commit came."""
    return msgspec.structs.replace(
        each,
        pull_request=whole.pull_request or each.pull_request,
        release_as=whole.release_as,
        authors=whole.authors,
        merges=whole.merges,
    )


def _of_merge(commit: Commit, way: Way, people: tuple[str, ...], merges: Merges) -> tuple[Meaning, ...]:
    """Read a merge that speaks; one whose side does tells only what must not get lost."""
    outspoken = commit.id in merges.outspoken
    if outspoken and not _MUST_NOT_GET_LOST.search(commit.message):
        return ()
    meaning = read_merge(commit, way, people)
    if meaning.type and not outspoken:
        return (meaning,)
    if meaning.breaking or meaning.release_as:
        return (msgspec.structs.replace(meaning, type="", reverts=(), authors=()),)
    return ()


def _written_by_tools(commit: Commit) -> bool:
    first = not commit.parents and commit.message.strip().lower() == "initial commit"
    return first or commits.mending(commit.message) or is_merge(commit.message)


def _places(meanings: Sequence[Meaning]) -> dict[str, list[int]]:
    """Index commits by their id, and by merge and pull request they came by."""
    places: dict[str, list[int]] = {}
    for at, meaning in enumerate(meanings):
        names = {meaning.commit, *meaning.merges}
        if meaning.pull_request:
            names.add(f"#{meaning.pull_request}")
        for name in names:
            places.setdefault(name, []).append(at)
    return places


def _target(reverted: str, by: int, own: str, places: dict[str, list[int]], ids: list[str]) -> str:
    """Find what a revert names, or nothing; a short id that two commits share names neither.

    A number means what came by it before: it may have come again since.
    """
    if reverted.startswith("#"):
        return reverted if reverted in places and places[reverted][-1] > by else ""
    at = bisect_left(ids, reverted)
    found = [name for name in ids[at : at + 2] if name.startswith(reverted)]
    exact = reverted in found or len(found) == 1
    return found[0] if exact and found[0] != own else ""
