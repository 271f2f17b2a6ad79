"""What the MCP Registry asks of a ``server.json`` beyond its schema, as pure rules.

Source: internal/validators of github.com/modelcontextprotocol/registry (v1.8), which judges a document when it is
published: too late for a release that is half way through. Placeholders that a release fills in are let pass.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import msgspec

from tagship.domain.text.json_text import read_json
from tagship.domain.text.lazy_pattern import lazy

SCHEMAS: Final = ("2025-07-09", "2025-09-16", "2025-09-29", "2025-10-11", "2025-10-17", "2025-12-11")
"""The dates of all schemas that were published, the current one last."""
_ADDRESS: Final = "https://static.modelcontextprotocol.io/schemas/{}/server.schema.json"
CURRENT: Final = _ADDRESS.format(SCHEMAS[-1])
_ONCE: Final = {
    "website_url": "websiteUrl",
    "registry_type": "registryType",
    "registry_base_url": "registryBaseUrl",
    "file_sha256": "fileSha256",
    "runtime_hint": "runtimeHint",
    "runtime_arguments": "runtimeArguments",
    "package_arguments": "packageArguments",
    "environment_variables": "environmentVariables",
    "is_required": "isRequired",
    "is_secret": "isSecret",
    "is_repeated": "isRepeated",
    "value_hint": "valueHint",
}
"""The keys of the first schema, 2025-07-09, and what they are called since."""
MOST_META: Final = 4096
"""Bytes of ``_meta`` that the registry takes from a publisher."""
BASE_URLS: Final = {
    "npm": "https://registry.npmjs.org",
    "pypi": "https://pypi.org",
    "nuget": "https://api.nuget.org/v3/index.json",
    "cargo": "https://crates.io",
    "oci": "",
    "mcpb": "",
}
"""The registries that packages may be in, and the address that ``registryBaseUrl`` may have; empty: none."""
_HOSTS: Final = lazy(
    r"(?:docker\.io|ghcr\.io|quay\.io|mcr\.microsoft\.com|[\w.-]+\.pkg\.dev|[\w.-]+\.azurecr\.io)/", re.IGNORECASE
)
_RANGE: Final = lazy(r"^[\^~<>=]|\|\||\s-\s|^v?\d+(?:\.\d+)?\.[xX*]|^[*xX]$")
_REPOSITORY: Final = {kind: lazy(rf"https?://(?:www\.)?{kind}\.com/[\w.-]+/[\w.-]+/?") for kind in ("github", "gitlab")}
_ASSET: Final = lazy(r"https://(?:www\.)?(?:github|gitlab)\.com/.+/(?:releases/download|-/releases)/.+")
_PLACEHOLDER: Final = lazy(r"\$\{?\w+|\{\{")
_VARIABLE: Final = lazy(r"\{([^{}]+)\}")
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - refused, not listened at
Path = tuple[str | int, ...]


class Finding(NamedTuple):
    """What is wrong with the value at a path of the document, and what to do."""

    path: Path
    message: str
    hint: str


def schema_date(document: Mapping[str, Any]) -> str:
    """Return the date of the schema that a document names; empty for one that was never published."""
    return next((date for date in SCHEMAS if document.get("$schema") == _ADDRESS.format(date)), "")


def in_todays_keys(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a document of the first schema as one of the second, which is the same with other keys; else as it is."""
    if schema_date(document) != SCHEMAS[0]:
        return document
    renamed: Mapping[str, Any] = _renamed(document)
    return {**renamed, "$schema": _ADDRESS.format(SCHEMAS[1])}


def as_written(path: Path, document: Mapping[str, Any]) -> Path:
    """Turn a path with today's keys into one with those of the document."""
    once = {new: old for old, new in _ONCE.items()} if schema_date(document) == SCHEMAS[0] else {}
    return tuple(once.get(key, key) if isinstance(key, str) else key for key in path)


def _renamed(value: Any) -> Any:
    if isinstance(value, dict):
        return {_ONCE.get(key, key): _renamed(inner) for key, inner in value.items()}
    return [_renamed(inner) for inner in value] if isinstance(value, list) else value


