"""Merges of a history: what their messages say, which commits they brought, and who speaks for whom."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from tagship.domain import commits
from tagship.domain.commits import Commit, Meaning
from tagship.domain.mainline import merged_by

_NUMBERED: Final = (
    re.compile(r"Merge pull request #(?P<number>\d+) from \S+"),  # GitHub
    re.compile(r"Merged in \S+ \(pull request #(?P<number>\d+)\)"),  # Bitbucket
)
_BRANCH: Final = re.compile(r"Merge (?:(?:remote-tracking )?branch(?:es)?|tag|commit) ")  # git, GitLab
_MERGE_REQUEST: Final = re.compile(r"^See merge request \S*!(?P<number>\d+)\s*$", re.MULTILINE)
_DEEPEST: Final = 20
"""Merges within merges that are remembered, so that no history takes more than linear time."""


class Way(NamedTuple):
    """How commits came to the branch: the merges, innermost first, spelled as reverts spell them; the pull request."""

    merges: tuple[str, ...] = ()
    pull_request: str = ""


class Merges(NamedTuple):
    """The ways of the commits that came by a merge, by the merge; and which merges and commits say nothing.

    A merge is ``outspoken`` when a commit of its side is conventional. It ``speaks`` for its side, which is ``silent``,
    when none is and its own message or the title of its pull request is conventional.
    """

    came_by: Mapping[str, str]
    ways: Mapping[str, Way]
    outspoken: frozenset[str]
    silent: Mapping[str, str]

    def way(self, commit: str) -> Way:
        """Return how a commit came to the branch."""
        return self.ways.get(self.came_by.get(commit, ""), _DIRECT)


_DIRECT: Final = Way()
_NONE: Final = Merges({}, {}, frozenset(), {})


def find_merges(history: Sequence[Commit]) -> Merges:
    """Look at the merges of a history, newest first."""
    merges = {commit.id: commit for commit in history if len(commit.parents) > 1}
    if not merges:
        return _NONE
    came_by = merged_by(history)
    outspoken, speaking = _speakers(history, merges, came_by)
    silent: dict[str, str] = {}
    ways: dict[str, Way] = {}
    for commit, merge in came_by.items():
        if merge not in ways:
            ways[merge] = _way(merges[merge], ways.get(came_by.get(merge, ""), _DIRECT))
        speaker = merge if merge in speaking else silent.get(merge, "")
        if speaker:
            silent[commit] = speaker
    return Merges(came_by, ways, frozenset(outspoken), silent)


def is_merge(message: str) -> bool:
    """Whether git, GitHub, GitLab or Bitbucket wrote the first line for a merge."""
    return message.startswith("Merge") and bool(
        _BRANCH.match(message) or any(pattern.match(message) for pattern in _NUMBERED)
    )


def read_merge(merge: Commit, way: Way, authors: tuple[str, ...]) -> Meaning:
    """Read what a merge says for itself: its own conventional message, else what stands below a forge's first line."""
    first, _, below = merge.message.partition("\n")
    told = merge
    if is_merge(first) and below.strip():
        told = msgspec.structs.replace(merge, message=below)
    number = _number(merge.message) or way.pull_request
    return commits.read(told, pull_request=number, merges=way.merges, authors=authors)


def _speakers(
    history: Sequence[Commit], merges: Mapping[str, Commit], came_by: Mapping[str, str]
) -> tuple[set[str], set[str]]:
    """Return merges whose side speaks, and those that speak for their side; inner merges are decided first."""
    outspoken: set[str] = set()
    speaking: set[str] = set()
    for commit in history:
        merge = came_by.get(commit.id)
        if merge and merge not in outspoken and commit.id not in merges and commits.conventional(commit.message):
            outspoken.add(merge)
    for inner in [*reversed([commit for commit in came_by if commit in merges]), *(merges.keys() - came_by.keys())]:
        if inner not in outspoken and read_merge(merges[inner], _DIRECT, ()).type:
            speaking.add(inner)
        if (inner in outspoken or inner in speaking) and inner in came_by:
            outspoken.add(came_by[inner])
    return outspoken, speaking


def _way(merge: Commit, outer: Way) -> Way:
    number = _number(merge.message)
    own = (merge.id, f"#{number}") if number else (merge.id,)
    return Way((own + outer.merges)[:_DEEPEST], number or outer.pull_request)


def _number(message: str) -> str:
    first, _, below = message.partition("\n")
    for pattern in _NUMBERED if first.startswith("Merge") else ():
        match = pattern.match(first)
        if match:
            return str(match["number"])
    found = _MERGE_REQUEST.search(below) if "merge request" in below else None
    return found["number"] if found else commits.without_pull(first.rstrip())[1]
