"""The marks by which a published package proves to the MCP Registry which server it is.

Source: https://modelcontextprotocol.io/registry/package-types: ``mcpName`` in package.json; the token ``mcp-name: NAME`` in
the readme that PyPI shows; on crates.io, which drops HTML comments, the same token as visible text.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from tagship.domain.manifests.layout import by_folder, file_name, join
from tagship.domain.text.json_text import read_json
from tagship.ports import Found, SourceTree

_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
Readmes = Mapping[str, Mapping[str, str]]
"""The readmes of each folder, by path: those of a package are beside its manifest, else in the project's root."""


def readmes(found: Sequence[Found], tree: SourceTree) -> Readmes:
    """Read the readmes of all packages in one go."""
    folders = {".", *(each.path for each in found)}
    named = by_folder(path for path in tree.paths if file_name(path).lower().startswith("readme"))
    near = {folder: paths for folder, paths in named.items() if folder in folders}
    texts = tree.read([path for paths in near.values() for path in paths])
    return {folder: {path: texts[path] for path in paths if path in texts} for folder, paths in near.items()}


def lacking(found: Found, name: str, tree: SourceTree, readmes: Readmes) -> str:
    """Say what to add so that a package bears the mark of the server ``name``; empty when it does."""
    if found.ecosystem == "npm":
        path = join(found.path, "package.json")
        manifest = read_json(tree.read([path]).get(path, ""))
        marked = isinstance(manifest, dict) and manifest.get("mcpName") == name
        return "" if marked else f'add "mcpName": "{name}" to {path}'
    near = readmes.get(found.path) or readmes.get(".") or {join(found.path, "README.md"): ""}
    shown = found.ecosystem == "rust"
    if any(bears(visible(text) if shown else text, name) for text in near.values()):
        return ""
    token = f"mcp-name: {name}" if shown else f"<!-- mcp-name: {name} -->"
    return f"add {token} to {next(iter(near))}"


def visible(readme: str) -> str:
    """Return what crates.io shows of a readme: no comments."""
    return _COMMENT.sub("", readme)


def bears(text: str, name: str) -> bool:
    """Say whether a text has the token, and not one of a longer name."""
    return re.search(rf"mcp-name: {re.escape(name)}(?![A-Za-z0-9._/-](?!->))", text) is not None
