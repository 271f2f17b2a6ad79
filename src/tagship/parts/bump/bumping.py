"""What the commits since the last releases mean: one :class:`~tagship.domain.changes.bump.Bump` per release line."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Final

import msgspec

from tagship.domain.changes import commits
from tagship.domain.changes.bump import Bump, Wish, decide
from tagship.domain.changes.commits import DEFAULT_TYPES, Commit, Meaning
from tagship.domain.changes.history import read_history, standing, unconventional
from tagship.domain.changes.mainline import of_folder
from tagship.domain.versions import calver
from tagship.domain.versions.release_line import Line, Styles
from tagship.domain.versions.version import CHANGES, Change
from tagship.errors import CheckFailed, UsageError
from tagship.parts.bump.last_release import Ancestry, Releases, left_out, releases_of
from tagship.parts.plan.detect import same_name
from tagship.parts.plan.project import Project, declared_version, release_lines, tag_styles
from tagship.ports import Reporter, Tools
from tagship.settings import VersionConfig

_NAMED: Final = 3
"""How many unconventional commits are named."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A line with its releases and what has been committed to it since the last one; ``quiet``: nothing was, while other
    lines may have moved, and nobody named it.
    """

    line: Line
    releases: Releases
    commits: tuple[Commit, ...]
    meanings: tuple[Meaning, ...]
    change: Change
    quiet: bool
    dependencies: Mapping[str, str] = {}


def bumps(project: Project, wish: Wish, only: str, tools: Tools, *, explain: bool = False) -> tuple[Bump, ...]:
    """Decide for every line, or for the one of the package ``only``; what nothing happened to keeps its version.

    Raises:
        UsageError: a shallow clone without tags, no such package, or a step backwards.
        CheckFailed: unconventional commits, where the configuration says error.

    """
    styles = tag_styles(project.vcs)
    for package in project.found:
        declared_version(package)
    every = release_lines(project, styles)
    lines = _chosen(every, only)
    if wish.version and len(lines) > 1:
        hint = "say which one in `package`"
        raise UsageError(f"there are {len(lines)} packages with versions of their own", hint=hint)
    ancestry = Ancestry(project.vcs, project.head)
    releases = [releases_of(line, styles, ancestry) for line in lines]
    _check_depth(project, styles, releases)
    if explain:
        _explain(project, lines, releases, tools.reporter)
    drafts = [
        _draft(project, line, found, every, named=bool(only)) for line, found in zip(lines, releases, strict=True)
    ]
    _tell_unconventional(project.settings.version, drafts, tools.reporter)
    return _with_dependents(drafts, every, project, wish, tools.clock.now().date(), styles)


def _check_depth(project: Project, styles: Styles, releases: Sequence[Releases]) -> None:
    """Refuse a history that was cut off where the last releases may lie beyond the cut."""
    if not project.vcs.is_shallow() or all(found.last and not found.elsewhere for found in releases):
        return
    hint = "clone with the history: in a workflow give actions/checkout `fetch-depth: 0`, or set `deepen: true`"
    lacks = "its tags are not in the history that is there" if styles else "has no tags"
    raise UsageError(f"the clone is shallow and {lacks}: the last version cannot be known", hint=hint)


def _draft(project: Project, line: Line, releases: Releases, lines: Sequence[Line], *, named: bool) -> Draft:
    since = releases.last.commit if releases.last else None
    history = _log(project, line, lines, since)
    meanings = standing(read_history(history))
    settings = project.settings.version
    change = commits.overall(meanings, {**DEFAULT_TYPES, **settings.types})
    if settings.unconventional == "patch" and unconventional(history):
        change = max(change, "patch", key=CHANGES.index)
    quiet = len(lines) > 1 and not history and not named
    return Draft(line=line, releases=releases, commits=history, meanings=meanings, change=change, quiet=quiet)


def _log(project: Project, line: Line, lines: Sequence[Line], since: str | None) -> tuple[Commit, ...]:
    """Read the commits of a line: those in its folders, but not in folders of other lines below them."""
    mine = [project.in_repository(path) for path in line.paths]
    whole = line.shared or "." in mine
    others = [project.in_repository(path) for other in lines if other is not line for path in other.paths]
    without = [path for path in others if path != "." and (whole or any(path.startswith(f"{m}/") for m in mine))]
    limit = ([] if project.folder == "." else [project.folder]) if whole else mine
    touched = project.vcs.log(since, project.head, limit, without)
    if not limit and not without:
        return touched
    return of_folder(project.vcs.log(since, project.head, (), ()), {commit.id for commit in touched}) if touched else ()


def _with_dependents(
    drafts: Sequence[Draft], lines: Sequence[Line], project: Project, wish: Wish, today: date, styles: Styles
) -> tuple[Bump, ...]:
    """Decide line by line until nothing moves: what depends on a bumped package is released with it."""
    made = {draft.line: _bump(draft, lines, project, wish, today, styles) for draft in drafts}
    for _ in drafts:
        moved = {member.name: str(bump.wanted) for bump in made.values() if bump.bumped for member in bump.line.members}
        changed = False
        for draft in drafts:
            needs = _needs(draft.line, moved)
            if needs and needs != dict(made[draft.line].dependencies):
                change = max(draft.change, "patch", key=CHANGES.index)
                again = msgspec.structs.replace(draft, change=change, dependencies=needs)
                made[draft.line] = _bump(again, lines, project, wish, today, styles)
                changed = True
        if not changed:
            break
    return tuple(made[draft.line] for draft in drafts)


def _needs(line: Line, moved: Mapping[str, str]) -> dict[str, str]:
    own = {member.name for member in line.members}
    depends = [name for member in line.members for name in member.depends]
    return {
        name: version
        for name, version in sorted(moved.items())
        if name not in own and any(same_name(name, needed) for needed in depends)
    }


@contextmanager
def _footer_named(draft: Draft | None) -> Iterator[None]:
    """Say which commit asked, where a ``Release-As`` cannot be had: nobody may remember it, and it stays in the history."""
    try:
        yield
    except UsageError as error:
        if draft is None:
            raise
        commit = next(meaning.commit for meaning in draft.meanings if meaning.release_as)
        hint = "give `version`, or commit another footer: git commit --allow-empty -m 'chore: x' -m 'Release-As: X.Y.Z'"
        raise UsageError(f"Release-As in {commit[:7]}: {error.problems[0].message}", hint=hint) from None


def _bump(draft: Draft, lines: Sequence[Line], project: Project, wish: Wish, today: date, styles: Styles) -> Bump:
    settings, releases = project.settings.version, draft.releases
    known = [tag.version for style in draft.line.read for tag in styles.get(style, ())]
    current = releases.last.version if releases.last else None
    change: Change = draft.change if wish.bump == "auto" or draft.quiet else wish.bump
    asked = commits.asked_for(draft.meanings) if wish.bump == "auto" else ""
    with _footer_named(draft if asked and not wish.version else None):
        wanted = decide(
            current,
            tuple(member.declared for member in draft.line.members if member.declared),
            change,
            msgspec.structs.replace(wish, version=wish.version or asked),
            scheme=settings.scheme or calver.scheme_of(sorted(known, reverse=True)),
            leave_zero=settings.major_on_zero or wish.bump == "major",
            today=today,
        )
    meanings, since = draft.meanings, releases.last
    if not wanted.prerelease and since and since.version.prerelease and wanted != current:
        since = releases.final
        meanings = standing(read_history(_log(project, draft.line, lines, since.commit if since else None)))
    return Bump(
        line=draft.line,
        current=current,
        wanted=wanted,
        meanings=meanings,
        dependencies=draft.dependencies,
        since=since.name if since else "",
    )


def _chosen(lines: tuple[Line, ...], only: str) -> tuple[Line, ...]:
    if not only:
        return lines
    chosen = tuple(line for line in lines if any(same_name(member.name, only) for member in line.members))
    if not chosen:
        known = ", ".join(sorted(member.name for line in lines for member in line.members))
        raise UsageError(f"there is no package {only!r}", hint=f"packages here: {known}")
    return chosen


def _tell_unconventional(settings: VersionConfig, drafts: Sequence[Draft], reporter: Reporter) -> None:
    found = {each.commit: each for draft in drafts for each in unconventional(draft.commits)}
    if not found:
        return
    total = len({commit.id for draft in drafts for commit in draft.commits})
    named = "; ".join(f"{each.commit[:7]} {each.subject[:60]}" for each in list(found.values())[:_NAMED])
    message = f"{len(found)} of {total} commits are not Conventional Commits, e.g. {named}"
    if settings.unconventional == "error":
        hint = "reword them, or set version.unconventional to ignore or patch (conventionalcommits.org)"
        raise CheckFailed(message, hint=hint)
    effect = "they count as a patch" if settings.unconventional == "patch" else "they count for nothing"
    reporter.notice(f"{message}; {effect}")


def _explain(project: Project, lines: Sequence[Line], releases: Sequence[Releases], reporter: Reporter) -> None:
    for skip in project.skips:
        reporter.info(f"left out {skip.path}: {skip.reason}")
    for line, found in zip(lines, releases, strict=True):
        last = f"{found.last.name} on {found.last.commit[:7]}" if found.last else "no release yet"
        tags = ", ".join(f"{style}X.Y.Z" for style in line.write)
        reporter.info(f"{line.name or 'the whole repository'}: last release {last}; next tag {tags}")
    for name, reason in left_out(lines, releases, sorted(name for name, _ in project.vcs.tags())):
        reporter.info(f"left out tag {name}: {reason}")
