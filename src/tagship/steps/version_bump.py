"""Decide the next versions from the commits since the last releases, write them everywhere, and bring them in."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Literal

import msgspec
from msgspec.structs import replace

from tagship.domain.changes import changelog
from tagship.domain.changes.bump import Bump, Wish
from tagship.domain.changes.commits import change_of
from tagship.domain.plans import planning
from tagship.domain.plans.plan import Plan
from tagship.domain.text.markdown import Markup, link, section, table
from tagship.domain.versions.release_line import Member
from tagship.domain.versions.version import CHANGES
from tagship.parts.bump.bring_in import Done, Order, bring_in
from tagship.parts.bump.check_versions import check_versions
from tagship.parts.bump.edits import Read
from tagship.parts.inputs import ConfiguredInputs, as_json, text
from tagship.parts.plan.project import Project, open_project
from tagship.ports import Tools

_SHOWN = 60
"""Characters of a subject on one line."""


class Inputs(ConfiguredInputs, frozen=True, kw_only=True):
    """Inputs of version-bump."""

    bump: Annotated[Literal["auto", "major", "minor", "patch", "none"], text("how far; auto: as the commits say")] = (
        "auto"
    )
    prerelease: Annotated[
        Literal["", "alpha", "beta", "rc", "final"], text("channel; empty: stay, final: leave it")
    ] = ""
    version: Annotated[str, text("set exactly this version")] = ""
    package: Annotated[str, text("of several packages with versions of their own, only this one")] = ""
    mode: Annotated[
        Literal["pull-request", "commit", "files", "none"],
        text(
            "files: write only; commit: commit and tag; pull-request: keep a release pull request up to date, and tag "
            "what it merged; none: compute only"
        ),
    ] = "files"
    tag: Annotated[bool, text("with mode commit or pull-request: make the tag")] = True
    check: Annotated[bool, text("change nothing; fail when the places of a version disagree")] = False
    push: Annotated[bool, text("with mode commit: bring branch and tag to the server, both or neither")] = False
    commit_by: Annotated[
        Literal["auto", "git", "api"],
        text("with push: by git, or by GitHub's API, which signs the commit; auto: api in a workflow with a token"),
    ] = "auto"
    dispatch: Annotated[
        str, text("workflow file to start for the new tag, which a workflow's own token does not start by itself")
    ] = ""
    deepen: Annotated[bool, text("fetch the history that a shallow clone lacks")] = False
    explain: Annotated[bool, text("say what was left out and why")] = False
    retry_window: Annotated[int, text("seconds a remote may keep failing")] = 120
    token: Annotated[
        str, text("GitHub token with contents: write, pull-requests: write and actions: write, as used", secret=True)
    ] = ""


class Outputs(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Outputs of version-bump."""

    bumped: Annotated[bool, text("whether there is a new version")]
    version: Annotated[str, text("the version now; of several packages the first that moved")]
    previous_version: Annotated[str, text("the last released version; empty before the first")]
    tag: Annotated[str, text("the tag of the version")]
    tagged: Annotated[bool, text("whether this run made the tag, or found that it was still to be made")]
    changelog: Annotated[str, text("this version's section of the changelog")]
    commit: Annotated[str, text("the commit that was made; empty without one")]
    pull_request: Annotated[str, text("address of the release pull request")]
    run: Annotated[str, text("address of the workflow run that was started")]
    packages: Annotated[str, text("every package: name, version, previous-version, tag, bumped (JSON)")]


def run(inputs: Inputs, tools: Tools) -> Outputs:
    """Bump; nothing to release is no error.

    Raises:
        CheckFailed: with ``check``, one problem per place that disagrees; or unconventional commits, if so configured.
        UsageError: no repository, cut-off history, a tag that exists already.
        ProjectError: no package, or a place of the version that cannot be written.
        RemoteRefused: a rule of the branch, or a missing right.
        RemoteUnreachable: the server kept failing.

    """
    tools.reporter.mask(inputs.token)
    if inputs.deepen:
        _deepen(inputs, tools)
    project = open_project(inputs, tools, uncommitted=inputs.check)
    if inputs.check:
        return _outputs(Done(bumps=check_versions(project, tools)))
    done = bring_in(_order(inputs, project, tools), project, tools, partial(_filled, inputs, tools))
    _tell(done, tools)
    return _outputs(done)


