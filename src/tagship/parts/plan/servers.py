"""How the MCP server of a package is started, as its ``server.json`` says: transport, arguments, port, environment.

Shape: https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, get_args
from urllib.parse import urlsplit

from msgspec.structs import replace

from tagship.domain.manifests import server_json
from tagship.domain.manifests.layout import files_named, folder_of
from tagship.domain.manifests.server import EnvironmentVariable, Server, Transport
from tagship.domain.manifests.server_json import table, tables
from tagship.domain.plans.plan import Package
from tagship.parts.plan.detect import same_name
from tagship.ports import Found, SourceTree

SERVER: Final = "server.json"
REGISTRIES: Final = {"python": "pypi", "npm": "npm", "rust": "cargo"}
WRAPPED: Final = {"container": "oci", "mcpb": "mcpb", "program-npm": "npm", "program-wheel": "pypi"}
"""The registries of what is made around a package."""
Document = Mapping[str, Any]


def texts(tree: SourceTree) -> Mapping[str, str]:
    """Read every ``server.json`` of a project, but for those of examples and fixtures."""
    paths = files_named(tree.paths, SERVER)
    return tree.read(paths) if paths else {}


def documents(tree: SourceTree) -> dict[str, Document]:
    """Read every ``server.json`` of a project by its folder; what is no JSON object is told by others."""
    return {folder_of(path): data for path, text in texts(tree).items() if (data := server_json.read(text)) is not None}


def why_server(found: Found, known: Mapping[str, Document]) -> str:
    """Say why a package is taken for an MCP server; empty for one that is not."""
    reasons = [f"it depends on {found.sdk}"] if found.sdk else []
    if any(is_of(entry, found) for document in known.values() for entry in _entries(document)):
        reasons.append("a server.json lists it")
    if found.mcp_name:
        reasons.append(f"the MCP Registry is to know it as {found.mcp_name}")
    return ", ".join(reasons)


def server_of(found: Found, known: Mapping[str, Document]) -> Server | None:
    """Read how a package's server is started; ``None`` for what is no MCP server, as far as can be seen.

    Its entry is the one that names the package, in any ``server.json``; else the only one of the ``server.json`` beside it.
    An image or a bundle has an entry of its own, where the ``server.json`` lists one; else it is started like what it wraps.
    """
    if found.wraps:
        inside = replace(found, ecosystem=found.details["language"], wraps="")
        kind = WRAPPED.get(found.ecosystem or "")
        entries = (each for document in _documents_of(inside, known) for each in _entries(document))
        entry = next((each for each in entries if each.get("registryType") == kind), None)
        return _server(entry, _description(inside, known)) if entry else server_of(inside, known)
    ours = (entry for document in known.values() for entry in _entries(document) if is_of(entry, found))
    beside = [*_entries(known.get(found.path, {}))]
    entry = next(ours, beside[0] if len(beside) == 1 else None)
    said = _description(found, known)
    if entry is None:
        return Server(description=said) if found.sdk or found.mcp_name else None
    return _server(entry, said)


def _documents_of(found: Found, known: Mapping[str, Document]) -> list[Document]:
    """Choose what speaks of a package: what names it, what lies beside it, the only one there is."""
    named = [document for document in known.values() if any(is_of(entry, found) for entry in _entries(document))]
    beside = [known[found.path]] if found.path in known else []
    return named or beside or ([*known.values()] if len(known) == 1 else [])


def _description(found: Found, known: Mapping[str, Document]) -> str:
    """Return the line that the MCP Registry shows of a server."""
    said = next((each.get("description") for each in _documents_of(found, known)), None)
    return " ".join(said.split()) if isinstance(said, str) else ""


def _server(entry: Document, description: str) -> Server:
    transport = table(entry.get("transport"))
    named: tuple[Transport, ...] = get_args(Transport)
    return Server(
        transport=next((kind for kind in named if kind == transport.get("type")), "stdio"),
        arguments=tuple(_arguments(entry)),
        port=_port(transport.get("url")),
        path=_path(transport.get("url")),
        environment=tuple(_environment(entry)),
        description=description,
    )


def _entries(document: Document) -> list[Document]:
    return [each for each in tables(document.get("packages")) if each]


def is_of(entry: Document, package: Found | Package) -> bool:
    """Say whether an entry of ``packages`` names a package, in the registry where it is published."""
    identifier, registry = entry.get("identifier"), REGISTRIES.get(package.ecosystem or "")
    if registry is None or entry.get("registryType") != registry:
        return False
    return isinstance(identifier, str) and same_name(identifier, package.name)


def _arguments(entry: Document) -> Iterable[str]:
    """Give the arguments that are fixed: those that a person fills in are left to that person."""
    for each in tables(entry.get("packageArguments")):
        given = each.get("value")
        if isinstance(given, str) and "{" not in given:
            yield from ([str(each["name"]), given] if each.get("type") == "named" and each.get("name") else [given])


def _environment(entry: Document) -> Iterable[EnvironmentVariable]:
    for each in tables(entry.get("environmentVariables")):
        if isinstance(each.get("name"), str):
            secret = each.get("isSecret") is True
            yield EnvironmentVariable(
                name=each["name"],
                description=str(each.get("description") or ""),
                required=each.get("isRequired") is True,
                secret=secret,
                default="" if secret else str(each.get("default") or ""),
            )


def _port(url: object) -> int:
    """Read the port of an address; 0 without one, or where a person chooses it."""
    try:
        return urlsplit(url).port or 0 if isinstance(url, str) else 0
    except ValueError:
        return 0


def _path(url: object) -> str:
    """Read the path of an address, of which nothing is left to a person."""
    try:
        path = urlsplit(url).path if isinstance(url, str) else ""
    except ValueError:
        return ""
    return "" if "{" in path else path
