"""npm packages: their manifests, workspaces, locks, and the ranges by which they ask for each other.

Sources: docs.npmjs.com/cli/configuring-npm (package.json, package-lock.json), pnpm.io/workspaces.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, ClassVar, Final

from tagship.domain.json_text import json_string_span
from tagship.domain.layout import reason_to_skip
from tagship.domain.manifest_text import json_object
from tagship.domain.plan import EcosystemName
from tagship.domain.version_site import BYTE_ORDER_MARK, VERSION, VersionSite, is_placeholder, line_of
from tagship.errors import Problem, ProjectError
from tagship.ports import Found, Skip, SourceTree

MANIFEST: Final = "package.json"
LOCKS: Final = ("package-lock.json", "npm-shrinkwrap.json")
KINDS: Final = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
_RANGE: Final = re.compile(
    r"(?P<before>(?:workspace:)?(?:\^|~|>=|=)?)(?P<version>\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.\d+)?)"
)
"""Ranges that name one version; others (``*``, ``>=1 <3``, ``catalog:``, ``file:…``) fit the next one, or say nothing."""
Path = tuple[str | int, ...]


class Npm:
    """:class:`tagship.ports.Ecosystem` for npm packages."""

    name: ClassVar[EcosystemName] = "npm"

    def detect(self, tree: SourceTree, exclude: tuple[str, ...]) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
        """Find every manifest that has a name and a version; all broken ones are told together."""
        files = [path for path in tree.paths if PurePosixPath(path).name in {MANIFEST, *LOCKS}]
        manifests = [path for path in files if PurePosixPath(path).name == MANIFEST]
        skips = [Skip(path=path, reason=reason) for path in manifests if (reason := reason_to_skip(path, exclude))]
        wanted = [path for path in manifests if not reason_to_skip(path, exclude)]
        locks = {PurePosixPath(path).parent.as_posix(): path for path in reversed(files) if path not in manifests}
        read = tree.read([*wanted, *locks.values()]) if wanted else {}
        texts = {path: text.removeprefix(BYTE_ORDER_MARK) for path, text in read.items()}
        packages, problems = _read(wanted, texts, skips)
        if problems:
            raise ProjectError.of(problems)
        names = frozenset(str(data["name"]) for data in packages.values() if data.get("name"))
        return tuple(_found(path, data, names, texts, locks) for path, data in packages.items()), tuple(skips)


def _read(
    paths: list[str], texts: Mapping[str, str], skips: list[Skip]
) -> tuple[dict[str, dict[str, Any]], list[Problem]]:
    packages: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            data = json_object(texts.get(path, ""), path)
        except ProjectError as error:
            problems += error.problems
            continue
        if not isinstance(data.get("version"), str):
            what = "private and " if data.get("private") is True else ""
            skips.append(Skip(path=path, reason=f"it is {what}without a version"))
        elif not isinstance(data.get("name"), str) and PurePosixPath(path).parent.as_posix() != ".":
            skips.append(Skip(path=path, reason="it has no name"))
        else:
            packages[path] = data
    return packages, problems


def _found(
    path: str, data: dict[str, Any], names: frozenset[str], texts: Mapping[str, str], locks: Mapping[str, str]
) -> Found:
    folder = PurePosixPath(path).parent.as_posix()
    version = str(data["version"])
    name = data.get("name")
    sites = [*_site(path, texts[path], ("version",)), *_ranges(path, texts[path], (), data, names)]
    for lock_folder, lock in locks.items():
        if lock_folder in {folder, "."} or folder.startswith(f"{lock_folder}/"):
            sites += _lock_sites(lock, texts.get(lock, ""), folder, lock_folder, names)
    return Found(
        ecosystem="npm",
        name=name if isinstance(name, str) else "workspace",
        path=folder,
        version="" if is_placeholder(version) else version,
        license=data["license"] if isinstance(data.get("license"), str) else None,
        mcp_name=data["mcpName"] if isinstance(data.get("mcpName"), str) else None,
        entry=_entry(name if isinstance(name, str) else "", data.get("bin")),
        sites=tuple(sites),
        depends=tuple(sorted({str(key) for kind in KINDS for key in _table(data, kind)})),
        private=data.get("private") is True or not isinstance(name, str),
    )


def _lock_sites(lock: str, text: str, folder: str, lock_folder: str, names: frozenset[str]) -> Iterator[VersionSite]:
    """Find a package's own entry in a lock: at its top (version 1 and on), and by its folder (version 2 and on)."""
    try:
        data = json_object(text, lock)
    except ProjectError:
        return  # npm tells that better
    own = folder == lock_folder
    key = "" if own else folder.removeprefix(f"{lock_folder}/") if lock_folder != "." else folder
    if own:
        yield from _site(lock, text, ("version",))
    entry = _table(data, "packages").get(key)
    if isinstance(entry, dict):
        yield from _site(lock, text, ("packages", key, "version"))
        yield from _ranges(lock, text, ("packages", key), entry, names)


def _ranges(file: str, text: str, above: Path, data: Mapping[str, Any], names: frozenset[str]) -> Iterator[VersionSite]:
    """Find the ranges that ask for packages of this repository by one version."""
    for kind in KINDS:
        for name, wanted in _table(data, kind).items():
            match = _RANGE.fullmatch(wanted) if name in names and isinstance(wanted, str) else None
            if match:
                yield from _site(file, text, (*above, kind, name), match["version"], match["before"] + VERSION, name)


def _site(
    file: str, text: str, path: Path, version: str = "", template: str = VERSION, package: str = ""
) -> Iterator[VersionSite]:
    span = json_string_span(text, path)
    if span is not None:
        yield VersionSite(
            file=file,
            line=line_of(text, span[0]),
            format="json",
            path=path,
            spelling="semver",
            version=version or text[span[0] : span[1]],
            template=template,
            package=package,
        )


def _entry(name: str, commands: object) -> str | None:
    """Return the command that npm installs: the one called like the package, else the first."""
    bare = name.rpartition("/")[2]
    if isinstance(commands, str):
        return bare or None
    known = list(map(str, commands)) if isinstance(commands, dict) else []
    return bare if bare in known else next(iter(known), None)


def _table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = data.get(key)
    return found if isinstance(found, dict) else {}


PLUGIN: Final = Npm()
