"""Servers that nobody here wrote, as their users get them from PyPI and npm today: the right verdict of each."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.network]


@dataclass(frozen=True)
class Published:
    """A published server, pinned, and what a probe must find."""

    command: str
    status: str
    tools: frozenset[str] = frozenset()
    missing: str = ""
    said: str = ""
    env: str = ""


SERVERS = (
    Published("uvx mcp-server-time==2026.10.19", "ok", frozenset({"get_current_time", "convert_time"})),
    Published("uvx mcp-server-fetch==2026.10.24", "ok", frozenset({"fetch"})),
    Published("uvx redis-mcp-server==0.5.1", "ok", frozenset({"get", "set", "hget"})),
    Published("npx -y @modelcontextprotocol/server-everything@2026.8.31", "ok", frozenset({"echo"})),
    Published("npx -y @modelcontextprotocol/server-memory@2026.8.31", "ok", frozenset({"create_entities"})),
    Published("npx -y chrome-devtools-mcp@1.11.0", "ok", frozenset({"take_screenshot", "navigate_page"})),
    Published("npx -y airtable-mcp-server@1.14.0", "needs-configuration", missing="AIRTABLE_API_KEY"),
    Published(
        "npx -y airtable-mcp-server@1.14.0", "ok", frozenset({"list_records"}), env="AIRTABLE_API_KEY=pat123.abc123"
    ),
    Published("uvx chroma-mcp==0.2.6", "broken", said="eval_type_backport"),
)


def probe(server: Published, folder: Path) -> tuple[int, dict[str, Any], str]:
    """Probe it as a person would, from an empty folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "TAGSHIP_"))}
    argv = [sys.executable, "-m", "tagship", "probe", "--command", server.command, "--timeout", "180", "--json"]
    done = subprocess.run(
        argv, cwd=folder, env={**kept, "TAGSHIP_ENV": server.env}, capture_output=True, text=True, check=False
    )
    report = json.loads((folder / "dist" / "probe" / "mcp-probe.json").read_bytes())
    found: dict[str, Any] = report["probes"][0]
    return done.returncode, found, done.stderr


@pytest.mark.parametrize("server", SERVERS, ids=lambda each: f"{each.command.split()[-1]}-{each.status}")
def test_a_published_server_gets_the_right_verdict(server: Published, tmp_path: Path) -> None:
    """What answers is ok, what wants a key says which, what dies for every new user is broken, and why."""
    code, found, said = probe(server, tmp_path)
    assert found["verdict"] == server.status, said
    assert code == (1 if server.status == "broken" else 0), said
    assert server.tools <= {tool["name"] for tool in found["tools"]}
    if server.missing:
        assert server.missing in found["missing"]
    assert server.said in json.dumps(found)
