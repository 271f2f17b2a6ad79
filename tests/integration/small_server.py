"""A small MCP server as the source of a package, on the standard library: what it says can be chosen per test."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.integration.projects import HATCH, README, manifest

ADD: Mapping[str, Any] = {
    "name": "add",
    "description": "Add two numbers.",
    "inputSchema": {
        "type": "object",
        "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
        "required": ["a"],
    },
    "annotations": {"readOnlyHint": True},
}
SAY: Mapping[str, Any] = {
    "name": "say",
    "description": "Say a word.",
    "inputSchema": {"type": "object", "properties": {"word": {"type": "string"}}},
    "annotations": {"readOnlyHint": True},
}
_MAIN = '''"""A demonstration."""

import json
import os
import sys

TOOLS = json.loads({tools!r})


def main() -> None:
    {before}
    for line in sys.stdin:
        message = json.loads(line)
        answer = dict(jsonrpc="2.0", id=message.get("id"))
        if message["method"] == "initialize":
            answer["result"] = dict(
                protocolVersion=message["params"]["protocolVersion"],
                capabilities=dict(tools=dict()),
                serverInfo=dict(name="demo-server", version={version!r}),
            )
        elif message["method"] == "tools/list":
            answer["result"] = dict(tools=TOOLS)
        elif message["method"] == "tools/call":
            answer["result"] = dict(content=[dict(type="text", text="3")])
        elif "id" in message:
            answer["error"] = dict(code=-32601, message="Method not found")
        if "id" in message:
            print(json.dumps(answer), flush=True)
'''


def module(tools: Sequence[Mapping[str, Any]] = (ADD,), *, version: str = "1.2.0", before: str = "pass") -> str:
    """Write the module; ``before`` is what its command does before it serves."""
    return _MAIN.format(tools=json.dumps(list(tools)), version=version, before=before)


def files(source: str, **more: str) -> dict[str, str]:
    """Lay out the package around a module: it is an MCP server by the mark in its readme."""
    text = manifest(HATCH).replace('requires-python = ">=3.11"', 'requires-python = ">=3.11,<3.12"')
    return {"pyproject.toml": text, "README.md": README, "src/demo_server/__init__.py": source, **more}
