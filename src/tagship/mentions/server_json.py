"""``server.json``, the MCP Registry's description of a server: its version, its packages', their OCI tag and MCPB address.

Source: the schemas of 2025-07-09 to 2025-12-11 (static.modelcontextprotocol.io/schemas), in camel and in snake case, and
what was written before them (``registry_name``, ``version_detail``). Each package's ``version`` is spelled as its registry
does; an OCI package has its version in ``identifier`` instead, and an MCPB package in the address of the release asset.
"""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final

from tagship.domain.manifests.layout import files_named
from tagship.domain.text.json_text import JsonPlaces, read_json
from tagship.domain.text.lazy_pattern import lazy
from tagship.domain.versions.version_site import VERSION, Spelling, VersionSite, is_placeholder, line_of
from tagship.domain.versions.written import LONGEST, NUMBER, inside, json_site
from tagship.ports import Mentioned

_TAG: Final = lazy(rf"(?P<version>{NUMBER})(?P<variant>(?:-(?!alpha|beta|rc)[a-z][\w.-]*)?)")
_TYPE_KEYS: Final = ("registryType", "registry_type", "registry_name", "package_registry")
_NAME_KEYS: Final = ("identifier", "name")
_KINDS: Final = {"docker": "oci", "docker-hub": "oci", "docker_hub": "oci", "dxt": "mcpb", "crates.io": "cargo"}
_INDEXES: Final = frozenset({"pypi", "npm", "cargo", "nuget"})
Path = tuple[str | int, ...]


class ServerJson:
    """:class:`tagship.ports.Mention` for ``server.json``."""

    name: ClassVar[str] = "server-json"

    def files(self, paths: Sequence[str]) -> Sequence[str]:
        """Choose every ``server.json`` that is not an example or a fixture."""
        return files_named(paths, "server.json")

    def find(self, file: str, text: str) -> Sequence[Mentioned]:
        """Find the server's version, each package's, and those inside identifiers."""
        server = read_json(text)
        if not isinstance(server, dict) or not isinstance(server.get("name"), str):
            return ()
        return tuple(_mentioned(file, text, server))


def _mentioned(file: str, text: str, server: dict[str, Any]) -> Iterator[Mentioned]:
    packages = server.get("packages")
    listed = dict(enumerate(packages)) if isinstance(packages, list) else {}
    listed = {index: package for index, package in listed.items() if isinstance(package, dict)}
    named = {
        index: name for index, package in listed.items() if _kind(package) in _INDEXES and (name := _name(package))
    }
    places = JsonPlaces(text)
    for path in (("version",), ("version_detail", "version")):
        site = json_site(file, text, path, places=places)
        for identifier in dict.fromkeys(named.values()) or ("",):
            if site:
                yield Mentioned(site=site, identifier=identifier, mcp_name=server["name"])
    for index, package in listed.items():
        whose = named.get(index) or next(iter(named.values()), "")
        for site in _of_package(file, text, places, index, _kind(package)):
            yield Mentioned(site=site, identifier=whose, mcp_name=server["name"])


def _of_package(file: str, text: str, places: JsonPlaces, index: int, kind: str) -> Iterator[VersionSite]:
    """Find a package's own version, and those in what identifies it."""
    spelling: Spelling = "pep440" if kind == "pypi" else "semver"
    found = [json_site(file, text, ("packages", index, "version"), spelling, places)]
    if kind in {"oci", "mcpb"}:
        found += [_identifier(file, text, places, ("packages", index, key), kind) for key in _NAME_KEYS]
    yield from (site for site in found if site)


def _identifier(file: str, text: str, places: JsonPlaces, path: Path, kind: str) -> VersionSite | None:
    """Find the tag of an image, or each version in the address of a bundle (the tag and the file's name)."""
    span = places.span(path)
    if span is None or span.end - span.start > LONGEST:
        return None
    value = text[span.start : span.end]
    found = _tag(value) if kind == "oci" else inside(value)
    if found is None:
        return None
    line = line_of(text, span.start)
    return VersionSite(
        file=file, line=line, format="json", path=path, spelling="semver", version=found[0], template=found[1]
    )


def _tag(image: str) -> tuple[str, str] | None:
    """Split an image into its tag's version and what stands around it; nothing for a tag that moves (``1``, ``latest``)."""
    name, at, digest = image.partition("@")
    name, _, tag = name.rpartition(":")
    before = f"{name}:v" if tag.startswith("v") else f"{name}:"
    tag = tag.removeprefix("v")
    if not name or is_placeholder(tag):
        return (tag, before + VERSION + at + digest) if name else None
    match = _TAG.fullmatch(tag)
    return (match["version"], before + VERSION + match["variant"] + at + digest) if match else None


def _kind(package: dict[str, Any]) -> str:
    kind = next((value for key in _TYPE_KEYS if isinstance(value := package.get(key), str)), "").lower()
    return _KINDS.get(kind, kind)


def _name(package: dict[str, Any]) -> str:
    return next((value for key in _NAME_KEYS if isinstance(value := package.get(key), str)), "")


PLUGIN: Final = ServerJson()
