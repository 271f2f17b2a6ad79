"""What must be true of an npm tarball before it is shipped: whose it is, and that all its manifest promises is in it.

Source: docs.npmjs.com/cli/configuring-npm/package-json (bin, main, exports, types), nodejs.org/api/packages.html.
"""

from collections.abc import Collection, Iterator, Mapping
from posixpath import normpath
from typing import Any, Final

ROOT: Final = "package/"
_ENDINGS: Final = ("", ".js", ".cjs", ".mjs", ".json", ".node", "/index.js", "/index.cjs", "/index.json")


def problems(
    manifest: Mapping[str, Any], name: str, version: str, files: Collection[str], first_bytes: Mapping[str, bytes]
) -> list[str]:
    """Say what is wrong with a tarball; ``files`` and ``first_bytes`` (of programs) are named from its ``package/``."""
    said = f"{manifest.get('name')}@{manifest.get('version')}"
    wrong = [] if said == f"{name}@{version}" else [f"it says that it is {said}, the plan says {name}@{version}"]
    for command, path in programs(manifest).items():
        if path not in files:
            wrong.append(f"bin: {path}, which the command {command} starts, is not in it")
        elif not first_bytes.get(path, b"").startswith(b"#!"):
            wrong.append(f"bin: {path} does not begin with #!/usr/bin/env node")
    for key, path in _promised(manifest):
        if not any(path + ending in files for ending in (_ENDINGS if key == "main" else ("",))):
            wrong.append(f"{key}: {path} is not in it")
    wrong += [
        f"{kind}: {other} is asked for as {wanted!r}, which npm cannot install"
        for kind, other, wanted in _unresolved(manifest)
    ]
    return wrong


def programs(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the files of ``bin`` by their commands."""
    written = manifest.get("bin")
    if isinstance(written, str):
        return {str(manifest.get("name", "")).rpartition("/")[2]: normpath(written)}
    return {key: normpath(path) for key, path in written.items()} if isinstance(written, dict) else {}


def _promised(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("main", "module", "types", "typings"):
        if isinstance(manifest.get(key), str) and manifest[key]:
            yield key, normpath(manifest[key])
    for path in _leaves(manifest.get("exports")):
        if path.startswith("./") and "*" not in path:
            yield "exports", normpath(path)


def _leaves(exports: object) -> Iterator[str]:
    if isinstance(exports, str):
        yield exports
    elif isinstance(exports, dict | list):
        for inner in exports.values() if isinstance(exports, dict) else exports:
            yield from _leaves(inner)


def _unresolved(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Find ranges that only the workspace they were written in understands."""
    for kind in ("dependencies", "peerDependencies", "optionalDependencies"):
        asked = manifest.get(kind)
        for name, wanted in asked.items() if isinstance(asked, dict) else ():
            if str(wanted).startswith(("workspace:", "catalog:", "file:", "link:", "portal:")):
                yield kind, name, str(wanted)
