"""What must be true of ``manifest.json`` of an MCP bundle, and the one that a plan gives.

Source: MANIFEST.md and ``schemas/`` of github.com/modelcontextprotocol/mcpb.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from tagship.domain.manifests.server import Server
from tagship.domain.plans.plan import Package
from tagship.domain.plans.target import Target

VERSIONS: Final = ("0.1", "0.2", "0.3", "0.4")
_VARIABLE: Final = re.compile(r"\$\{([^{}]*)\}")
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_SIZES: Final = 24
"""Bytes of a PNG file up to the end of its width and height (PNG specification, 11.2.1)."""


def is_bundle(data: object) -> bool:
    """Tell a bundle's manifest from a browser extension's, whose ``manifest_version`` is a number, and a web app's."""
    if not isinstance(data, dict) or not isinstance(data.get("server"), dict):
        return False
    return any(isinstance(data.get(key), str) for key in ("manifest_version", "dxt_version"))


def schema_version(manifest: Mapping[str, Any]) -> str:
    """Return the version of the manifest format that a manifest follows."""
    return str(manifest.get("manifest_version") or manifest.get("dxt_version") or "")


def generated(
    package: Package, server: Mapping[str, Any], about: Mapping[str, Any], repository: str | None
) -> dict[str, Any]:
    """Write the manifest that the plan gives; ``about`` are description and author as the project's own manifest has them.

    Only what needs 0.4 asks for it: hosts warn of versions that are newer than they are.
    """
    address = f"https://github.com/{repository}" if repository else ""
    variables = (package.server or Server()).environment
    config = {
        each.name: {
            "type": "string",
            "title": each.name,
            "description": each.description or each.name,
            "required": each.required,
            **({"sensitive": True} if each.secret else {}),
            **({"default": each.default} if each.default and not each.secret else {}),
        }
        for each in variables
    }
    return {
        "manifest_version": "0.4" if server["type"] == "uv" else "0.2",
        "name": package.bare_name,
        "version": package.version,
        "description": f"The MCP server {package.name}",
        "author": {"name": (repository or package.name).partition("/")[0]},
        **about,
        **({"repository": {"type": "git", "url": address}} if address else {}),
        "server": dict(server),
        **({"user_config": config} if config else {}),
        **({"license": package.license} if package.license else {}),
    }


def environment(package: Package) -> dict[str, str]:
    """Return the variables a server is started with, each from what the user is asked for."""
    return {each.name: f"${{user_config.{each.name}}}" for each in (package.server or Server()).environment}


def completed(
    committed: Mapping[str, Any], own: Mapping[str, Any], target: Target, runtimes: Mapping[str, str]
) -> dict[str, Any]:
    """Complete a committed manifest (or an empty one): what it says stays, but for the version and the platform."""
    base = {key: value for key, value in own.items() if key != "manifest_version" or "dxt_version" not in committed}
    said = committed.get("compatibility")
    compatibility = dict(said) if isinstance(said, dict) else {}
    if runtimes:
        compatibility.setdefault("runtimes", dict(runtimes))
    if target is not Target.ANY:
        compatibility["platforms"] = [target.names.mcpb]
    more = {"compatibility": compatibility} if compatibility else {}
    return {**base, **committed, "version": own["version"], **more}


def problems(manifest: Mapping[str, Any], files: Collection[str]) -> list[str]:
    """Say what a manifest names and the bundle lacks."""
    named = {"icon": manifest.get("icon"), "server.entry_point": (manifest.get("server") or {}).get("entry_point")}
    return [
        f"{key} is {path!r}, which is not in the bundle"
        for key, path in named.items()
        if isinstance(path, str) and path not in files
    ]


def icon_problem(data: bytes) -> str:
    """Say what keeps a file from being an icon; empty when it is one."""
    if not data.startswith(_PNG) or len(data) < _PNG_SIZES:
        return "it is no PNG file"
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    return "" if width == height else f"it is {width}x{height}, not square"


def started(
    manifest: Mapping[str, Any], folder: str, values: Mapping[str, str], target: Target
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the command that a host starts, and its variables: ``mcp_config`` with all that it refers to put in.

    ``values`` are what a person would be asked for (``user_config``), by name; what has a default and is not among them is its
    default. What is left open is the empty text, as hosts do it for what is not required.
    """
    server = manifest.get("server")
    config = dict(server.get("mcp_config") or {}) if isinstance(server, dict) else {}
    overrides = config.pop("platform_overrides", None) or {}
    config |= overrides.get(target.names.mcpb, {}) if isinstance(overrides, dict) else {}
    asked = manifest.get("user_config") or {}
    defaults = {name: about.get("default", "") for name, about in asked.items() if isinstance(about, dict)}
    known = {"__dirname": folder, "pathSeparator": "/", "/": "/"}
    known |= {f"user_config.{name}": _as_text(value) for name, value in {**defaults, **values}.items()}

    def put_in(text: object) -> str:
        return _VARIABLE.sub(lambda match: known.get(match[1], ""), str(text))

    argv = (put_in(config.get("command", "")), *map(put_in, config.get("args") or ()))
    return argv, {str(name): put_in(value) for name, value in (config.get("env") or {}).items()}


def _as_text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
