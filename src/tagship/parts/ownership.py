"""The marks by which a published package proves to the MCP Registry which server it is.

Source: https://modelcontextprotocol.io/registry/package-types: ``mcpName`` in package.json; the token ``mcp-name: NAME`` in
the readme that PyPI shows; on crates.io, which drops HTML comments, the same token as visible text.
"""

import re
from pathlib import PurePosixPath

from tagship.domain.json_text import read_json
from tagship.domain.layout import file_name, join
from tagship.ports import Found, SourceTree

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def lacking(found: Found, name: str, tree: SourceTree) -> str:
    """Say what to add so that a package bears the mark of the server ``name``; empty when it does."""
    if found.ecosystem == "npm":
        path = join(found.path, "package.json")
        manifest = read_json(tree.read([path]).get(path, ""))
        marked = isinstance(manifest, dict) and manifest.get("mcpName") == name
        return "" if marked else f'add "mcpName": "{name}" to {path}'
    readmes = _readmes(found, tree)
    visible = found.ecosystem == "rust"
    if any(bears(_COMMENT.sub("", text) if visible else text, name) for text in readmes.values()):
        return ""
    token = f"mcp-name: {name}" if visible else f"<!-- mcp-name: {name} -->"
    return f"add {token} to {next(iter(sorted(readmes)), join(found.path, 'README.md'))}"


def bears(text: str, name: str) -> bool:
    """Say whether a text has the token, and not one of a longer name."""
    return re.search(rf"mcp-name: {re.escape(name)}(?![A-Za-z0-9._/-](?!->))", text) is not None


def _readmes(found: Found, tree: SourceTree) -> dict[str, str]:
    """Read the readmes beside a package's manifest, else those of the project."""
    for folder in (found.path, "."):
        here = [path for path in tree.paths if PurePosixPath(path).parent.as_posix() == folder]
        readmes = [path for path in here if file_name(path).lower().startswith("readme")]
        if readmes:
            return dict(tree.read(readmes))
    return {}
