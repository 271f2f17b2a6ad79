"""Where a Python project writes its version: its own manifest and modules, ``server.json``, its entry in ``uv.lock``."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tagship.domain.layout import join
from tagship.domain.python_metadata import PythonProject, canonical
from tagship.domain.version_site import (
    SiteFormat,
    Spelling,
    VersionSite,
    json_string_span,
    line_of,
    site_pattern,
    toml_line,
)
from tagship.errors import ProjectError
from tagship.ports import SourceTree

LOCK: Final = "uv.lock"
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
    existing = set(tree.paths)
    return [path for base in ("src/", "") for end in ends if join(folder, path := base + end) in existing]


def own_sites(tree: SourceTree, folder: str, project: PythonProject, texts: Mapping[str, str]) -> list[VersionSite]:
    """List where the package itself writes its version: the place that decides first."""
    sites = []
    if project.version and project.version_path:
        manifest = join(folder, "setup.cfg" if project.version_path.startswith("metadata.") else "pyproject.toml")
        text = tree.read([manifest]).get(manifest, "")
        kind: SiteFormat = "ini" if manifest.endswith("setup.cfg") else "toml"
        line = toml_line(text, project.version_path)
        sites.append(_site(manifest, line, kind, project.version_path, project.version))
    for name in version_files(tree, folder, project):
        path = join(folder, name)
        text = texts.get(path, "")  # a manifest may name any path; only what is committed is ours to write
        if project.source == "file" and text.strip():
            sites.append(_site(path, 1, "text", "", text.strip()))
        elif project.source != "file":
            sites += _assignments(path, text, project)
    return sites


def _assignments(path: str, text: str, project: PythonProject) -> list[VersionSite]:
    """Find where a module says the version: by the project's own pattern, or by the name of the attribute."""
    kind: SiteFormat = "pattern" if project.version_pattern else "python"
    attribute = project.version_file.rpartition(".")[2] if not project.version_file.endswith(".py") else ""
    key = project.version_pattern or attribute
    try:
        match = site_pattern(kind, key).search(text)
        return [_site(path, line_of(text, match.start("version")), kind, key, match["version"])] if match else []
    except (re.error, IndexError):
        hint = "it must be a regular expression with a group named version (hatch.pypa.io/version)"
        raise ProjectError(f"tool.hatch.version.pattern cannot be used: {key!r}", file=path, hint=hint) from None


def server_of(text: str, name: str) -> dict[str, Any]:
    """Return ``server.json`` when it speaks of this package."""
    try:
        server = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    listed = server.get("packages") if isinstance(server, dict) else []
    packages = listed if isinstance(listed, list) else []
    mine = [p for p in packages if isinstance(p, dict) and canonical(str(p.get("identifier", ""))) == canonical(name)]
    return server if mine else {}


def lock_sites(file: str, text: str, name: str) -> list[VersionSite]:
    """Find the project's own entry in ``uv.lock``, which ``uv sync --locked`` compares with the manifest."""
    pattern = (
        rf'^name = "{re.escape(canonical(name))}"\nversion = "(?P<version>[^"\n]+)"\n'
        r"source = \{ (?:editable|virtual|directory) = "
    )
    match = site_pattern("pattern", pattern).search(text)
    return [_site(file, line_of(text, match.start("version")), "pattern", pattern, match["version"])] if match else []


def server_sites(file: str, text: str, server: dict[str, Any], name: str) -> list[VersionSite]:
    sites = []
    wanted: list[tuple[tuple[str | int, ...], Spelling]] = [(("version",), "semver")] if server else []
    for index, package in enumerate(server.get("packages", [])):
        if isinstance(package, dict) and canonical(str(package.get("identifier", ""))) == canonical(name):
            wanted.append((("packages", index, "version"), "pep440"))
    for path, spelling in wanted:
        span = json_string_span(text, path)
        value = text[span[0] : span[1]] if span else ""
        if span and value[:1].isdigit():
            dotted = ".".join(map(str, path))
            site = _site(file, line_of(text, span[0]), "json", dotted, value)
            sites.append(msgspec.structs.replace(site, spelling=spelling))
    return sites


def _site(file: str, line: int, kind: SiteFormat, path: str, version: str) -> VersionSite:
    return VersionSite(file=file, line=line, format=kind, path=path, spelling="pep440", version=version)
