"""Merges of a history: what their messages say, which commits they brought, and who speaks for whom."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from tagship.domain.changes import commits
from tagship.domain.changes.commits import Commit, Meaning
from tagship.domain.changes.mainline import merged_by

_FIRST_LINE: Final = re.compile(
    r"Merge(?:"
    r" pull request #(?P<github>\d+) from \S"
    r"|d in \S+ \(pull request #(?P<bitbucket>\d+)\)"
    r"| (?:(?:remote-tracking )?branch(?:es)?|tag|commit) "  # git, and GitLab, which names its number below
    r")"
)
_TRAILER: Final = re.compile(r"\s*(?:[\w-]+-by|release-as|change-id|refs?|closes|fixes|resolves): ", re.IGNORECASE)
"""What may stand below the first line of a merge that nobody gave a title."""
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
    return bool(_FIRST_LINE.match(message))


def read_merge(merge: Commit, way: Way, authors: tuple[str, ...]) -> Meaning:
    """Read what a merge says for itself: its own conventional message, else what stands below a forge's first line."""
    message = merge.message
    if _FIRST_LINE.match(message):
        below = message.partition("\n")[2]
        message = below if below.strip() and not _TRAILER.match(below) else message
    number = _number(merge.message) or way.pull_request
    return commits.read(Commit(id=merge.id, message=message), pull_request=number, merges=way.merges, authors=authors)


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
    inner_first = [*reversed([commit for commit in came_by if commit in merges]), *(merges.keys() - came_by.keys())]
    for inner in inner_first:
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
    match = _FIRST_LINE.match(message)
    number = match and (match["github"] or match["bitbucket"])
    if number:
        return number
    found = _MERGE_REQUEST.search(message) if "See merge request" in message else None
    return found["number"] if found else commits.without_pull(message.partition("\n")[0].rstrip())[1]
