"""What happens to pull requests by themselves, and what may become one.

GitHub marks one as merged when its base comes to contain its commits, and closes it when its branch is deleted or is
moved so that nothing is left to merge.
"""

from dataclasses import replace
from typing import NamedTuple

from tests.fakes.github.errors import ApiError, Problem, validation_failed
from tests.fakes.github.objects import contains
from tests.fakes.github.state import Repository, World
from tests.fakes.github.values import BOT, Pull


class Ends(NamedTuple):
    """The two branches of a pull request, and who owns the fork that the head is in."""

    head: str
    base: str
    fork: str = ""


def source(repository: Repository, fork: str) -> Repository:
    """Find the repository with the head; a fork that there is not has none."""
    if not fork:
        return repository
    if fork not in repository.forks:
        raise validation_failed(Problem("PullRequest", "invalid", "head"))
    return repository.forks[fork]


def settle_all(world: World) -> None:
    """Follow the branches, which git may have moved since the last request."""
    for repository in world.repositories.values():
        for pull in list(repository.pulls.values()):
            if pull.state == "open":
                repository.pulls[pull.number] = _settled(pull, repository, world)


def associated(repository: Repository, sha: str) -> list[Pull]:
    """Find the pull requests of a commit: those that brought it in, else the open ones that have it."""
    merged = [pull for pull in repository.pulls.values() if sha in pull.commits]
    return merged or [
        pull
        for pull in repository.pulls.values()
        if pull.state == "open" and sha in repository.objects.between(pull.base_sha, pull.head_sha)
    ]


def check_new(repository: Repository, login: str | None, ends: Ends) -> None:
    """Refuse a second one for the same branches, one without commits, and one by Actions where that is forbidden."""
    if login == BOT and not repository.settings.actions_may_create_pull_requests:
        raise ApiError(403, "GitHub Actions is not permitted to create or approve pull requests.")
    for field, branch, holder in (("head", ends.head, source(repository, ends.fork)), ("base", ends.base, repository)):
        if branch not in holder.branches:
            raise validation_failed(Problem("PullRequest", "invalid", field))
    check_open(repository, ends)


def check_open(repository: Repository, ends: Ends) -> None:
    """Refuse what cannot be open: a twin, or nothing to merge."""
    if any((Ends(pull.head, pull.base, pull.fork), pull.state) == (ends, "open") for pull in repository.pulls.values()):
        raise _custom(f"A pull request already exists for {ends.fork or repository.settings.owner}:{ends.head}.")
    commits = repository.branches[ends.base], source(repository, ends.fork).branches[ends.head]
    if repository.objects.merge_base(*commits) is None:
        raise _custom(f"The {ends.head} branch has no history in common with {ends.base}")
    if contains(repository.objects, *commits):
        raise _custom(f"No commits between {ends.base} and {ends.head}")


def check_reopened(pull: Pull, repository: Repository) -> None:
    """Refuse to open again what was merged, lost its branch or has nothing to merge."""
    if pull.merged_at is not None:
        raise validation_failed(Problem("PullRequest", "invalid", "state"))
    if pull.head not in repository.source_of(pull).branches:
        reason = f"state cannot be changed. The {pull.head} branch has been deleted."
        raise validation_failed(Problem("PullRequest", "invalid", "state", reason))
    check_open(repository, Ends(pull.head, pull.base, pull.fork))


def _custom(message: str) -> ApiError:
    return validation_failed(Problem("PullRequest", "custom", message=message))


def _settled(pull: Pull, repository: Repository, world: World) -> Pull:
    head, base = repository.source_of(pull).branches.get(pull.head), repository.branches.get(pull.base)
    if (head, base) == (pull.head_sha, pull.base_sha):
        return pull
    now = world.clock()
    if head is None or base is None:
        return replace(pull, state="closed", closed_at=now, updated_at=now)
    moved = replace(pull, head_sha=head, base_sha=base, updated_at=now)
    if not contains(repository.objects, base, head):
        return moved
    if not contains(repository.objects, base, pull.head_sha):
        return replace(moved, state="closed", closed_at=now)  # what it brought was thrown away
    brought = tuple(repository.objects.between(pull.base_sha, head))
    ended = replace(moved, state="closed", closed_at=now, merged_at=now, merge_commit=head, commits=brought)
    return replace(ended, merged_by=repository.settings.owner)
