"""Bring a bump into a branch: decide, write, commit, propose, tag, start the release; by whichever way was ordered.

Every way converges: what an interrupted run has done already is found, and only the rest is done.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, Literal

import msgspec

from tagship.domain.changes.bump import Bump, Wish
from tagship.errors import RemoteRefused, UsageError
from tagship.parts.bump import by_api, notes, release_pr, ways_in
from tagship.parts.bump.bumping import bumps
from tagship.parts.bump.by_api import Api, Moved
from tagship.parts.bump.edits import Read, edits, from_commit, from_disk, placeholders
from tagship.parts.bump.merged import Untagged, untagged
from tagship.parts.plan.project import Project, packages_of
from tagship.ports import Tools

_TRIES: Final = 5
"""How often a branch may move away beneath us before that is told."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to do, from a step's inputs; ``repository`` is ``owner/name`` at GitHub, ``window`` in seconds."""

    wish: Wish
    package: str
    mode: Literal["pull-request", "commit", "files", "none"]
    tag: bool
    push: bool
    by_api: bool
    dispatch: str
    dry_run: bool
    explain: bool
    window: float
    branch: str
    repository: str
    token: str

    def __repr__(self) -> str:
        """Show no secret."""
        return f"Order(mode={self.mode!r})"


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What happened: every line with its bump, sections by changelog, and the addresses of what was made."""

    bumps: tuple[Bump, ...]
    sections: Mapping[str, str] = {}
    tagged: bool = False
    commit: str = ""
    pull_request: str = ""
    run: str = ""


Fill = Callable[[Project, Sequence[Bump], Mapping[str, bytes], Read], Mapping[str, bytes]]
"""Adds to the files that bumps change what else is to be true of them."""


def bring_in(order: Order, project: Project, tools: Tools, fill: Fill) -> Done:
    """Carry out an order; ``fill`` is asked before anything is written.

    Raises:
        UsageError: a tag that exists already, changes in the way, no branch.
        RemoteRefused: a rule, or a missing right; or the branch never held still.
        RemoteUnreachable: the server kept failing.

    """
    for _ in range(_TRIES):
        try:
            return _once(order, project, tools, fill)
        except Moved:
            tools.reporter.info(f"{order.branch} has moved on: looking again")
            project = project.at(project.vcs.fetch(f"refs/heads/{order.branch}", order.token))
    hint = "let one run at a time change this branch: give the workflow a `concurrency` group"
    raise RemoteRefused(f"{order.branch} moved on {_TRIES} times while it was being changed", hint=hint)


def _once(order: Order, project: Project, tools: Tools, fill: Fill) -> Done:
    late = untagged(project) if order.tag and order.mode in {"commit", "pull-request"} else ()
    if late:
        return _tag_late(order, project, late, tools)
    made = bumps(project, order.wish, order.package, tools, explain=order.explain)
    moving = tuple(bump for bump in made if bump.bumped)
    people = _api(order, tools).host.made_by if order.token and order.repository and order.mode != "none" else None
    sections = notes.sections(project, moving, order.repository, people, tools)
    planned = Done(bumps=made, sections=sections)
    if order.mode == "none":
        return planned
    _say_what_the_tag_decides(project, moving, tools)
    if order.mode == "commit" and order.tag:
        ways_in.check_tags(project, moving)
    read = from_disk(project) if order.mode == "files" else from_commit(project)
    changed = edits(project, moving, sections, read)
    files = fill(project, made, changed, read) if moving else changed
    if order.dry_run:
        return _told(order, project, moving, files, planned, tools)
    if not moving:
        return _nothing(order, project, planned, tools)
    if order.dispatch and order.mode == "commit" and order.push:
        _check_workflow(order, moving, tools)
    ways = {"files": _files, "commit": _api_commit if order.by_api else _git_commit, "pull-request": _propose}
    return ways[order.mode](order, project, moving, files, planned, tools)


def _say_what_the_tag_decides(project: Project, moving: Sequence[Bump], tools: Tools) -> None:
    """Tell where nothing is written: files that keep a placeholder, and packages whose version no file says."""
    for file in placeholders(project, moving):
        tools.reporter.info(f"{file} keeps its placeholder: the tag decides, and `build` stamps the version")
    for package in (each for bump in moving for each in packages_of(project, bump.line)):
        if not package.version and not package.sites:
            tools.reporter.info(f"{package.name}: its version comes from the tag; no file says it")


def _told(
    order: Order, project: Project, moving: Sequence[Bump], files: Mapping[str, bytes], planned: Done, tools: Tools
) -> Done:
    """Say what would happen; what would be refused without asking anybody is refused here, too."""
    if order.mode == "pull-request" or (moving and order.mode == "commit" and order.push):
        _need_branch(order)
    if order.mode == "commit" and not order.by_api:
        ways_in.check_clean(project, files)
    for file in files:
        tools.reporter.info(f"would write {file}")
    tags = _tags(order, moving) if order.mode == "commit" else []
    for tag in tags:
        tools.reporter.info(f"would tag {tag}")
    return msgspec.structs.replace(planned, tagged=bool(tags))


def _files(
    _order: Order, project: Project, _moving: Sequence[Bump], files: Mapping[str, bytes], planned: Done, tools: Tools
) -> Done:
    ways_in.write_files(project, files, tools)
    return planned


def _git_commit(
    order: Order, project: Project, moving: Sequence[Bump], files: Mapping[str, bytes], planned: Done, tools: Tools
) -> Done:
    tags = _tags(order, moving)
    if order.push:
        _need_branch(order)
    publish = partial(ways_in.push, project, order.branch, tags, order.token) if order.push else _no_push
    made = ways_in.commit(project, moving, files, tags=tags, publish=publish, tools=tools)
    run = _start(order, tags, tools, fresh=True) if order.push else ""
    return msgspec.structs.replace(planned, commit=made, tagged=bool(tags), run=run)


def _no_push() -> None:
    return


def _api_commit(
    order: Order, project: Project, moving: Sequence[Bump], files: Mapping[str, bytes], planned: Done, tools: Tools
) -> Done:
    _need_branch(order)
    api = _api(order, tools)
    made = by_api.commit(api, project, order.branch, moving, files)
    tools.reporter.info(f"committed {made[:12]} to {order.branch} on GitHub; this clone stays where it is")
    tags = _tags(order, moving)
    fresh = [by_api.make_tag(api, tag, made) for tag in tags]
    run = _start(order, tags, tools, fresh=all(fresh))
    return msgspec.structs.replace(planned, commit=made, tagged=bool(tags), run=run)


def _propose(
    order: Order, project: Project, moving: Sequence[Bump], files: Mapping[str, bytes], planned: Done, tools: Tools
) -> Done:
    _need_branch(order)
    proposal = release_pr.Proposal(base=order.branch, bumps=tuple(moving), sections=planned.sections)
    made = release_pr.propose(_api(order, tools), project, proposal, files, tools)
    return msgspec.structs.replace(planned, commit=made.head, pull_request=made.url)


def _nothing(order: Order, project: Project, planned: Done, tools: Tools) -> Done:
    """Nothing to release: close what proposed it, and finish what a run that died has left."""
    if order.mode == "pull-request":
        _need_branch(order)
        release_pr.withdraw(_api(order, tools), order.branch, tools)
    tags = [
        f"{style}{bump.current}"
        for bump in planned.bumps
        for style in bump.line.write
        if order.tag and project.vcs.tag_commit(f"{style}{bump.current}") == project.head
    ]
    if tags and order.mode == "commit" and order.push and not order.by_api:
        _need_branch(order)
        ways_in.push(project, order.branch, tags, order.token)
    remote = order.mode == "pull-request" or (order.mode == "commit" and order.push)
    return msgspec.structs.replace(planned, run=_start(order, tags, tools, fresh=False) if remote else "")


def _tag_late(order: Order, project: Project, late: Sequence[Untagged], tools: Tools) -> Done:
    """Make the tags of releases that were committed before: merged by somebody, or by a run that died."""
    sections = notes.existing(project, [each.bump for each in late])
    pairs = [(tag, each.commit) for each in late for tag in each.bump.tags]
    for tag, commit in pairs:
        tools.reporter.info(
            f"{'would tag' if order.dry_run else 'tag'} {tag} on {commit[:12]}: it was committed, not tagged"
        )
    done = Done(bumps=tuple(each.bump for each in late), sections=sections, tagged=True, commit=late[0].commit)
    if order.dry_run:
        return done
    tags, fresh = [tag for tag, _ in pairs], False
    if order.mode == "pull-request" or order.by_api:
        api = _api(order, tools)
        made = [by_api.make_tag(api, tag, commit) for tag, commit in pairs]
        fresh = all(made)
    else:
        ways_in.tag_late(project, pairs)
        if order.push:
            _need_branch(order)
            ways_in.push(project, order.branch, tags, order.token)
    return msgspec.structs.replace(done, run=_start(order, tags, tools, fresh=fresh))


def _start(order: Order, tags: Sequence[str], tools: Tools, *, fresh: bool) -> str:
    """Start the release workflow for each tag; return the page of the last run."""
    page = ""
    for tag in tags if order.dispatch else ():
        page = by_api.start_release(_api(order, tools), order.dispatch, tag, tools, fresh=fresh)
    return page


def _check_workflow(order: Order, moving: Sequence[Bump], tools: Tools) -> None:
    """Ask for the runs of a workflow that is to be started, so that a wrong name is told before anything is made."""
    api = _api(order, tools)
    api.keep_trying(lambda: api.host.run_of(order.dispatch, moving[0].tags[0]))


def _tags(order: Order, moving: Sequence[Bump]) -> list[str]:
    return [tag for bump in moving for tag in bump.tags] if order.tag else []


def _need_branch(order: Order) -> None:
    if not order.branch:
        hint = "check out the branch, not a tag or commit"
        raise UsageError("HEAD is on no branch: there is nothing to bring a commit to", hint=hint)


def _api(order: Order, tools: Tools) -> Api:
    from tagship.adapters.github_host import GitHubHost

    return Api(GitHubHost.create(order.repository, order.token, tools), order.window, tools)
