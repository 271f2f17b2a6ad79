"""Merging a pull request as the button on its page does.

https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges:
a merge commit names request and branch; a squash has the title with the number and the list of the commits; a rebase
makes each commit anew.
"""

from dataclasses import replace
from datetime import datetime
from typing import Literal, get_args

from tests.fakes.github.objects import contains
from tests.fakes.github.state import Repository
from tests.fakes.github.values import GITHUB, Commit, Pull

Method = Literal["merge", "squash", "rebase"]


def merge(repository: Repository, number: int, method: Method, now: datetime) -> Pull:
    """Merge an open pull request into its base and answer it; its branch stays."""
    pull = repository.pulls[number]
    if pull.state != "open" or method not in get_args(Method):
        raise ValueError(f"pull request {number} is {pull.state}; methods: {get_args(Method)}")
    base, head = repository.branches[pull.base], repository.source_of(pull).branches[pull.head]
    if contains(repository.objects, base, head):
        raise ValueError(f"no commits between {pull.base} and {pull.head}")
    commits = [repository.commits[sha] for sha in repository.objects.between(base, head)]
    if method == "rebase":
        made = _rebased(repository, base, commits, now)
    else:
        made = [_joined(repository, pull, commits, now, squash=method == "squash")]
    brought = tuple(each.sha for each in (*commits, *made))
    merged = replace(pull, state="closed", updated_at=now, closed_at=now, merged_at=now, base_sha=base, head_sha=head)
    merged = replace(merged, merged_by=repository.settings.owner, merge_commit=made[-1].sha, commits=brought)
    repository.branches[pull.base] = made[-1].sha
    repository.pulls[number] = merged
    return merged


def squash_message(pull: Pull, commits: list[Commit]) -> str:
    """Say title and number, and below them each commit; a single one's own text needs no bullet."""
    title = f"{pull.title} (#{pull.number})"
    if len(commits) == 1:
        body = commits[0].message.partition("\n")[2].strip("\n")
    else:
        body = "\n\n".join(f"* {each.message}" for each in commits)
    return f"{title}\n\n{body}" if body else title


def _joined(repository: Repository, pull: Pull, commits: list[Commit], now: datetime, *, squash: bool) -> Commit:
    base, head = repository.branches[pull.base], repository.source_of(pull).branches[pull.head]
    ancestor = repository.objects.merge_base(base, head)
    trees = [repository.commits[sha].tree if sha else "" for sha in (ancestor, base, head)]
    branch = f"{repository.settings.owner}/{pull.head}"
    message = (
        squash_message(pull, commits) if squash else f"Merge pull request #{pull.number} from {branch}\n\n{pull.title}"
    )
    draft = Commit(
        sha="",
        message=message,
        date=now,
        parents=(base,) if squash else (base, head),
        tree=repository.objects.merged(*trees),
        author=commits[0].author if squash else repository.commits[head].author,
        committer=GITHUB,
        signature=True,
    )
    return repository.objects.write(draft)


def _rebased(repository: Repository, base: str, commits: list[Commit], now: datetime) -> list[Commit]:
    made: list[Commit] = []
    tip = repository.commits[base]
    for each in commits:
        if len(each.parents) > 1:
            continue  # a rebase drops merges
        before = repository.commits[each.parents[0]].tree
        tree = repository.objects.merged(before, tip.tree, each.tree)
        draft = replace(each, parents=(tip.sha,), tree=tree, committer=GITHUB, date=now, signature=False)
        tip = repository.objects.write(replace(draft, authored=each.authored or each.date))
        made.append(tip)
    return made
