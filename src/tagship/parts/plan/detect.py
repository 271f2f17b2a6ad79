"""Finding the packages of a project and every place of their versions, for the steps that plan and those that bump."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from msgspec.structs import replace

from tagship import plugins
from tagship.domain.manifests.layout import excluded, file_name, folder_of, join, marks_unreleased, reason_to_skip
from tagship.domain.manifests.python_metadata import canonical
from tagship.domain.versions.version_site import BYTE_ORDER_MARK, VersionSite
from tagship.errors import ProjectError
from tagship.parts.plan.extra_sites import extra_sites
from tagship.ports import Ecosystem, Found, Mention, Mentioned, Skip, SourceTree
from tagship.settings import Config


def detect(tree: SourceTree, settings: Config) -> tuple[list[Found], list[Skip]]:
    """Ask every ecosystem what it finds in a commit, and add what other files say of the versions.

    Raises:
        ProjectError: with all broken manifests.

    """
    found: list[Found] = []
    skips: list[Skip] = []
    not_released: list[Skip] = []
    markers = {folder_of(path): marker for path in tree.paths if (marker := marks_unreleased(path))}
    every: list[Any] = [plugins.load("ecosystems", name) for name in plugins.names("ecosystems")]
    languages: list[Ecosystem] = [each for each in every if isinstance(each, Ecosystem)]
    mentions: list[Mention] = [plugins.load("mentions", name) for name in plugins.names("mentions")]
    _read_together(tree, languages, mentions)
    for ecosystem in languages:
        packages, left_out = ecosystem.detect(tree, settings.exclude)
        skips += left_out
        for package in packages:
            held = _not_released(package, settings, markers)
            not_released += [held] if held else []
            found += [] if held else [package]
    found, apart = _without_strangers(found)
    apart += not_released
    left_alone = (*settings.exclude, *_folders_without(found, apart))
    mentioned = [*_mentioned(tree, left_alone, mentions), *extra_sites(tree, settings)]
    if mentioned and not found and not apart:
        found = [_without_manifest(mentioned)]
    here = {_folded(each.name) for each in found}
    owned = [(_owner(each, found), each) for each in mentioned]
    mine = [[each for owner, each in owned if owner is package] for package in found]
    return [_with_sites(package, own, here) for package, own in zip(found, mine, strict=True)], [*skips, *apart]


def _without_manifest(mentioned: list[Mentioned]) -> Found:
    """Describe a project of no language: a remote server, say, whose ``server.json`` or chart has a version all the same."""
    readable = [each for each in mentioned if each.site.read()] or mentioned
    first = next((each for each in readable if each.mcp_name), readable[0])
    name = next((each.mcp_name for each in mentioned if each.mcp_name), "").rpartition("/")[2]
    return Found(
        ecosystem=None,
        name=name or "project",
        path=".",
        version="" if first.site.placeholder else first.site.version,
        license=None,
        mcp_name=None,
        entry=None,
        sites=(),
        private=True,
    )


def _folders_without(found: list[Found], left_out: list[Skip]) -> list[str]:
    """Return the folders of packages left out that hold no package to release: what is said in them is nobody's."""
    return [skip.path for skip in left_out if not any(_contains(skip.path, f"{each.path}/") for each in found)]


def _without_strangers(found: list[Found]) -> tuple[list[Found], list[Skip]]:
    """Leave out private packages with a version that no published one has: a web front end, say, with a life of its own."""
    published = {package.version for package in found if not package.private}
    if not published:
        return found, []
    kept = [package for package in found if not package.private or not package.version or package.version in published]
    ours = set(map(id, kept))  # values would be compared one by one
    reason = "it is private, and has a version of its own"
    return kept, [Skip(path=package.path, reason=reason) for package in found if id(package) not in ours]


