"""Which release a plan is for: the tag that was named or pushed, the one on the commit, or a snapshot without one."""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from tagship.domain.changes.bump import FIRST, Bump
from tagship.domain.versions import tags
from tagship.domain.versions.release_line import Line, Styles
from tagship.domain.versions.tags import Tag
from tagship.domain.versions.version import Version
from tagship.errors import UsageError
from tagship.parts.bump.last_release import Ancestry, releases_of
from tagship.parts.plan.project import Project, declared_version, packages_of, release_lines, tag_styles
from tagship.ports import Found, Vcs


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A release: its tag, its version, whether the tag is still to be made, the packages it is of, the release before it."""

    tag: str
    version: Version
    snapshot: bool
    found: tuple[Found, ...]
    previous: str = ""


def choose(project: Project, wanted: str) -> Choice:
    """Decide what is released; ``wanted`` is a tag that somebody named.

    Raises:
        UsageError: no such tag, a tag that is no version, several tags to choose from, or nothing that says a version.

    """
    styles = tag_styles(project.vcs)
    lines = release_lines(project, styles)
    if wanted:
        _check_tag(project.vcs, project.head, wanted)
        line, version = _line_of(wanted, lines)
        return _choice(project, styles, line, wanted, version)
    here = [(line, tag) for line in lines if (tag := _tag_at(line, styles, project.head))]
    if len(here) > 1:
        listed = ", ".join(tag.name for _, tag in here)
        raise UsageError(f"this commit has the tags of several packages: {listed}", hint="name one of them in `tag`")
    if here:
        line, tag = here[0]
        return _choice(project, styles, line, tag.name, tag.version)
    return _snapshot(project, lines)


def supposed(project: Project, wanted: str) -> tuple[Choice, ...]:
    """Decide what could be released now: what :func:`choose` does where there is a tag, else the next of every line.

    A line whose version comes from tags gets the last tag's, else the first there could be: everything else of its plan
    is as it will be.

    Raises:
        UsageError: no such tag, or a tag that is no version.
        ProjectError: a package says a version that is none.

    """
    styles = tag_styles(project.vcs)
    lines = release_lines(project, styles)
    if wanted or any(_tag_at(line, styles, project.head) for line in lines):
        return (choose(project, wanted),)
    return tuple(_supposed(project, styles, line) for line in lines)


def after(project: Project, bumps: Sequence[Bump]) -> tuple[Choice, ...]:
    """Decide what could be released once bumps are made, for every line: the version that is wanted, else the one that it has."""
    styles = tag_styles(project.vcs)
    wanted = {(member.name, member.path): bump for bump in bumps for member in bump.line.members}
    made = []
    for line in release_lines(project, styles):
        bump = next((bump for each in line.members if (bump := wanted.get((each.name, each.path)))), None)
        if bump is None:
            made.append(_supposed(project, styles, line))
        else:
            found = packages_of(project, line)
            made.append(Choice(tag=bump.tags[0], version=bump.wanted, snapshot=True, found=found))
    return tuple(made)


def _supposed(project: Project, styles: Styles, line: Line) -> Choice:
    found = packages_of(project, line)
    last = max((tag.version for style in line.read for tag in styles.get(style, ())), default=None)
    declared = [version for each in found if (version := declared_version(each))]
    version = max(declared) if declared else last or FIRST
    choice = _choice(project, styles, line, f"{line.write[0]}{version}", version)
    return replace(choice, snapshot=True)


def _choice(project: Project, styles: Styles, line: Line, tag: str, version: Version) -> Choice:
    """Name the release before this one: the highest older version of its line among the commit's ancestors.

    A final release comes after the last final one: prereleases between them were for few people.
    """
    older = {style: [tag for tag in styles.get(style, ()) if tag.version < version] for style in line.read}
    last = releases_of(
        line, {style: tuple(found) for style, found in older.items()}, Ancestry(project.vcs, project.head)
    )
    before = last.last if version.prerelease else last.final or last.last
    previous = before.name if before else ""
    return Choice(tag=tag, version=version, snapshot=False, found=packages_of(project, line), previous=previous)


def _tag_at(line: Line, styles: Styles, commit: str) -> Tag | None:
    found = (tag for style in line.read for tag in styles.get(style, ()) if tag.commit == commit)
    return max(found, key=lambda tag: tag.version, default=None)


def _line_of(tag: str, lines: tuple[Line, ...]) -> tuple[Line, Version]:
    known = tags.read(tag, "")
    line = next((line for line in lines if known and known.before in line.read), None)
    if known and line:
        return line, known.version
    if len(lines) == 1:
        return lines[0], Version.from_tag(tag)
    styles = ", ".join(f"{style}X.Y.Z" for line in lines for style in line.write)
    raise UsageError(f"the tag {tag!r} is of no package here", hint=f"tags of this repository look like {styles}")


def _snapshot(project: Project, lines: tuple[Line, ...]) -> Choice:
    """Plan the version that the files say, which no tag has released yet."""
    found = sorted({version for each in project.found if (version := declared_version(each))})
    if len(found) > 1:
        listed = ", ".join(map(str, found))
        hint = "tag the commit, or align the versions"
        raise UsageError(f"the packages have different versions: {listed}", hint=hint)
    if not found:
        hint = "tag the commit, e.g. `git tag v0.1.0`"
        raise UsageError("the version comes from git tags, and this commit has none", hint=hint)
    tag = f"{lines[0].write[0]}{found[0]}"
    return Choice(tag=tag, version=found[0], snapshot=True, found=project.found)


def _check_tag(vcs: Vcs, commit: str, tag: str) -> None:
    at = vcs.tag_commit(tag)
    if at is None:
        shallow = " (the clone is shallow and has no tags)" if vcs.is_shallow() else ""
        hint = "push the tag first; in a workflow give actions/checkout `fetch-depth: 0` or `ref: <tag>`"
        raise UsageError(f"there is no tag {tag!r}{shallow}", hint=hint)
    if at != commit:
        hint = f"check out {tag} first; a release is made from the tagged commit"
        raise UsageError(f"the tag {tag!r} is on {at[:12]}, checked out is {commit[:12]}", hint=hint)