def _filled(
    inputs: Inputs, tools: Tools, project: Project, bumps: Sequence[Bump], files: Mapping[str, bytes], read: Read
) -> Mapping[str, bytes]:
    """Write anew how to install it, in pages that have the markers for that, as the release will be planned."""
    from tagship.parts.bump import install_sections
    from tagship.parts.plan import planned, release_choice
    from tagship.steps import build_matrix

    asked = build_matrix.Inputs(config=inputs.config, working_directory=inputs.working_directory)

    def plans(after: Project, quiet: Tools) -> Iterator[Plan]:
        ready, _ = planned.buildable(after)
        for chosen in release_choice.after(replace(after, found=ready), bumps) if ready else ():
            yield build_matrix.plan_project(after, asked, quiet, chosen=chosen)

    return install_sections.filled(project, files, read, plans, tools)


def _deepen(inputs: Inputs, tools: Tools) -> None:
    vcs = tools.open_repository(inputs.root)
    if vcs.is_shallow():
        tools.reporter.info("the clone is shallow: fetching its history")
        vcs.deepen(inputs.token)


def _order(inputs: Inputs, project: Project, tools: Tools) -> Order:
    environment = tools.environment
    repository = environment.get("GITHUB_REPOSITORY") or planning.repository_name(project.vcs.remote_url()) or ""
    in_workflow = environment.get("GITHUB_ACTIONS") == "true" and bool(inputs.token and repository)
    branch = ""
    if inputs.mode in {"commit", "pull-request"}:
        branch = project.vcs.branch() or environment.get("GITHUB_REF", "").removeprefix("refs/heads/")
    return Order(
        wish=Wish(bump=inputs.bump, channel=inputs.prerelease, version=inputs.version),
        package=inputs.package,
        mode=inputs.mode,
        tag=inputs.tag,
        push=inputs.push,
        by_api=inputs.push and (inputs.commit_by == "api" or (inputs.commit_by == "auto" and in_workflow)),
        dispatch=inputs.dispatch,
        dry_run=inputs.dry_run,
        explain=inputs.explain,
        window=inputs.retry_window,
        branch="" if branch.startswith("refs/") else branch,
        repository=repository,
        token=inputs.token,
    )


def _outputs(done: Done) -> Outputs:
    moved = next((bump for bump in done.bumps if bump.bumped), None)
    shown = moved or next(iter(done.bumps), None)
    section = done.sections.get(shown.changelogs[0], "") if shown else ""
    return Outputs(
        bumped=moved is not None,
        version=str(shown.wanted) if shown else "",
        previous_version=str(shown.current or "") if shown else "",
        tag=shown.tags[0] if shown else "",
        tagged=done.tagged,
        changelog=changelog.limited(section.partition("\n")[2].strip(), f"see {shown.changelogs[0]}")
        if moved and shown
        else "",
        commit=done.commit,
        pull_request=done.pull_request,
        run=done.run,
        packages=as_json([_package(bump, member) for bump in done.bumps for member in bump.line.members]),
    )


def _package(bump: Bump, member: Member) -> dict[str, object]:
    previous = str(bump.current or "")
    return {
        "name": member.name,
        "version": str(bump.wanted),
        "previous-version": previous,
        "tag": f"{bump.line.style_of(member)}{bump.wanted}",
        "bumped": bump.bumped,
    }


def _tell(done: Done, tools: Tools) -> None:
    """Say what happened and why: line by line, and as a table with the changelog in the job summary."""
    for bump in done.bumps:
        name = f"{bump.line.name}: " if bump.line.name else ""
        if bump.bumped:
            tools.reporter.info(f"{name}{bump.current or 'no release yet'} → {bump.wanted}{_because(bump)}")
        else:
            tools.reporter.info(f"{name}stays {bump.wanted}: nothing to release")
    moved = [bump for bump in done.bumps if bump.bumped]
    if moved:
        tools.reporter.summary(_summary(done, moved))


def _because(bump: Bump) -> str:
    """Name the newest of the commits that decided."""
    deciding = max(bump.meanings, key=lambda meaning: CHANGES.index(change_of(meaning)), default=None)
    if deciding is None or not deciding.type:
        return f" ({', '.join(bump.dependencies)} moved)" if bump.dependencies else ""
    mark = "!" if deciding.breaking else ""
    return f" ({deciding.type}{mark}: {deciding.subject[:_SHOWN]}, {deciding.commit[:7]})"


def _summary(done: Done, moved: Sequence[Bump]) -> str:
    rows = [
        (bump.line.name or "all", str(bump.current or "–"), Markup(f"**{bump.wanted}**"), ", ".join(bump.tags))
        for bump in moved
    ]
    links = [link("pull request", done.pull_request)] * bool(done.pull_request)
    links += [link("run", done.run)] * bool(done.run)
    facts = [str(moved[0].wanted)] if len({bump.wanted for bump in moved}) == 1 else []
    sections = "\n\n".join(dict.fromkeys(done.sections.values()))
    return section("Next version", facts, table(("package", "now", "next", "tag"), rows), " · ".join(links), sections)
