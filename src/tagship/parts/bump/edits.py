"""The files as they are after a bump: every place of the versions, and the changelogs."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import PurePosixPath

from tagship.domain.changes import changelog
from tagship.domain.changes.bump import Bump
from tagship.domain.versions.version import Version
from tagship.domain.versions.version_site import VersionSite, replace_all
from tagship.errors import ProjectError, UsageError
from tagship.parts.plan.detect import same_name
from tagship.parts.plan.project import Project
from tagship.ports import Found

Read = Callable[[str], bytes | None]
"""Return a file of the project as it is now; ``None`` when there is none."""


def edits(
    project: Project,
    bumps: Sequence[Bump],
    sections: Mapping[str, str],
    read: Read,
    stale: Collection[Version] = (),
) -> dict[str, bytes]:
    """Return the new bytes of each file that changes, by its path from the project's root.

    ``sections`` are the new sections by changelog file; those of ``stale`` versions, which were proposed before and will
    not be, go. Nothing is written here: all new texts are made before the
    first is, so that a place that cannot be changed leaves everything as it was.

    Raises:
        ProjectError: a file that is no text, a link, or a place that is not there any more.

    """
    before: dict[str, str] = {}
    texts: dict[str, str] = {}
    changes: dict[str, list[tuple[VersionSite, Version]]] = {}
    for bump, site in _sites(project, bumps):
        changes.setdefault(site.file, []).append((site, bump.wanted))
    for file, wanted in changes.items():
        before[file] = _text(file, read(file))
        texts[file] = replace_all(before[file], wanted)
    told = [(bump, file) for bump in bumps if bump.bumped for file in bump.changelogs]
    for bump, file in told:
        before.setdefault(file, _text(file, read(file) or b""))
        text = before[file]
        for version in stale:
            text = changelog.without(text, version) if version != bump.wanted else text
        if not changelog.extract(text, bump.wanted):
            text = changelog.insert(text, sections[file])
        texts[file] = text
    changed = {file: text.encode() for file, text in sorted(texts.items()) if text != before[file]}
    for file in changed:
        check_place(project, file)
    return changed


def check_place(project: Project, file: str) -> None:
    """Refuse what is no file of the project on disk: a link, a folder of its name, a file behind a linked folder.

    Raises:
        ProjectError: naming it.

    """
    for part in (file, *(folder.as_posix() for folder in PurePosixPath(file).parents[:-1])):
        if (project.root / part).is_symlink():
            hint = "make it a file: what links lead to is left alone"
            what = "it is a link" if part == file else f"{part} is a link"
            raise ProjectError(f"the version is to be written there, and {what}", file=file, hint=hint)
    if (project.root / file).is_dir():
        raise ProjectError("the version is to be written there, and it is a folder", file=file, hint="move it away")


def placeholders(project: Project, bumps: Sequence[Bump]) -> list[str]:
    """Return the files of the bumped packages that keep a placeholder: nothing is written there."""
    moving = [package for package in project.found if (bump := _bump_of(package.name, package, bumps)) and bump.bumped]
    return sorted({site.file for package in moving for site in package.sites if site.placeholder})


def _sites(project: Project, bumps: Sequence[Bump]) -> list[tuple[Bump, VersionSite]]:
    """Pair each place that is to change with the bump whose version goes there."""
    found: list[tuple[Bump, VersionSite]] = []
    for package in project.found:
        for site in package.sites:
            bump = _bump_of(site.package or package.name, package, bumps)
            if bump and bump.bumped and not site.placeholder:
                found.append((bump, site))
    return found


def _bump_of(name: str, package: Found, bumps: Sequence[Bump]) -> Bump | None:
    for bump in bumps:
        for member in bump.line.members:
            if same_name(member.name, name) and (name != package.name or member.path == package.path):
                return bump
    return None


def from_disk(project: Project) -> Read:
    """Read files with the line ends they have on disk."""

    def read(file: str) -> bytes | None:
        path = project.root / file
        try:
            return path.read_bytes() if path.is_file() else None
        except OSError as error:
            raise UsageError(f"cannot read it: {error.strerror}", file=file, hint="mend its permissions") from None

    return read


def from_commit(project: Project) -> Read:
    """Read files as the project's commit has them."""
    return lambda file: project.vcs.blob(project.head, project.in_repository(file))


def _text(file: str, data: bytes | None) -> str:
    try:
        return (data or b"").decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProjectError(f"it is not UTF-8: {error.reason}", file=file, hint="convert it, or exclude it") from None
