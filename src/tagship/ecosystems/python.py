"""Python packages: uv, hatch, setuptools, maturin and whatever else has a PEP 517 backend; wheels for every platform or each."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from tagship.adapters.uv import uv_version
from tagship.domain.manifests.layout import file_name, folder_of, join, reason_to_skip
from tagship.domain.manifests.python_metadata import (
    PythonProject,
    canonical,
    parse_pyproject,
    sdist_name,
    wheel_name,
)
from tagship.domain.manifests.python_versions import lines
from tagship.domain.manifests.setup_cfg import parse_setup_cfg
from tagship.domain.plans.artifact import MEDIA_TYPES, Artifact, Kind
from tagship.domain.plans.plan import EcosystemName, Package
from tagship.domain.plans.target import Target
from tagship.domain.text.lazy_pattern import lazy
from tagship.domain.versions.version_site import is_placeholder
from tagship.ecosystems import _python_compiled, _python_sites
from tagship.ecosystems._python_sites import LOCK
from tagship.errors import IntegrityError, Problem, ProjectError
from tagship.ports import BuildJob, Built, Found, Order, Skip, SourceTree, Tools

LEG: Final = "python-any"
SDKS: Final = ("mcp", "fastmcp")
_NAME: Final = lazy(r"[A-Za-z0-9][\w.-]*")
_MARKER: Final = lazy(r"mcp-name:\s*([A-Za-z0-9.-]+/[A-Za-z0-9._-]+)")


class Python:
    """:class:`tagship.ports.Ecosystem` for PyPI packages."""

    name: ClassVar[EcosystemName] = "python"
    manifests: ClassVar[tuple[str, ...]] = ("pyproject.toml", "setup.cfg")

    def detect(self, tree: SourceTree, exclude: tuple[str, ...]) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
        """Find projects by their manifests; all broken ones are told together."""
        skips: list[Skip] = []
        projects = _projects(tree, exclude, skips)
        read = tree.read([path for folder, project in projects for path in _useful_files(tree, folder, project)])
        found = tuple(_found(tree, folder, project, read) for folder, project in projects)
        return found, tuple(skips)

    def artifacts(self, package: Package, found: Found, order: Order) -> tuple[Artifact, ...]:
        """Name the sdist and the wheel, or a wheel per platform; the first of those legs makes the sdist as well."""
        del found
        sdist = sdist_name(package.name, package.spellings.pep440)
        if "wheels" not in package.details:
            universal = package.details.get("universal") == "yes"
            wheel = wheel_name(package.name, package.spellings.pep440, universal=universal)
            return _artifact(package, wheel, Target.ANY, LEG), _artifact(package, sdist, Target.ANY, LEG)
        made = [
            _artifact(package, name, target, LEG if target is Target.ANY else f"python-{target}")
            for name, target in _python_compiled.wheels(package, order.targets)
        ]
        legs = [artifact.leg for artifact in made] or [LEG]
        return *made, _artifact(package, sdist, Target.ANY, legs[0])

    def hindrance(self, package: Package, targets: Sequence[Target], tools: Tools) -> str:
        """Build anywhere what runs everywhere: uv is locked with this command; ask for toolchains for the rest."""
        if "wheels" not in package.details:
            return ""
        from tagship.ecosystems import _python_toolchains

        return _python_toolchains.hindrance(package, targets, tools)

    def build(self, job: BuildJob, tools: Tools) -> Built:
        """Build wheels and sdist, and prove that they are what was planned.

        Raises:
            ProjectError: it does not build, PyPI would refuse it, or name or version differ from the plan.

        """
        from tagship.ecosystems import _python_build

        epoch = job.epoch
        owed = {artifact.name for artifact in job.owed}
        if any(artifact.target is not Target.ANY for artifact in job.owed):
            from tagship.ecosystems._python_platform import PlatformBuild

            made = PlatformBuild(job, epoch, tools)
            files = made.run()
            versions = made.versions
        else:
            files, versions = _python_build.build(job, epoch, tools), {}
        for path in files:
            _python_build.check_metadata(path, job.package)
            if path.suffix == ".whl":
                _python_build.check_contents(path, job.package)
        files = [_rename(path, owed) for path in files]
        _compare({path.name for path in files}, owed, job.package)
        _python_build.twine_check(files, tools)
        versions = {"uv": uv_version(job.out, tools), **versions}
        return Built(files=tuple(path.name for path in files), tools=versions)

    def bill_of_materials(self, package: Package, files: Mapping[str, Path], tools: Tools) -> dict[str, Any]:
        """Resolve the wheel as an installer would today and list all that gets installed."""
        from tagship.ecosystems import _python_build

        wheels = sorted(path for path in files.values() if path.suffix == ".whl")
        wheel = next((path for path in wheels if "-manylinux_" in path.name), next(iter(wheels), None))
        if wheel is None:
            hint = "the SBOM is made from the wheel; pass the folder that `tagship build` filled"
            raise IntegrityError(f"no wheel of {package.name} among the files", hint=hint)
        return _python_build.installed_components(wheel, package.details.get("extras", ""), tools)


def _projects(tree: SourceTree, exclude: tuple[str, ...], skips: list[Skip]) -> list[tuple[str, PythonProject]]:
    candidates = [path for path in tree.paths if file_name(path) in {"pyproject.toml", "setup.cfg"}]
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
        folder = folder_of(path)
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
    return project.skip


def _useful_files(tree: SourceTree, folder: str, project: PythonProject) -> list[str]:
    """List what detection reads besides the manifest: version modules, the readme, the nearest lock."""
    names = ["pyproject.toml", *_python_sites.version_files(tree, folder, project), project.readme, LOCK]
    compiled = _python_compiled.useful_files(tree, folder, project)
    return [join(folder, name) for name in names if name] + [LOCK, *compiled]


def _found(tree: SourceTree, folder: str, project: PythonProject, texts: Mapping[str, str]) -> Found:
    sites = [*_python_sites.own_sites(tree, folder, project, texts)]
    version = project.version or next((site.version for site in sites), "")
    manifest = join(folder, "pyproject.toml")
    sites += _python_sites.pinned_sites(manifest, texts.get(manifest, ""), project)
    lock_file = next((p for p in (join(folder, LOCK), LOCK) if p in texts), "")
    sites += _python_sites.lock_sites(lock_file, texts.get(lock_file, ""), project.name)
    marker = _MARKER.search(texts.get(join(folder, project.readme), "")) if project.readme else None
    depends = tuple(sorted({canonical(named[0]) for text in project.depends if (named := _NAME.match(text))}))
    own = [name for name in project.scripts if canonical(name) == canonical(project.name)]
    return Found(
        ecosystem="python",
        name=project.name,
        path=folder,
        version="" if project.source in {"vcs", "backend"} or is_placeholder(version) else version,
        license=project.license,
        mcp_name=marker[1] if marker else None,
        entry=next(iter([*own, *sorted(project.scripts)]), None),
        sites=tuple(sites),
        runtimes={"python": lines(project.requires)},
        sdk=next((name for name in SDKS if name in depends), ""),
        depends=depends,
        details={
            "universal": "yes" if project.universal else "no",
            **_python_compiled.details(tree, folder, project, texts),
        },
    )


def _artifact(package: Package, name: str, target: Target, leg: str) -> Artifact:
    kind: Kind = "wheel" if name.endswith(".whl") else "sdist"
    return Artifact(name=name, kind=kind, package=package.id, target=target, media_type=MEDIA_TYPES[kind], leg=leg)


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
        hint="plan again; if it stays, say in `wheels.tag` of the package in tagship.yaml what its wheels are for",
    )


PLUGIN: Final = Python()
