"""Where a crate writes its version: its manifest or its workspace's, the lock, and what others ask of it."""

import re
from collections.abc import Iterator
from typing import Any, Final

from tagship.domain.manifests.cargo_metadata import Crate, asked, table
from tagship.domain.versions.version_site import VERSION, VersionSite, find, line_of, toml_line
from tagship.domain.versions.written import matched_sites

Path = tuple[str, ...]
_SHARED: Final = ("workspace", "package", "version")


def own_site(crate: Crate, file: str, text: str, root: str, root_text: str) -> Iterator[VersionSite]:
    """Find the place that decides: in the crate's manifest, or in its workspace's."""
    if crate.version and crate.inherits:
        yield _site(root, root_text, _SHARED, crate.version)
    elif crate.version:
        yield _site(file, text, ("package", "version"), crate.version)


def ranges(file: str, text: str, data: dict[str, Any]) -> Iterator[VersionSite]:
    """Find what a crate's manifest asks of crates beside it."""
    for each in asked((), data):
        yield _site(file, text, each.path, each.version, each.template, each.name)


def shared_ranges(name: str, root: str, text: str, data: dict[str, Any]) -> Iterator[VersionSite]:
    """Find what a workspace asks of one crate for all its members."""
    for each in asked(("workspace",), table(data, "workspace")):
        if each.name == name:
            yield _site(root, text, each.path, each.version, each.template, each.name)


def lock_sites(file: str, text: str, name: str) -> Iterator[VersionSite]:
    """Find the crate's own entry in the lock, which comes from nowhere else, and who names it with its version.

    They do when the lock has another crate of that name.
    """
    pattern = (
        rf'^\[\[package\]\]\r?\nname = "{re.escape(name)}"\r?\nversion = "(?P<version>[^"\r\n]+)"'
        r"\r?(?:\Z|\n(?!source = ))"
    )
    match = find(pattern, text)
    if match:
        version = match["version"]
        line = line_of(text, match.start("version"))
        yield VersionSite(file=file, line=line, format="pattern", pattern=pattern, spelling="semver", version=version)
        named = rf'^ "{re.escape(name)} (?P<version>[^" \r\n]+)",?\r?$'
        yield from matched_sites(file, text, named, lambda other: other["version"] == version)


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