def read(text: str) -> Mapping[str, Any] | None:
    """Read a document, with today's keys; ``None`` for what is no JSON object: that is told where it is checked."""
    data = read_json(text)
    return in_todays_keys(data) if isinstance(data, dict) else None


def shown(path: Path) -> str:
    """Write the path of a value, e.g. ``packages.0.version``."""
    return ".".join(map(str, path)) or "the document"


def findings(document: Mapping[str, Any]) -> list[Finding]:
    """Find all that the registry would refuse; what the schema already says is left to the schema."""
    return [*_server(document), *_packages(document), *_remotes(document)]


def _server(document: Mapping[str, Any]) -> Iterator[Finding]:
    name = document.get("name")
    parts = name.split("/") if isinstance(name, str) else []
    if any(part and not (part[0].isalnum() and part[-1].isalnum()) for part in parts):
        yield Finding(("name",), f"name is {name!r}", "begin and end both parts of the name with a letter or a digit")
    yield from _version(("version",), document.get("version"))
    repository = table(document.get("repository"))
    known = _REPOSITORY.get(str(repository.get("source")))
    url = repository.get("url")
    if known and isinstance(url, str) and not known.fullmatch(url):
        hint = f"write the repository's own address, e.g. https://{repository['source']}.com/owner/name"
        yield Finding(("repository", "url"), f"repository.url is {url!r}", hint)
    folder = repository.get("subfolder")
    if isinstance(folder, str) and (folder.startswith("/") or ".." in PurePosixPath(folder).parts):
        yield Finding(
            ("repository", "subfolder"), f"repository.subfolder is {folder!r}", "write it from the repository's root"
        )
    site = document.get("websiteUrl")
    if isinstance(site, str) and not site.startswith("https://"):
        yield Finding(("websiteUrl",), f"websiteUrl is {site!r}", "write an address that begins with https://")
    title = document.get("title")
    if isinstance(title, str) and not title.strip():
        yield Finding(("title",), "title is blank", "write a title, or leave it out")
    if len(msgspec.json.encode(document.get("_meta"))) > MOST_META:
        yield Finding(("_meta",), f"_meta has more than {MOST_META} bytes", "shorten it")


def _version(path: Path, version: object) -> Iterator[Finding]:
    if not isinstance(version, str) or _PLACEHOLDER.search(version):
        return
    if version == "latest" or _RANGE.search(version):
        yield Finding(path, f"{shown(path)} is {version!r}", "write one exact version, e.g. 1.2.3")


def _packages(document: Mapping[str, Any]) -> Iterator[Finding]:
    for index, package in enumerate(tables(document.get("packages"))):
        path: Path = ("packages", index)
        yield from _version((*path, "version"), package.get("version"))
        yield from _registry(path, package)
        yield from _arguments(path, package)
        yield from _transport(path, package)


def _registry(path: Path, package: Mapping[str, Any]) -> Iterator[Finding]:
    kind, name = package.get("registryType"), package.get("identifier")
    if not isinstance(kind, str) or not isinstance(name, str):
        return
    if kind not in BASE_URLS:
        yield Finding(
            (*path, "registryType"), f"registryType is {kind!r}", f"choose among {', '.join(sorted(BASE_URLS))}"
        )
        return
    base = package.get("registryBaseUrl")
    if base is not None and base != BASE_URLS[kind]:
        hint = f"write {BASE_URLS[kind]}" if BASE_URLS[kind] else f"leave it out: {kind} packages have none"
        yield Finding((*path, "registryBaseUrl"), f"registryBaseUrl is {base!r}", hint)
    if " " in name:
        yield Finding((*path, "identifier"), f"identifier is {name!r}", "write it without spaces")
    if BASE_URLS[kind] and not package.get("version"):
        at = "version" if "version" in package else "identifier"
        yield Finding((*path, at), f"{kind} package {name!r} has no version", "add `version`")
    if kind not in {"mcpb", "nuget"} and package.get("fileSha256") is not None:
        yield Finding(
            (*path, "fileSha256"), f"a {kind} package has a fileSha256", "leave it out: only MCPB files have it"
        )
    if kind == "oci":
        yield from _image(path, package, name)
    if kind == "mcpb" and not (_ASSET.fullmatch(name) and "mcp" in name) and not _PLACEHOLDER.search(name):
        hint = "write the https address of an asset of a GitHub or GitLab release; `mcp` must occur in it"
        yield Finding((*path, "identifier"), f"identifier is {name!r}", hint)


