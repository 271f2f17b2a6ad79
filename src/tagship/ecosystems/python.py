"""Python packages: uv, hatch, setuptools, poetry and whatever else has a PEP 517 backend; wheels that run everywhere."""

import json
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Final

import msgspec

from tagship.domain.artifact import MEDIA_TYPES, Artifact
from tagship.domain.layout import reason_to_skip
from tagship.domain.plan import EcosystemName, Package
from tagship.domain.python_metadata import (
    PythonProject,
    canonical,
    parse_pyproject,
    parse_setup_cfg,
    sdist_name,
    wheel_name,
)
from tagship.domain.target import Target
from tagship.domain.version_site import (
    SiteFormat,
    Spelling,
    VersionSite,
    json_string_span,
    line_of,
    site_pattern,
    toml_line,
)
from tagship.errors import IntegrityError, Problem, ProjectError
from tagship.ports import BuildJob, Built, Found, Skip, SourceTree, Tools

LEG: Final = "python-any"
_MARKER: Final = re.compile(r"mcp-name:\s*([A-Za-z0-9.-]+/[A-Za-z0-9._-]+)")
_MODULES: Final = ("__init__.py", "__about__.py", "__version__.py", "_version.py", "version.py")


class Python:
    """:class:`tagship.ports.Ecosystem` for PyPI packages."""

    name: ClassVar[EcosystemName] = "python"

    def detect(self, tree: SourceTree, exclude: tuple[str, ...]) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
        """Find projects by their manifests; all broken ones are told together."""
        skips: list[Skip] = []
        projects = _projects(tree, exclude, skips)
        read = tree.read([path for folder, project in projects for path in _useful_files(tree, folder, project)])
        found = tuple(_found(tree, folder, project, read) for folder, project in projects)
        return found, tuple(skips)

    def artifacts(self, package: Package, found: Found) -> tuple[Artifact, ...]:
        """Name the wheel and the sdist."""
        version = package.spellings.pep440
        universal = found.details.get("universal") == "yes"
        names = {
            "wheel": wheel_name(package.name, version, universal=universal),
            "sdist": sdist_name(package.name, version),
        }
        return tuple(
            Artifact(name=name, kind=kind, package=package.id, target=Target.ANY, media_type=MEDIA_TYPES[kind], leg=LEG)  # type: ignore[arg-type]
            for kind, name in names.items()
        )

    def build(self, job: BuildJob, tools: Tools) -> Built:
        """Build wheel and sdist, and prove that they are what was planned.

        Raises:
            ProjectError: it does not build, PyPI would refuse it, or name or version differ from the plan.

        """
        from tagship.ecosystems import _python_build

        epoch = _epoch(job.plan.commit_time)
        files = _python_build.build(job, epoch, tools)
        owed = {artifact.name for artifact in job.owed}
        for path in files:
            _python_build.check_metadata(path, job.package)
        files = [_rename(path, owed) for path in files]
        _compare({path.name for path in files}, owed, job.package)
        _python_build.twine_check(files, tools)
        return Built(files=tuple(path.name for path in files), tools={"uv": _python_build.uv_version(job.out, tools)})

    def bill_of_materials(self, package: Package, files: Mapping[str, Path], tools: Tools) -> dict[str, Any]:
        """Resolve the wheel as an installer would today and list all that gets installed."""
        from tagship.ecosystems import _python_build

        wheel = next((path for path in files.values() if path.suffix == ".whl"), None)
        if wheel is None:
            hint = "the SBOM is made from the wheel; pass the folder that `tagship build` filled"
            raise IntegrityError(f"no wheel of {package.name} among the files", hint=hint)
        return _python_build.installed_components(wheel, tools)


def _projects(tree: SourceTree, exclude: tuple[str, ...], skips: list[Skip]) -> list[tuple[str, PythonProject]]:
    candidates = [path for path in tree.paths if PurePosixPath(path).name in {"pyproject.toml", "setup.cfg"}]
    wanted = []
    for path in candidates:
        reason = reason_to_skip(path, exclude)
        if reason:
            skips.append(Skip(path=path, reason=reason))
        else:
            wanted.append(path)
    texts = tree.read(wanted)
    problems: list[Problem] = []
    projects: dict[str, PythonProject] = {}
    for path in wanted:
        folder = PurePosixPath(path).parent.as_posix()
        try:
            project = _parse(path, texts[path])
        except ProjectError as error:
            problems += error.problems
            continue
        reason = _refusal(project)
        if reason and not (project is None and folder in projects):
            skips.append(Skip(path=path, reason=reason))
        elif project and folder not in projects:
            projects[folder] = project
    if problems:
        raise ProjectError.of(problems)
    return sorted(projects.items())


