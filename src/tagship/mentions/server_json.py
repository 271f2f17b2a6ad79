"""``server.json``, the MCP Registry's description of a server: its version, its packages', their OCI tag and MCPB address.

Source: the schema of 2025-12-11 (static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json). Each package's
``version`` is spelled as its registry does; an OCI package has its version in ``identifier`` instead, and an MCPB
package in the address of the release asset.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any, ClassVar, Final

from tagship.domain.json_text import json_string_span
from tagship.domain.layout import reason_to_skip
from tagship.domain.version_site import VERSION, Spelling, VersionSite, is_placeholder, line_of
from tagship.ports import Mentioned

_NUMBER: Final = r"\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.\d+)?"
_VERSION: Final = re.compile(rf"{_NUMBER}|\d[\w.]*")
_IMAGE: Final = re.compile(r"(?P<before>[^@]+/[^@:]+:v?)(?P<version>[^@/:]+)(?P<after>(?:@.*)?)")
_IN_ADDRESS: Final = re.compile(
    rf"{_NUMBER}|\$\{{?\w*VERSION\w*\}}?|\{{\{{\s*\w*VERSION\w*\s*\}}\}}|<<\s*VERSION\s*>>", re.IGNORECASE
)
Path = tuple[str | int, ...]


class ServerJson:
    """:class:`tagship.ports.Mention` for ``server.json``."""

    name: ClassVar[str] = "server-json"

    def files(self, paths: Sequence[str]) -> Sequence[str]:
        """Choose every ``server.json`` that is not an example or a fixture."""
        return [path for path in paths if PurePosixPath(path).name == "server.json" and not reason_to_skip(path)]

    def find(self, file: str, text: str) -> Sequence[Mentioned]:
        """Find the server's version, each package's, and those inside identifiers."""
        try:
            server = json.loads(text)
        except (ValueError, RecursionError):
            return ()
        if not isinstance(server, dict) or not isinstance(server.get("name"), str):
            return ()
        return tuple(_mentioned(file, text, server))


def _mentioned(file: str, text: str, server: dict[str, Any]) -> Iterator[Mentioned]:
    packages = server.get("packages")
    listed = [p for p in packages if isinstance(p, dict)] if isinstance(packages, list) else []
    named = [str(p.get("identifier", "")) for p in listed if p.get("registryType") in {"pypi", "npm", "cargo", "nuget"}]
    mcp_name = server["name"]
    for identifier in named or [""]:
        for site in _plain(file, text, ("version",), "semver"):
            yield Mentioned(site=site, identifier=identifier, mcp_name=mcp_name)
    for index, package in enumerate(packages if isinstance(packages, list) else ()):
        if not isinstance(package, dict):
            continue
        kind, identifier = package.get("registryType"), str(package.get("identifier", ""))
        spelling: Spelling = "pep440" if kind == "pypi" else "semver"
        whose = identifier if identifier in named else ""
        for site in _plain(file, text, ("packages", index, "version"), spelling):
            yield Mentioned(site=site, identifier=whose or next(iter(named), ""), mcp_name=mcp_name)
        for site in _inside(file, text, index, kind, identifier):
            yield Mentioned(site=site, identifier=next(iter(named), ""), mcp_name=mcp_name)


def _plain(file: str, text: str, path: Path, spelling: Spelling) -> Iterator[VersionSite]:
    """Find a value that is a version, or stands for one, and nothing else."""
    span = json_string_span(text, path)
    value = text[span[0] : span[1]] if span else ""
    if span and (_VERSION.fullmatch(value) or is_placeholder(value)):
        line = line_of(text, span[0])
        yield VersionSite(file=file, line=line, format="json", path=path, spelling=spelling, version=value)


def _inside(file: str, text: str, index: int, kind: object, identifier: str) -> Iterator[VersionSite]:
    """Find the tag of an image, and each version in the address of a bundle (the tag and the file's name)."""
    path: Path = ("packages", index, "identifier")
    span = json_string_span(text, path)
    if span is None or text[span[0] : span[1]] != identifier:
        return
    if kind == "oci":
        image = _IMAGE.fullmatch(identifier)
        found = [image["version"]] if image else []
        template = image["before"] + VERSION + image["after"] if image else ""
    else:
        found = _IN_ADDRESS.findall(identifier) if kind == "mcpb" else []
        template = _IN_ADDRESS.sub(VERSION, identifier)
    written = ", ".join(sorted(set(found)))
    if found and (kind == "mcpb" or _VERSION.fullmatch(written) or is_placeholder(written)):
        line = line_of(text, span[0])
        yield VersionSite(
            file=file, line=line, format="json", path=path, spelling="semver", version=written, template=template
        )


PLUGIN: Final = ServerJson()