def _image(path: Path, package: Mapping[str, Any], name: str) -> Iterator[Finding]:
    if package.get("version") is not None:
        yield Finding(
            (*path, "version"), "an OCI package has a version", "write it as the tag of the identifier instead"
        )
    if not _HOSTS.match(name):
        hint = "write a host that the registry takes: docker.io, ghcr.io, quay.io, mcr.microsoft.com, *.pkg.dev, *.azurecr.io"
        yield Finding((*path, "identifier"), f"identifier is {name!r}", hint)
    elif ":" not in name.rpartition("/")[2]:
        yield Finding(
            (*path, "identifier"), f"identifier {name!r} has no tag", "add the version as its tag, e.g. :1.2.3"
        )


def _arguments(path: Path, package: Mapping[str, Any]) -> Iterator[Finding]:
    for kind in ("runtimeArguments", "packageArguments"):
        for index, argument in enumerate(tables(package.get(kind))):
            at, name = (*path, kind, index), argument.get("name")
            if argument.get("type") != "named" or not isinstance(name, str):
                continue
            if re.search(r"[<>\s$]", name):
                yield Finding((*at, "name"), f"argument name is {name!r}", "write the flag alone, e.g. --port")
            for key in ("value", "default"):
                given = argument.get(key)
                if isinstance(given, str) and name and given.startswith(name):
                    yield Finding((*at, key), f"{key} of {name} is {given!r}", "write the value without the flag")


def _transport(path: Path, package: Mapping[str, Any]) -> Iterator[Finding]:
    transport = table(package.get("transport"))
    kind, url = transport.get("type"), transport.get("url")
    at = (*path, "transport", "url")
    if kind == "stdio" and url:
        yield Finding(at, f"a stdio transport has the url {url!r}", "leave it out, or write the type streamable-http")
    if kind == "stdio" or not isinstance(url, str):
        return
    known = {str(each.get("name") or "") for each in tables(package.get("environmentVariables"))}
    for arguments in ("runtimeArguments", "packageArguments"):
        for each in tables(package.get(arguments)):
            name = str(each.get("name", ""))
            known |= {name, name.lstrip("-"), str(each.get("valueHint") or "")}
    yield from _unknown(at, url, known)


def _remotes(document: Mapping[str, Any]) -> Iterator[Finding]:
    for index, remote in enumerate(tables(document.get("remotes"))):
        at, url = ("remotes", index, "url"), remote.get("url")
        if not isinstance(url, str):
            continue
        host = _VARIABLE.sub("x", url)
        try:
            parts = urlsplit(host)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme != "https" or not parts.hostname or parts.hostname in _LOCAL:
            yield Finding(at, f"remote url is {url!r}", "write a public address that begins with https://")
        yield from _unknown(at, url, set(table(remote.get("variables"))))


def _unknown(at: Path, url: str, known: set[str]) -> Iterator[Finding]:
    for name in _VARIABLE.findall(url):
        if name not in known:
            hint = "name an environment variable or an argument of the package, or a key of `variables` of the remote"
            yield Finding(at, f"nothing fills in {{{name}}} of {url!r}", hint)


def tables(value: object) -> list[Mapping[str, Any]]:
    """Take a list of JSON objects; what is none becomes an empty one, so that each keeps its place."""
    return [table(each) for each in value] if isinstance(value, list) else []


def table(value: object) -> Mapping[str, Any]:
    """Take a JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}
