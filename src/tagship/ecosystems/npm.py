"""npm packages: every manifest with a version, whatever workspace it is in; their locks, and what they ask of each other."""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, ClassVar, Final

from tagship.domain.layout import reason_to_skip
from tagship.domain.manifest_text import json_object
from tagship.domain.npm_metadata import NpmPackage, read_package
from tagship.domain.plan import EcosystemName
from tagship.domain.version_site import BYTE_ORDER_MARK, VersionSite, is_placeholder
from tagship.ecosystems import _npm_sites
from tagship.errors import Problem, ProjectError
from tagship.ports import Found, Skip, SourceTree

MANIFEST: Final = "package.json"
LOCKS: Final = ("package-lock.json", "npm-shrinkwrap.json")
PNPM_LOCK: Final = "pnpm-lock.yaml"
Packages = Mapping[str, tuple[NpmPackage, Mapping[str, Any]]]


class Npm:
    """:class:`tagship.ports.Ecosystem` for npm packages."""

    name: ClassVar[EcosystemName] = "npm"

    def detect(self, tree: SourceTree, exclude: tuple[str, ...]) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
        """Find every package that has a version; all broken manifests are told together."""
        files = [path for path in tree.paths if path.endswith((MANIFEST, *LOCKS, PNPM_LOCK))]
        manifests = [path for path in files if PurePosixPath(path).name == MANIFEST]
        skips = [Skip(path=path, reason=reason) for path in manifests if (reason := reason_to_skip(path, exclude))]
        wanted = [path for path in manifests if not reason_to_skip(path, exclude)]
        named = [path for path in files if PurePosixPath(path).name in {*LOCKS, PNPM_LOCK}]
        locks = [path for path in named if not reason_to_skip(path, exclude)]
        read = tree.read([*wanted, *locks]) if wanted else {}
        texts = {path: text.removeprefix(BYTE_ORDER_MARK) for path, text in read.items()}
        packages = _packages(wanted, texts, skips)
        sites = _sites(packages, texts, locks)
        return tuple(_found(path, package, sites[path]) for path, (package, _) in packages.items()), tuple(skips)


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
    names = {_folder(path): package.name for path, (package, _) in packages.items()}
    known = frozenset(name for name in names.values() if name)
    found: dict[str, list[VersionSite]] = {path: [] for path in packages}
    for path, (_, data) in packages.items():
        places = [*_npm_sites.manifest_places(_folder(path), data, known)]
        found[path] += _npm_sites.json_sites(path, texts[path], places).get(_folder(path), [])
    for lock in locks:
        text = texts.get(lock, "")
        pnpm = lock.endswith(PNPM_LOCK)
        by_name = _npm_sites.pnpm_sites(lock, text, sorted(known)) if pnpm else {}
        places = [] if pnpm else _npm_sites.lock_places(lock, text, names)
        by_folder = _npm_sites.json_sites(lock, text, places) if places else {}
        for path, (package, _) in packages.items():
            found[path] += [*by_folder.get(_folder(path), []), *by_name.get(package.name, [])]
    return found


def _found(path: str, package: NpmPackage, sites: list[VersionSite]) -> Found:
    return Found(
        ecosystem="npm",
        name=package.name or "workspace",
        path=_folder(path),
        version="" if is_placeholder(package.version) else package.version,
        license=package.license,
        mcp_name=package.mcp_name,
        entry=package.entry,
        sites=tuple(sites),
        depends=package.depends,
        private=package.private,
    )


def _folder(path: str) -> str:
    return PurePosixPath(path).parent.as_posix()


PLUGIN: Final = Npm()
