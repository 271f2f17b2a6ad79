"""Where an npm package writes its version: its manifest, its entry in a lock, and what others ask of it.

Sources: docs.npmjs.com/cli/configuring-npm/package-lock-json, github.com/pnpm/spec/blob/master/lockfile.
"""

import posixpath
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tagship.domain.manifests.layout import folder_of
from tagship.domain.manifests.npm_metadata import ASKED, asked, table
from tagship.domain.text.json_text import JsonPlaces
from tagship.domain.text.manifest_text import json_object
from tagship.domain.versions.version_site import VERSION, VersionSite
from tagship.domain.versions.written import matched_sites
from tagship.errors import ProjectError

Path = tuple[str | int, ...]


class Place(NamedTuple):
    """A version that was read, and where; ``folder`` is the package's that it is found for."""

    folder: str
    path: Path
    version: str
    template: str = VERSION
    package: str = ""


def manifest_places(folder: str, data: Mapping[str, Any], names: frozenset[str]) -> Iterator[Place]:
    """Give the version of a manifest, and what it asks of packages of this repository."""
    yield Place(folder, ("version",), str(data["version"]))
    yield from _ranges(folder, (), data, names)


def lock_places(lock: str, text: str, packages: Mapping[str, str]) -> list[Place]:
    """Find in a lock what it repeats of this repository's packages, which are given as folder and name.

    The root's version stands at the top (version 1 and on) and with the others' in ``packages`` (version 2 and on);
    version 2 says once more for old readers what each asks of the others.
    """
    try:
        data = json_object(text, lock)
    except ProjectError:
        return []  # npm tells that better
    top = folder_of(lock)
    names = frozenset(packages.values())
    found: list[Place] = []
    for folder, name in packages.items():
        key = "" if folder == top else posixpath.relpath(f"/{folder}", f"/{top}")  # no current folder comes into it
        if not key and isinstance(data.get("version"), str):
            found.append(Place(folder, ("version",), data["version"]))
        entry = table(table(data, "packages"), key)
        if isinstance(entry.get("version"), str):
            found.append(Place(folder, ("packages", key, "version"), entry["version"]))
        found += _ranges(folder, ("packages", key), entry, names)
        linked = table(table(data, "dependencies"), name)
        if str(linked.get("version")).startswith("file:"):
            again = {"dependencies": linked.get("requires")}
            found += [
                each._replace(path=("dependencies", name, "requires", each.package))
                for each in _ranges(folder, (), again, names)
            ]
    return found


def json_sites(file: str, text: str, places: Sequence[Place]) -> dict[str, list[VersionSite]]:
    """Locate the places of one document in one walk; by the folder of the package they are for."""
    known = JsonPlaces(text, [place.path for place in places])
    ends = [match.start() for match in re.finditer("\n", text)] if places else []
    found: dict[str, list[VersionSite]] = {}
    for place in places:
        span = known.span(place.path)
        if span is not None:
            site = VersionSite(
                file=file,
                line=bisect_right(ends, span.start) + 1,
                format="json",
                path=place.path,
                spelling="semver",
                version=place.version,
                template=place.template,
                package=place.package,
            )
            found.setdefault(place.folder, []).append(site)
    return found


def pnpm_sites(lock: str, text: str, names: Iterable[str]) -> dict[str, list[VersionSite]]:
    """Find the ranges that ``pnpm install --frozen-lockfile`` compares with the manifests; by the package asked for.

    Only those that lead to a folder of the repository (``version: link:…``): the others mean a registry's packages.
    """
    found: dict[str, list[VersionSite]] = {}
    for name in names if "link:" in text else ():
        before = rf"^ +'?{re.escape(name)}'?:\r?\n +specifier: '?(?:workspace:)?(?:\^|~|>=|=)?"
        pattern = rf"{before}(?P<version>{ASKED})'?\r?\n +version: link:"
        sites = matched_sites(lock, text, pattern, lambda _: True)
        found[name] = [_with_package(site, name) for site in sites]
    return found


def _with_package(site: VersionSite, name: str) -> VersionSite:
    import msgspec

    return msgspec.structs.replace(site, package=name)


def _ranges(folder: str, above: Path, data: Mapping[str, Any], names: frozenset[str]) -> Iterator[Place]:
    for each in asked(data, names):
        yield Place(folder, (*above, each.kind, each.name), each.version, each.template, each.name)
