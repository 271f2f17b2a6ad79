"""Speaks MCP to a server over its standard streams, as far as a test needs: handshake and list of tools.

Protocol: https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Answer:
    """What a server said of itself."""

    name: str
    version: str
    tools: frozenset[str]


def ask(argv: Sequence[str | Path], cwd: Path, env: Mapping[str, str]) -> Answer:
    """Start a server, ask it, and see that it ends when its input does."""
    client = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    first = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": client},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
    ]
    with subprocess.Popen(
        [str(word) for word in argv], cwd=cwd, env=dict(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write("".join(json.dumps(message) + "\n" for message in first))
        process.stdin.flush()
        hello = json.loads(process.stdout.readline())["result"]["serverInfo"]
        process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}) + "\n")
        process.stdin.flush()
        listed = json.loads(process.stdout.readline())["result"]["tools"]
        process.stdin.close()
        assert process.wait(30) == 0
    return Answer(hello["name"], hello["version"], frozenset(tool["name"] for tool in listed))