def nothing(folder: str, skips: list[Skip]) -> ProjectError:
    """Say that there is nothing to publish, and why."""
    why = "; ".join(f"{skip.path}: {skip.reason}" for skip in skips[:5]) or "no manifest is committed"
    remedies = [*dict.fromkeys(skip.remedy for skip in skips if skip.remedy)]
    usual = "commit a pyproject.toml, package.json, go.mod or Cargo.toml with a name and a version, "
    usual += "or point working-directory at the project"
    return ProjectError(f"nothing to publish here ({why})", file=folder, hint="; ".join(remedies[:3]) or usual)


def same_name(one: str, other: str) -> bool:
    """Compare two published names as their registries do: without case, and with ``-``, ``_`` and ``.`` alike (PEP 503)."""
    return _folded(one) == _folded(other)


def _not_released(package: Found, settings: Config, markers: Mapping[str, str]) -> Skip | None:
    wanted, marker = settings.packages.get(package.name), markers.get(package.path)
    if wanted and not wanted.release:
        remedy = f"take `release: false` of {package.name} out of the configuration when it may be released"
        return Skip(path=package.path, reason="the configuration says release: false", remedy=remedy)
    if marker:
        remedy = f"delete {join(package.path, marker)} when {package.name} may be released"
        return Skip(path=package.path, reason=f"the file {marker} beside it says so", remedy=remedy)
    return None


@cache
def _folded(name: str) -> str:
    return canonical(name)


def _read_together(tree: SourceTree, languages: Iterable[Ecosystem], mentions: Iterable[Mention]) -> None:
    """Read what most will ask for before anyone does: a tree keeps what it has read, and each reading starts git.

    An ecosystem may tell the names of its ``manifests``; one that does not reads them by itself.
    """
    manifests = {name for language in languages for name in getattr(language, "manifests", ())}
    wanted = {path for path in tree.paths if file_name(path) in manifests and not reason_to_skip(path)}
    tree.read(sorted(wanted.union(*(kind.files(tree.paths) for kind in mentions))))


def _mentioned(tree: SourceTree, exclude: tuple[str, ...], kinds: Sequence[Mention]) -> Iterable[Mentioned]:
    """Read all files that mention versions in one go."""
    paths = [path for path in tree.paths if not excluded(path, exclude)]
    chosen = {kind.name: kind.files(paths) for kind in kinds}
    texts = tree.read(sorted({file for files in chosen.values() for file in files}))
    for kind in kinds:
        for file in chosen[kind.name]:
            yield from kind.find(file, texts.get(file, "").removeprefix(BYTE_ORDER_MARK))


def _with_sites(package: Found, mine: list[Mentioned], here: set[str]) -> Found:
    """Give a package its mentions, and leave out what it says of packages that are not ``here``."""
    sites = _distinct([*package.sites, *(each.site for each in mine)])
    names = (each.mcp_name for each in mine if each.mcp_name)
    return replace(
        package,
        sites=tuple(site for site in sites if not site.package or _folded(site.package) in here),
        mcp_name=next(names, None) or package.mcp_name,
    )


def _owner(mention: Mentioned, found: list[Found]) -> Found | None:
    """Return the package a mention belongs to: the one it names, else the nearest around the file, else the only one."""
    if len(found) == 1 and found[0].ecosystem is None:
        return found[0]
    if mention.identifier:
        return next((package for package in found if same_name(package.name, mention.identifier)), None)
    place = mention.site.file if mention.folder is None else join(mention.folder, "")
    around = [package for package in found if _contains(package.path, place)]
    nearest = max(around, key=lambda package: len(PurePosixPath(package.path).parts), default=None)
    return nearest or (found[0] if len({package.path for package in found}) == 1 else None)


def _contains(folder: str, file: str) -> bool:
    return folder in {"", "."} or file.startswith(f"{folder}/")


def _distinct(sites: Iterable[VersionSite]) -> list[VersionSite]:
    """Keep the first of several finds of one place."""
    first: dict[object, VersionSite] = {}
    for site in sites:
        first.setdefault((site.file, site.path, site.pattern), site)
    return list(first.values())
