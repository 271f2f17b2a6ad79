"""Which commit of a branch brought each commit: itself, or the merge that it came by."""

from collections.abc import Collection, Iterator, Sequence

import msgspec

from tagship.domain.changes.commits import Commit


def mainline(commits: Sequence[Commit]) -> Iterator[tuple[str, Commit]]:
    """Pair each commit of a range, newest first, with the one of the branch (its first parents) that brought it.

    Commits that no first parent leads to are left out. Each commit is looked at once.
    """
    known = {commit.id: commit for commit in commits}
    chain: list[str] = []
    at = commits[0].id if commits else ""
    while at in known:
        chain.append(at)
        at = next(iter(known[at].parents), "")
    brought = {commit: commit for commit in chain}
    for commit in reversed(chain):
        waiting = list(known[commit].parents[1:])
        while waiting:
            side = waiting.pop()
            if side in known and side not in brought:
                brought[side] = commit
                waiting += known[side].parents
    return ((brought[commit.id], commit) for commit in commits if commit.id in brought)


def merged_by(commits: Sequence[Commit]) -> dict[str, str]:
    """Map each commit that came by a merge to that merge, the innermost one; a merge stands before what it brought.

    What older commits of the branch lead to is theirs. Where a range has gaps (it was limited to paths), the branch goes
    on with the next commit that nothing leads to. Each commit is looked at once.
    """
    parents = {commit.id: commit.parents for commit in commits}
    seen: set[str] = set()
    found: dict[str, str] = {}

    def follow(at: str, by: str) -> list[str]:
        merges = []
        while at in parents and at not in seen:
            seen.add(at)
            if by:
                found[at] = by
            if len(parents[at]) > 1:
                merges.append(at)
            at = next(iter(parents[at]), "")
        return merges

    for commit in commits:
        waiting = follow(commit.id, "")
        while waiting:
            merge = waiting.pop()
            for side in parents[merge][1:]:
                waiting += follow(side, merge)
    return found


def of_folder(commits: Sequence[Commit], touched: Collection[str]) -> tuple[Commit, ...]:
    """Leave only the commits that touched a folder, and the merges that brought them, joined as if the rest never was.

    ``git log -- folder`` leaves those merges out, and with them the titles of their pull requests.
    """
    known = {commit.id: commit for commit in commits}
    brought = merged_by(commits)
    kept = {commit for commit in touched if commit in known}
    for commit in list(kept):
        while (commit := brought.get(commit, "")) and commit not in kept:
            kept.add(commit)
    nearest: dict[str, str] = {}

    def join(parent: str) -> str:
        passed = []
        while parent in known and parent not in kept and parent not in nearest:
            passed.append(parent)
            parent = next(iter(known[parent].parents), "")
        found = nearest.get(parent, parent)
        nearest.update(dict.fromkeys(passed, found))
        return found

    return tuple(
        msgspec.structs.replace(commit, parents=tuple(join(parent) for parent in commit.parents))
        for commit in commits
        if commit.id in kept
    )
