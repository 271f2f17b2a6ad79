"""Where a Python project writes its version: its own manifest and modules, its entry in ``uv.lock``."""

import re
from collections.abc import Mapping
from typing import Final

from tagship.domain.manifests.layout import has, join
from tagship.domain.manifests.python_metadata import PythonProject, canonical
from tagship.domain.text.lazy_pattern import lazy
from tagship.domain.versions.version_site import (
    VERSION,
    SiteFormat,
    VersionSite,
    find,
    line_of,
    python_pattern,
    toml_line,
)
from tagship.errors import ProjectError
from tagship.ports import SourceTree

LOCK: Final = "uv.lock"
_PINNED: Final = lazy(
    r"(?P<before>(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*===?\s*)(?P<version>[0-9][\w.]*)(?P<after>\s*(?:;.*)?)"
)
_MODULES: Final = ("__init__.py", "__about__.py", "__version__.py", "_version.py", "version.py")


def version_files(tree: SourceTree, folder: str, project: PythonProject) -> list[str]:
    if project.source == "file" or project.version_file.endswith(".py"):
        return [project.version_file]
    *module, _ = project.version_file.split(".") if project.version_file else ["", ""]
    package = "/".join(module) if project.version_file else canonical(project.name).replace("-", "_")
    ends = (
        [f"{package}.py", f"{package}/__init__.py"]
        if project.version_file
        else [f"{package}/{name}" for name in _MODULES]
    )
    return [path for base in ("src/", "") for end in ends if has(tree.paths, join(folder, path := base + end))]


def own_sites(tree: SourceTree, folder: str, project: PythonProject, texts: Mapping[str, str]) -> list[VersionSite]:
    """List where the package itself writes its version: the place that decides first."""
    sites = []
    if project.version and project.version_path:
        manifest = join(folder, "setup.cfg" if project.version_path.startswith("metadata.") else "pyproject.toml")
        text = texts.get(manifest) or tree.read([manifest]).get(manifest, "")
        kind: SiteFormat = "ini" if manifest.endswith("setup.cfg") else "toml"
        path = tuple(project.version_path.split("."))
        sites.append(_site(manifest, toml_line(text, path), kind, path, project.version))
    for name in version_files(tree, folder, project):
        file = join(folder, name)
        text = texts.get(file, "")  # a manifest may name any path; only what is committed is ours to write
        if project.source == "file" and text.strip():
            sites.append(_site(file, 1, "text", (), text.strip()))
        elif project.source != "file":
            sites += _assignments(file, text, project)
    return sites


def _assignments(file: str, text: str, project: PythonProject) -> list[VersionSite]:
    """Find where a module says the version: by the project's own pattern, or by the name of the attribute."""
    attribute = project.version_file.rpartition(".")[2] if not project.version_file.endswith(".py") else ""
    try:
        return _matched(file, text, project.version_pattern or python_pattern(attribute))
    except (re.error, IndexError):
        hint = "it must be a regular expression with a group named version (hatch.pypa.io/version)"
        message = f"tool.hatch.version.pattern cannot be used: {project.version_pattern!r}"
        raise ProjectError(message, file=file, hint=hint) from None


def pinned_sites(manifest: str, text: str, project: PythonProject) -> list[VersionSite]:
    """Find what the project pins exactly (``core==1.2.0``): where that is a package beside it, the pin moves with it."""
    sites = []
    for number, requirement in enumerate(project.depends if project.version_path != "tool.poetry.version" else ()):
        match = _PINNED.fullmatch(requirement)
        if match:
            found = text.find(requirement)
            site = VersionSite(
                file=manifest,
                line=line_of(text, found) if found >= 0 else 1,
                format="toml",
                path=("project", "dependencies", number),
                spelling="pep440",
                version=match["version"],
                template=match["before"] + VERSION + match["after"],
                package=canonical(match["name"]),
            )
            sites.append(site)
    return sites


def lock_sites(file: str, text: str, name: str) -> list[VersionSite]:
    """Find the project's own entry in ``uv.lock``, which ``uv sync --locked`` compares with the manifest."""
    pattern = (
        rf'^name = "{re.escape(canonical(name))}"\nversion = "(?P<version>[^"\n]+)"\n'
        r"source = \{ (?:editable|virtual|directory) = "
    )
    return _matched(file, text, pattern) if text else []


def _site(file: str, line: int, kind: SiteFormat, path: tuple[str, ...], version: str) -> VersionSite:
    return VersionSite(file=file, line=line, format=kind, path=path, spelling="pep440", version=version)


def _matched(file: str, text: str, pattern: str) -> list[VersionSite]:
    """Return the site that a pattern finds, if it does."""
    match = find(pattern, text)
    if match is None:
        return []
    line = line_of(text, match.start("version"))
    return [
        VersionSite(
            file=file, line=line, format="pattern", pattern=pattern, spelling="pep440", version=match["version"]
        )
    ]
