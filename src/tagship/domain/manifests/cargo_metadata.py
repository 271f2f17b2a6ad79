"""What a crate says about itself, with what its workspace hands down; read, never run.

Source: doc.rust-lang.org/cargo/reference (manifest, workspaces, specifying dependencies).
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Final, NamedTuple

import msgspec

from tagship.domain.manifests.layout import is_template
from tagship.domain.manifests.python_metadata import spdx
from tagship.domain.text.lazy_pattern import lazy
from tagship.domain.versions.version import is_semver
from tagship.domain.versions.version_site import VERSION, is_placeholder, toml_line
from tagship.errors import ProjectError

KINDS: Final = ("dependencies", "dev-dependencies", "build-dependencies")
_PUBLISHED: Final = ("dependencies", "build-dependencies")
_NAME: Final = lazy(r"\w[\w-]*", re.ASCII)
_RANGE: Final = lazy(r"(?P<before>[\^~=]?\s*)(?P<version>[0-9]+\.[0-9]+\.[0-9]+(?:-(?:alpha|beta|rc)\.[0-9]+)?)")
"""Requirements that name one whole version; ``1.2`` and ``*`` fit the next one."""
Path = tuple[str, ...]
Table = Mapping[str, Any]


class Crate(msgspec.Struct, frozen=True, kw_only=True):
    """One crate's own words; ``inherits`` says that its version is its workspace's.

    ``registries`` are those that it may be published to, all where there are none; ``needs`` what of ``depends`` must be
    there before: what only its tests need is left out when it is published.

    ``programs`` are those that the manifest names, ``usual`` the one among them that ``cargo run`` starts; ``unnamed`` are
    folders and files whose programs it does not name, which Cargo finds itself.
    """

    name: str
    version: str = ""
    inherits: bool = False
    private: bool = False
    license: str | None = None
    programs: tuple[str, ...] = ()
    usual: str = ""
    unnamed: tuple[str, ...] = ()
    depends: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    registries: tuple[str, ...] = ()


class Asked(NamedTuple):
    """A path dependency that names one version as well: all that crates.io sees of it."""

    path: Path
    name: str
    version: str
    template: str


def read_crate(data: Table, workspace: Table, text: str, file: str) -> Crate | None:
    """Read a ``Cargo.toml``; ``None`` when it is a workspace without a crate, or a template of one.

    Raises:
        ProjectError: no name, or a version that Cargo does not take.

    """
    package, shared = table(data, "package"), table(workspace, "package")
    name = package.get("name")
    if "package" not in data or (isinstance(name, str) and is_template(name)):
        return None
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        hint = "give it: name = \"…\" under [package], of letters, digits, '-' and '_'"
        line = toml_line(text, ("package", "name"))
        raise ProjectError("[package] has no name that Cargo takes", file=file, line=line, hint=hint)
    version = _version(package, shared, text, file)
    publish, license_ = _inherited(package, shared, "publish"), _inherited(package, shared, "license")
    bins = [each for each in written if isinstance(each, dict)] if isinstance(written := data.get("bin"), list) else []
    named = {str(each.get("path")) for each in bins}
    usual = package.get("default-run")
    return Crate(
        name=name,
        version=version,
        inherits=isinstance(package.get("version"), dict),
        private=publish is False or publish == [] or not version,
        license=spdx(license_.replace("/", " OR ")) if isinstance(license_, str) else None,
        programs=tuple(_names(each.get("name") for each in bins)),
        usual=next(_names([usual]), ""),
        unnamed=tuple(sorted({"src/main.rs", "src/bin/"} - named)) if package.get("autobins") is not False else (),
        depends=tuple(sorted(_depends(data, workspace, KINDS))),
        needs=tuple(sorted(_depends(data, workspace, _PUBLISHED))),
        registries=tuple(_names(publish)) if isinstance(publish, list) else (),
    )


def asked(above: Path, data: Table) -> Iterator[Asked]:
    """Give the path dependencies of a manifest, or of its workspace table, that name one version."""
    for path, dependencies in _tables(above, data):
        for key, wanted in dependencies.items():
            required = wanted.get("version") if isinstance(wanted, dict) and "path" in wanted else None
            match = _RANGE.fullmatch(required) if isinstance(required, str) else None
            if match:
                template = match["before"] + VERSION
                yield Asked((*path, key, "version"), _real_name(key, wanted), match["version"], template)


def excludes(workspace: Table, folder: str) -> bool:
    """Say whether a workspace leaves out a folder, which is given from the workspace's own."""
    parts = PurePosixPath(folder).parts

    def holds(paths: object) -> bool:
        words = [path for path in paths if isinstance(path, str)] if isinstance(paths, list) else []
        return any(parts[: len(own)] == own for own in (PurePosixPath(word).parts for word in words) if own)

    return holds(workspace.get("exclude")) and not holds(workspace.get("members"))


def toml_checksums(lock: str) -> dict[tuple[str, str], str]:
    """Return the SHA-256 of each registry package of a ``Cargo.lock``, by name and version."""
    packages = tomllib.loads(lock).get("package", []) if lock else []
    return {(each["name"], each["version"]): each["checksum"] for each in packages if "checksum" in each}


def table(data: Table, *keys: str) -> dict[str, Any]:
    """Walk nested tables; an empty one where one is missing or is none."""
    found: Any = data
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _version(package: Table, shared: Table, text: str, file: str) -> str:
    """Return the version, inherited or not; empty where there is none: Cargo takes that for a crate never published."""
    version = _inherited(package, shared, "version")
    if version is None and "version" not in package:
        return ""
    if isinstance(version, str) and (is_semver(version) or is_placeholder(version)):
        return version
    message = f"Cargo takes no version such as {version!r}"
    if isinstance(package.get("version"), dict) and version is None:
        message = "it inherits a version that no workspace has"
    hint = 'write three numbers, and a prerelease as in "1.2.0-rc.1", here or under [workspace.package]'
    raise ProjectError(message, file=file, line=toml_line(text, ("package", "version")), hint=hint)


def _inherited(package: Table, shared: Table, key: str) -> Any:
    """Return a field of the package, or the workspace's where it says ``key.workspace = true``."""
    written = package.get(key)
    if not isinstance(written, dict):
        return written
    return shared.get(key) if written.get("workspace") is True else None


def _names(written: Iterable[object]) -> Iterator[str]:
    return (name for name in written if isinstance(name, str) and _NAME.fullmatch(name))


def _depends(data: Table, workspace: Table, kinds: Iterable[str]) -> set[str]:
    shared = table(workspace, "dependencies")
    found = set()
    for path, dependencies in _tables((), data):
        if path[-1] not in kinds:
            continue
        for key, wanted in dependencies.items():
            inherits = isinstance(wanted, dict) and wanted.get("workspace") is True
            found.add(_real_name(key, shared.get(key) if inherits else wanted))
    return found


def _tables(above: Path, data: Table) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Give every table of dependencies, those of targets too."""
    for kind in KINDS:
        yield (*above, kind), table(data, kind)
    for target in table(data, "target"):
        for kind in KINDS:
            yield (*above, "target", target, kind), table(data, "target", target, kind)


def _real_name(key: str, wanted: object) -> str:
    """Return the crate that a dependency means: ``package`` renames it."""
    renamed = wanted.get("package") if isinstance(wanted, dict) else None
    return renamed if isinstance(renamed, str) else key
