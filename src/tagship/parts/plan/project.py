"""The project that a step works on: its repository, its commit, its configuration, its packages and their versions."""

from pathlib import Path

import msgspec
from msgspec.structs import replace

from tagship import config
from tagship.domain.versions import tags
from tagship.domain.versions.release_line import Line, Member, Styles, lines
from tagship.domain.versions.version import Version
from tagship.errors import Problem, ProjectError, UsageError
from tagship.parts.inputs import ConfiguredInputs
from tagship.parts.plan.detect import detect, nothing
from tagship.ports import Found, Skip, SourceTree, Tools, Vcs
from tagship.settings import Config


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """One commit of a project; ``folder`` is where it lies in its repository, ``.`` at the top."""

    root: Path
    folder: str
    vcs: Vcs
    head: str
    tree: SourceTree
    settings: Config
    found: tuple[Found, ...]
    skips: tuple[Skip, ...]

    def in_repository(self, path: str) -> str:
        """Turn a path from the project's root into one from the repository's top folder."""
        return path if self.folder == "." else self.folder if path == "." else f"{self.folder}/{path}"

    def at(self, head: str) -> "Project":
        """Look at another commit of the same project."""
        tree = self.vcs.tree(head, self.folder)
        found, skips = _detect(tree, self.settings, self.folder)
        return replace(self, head=head, tree=tree, found=found, skips=skips)


def open_project(
    inputs: ConfiguredInputs, tools: Tools, *, uncommitted: bool = False, vcs: Vcs | None = None
) -> Project:
    """Open the project at HEAD, or as it lies on disk; ``vcs`` is its repository, where that is open already.

    Raises:
        UsageError: no repository, no commit, a broken configuration.
        ProjectError: no package, or broken manifests.

    """
    root = inputs.root
    vcs = vcs or tools.open_repository(root)
    head = vcs.head()
    folder = root.relative_to(vcs.root.resolve()).as_posix()
    settings = config.load(root, inputs.config)
    tree = vcs.work_tree(folder) if uncommitted else vcs.tree(head, folder)
    found, skips = _detect(tree, settings, folder)
    return Project(root=root, folder=folder, vcs=vcs, head=head, tree=tree, settings=settings, found=found, skips=skips)


def declared_version(found: Found) -> Version | None:
    """Read what a package says its version is; ``None`` when it says none.

    Raises:
        ProjectError: it is no version that every registry can order.

    """
    if not found.version:
        return None
    try:
        return Version.from_declared(found.version)
    except UsageError as error:
        site = next(iter(found.sites), None)
        problem = error.problems[0]
        raise ProjectError.of(
            [
                Problem(
                    message=f"{found.name}: {problem.message}",
                    file=site.file if site else found.path,
                    line=site.line if site else None,
                    hint=problem.hint,
                )
            ]
        ) from None


def release_lines(project: Project, styles: Styles) -> tuple[Line, ...]:
    """Sort the project's packages into release lines."""
    settings = project.settings
    members = [
        Member(
            name=found.name,
            path=found.path,
            folder=project.in_repository(found.path),
            ecosystem=found.ecosystem or "",
            declared=_declared(found),
            depends=found.depends,
            tag=(settings.packages[found.name].tag or "") if found.name in settings.packages else "",
        )
        for found in project.found
    ]
    return lines(members, styles, template=settings.version.tag or "", linked=settings.version.linked)


def packages_of(project: Project, line: Line) -> tuple[Found, ...]:
    """Return the packages of a release line."""
    mine = {(member.name, member.path) for member in line.members}
    return tuple(found for found in project.found if (found.name, found.path) in mine)


def _declared(found: Found) -> str:
    try:
        return str(declared_version(found) or "")
    except ProjectError:
        return ""  # told where the version itself matters


def tag_styles(vcs: Vcs) -> Styles:
    """Read all tags of the repository, sorted into styles."""
    read = (tags.read(name, commit) for name, commit in vcs.tags())
    return tags.by_style(tag for tag in read if tag is not None)


def _detect(tree: SourceTree, settings: Config, folder: str) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
    found, skips = detect(tree, settings)
    if not found:
        raise nothing(folder, skips)
    return tuple(found), tuple(skips)
