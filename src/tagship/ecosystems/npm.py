"""npm packages: every manifest with a version, whatever workspace it is in; their locks, and what they ask of each other."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from tagship.domain.components.sbom import no_components
from tagship.domain.manifests.layout import file_name, folder_of, reason_to_skip
from tagship.domain.manifests.node_versions import lines
from tagship.domain.manifests.npm_metadata import NpmPackage, carries_a_binary, read_package
from tagship.domain.plans.artifact import MEDIA_TYPES, Artifact
from tagship.domain.plans.plan import EcosystemName, Package
from tagship.domain.plans.target import Target
from tagship.domain.text.manifest_text import json_object
from tagship.domain.versions.version_site import BYTE_ORDER_MARK, VersionSite, is_placeholder
from tagship.ecosystems import _npm_sites, _npm_tools
from tagship.errors import Problem, ProjectError
from tagship.ports import BuildJob, Built, Found, Order, Skip, SourceTree, Tools

MANIFEST: Final = "package.json"
LOCKS: Final = ("package-lock.json", "npm-shrinkwrap.json")
PNPM_LOCK: Final = "pnpm-lock.yaml"
LEG: Final = "npm-any"
SDKS: Final = ("@modelcontextprotocol/sdk", "@modelcontextprotocol/server", "fastmcp", "mcp-framework")
Packages = Mapping[str, tuple[NpmPackage, Mapping[str, Any]]]


class Npm:
    """:class:`tagship.ports.Ecosystem` for npm packages."""

    name: ClassVar[EcosystemName] = "npm"
    manifests: ClassVar[tuple[str, ...]] = ("package.json",)

    def detect(self, tree: SourceTree, exclude: tuple[str, ...]) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
        """Find every package that has a version; all broken manifests are told together."""
        files = [path for path in tree.paths if path.endswith((MANIFEST, *LOCKS, PNPM_LOCK))]
        manifests = [path for path in files if file_name(path) == MANIFEST]
        skips = [Skip(path=path, reason=reason) for path in manifests if (reason := reason_to_skip(path, exclude))]
        wanted = [path for path in manifests if not reason_to_skip(path, exclude)]
        named = [path for path in files if file_name(path) in {*LOCKS, PNPM_LOCK}]
        locks = [path for path in named if not reason_to_skip(path, exclude)]
        read = tree.read([*wanted, *locks]) if wanted else {}
        texts = {path: text.removeprefix(BYTE_ORDER_MARK) for path, text in read.items()}
        packages = _packages(wanted, texts, skips)
        sites = _sites(packages, texts, locks)
        paths = [path for path in tree.paths if file_name(path) in {*_npm_tools.LOCKS, ".yarnrc.yml"}]
        found = (_found(path, package, data, sites[path], paths) for path, (package, data) in packages.items())
        return tuple(found), tuple(skips)

    def artifacts(self, package: Package, found: Found, order: Order) -> tuple[Artifact, ...]:
        """Name the tarball, as npm does: ``@scope/name`` is ``scope-name-<version>.tgz``."""
        del found, order
        name = package.name.removeprefix("@").replace("/", "-")
        return (
            Artifact(
                name=f"{name}-{package.version}.tgz",
                kind="npm",
                package=package.id,
                target=Target.ANY,
                media_type=MEDIA_TYPES["npm"],
                leg=LEG,
            ),
        )

    def hindrance(self, package: Package, targets: Sequence[Target], tools: Tools) -> str:
        """Ask for npm, and for the project's own package manager."""
        del targets
        wanted = ("npm", _npm_tools.program(package.details.get("manager", "npm")))
        missing = [name for name in wanted if not shutil.which(name, path=tools.environment.get("PATH"))]
        return f"{missing[0]} is not installed" if missing else ""

    def build(self, job: BuildJob, tools: Tools) -> Built:
        """Install what the lock says, run the build script, pack, and prove that the tarball is what was planned.

        Raises:
            ProjectError: a step failed, or the tarball is not what its manifest says.

        """
        from tagship.ecosystems._npm_build import NpmBuild

        tarball = NpmBuild(job, tools).run()
        return Built(files=(tarball.name,), tools=_npm_tools.versions(job, tools))

    def bill_of_materials(self, package: Package, files: Mapping[str, Path], tools: Tools) -> dict[str, Any]:
        """Resolve the tarball as an installer would today and list all that gets installed."""
        from tagship.ecosystems._npm_components import installed_components

        tarball = next((path for path in files.values() if path.suffix == ".tgz"), None)
        if tarball is None:
            raise no_components(package)
        return installed_components(tarball, package, tools)


def _packages(paths: list[str], texts: Mapping[str, str], skips: list[Skip]) -> Packages:
    packages: dict[str, tuple[NpmPackage, Mapping[str, Any]]] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            data = json_object(texts.get(path, ""), path)
            package = read_package(data, texts[path], path)
        except ProjectError as error:
            problems += error.problems
            continue
        if package.skip:
            skips.append(Skip(path=path, reason=package.skip))
        elif not package.name and path != MANIFEST:
            skips.append(Skip(path=path, reason="it has no name"))
        else:
            packages[path] = (package, data)
    if problems:
        raise ProjectError.of(problems)
    return packages


def _sites(packages: Packages, texts: Mapping[str, str], locks: Iterable[str]) -> dict[str, list[VersionSite]]:
    """Find the places of all packages, by their manifests; every file is read and walked once."""
    names = {folder_of(path): package.name for path, (package, _) in packages.items()}
    known = frozenset(name for name in names.values() if name)
    found: dict[str, list[VersionSite]] = {path: [] for path in packages}
    for path, (_, data) in packages.items():
        places = [*_npm_sites.manifest_places(folder_of(path), data, known)]
        found[path] += _npm_sites.json_sites(path, texts[path], places).get(folder_of(path), [])
    for lock in locks:
        text = texts.get(lock, "")
        pnpm = lock.endswith(PNPM_LOCK)
        by_name = _npm_sites.pnpm_sites(lock, text, sorted(known)) if pnpm else {}
        places = [] if pnpm else _npm_sites.lock_places(lock, text, names)
        by_folder = _npm_sites.json_sites(lock, text, places) if places else {}
        for path, (package, _) in packages.items():
            found[path] += [*by_folder.get(folder_of(path), []), *by_name.get(package.name, [])]
    return found


def _found(
    path: str, package: NpmPackage, data: Mapping[str, Any], sites: list[VersionSite], paths: Sequence[str]
) -> Found:
    manager, lock = _npm_tools.choose(paths, folder_of(path))
    engines = data.get("engines")
    node = engines.get("node") if isinstance(engines, dict) else ""
    return Found(
        ecosystem="npm",
        name=package.name or "workspace",
        path=folder_of(path),
        version="" if is_placeholder(package.version) else package.version,
        license=package.license,
        mcp_name=package.mcp_name,
        entry=package.entry,
        sites=tuple(sites),
        depends=package.depends,
        private=package.private,
        sdk=next((name for name in SDKS if name in package.depends), ""),
        not_built=carries_a_binary(data),
        runtimes={"node": lines(node if isinstance(node, str) else "")},
        details={"manager": manager, **({"lock": lock} if lock else {})},
    )


PLUGIN: Final = Npm()
