"""Ways into a branch from a clone: write the files, or commit, tag and push by git."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from tagship.adapters.files import write_all, write_whole
from tagship.domain.changes import bump_message
from tagship.domain.changes.bump import Bump
from tagship.errors import TagshipError, UsageError
from tagship.parts.bump.edits import from_disk
from tagship.parts.plan.project import Project
from tagship.ports import Tools

_MOST_TAGS: Final = 3
"""GitHub makes no event at all for a push of more tags (docs.github.com: events that trigger workflows, `push`)."""


def write_files(project: Project, files: Mapping[str, bytes], tools: Tools) -> None:
    """Write files in place, each whole, and none unless there is room for all; their modes stay."""
    paths = {file: project.root / file for file in files}
    modes = {file: path.stat().st_mode & 0o777 if path.exists() else 0o644 for file, path in paths.items()}
    write_all({paths[file]: (data, modes[file]) for file, data in files.items()})
    for file in files:
        tools.reporter.info(f"wrote {file}")


def check_clean(project: Project, files: Mapping[str, bytes]) -> None:
    """Refuse to commit what somebody else has changed in the files that a bump changes; what we wrote ourselves before
    we were killed is no such change.

    Raises:
        UsageError: naming each of them.

    """
    names = {project.in_repository(file): file for file in files}
    read = from_disk(project)
    dirty = [names[name] for name in project.vcs.dirty(sorted(names)) if read(names[name]) != files[names[name]]]
    if dirty:
        hint = "commit or undo those changes first, or use mode: files"
        raise UsageError(f"these files have changes that are not committed: {', '.join(dirty)}", hint=hint)


def check_tags(project: Project, bumps: Sequence[Bump]) -> None:
    """Refuse a version whose tag is on another commit already.

    Raises:
        UsageError: with where it is, and whether that is in this history.

    """
    for bump in bumps:
        for tag in bump.tags:
            at = project.vcs.tag_commit(tag)
            if at is None:
                continue
            there = (
                "before this commit" if project.vcs.is_ancestor(at, project.head) else "not in this branch's history"
            )
            hint = "give another `version`, or remove the tag if it was never released"
            raise UsageError(f"the tag {tag} exists already, on {at[:12]}, {there}", hint=hint)


def commit(
    project: Project,
    bumps: Sequence[Bump],
    files: Mapping[str, bytes],
    *,
    tags: Sequence[str],
    publish: Callable[[], None],
    tools: Tools,
) -> str:
    """Commit the files, tag and ``publish``; return the commit.

    Whatever fails or is refused on the way is taken back, so that the clone is as it was before.

    Raises:
        UsageError: somebody's changes in those files.

    """
    with project.vcs.alone(project.head):
        check_clean(project, files)
        return _commit(project, bumps, files, tags, publish, tools)


def _commit(
    project: Project,
    bumps: Sequence[Bump],
    files: Mapping[str, bytes],
    tags: Sequence[str],
    publish: Callable[[], None],
    tools: Tools,
) -> str:
    read = from_disk(project)
    before = {file: read(file) for file in files}
    names = [project.in_repository(file) for file in files]
    try:
        write_files(project, files, tools)
        made = project.vcs.commit(names, bump_message.commit_message(bumps)) if names else project.head
        for tag in tags:
            project.vcs.tag(tag, made, f"{tag}\n")
        publish()
    except (TagshipError, KeyboardInterrupt):
        for file, data in before.items():
            _restore(project.root / file, data)
        project.vcs.take_back(project.head, tags, names)
        raise
    return made


def _restore(path: Path, data: bytes | None) -> None:
    """Bring a file back to what it was; where there is no room for a new one beside it, in its own."""
    if data is None:
        path.unlink(missing_ok=True)
        return
    try:
        write_whole(path, data, mode=path.stat().st_mode & 0o777)
    except UsageError:
        path.write_bytes(data)


def tag_late(project: Project, pairs: Sequence[tuple[str, str]]) -> None:
    """Make tags on commits, those that are not there yet."""
    with project.vcs.alone(project.head):
        for tag, commit in pairs:
            if project.vcs.tag_commit(tag) != commit:
                project.vcs.tag(tag, commit, f"{tag}\n")


def push(project: Project, branch: str, tags: Sequence[str], token: str) -> None:
    """Push branch and tags, all of them or none, but never more than three tags at once."""
    references = [f"refs/tags/{tag}" for tag in tags]
    project.vcs.push([f"HEAD:refs/heads/{branch}", *references[:_MOST_TAGS]], token)
    for start in range(_MOST_TAGS, len(references), _MOST_TAGS):
        project.vcs.push(references[start : start + _MOST_TAGS], token)
