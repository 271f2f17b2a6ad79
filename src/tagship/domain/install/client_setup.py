"""What clients of MCP servers take to start one: JSON for their files, links that set it up with one click, command lines.

Forms: https://code.visualstudio.com/docs/copilot/customization/mcp-servers, https://cursor.com/docs/context/mcp/install-links,
https://lmstudio.ai/docs/app/mcp/deeplink, https://block.github.io/goose/docs/getting-started/using-extensions.
"""

import base64
import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode


class Setup(NamedTuple):
    """How a client starts a server: its name for people, the command line, and the variables it wants."""

    name: str
    command: str
    arguments: tuple[str, ...]
    environment: tuple[Mapping[str, Any], ...] = ()

    @property
    def _started(self) -> dict[str, Any]:
        return {"command": self.command, "args": list(self.arguments)}

    @property
    def entry(self) -> dict[str, Any]:
        """The server as most clients write it; values that only its user has are marked."""
        values = {each["name"]: each.get("default") or f"<{each['name']}>" for each in self.environment}
        return {**self._started, **({"env": values} if values else {})}

    @property
    def configuration(self) -> str:
        """Write ``mcpServers``: Claude Desktop, Cursor, LM Studio, Windsurf and others."""
        return json.dumps({"mcpServers": {self.name: self.entry}}, indent=2, ensure_ascii=False)

    @property
    def vscode(self) -> str:
        """Write ``.vscode/mcp.json``, which asks for values and keeps secrets."""
        asked = {"inputs": self._inputs} if self._inputs else {}
        return json.dumps({"servers": {self.name: self._prompting}, **asked}, indent=2, ensure_ascii=False)

    @property
    def _prompting(self) -> dict[str, Any]:
        values = {each["name"]: f"${{input:{each['name']}}}" for each in self.environment}
        return {"type": "stdio", **self._started, **({"env": values} if values else {})}

    @property
    def _inputs(self) -> list[dict[str, Any]]:
        return [
            {
                "type": "promptString",
                "id": each["name"],
                "description": each.get("description") or each["name"],
                "password": bool(each.get("secret")),
            }
            for each in self.environment
        ]

    @property
    def claude(self) -> str:
        """Write the line for Claude Code."""
        given = [word for name, value in self.entry.get("env", {}).items() for word in ("-e", f"{name}={value}")]
        return shlex.join(["claude", "mcp", "add", *given, self.name, "--", self.command, *self.arguments])

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """Give links that set the server up: client and address."""
        inputs = {"inputs": self._inputs} if self._inputs else {}
        packed = base64.b64encode(_compact(self.entry).encode()).decode()
        plain = urlencode({"name": self.name, "config": packed}, quote_via=quote)
        goose: list[tuple[str, str]] = [("cmd", self.command), *(("arg", word) for word in self.arguments)]
        goose += [("id", self.name), ("name", self.name)]
        goose += [("env", f"{each['name']}={each.get('description') or each['name']}") for each in self.environment]
        return (
            ("VS Code", f"vscode:mcp/install?{quote(_compact({'name': self.name, **self._prompting, **inputs}))}"),
            ("Cursor", f"cursor://anysphere.cursor-deeplink/mcp/install?{plain}"),
            ("LM Studio", f"lmstudio://add_mcp?{plain}"),
            ("Goose", f"goose://extension?{urlencode(goose, quote_via=quote)}"),
        )


def setup_of(package: Mapping[str, Any], command: str, arguments: Sequence[str]) -> Setup | None:
    """Say how a client starts a package; nothing for what is no server that is started."""
    server = package.get("server")
    if not server or server.get("transport", "stdio") != "stdio":
        return None
    own = (package.get("mcp_name") or package["name"]).rpartition("/")[2]
    return Setup(
        name=own,
        command=command,
        arguments=(*arguments, *server.get("arguments", ())),
        environment=tuple(server.get("environment", ())),
    )


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
