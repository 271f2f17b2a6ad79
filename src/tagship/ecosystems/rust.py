"""Rust crates: manifests, workspaces that hand their version down, path dependencies, the lock.

Source: doc.rust-lang.org/cargo/reference (manifest, workspaces, specifying dependencies).
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, ClassVar, Final

from tagship.domain.layout import join, reason_to_skip
from tagship.domain.manifest_text import toml_table
from tagship.domain.plan import EcosystemName
from tagship.domain.version_site import VERSION, VersionSite, find, is_placeholder, line_of, toml_line
from tagship.errors import Problem, ProjectError
from tagship.ports import Found, Skip, SourceTree

MANIFEST: Final = "Cargo.toml"
LOCK: Final = "Cargo.lock"
KINDS: Final = ("dependencies", "dev-dependencies", "build-dependencies")
_RANGE: Final = re.compile(r"(?P<before>[\^~=]?\s*)(?P<version>\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.\d+)?)")
Path = tuple[str | int, ...]
Manifests = Mapping[str, dict[str, Any]]


class Rust:
    """:class:`tagship.ports.Ecosystem` for crates."""

    name: ClassVar[EcosystemName] = "rust"

    def detect(self, tree: SourceTree, exclude: tuple[str, ...]) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
        """Find every crate; all broken manifests are told together."""
        named = {MANIFEST, LOCK}
        files = [path for path in tree.paths if PurePosixPath(path).name in named]
        skips = [Skip(path=path, reason=reason) for path in files if (reason := reason_to_skip(path, exclude))]
        wanted = [path for path in files if not reason_to_skip(path, exclude)]
        texts = tree.read(wanted) if wanted else {}
        manifests: dict[str, dict[str, Any]] = {}
        problems: list[Problem] = []
        for path in (path for path in wanted if path.endswith(MANIFEST)):
            try:
                manifests[path] = toml_table(texts.get(path, ""), path)
            except ProjectError as error:
                problems += error.problems
        if problems:
            raise ProjectError.of(problems)
        found = [_found(path, manifests, texts, tree) for path, data in manifests.items() if _name(data)]
        skips += [
            Skip(path=p, reason="it is a workspace without a crate") for p, d in manifests.items() if not _name(d)
        ]
        return tuple(found), tuple(skip for skip in skips if skip.path.endswith(MANIFEST))


def _found(path: str, manifests: Manifests, texts: Mapping[str, str], tree: SourceTree) -> Found:
    data = manifests[path]
    folder = PurePosixPath(path).parent.as_posix()
    root = _workspace(folder, manifests)
    package = _get(data, "package")
    name = str(package["name"])
    sites = [*_own_site(path, data, root, manifests, texts)]
    sites += _ranges(path, texts[path], (), data)
    if root:
        sites += _ranges(root, texts[root], ("workspace",), _get(manifests[root], "workspace"))
    lock = join(PurePosixPath(root or path).parent.as_posix(), LOCK)
    sites += _lock_site(lock, texts.get(lock, ""), name)
    version = sites[0].version if sites and not sites[0].package and sites[0].format == "toml" else ""
    shared = _get(manifests[root], "workspace", "package") if root else {}
    license_ = shared.get("license") if isinstance(package.get("license"), dict) else package.get("license")
    return Found(
        ecosystem="rust",
        name=name,
        path=folder,
        version="" if is_placeholder(version) else version,
        license=license_ if isinstance(license_, str) else None,
        mcp_name=None,
        entry=_entry(name, data, folder, tree),
        sites=tuple(sites),
        depends=tuple(
            sorted({_real_name(key, wanted) for _, table in _tables((), data) for key, wanted in table.items()})
        ),
        private=package.get("publish") is False or package.get("publish") == [],
    )


def _own_site(
    path: str, data: Mapping[str, Any], root: str, manifests: Manifests, texts: Mapping[str, str]
) -> Iterator[VersionSite]:
    """Find where the crate's version is written: in its manifest, or in its workspace's (``version.workspace = true``)."""
    version = _get(data, "package").get("version")
    if isinstance(version, str):
        yield _site(path, texts[path], ("package", "version"), version)
    elif isinstance(version, dict) and root:
        inherited = _get(manifests[root], "workspace", "package").get("version")
        if isinstance(inherited, str):
            yield _site(root, texts[root], ("workspace", "package", "version"), inherited)


def _workspace(folder: str, manifests: Manifests) -> str:
    """Return the nearest manifest above (or of) a folder that has a workspace table; empty when there is none."""
    for parent in (PurePosixPath(folder), *PurePosixPath(folder).parents):
        path = join(parent.as_posix(), MANIFEST)
        if "workspace" in manifests.get(path, {}):
            return path
    return ""


def _ranges(file: str, text: str, above: Path, data: Mapping[str, Any]) -> Iterator[VersionSite]:
    """Find path dependencies that name one version as well: crates.io sees only that."""
    for path, table in _tables(above, data):
        for key, wanted in table.items():
            asked = wanted.get("version") if isinstance(wanted, dict) and "path" in wanted else None
            match = _RANGE.fullmatch(asked) if isinstance(asked, str) else None
            if match:
                template = match["before"] + VERSION
                yield _site(file, text, (*path, key, "version"), match["version"], template, _real_name(key, wanted))


def _tables(above: Path, data: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Give every table of dependencies, those of targets too."""
    for kind in KINDS:
        yield (*above, kind), _get(data, kind)
    for target, tables in _get(data, "target").items():
        for kind in KINDS:
            yield (*above, "target", target, kind), _get(tables, kind) if isinstance(tables, dict) else {}


def _lock_site(file: str, text: str, name: str) -> Iterator[VersionSite]:
    """Find the crate's own entry in the lock: the one that comes from nowhere else."""
    pattern = rf'^\[\[package\]\]\r?\nname = "{re.escape(name)}"\r?\nversion = "(?P<version>[^"\n]+)"\r?\n(?!source = )'
    match = find(pattern, text)
    if match:
        line = line_of(text, match.start("version"))
        yield VersionSite(
            file=file, line=line, format="pattern", pattern=pattern, spelling="semver", version=match["version"]
        )


def _site(file: str, text: str, path: Path, version: str, template: str = VERSION, package: str = "") -> VersionSite:
    return VersionSite(
        file=file,
        line=toml_line(text, path),
        format="toml",
        path=path,
        spelling="semver",
        version=version,
        template=template,
        package=package,
    )


def _entry(name: str, data: Mapping[str, Any], folder: str, tree: SourceTree) -> str | None:
    """Return the program that the crate makes: ``[[bin]]``, or what ``src/main.rs`` is called."""
    programs = data.get("bin")
    named = [each.get("name") for each in programs if isinstance(each, dict)] if isinstance(programs, list) else []
    found = [program for program in named if isinstance(program, str)]
    if join(folder, "src/main.rs") in set(tree.paths):
        found.append(name)
    return name if name in found else next(iter(found), None)


def _name(data: Mapping[str, Any]) -> str:
    name = _get(data, "package").get("name")
    return name if isinstance(name, str) else ""


def _real_name(key: str, wanted: object) -> str:
    """Return the crate that a dependency means: ``package`` renames it."""
    renamed = wanted.get("package") if isinstance(wanted, dict) else None
    return renamed if isinstance(renamed, str) else key


def _get(data: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """Walk nested tables; an empty one where one is missing or is none."""
    found: Any = data
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


PLUGIN: Final = Rust()
