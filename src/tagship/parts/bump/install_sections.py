"""How to install a project, in its own pages: written between markers as the release will be planned, when a version is made."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from tagship import plugins
from tagship.domain.install import install_section
from tagship.domain.manifests.layout import excluded
from tagship.domain.plans.plan import Plan
from tagship.domain.proofs import claims
from tagship.errors import TagshipError
from tagship.parts.bump.edits import Read, check_place
from tagship.parts.listening import Listener
from tagship.parts.plan.detect import detect
from tagship.parts.plan.project import Project
from tagship.ports import Mention, SourceTree, Tools

Plans = Callable[[Project, Tools], Iterable[Plan]]
"""Plans what can be released of a project."""


class _Changed(msgspec.Struct, frozen=True, kw_only=True):
    """:class:`tagship.ports.SourceTree` of a commit with some files changed."""

    before: SourceTree
    files: Mapping[str, bytes]

    @property
    def paths(self) -> tuple[str, ...]:
        """All files, sorted."""
        return tuple(sorted({*self.before.paths, *self.files}))

    def read(self, paths: Sequence[str]) -> Mapping[str, str]:
        """Read files, the changed ones as they will be."""
        old = self.before.read([path for path in paths if path not in self.files])
        new = {path: self.files[path].decode("utf-8", "replace") for path in paths if path in self.files}
        return {**old, **new}


def pages(tree: SourceTree, exclude: tuple[str, ...]) -> dict[str, str]:
    """Return the pages of a project that have a place for the section, with their texts."""
    kind: Mention = plugins.load("mentions", "readme")
    found = tree.read(kind.files([path for path in tree.paths if not excluded(path, exclude)]))
    return {path: text for path, text in found.items() if install_section.is_marked(text)}


def filled(project: Project, files: Mapping[str, bytes], read: Read, plans: Plans, tools: Tools) -> Mapping[str, bytes]:
    """Add to the files that a bump changes the pages whose section is another one then.

    What cannot be planned is told, and leaves the pages as they are: a bump is no worse for it.

    Raises:
        ProjectError: a page is a link.

    """
    marked = pages(project.tree, project.settings.exclude)
    if not marked:
        return files
    tree = _Changed(before=project.tree, files=files)
    try:
        found, skips = detect(tree, project.settings)
        after = replace(project, tree=tree, found=tuple(found), skips=tuple(skips))
        made = tuple(plans(after, replace(tools, reporter=Listener(tools.reporter))))
    except TagshipError as error:
        tools.reporter.notice(f"{', '.join(marked)}: how to install stays as it is: {error.problems[0].message}")
        return files
    changed = dict(files)
    for file in marked:
        data = files.get(file) or read(file) or b""
        text = data.decode("utf-8", "surrogateescape")
        new = install_section.filled(text, install_section.section(made, file, claims.server_of(tools.environment)))
        if new != text:
            check_place(project, file)
            changed[file] = new.encode("utf-8", "surrogateescape")
    return changed