def _parse(path: str, text: str) -> PythonProject | None:
    reader = parse_pyproject if path.endswith("pyproject.toml") else parse_setup_cfg
    return reader(text, path)


def _refusal(project: PythonProject | None) -> str:
    if project is None:
        return "it only configures tools"
    if not project.pure:
        return f"its backend {project.backend} builds wheels for one platform only; pure wheels are planned so far"
    return project.skip


def _useful_files(tree: SourceTree, folder: str, project: PythonProject) -> list[str]:
    """List what detection reads besides the manifest: version modules, the readme, the nearest ``server.json``."""
    names = [*_version_files(tree, folder, project), project.readme, "server.json"]
    return [_join(folder, name) for name in names if name] + ["server.json"]


def _version_files(tree: SourceTree, folder: str, project: PythonProject) -> list[str]:
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
    return [path for base in ("src/", "") for end in ends if _join(folder, path := base + end) in existing]


def _found(tree: SourceTree, folder: str, project: PythonProject, texts: Mapping[str, str]) -> Found:
    sites = [*_own_sites(tree, folder, project, texts)]
    version = project.version or next((site.version for site in sites), "")
    server_file = next((p for p in (_join(folder, "server.json"), "server.json") if p in texts), "")
    server = _server(texts.get(server_file, ""), project.name)
    sites += _server_sites(server_file, texts.get(server_file, ""), server, project.name)
    marker = _MARKER.search(texts.get(_join(folder, project.readme), "")) if project.readme else None
    own = [name for name in project.scripts if canonical(name) == canonical(project.name)]
    return Found(
        name=project.name,
        path=folder,
        version="" if project.source in {"vcs", "backend"} else version,
        license=project.license,
        mcp_name=str(server.get("name") or "") or (marker[1] if marker else None),
        entry=next(iter([*own, *sorted(project.scripts)]), None),
        sites=tuple(sites),
        details={"universal": "yes" if project.universal else "no"},
    )


def _own_sites(tree: SourceTree, folder: str, project: PythonProject, texts: Mapping[str, str]) -> list[VersionSite]:
    """List where the package itself writes its version: the place that decides first."""
    sites = []
    if project.version and project.version_path:
        manifest = _join(folder, "setup.cfg" if project.version_path.startswith("metadata.") else "pyproject.toml")
        text = tree.read([manifest]).get(manifest, "")
        kind: SiteFormat = "ini" if manifest.endswith("setup.cfg") else "toml"
        line = toml_line(text, project.version_path)
        sites.append(_site(manifest, line, kind, project.version_path, project.version))
    for name in _version_files(tree, folder, project):
        path = _join(folder, name)
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


def _server(text: str, name: str) -> dict[str, Any]:
    """Return ``server.json`` when it speaks of this package."""
    try:
        server = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    listed = server.get("packages") if isinstance(server, dict) else []
    packages = listed if isinstance(listed, list) else []
    mine = [p for p in packages if isinstance(p, dict) and canonical(str(p.get("identifier", ""))) == canonical(name)]
    return server if mine else {}


def _server_sites(file: str, text: str, server: dict[str, Any], name: str) -> list[VersionSite]:
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


def _rename(path: Path, owed: set[str]) -> Path:
    """Give a file the plan's name when only case or separators differ: old backends do not normalise (PEP 625)."""

    def folded(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    match = next((name for name in owed if folded(name) == folded(path.name)), path.name)
    return path if match == path.name else path.rename(path.with_name(match))


def _compare(made: set[str], owed: set[str], package: Package) -> None:
    if made == owed:
        return
    lacking, extra = ", ".join(sorted(owed - made)) or "nothing", ", ".join(sorted(made - owed)) or "nothing"
    raise ProjectError(
        f"{package.name}: the build made other files than planned; missing: {lacking}; not planned: {extra}",
        file=f"{package.path}/pyproject.toml".removeprefix("./"),
        hint="plan again; if it stays, the build makes wheels for one platform, which is not planned",
    )


def _epoch(commit_time: str) -> int:
    from datetime import datetime

    return int(datetime.fromisoformat(commit_time).timestamp())


def _join(folder: str, name: str) -> str:
    return name if folder in {"", "."} else f"{folder}/{name}"


PLUGIN: Final = Python()
