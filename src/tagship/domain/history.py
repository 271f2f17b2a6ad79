"""What a range of commits says together: merges and squashes, what was taken back, who wrote it."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from tagship.domain import commits
from tagship.domain.commits import Commit, Meaning
from tagship.domain.mainline import mainline

_MERGES: Final = (
    re.compile(r"^Merge pull request #(?P<number>\d+) from \S+"),  # GitHub
    re.compile(r"^Merged in \S+ \(pull request #(?P<number>\d+)\)"),  # Bitbucket
    re.compile(r"^Merge (?:remote-tracking )?branch "),  # git, GitLab
)
_MERGE_REQUEST: Final = re.compile(r"^See merge request \S*!(?P<number>\d+)\s*$", re.MULTILINE)
_MENDING: Final = ("fixup! ", "squash! ", "amend! ")
_CO_AUTHOR: Final = re.compile(r"^Co-authored-by:(?P<name>[^<\n]*)<(?P<email>[^>\n]*)>", re.MULTILINE | re.IGNORECASE)
_NO_REPLY: Final = re.compile(r"(?:\d+\+)?(?P<login>[A-Za-z0-9-]+)@users\.noreply\.github\.com", re.IGNORECASE)


def read_history(history: Sequence[Commit]) -> tuple[Meaning, ...]:
    """Read commits, newest first.

    The commits of a merged branch speak for themselves, and know by which pull request they came; only where none of
    them is conventional does the merge speak: by its own message, or by the title of its pull request. Of a squash
    commit the title is the entry, and the list in its body only counts; with a title that is not conventional, each
    listed commit is an entry.
    """
    pulls, silent = _merges(history)
    found: list[Meaning] = []
    for commit in history:
        if commit.id in silent:
            continue
        for meaning in _of_merge(commit) if len(commit.parents) > 1 else _of_commit(commit):
            number = meaning.pull_request or pulls.get(commit.id, "")
            found.append(msgspec.structs.replace(meaning, pull_request=number, authors=authors(commit)))
    return tuple(found)


def standing(meanings: Sequence[Meaning]) -> tuple[Meaning, ...]:
    """Leave out commits that a later one took back, together with the one that did (newest first, as history is read).

    A revert of something released before stays: it changes what users have. A revert of a revert takes that back.
    """
    short: dict[str, list[Meaning]] = {}
    for meaning in meanings:
        short.setdefault(meaning.commit[:7], []).append(meaning)
        if meaning.pull_request:
            short.setdefault(f"#{meaning.pull_request}", []).append(meaning)
    gone: set[str] = set()
    for meaning in meanings:
        if meaning.commit in gone or not meaning.reverts:
            continue
        targets = [_target(each, meaning, short) for each in meaning.reverts]
        if all(targets):
            gone |= {meaning.commit, *(commit for target in targets for commit in target)}
    return tuple(meaning for meaning in meanings if meaning.commit not in gone)


def unconventional(history: Sequence[Commit]) -> tuple[Meaning, ...]:
    """Return those that are neither Conventional Commits nor what git and GitHub write themselves (merges, reverts), nor
    parts of a merge whose title speaks for them.
    """
    _, silent = _merges(history)
    found: list[Meaning] = []
    for commit in history:
        if len(commit.parents) > 1 or commit.id in silent or commit.message.startswith(_MENDING):
            continue
        meaning = commits.read(commit)
        if not meaning.type and not commits.listed(commit) and not _is_merge(commit.message):
            found.append(meaning)
    return tuple(found)


def authors(commit: Commit) -> tuple[str, ...]:
    """Name who wrote a commit: ``@login`` where the address tells it, else the name; programs are left out."""
    people = [(commit.author, commit.email)]
    if "o-authored-by" in commit.message:
        people += [(match["name"], match["email"]) for match in _CO_AUTHOR.finditer(commit.message[-10_000:])]
    named = (_person(name, email) for name, email in people)
    return tuple(dict.fromkeys(filter(None, named)))


def _person(name: str, email: str) -> str:
    if "[bot]" in name or "[bot]" in email:
        return ""
    match = _NO_REPLY.fullmatch(email.strip())
    return f"@{match['login']}" if match else name.strip()


def _of_commit(commit: Commit) -> Iterable[Meaning]:
    meaning = commits.read(commit)
    inside = commits.listed(commit) if meaning.pull_request or not meaning.type else ()
    if commit.message.startswith(_MENDING) or not inside:
        return (meaning,)
    if not meaning.type:
        return tuple(
            msgspec.structs.replace(each, pull_request=meaning.pull_request, release_as=meaning.release_as)
            for each in inside
        )
    notes = tuple(dict.fromkeys((*meaning.breaking, *(note for each in inside for note in each.breaking))))
    raises = tuple(sorted({each.type for each in inside} - {meaning.type}))
    return (msgspec.structs.replace(meaning, breaking=notes, raises=raises),)


def _of_merge(commit: Commit) -> Iterable[Meaning]:
    """Read a merge that speaks: its own conventional message, or the title of its pull request."""
    own = commits.read(commit)
    if own.type and not own.subject.startswith("Merge "):
        return (own,)
    title = _title(commit.message)
    read = commits.read(Commit(id=commit.id, message=title)) if title else None
    number = _number(commit.message)
    return (msgspec.structs.replace(read, pull_request=number),) if read and read.type else ()


def _merges(history: Sequence[Commit]) -> tuple[dict[str, str], set[str]]:
    """Return by which pull request each merged commit came, and which commits say nothing of their own.

    A merge is silent when a commit of its side is conventional; a side without one is silent when the merge speaks.
    """
    merges = {commit.id: commit for commit in history if len(commit.parents) > 1}
    if not merges:
        return {}, set()
    sides: dict[str, list[Commit]] = {merge: [] for merge in merges}
    for brought_by, commit in mainline(history):
        if brought_by in sides and commit.id != brought_by:
            sides[brought_by].append(commit)
    pulls: dict[str, str] = {}
    silent: set[str] = set()
    for merge, side in sides.items():
        number = _number(merges[merge].message)
        pulls |= {commit.id: number for commit in side if number}
        if any(commits.read(commit).type for commit in side if len(commit.parents) < 2):  # noqa: PLR2004
            silent.add(merge)
        elif any(_of_merge(merges[merge])):
            silent |= {commit.id for commit in side}
    return pulls, silent


def _is_merge(message: str) -> bool:
    return message.startswith("Merge") and any(pattern.match(message) for pattern in _MERGES)


def _title(message: str) -> str:
    """Return the title that GitHub writes below its own first line; GitLab writes it there, too."""
    if not _is_merge(message):
        return ""
    lines = (line.strip() for line in message.splitlines()[1:])
    return next((line for line in lines if line), "")


def _number(message: str) -> str:
    first = message.partition("\n")[0]
    for pattern in _MERGES[:2]:
        match = pattern.match(first)
        if match:
            return str(match["number"])
    found = _MERGE_REQUEST.search(message) if "merge request" in message else None
    return found["number"] if found else commits.without_pull(first)[1]


def _target(reverted: str, by: Meaning, short: dict[str, list[Meaning]]) -> set[str]:
    """Find the commits that a revert names: by id, or by the number of their pull request."""
    key = reverted if reverted.startswith("#") else reverted[:7]
    found = {each.commit for each in short.get(key, ()) if each.commit != by.commit}
    return found if key.startswith("#") else {commit for commit in found if commit.startswith(reverted)}
