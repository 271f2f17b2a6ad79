"""Release commits that have no tag yet: a merged release pull request, or a run that died before it tagged."""

from collections.abc import Sequence

import msgspec

from tagship.domain.changes import bump_message, changelog
from tagship.domain.changes.bump import Bump
from tagship.domain.changes.commits import Commit
from tagship.domain.changes.mainline import mainline
from tagship.domain.versions.release_line import Line
from tagship.domain.versions.version import Version
from tagship.errors import UsageError
from tagship.parts.bump.last_release import Ancestry, releases_of
from tagship.parts.plan.project import Project, declared_version, packages_of, release_lines, tag_styles


class Untagged(msgspec.Struct, frozen=True, kw_only=True):
    """A release that lacks its tags: what it is, as a bump, and the commit of the branch that brought it."""

    bump: Bump
    commit: str


def untagged(project: Project) -> tuple[Untagged, ...]:
    """Find releases that were committed but not tagged.

    A commit's words are not enough, for anybody may write them: the files must say the version, and the changelog must
    have its section.
    """
    styles = tag_styles(project.vcs)
    ancestry = Ancestry(project.vcs, project.head)
    found: list[Untagged] = []
    ranges: dict[str | None, tuple[Commit, ...]] = {}
    for line in release_lines(project, styles):
        releases = releases_of(line, styles, ancestry)
        current = releases.last.version if releases.last else None
        version = _declared(project, line)
        since = releases.last.commit if releases.last else None
        if since not in ranges:
            ranges[since] = project.vcs.log(since, project.head, (), ())
        for on_branch, commit in mainline(ranges[since]):
            told = bump_message.released_by(commit.message)
            wanted = _version_told(told, line, version)
            if wanted is None or (current and wanted <= current):
                continue
            bump = Bump(line=line, current=current, wanted=wanted, since=releases.last.name if releases.last else "")
            if _in_changelog(project, bump):
                found.append(Untagged(bump=bump, commit=on_branch))
                break
    return tuple(found)


def _declared(project: Project, line: Line) -> Version | None:
    """Return the version that the line's files agree on."""
    versions = {declared_version(found) for found in packages_of(project, line)} - {None}
    return versions.pop() if len(versions) == 1 else None


def _version_told(told: Sequence[str], line: Line, declared: Version | None) -> Version | None:
    """Return the version of this line that a release commit speaks of, where the files do not say another."""
    if told == ("*",):
        return declared
    for style in line.write:
        for tag in told:
            version = _read(tag.removeprefix(style)) if tag.startswith(style) else None
            if version is not None and declared in {None, version}:
                return version
    return None


def _read(text: str) -> Version | None:
    try:
        return Version.parse(text)
    except UsageError:
        return None


def _in_changelog(project: Project, bump: Bump) -> bool:
    data = project.vcs.blob(project.head, project.in_repository(bump.changelogs[0])) or b""
    return bool(changelog.extract(data.decode("utf-8", "replace"), bump.wanted))
