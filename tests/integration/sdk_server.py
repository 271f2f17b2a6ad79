"""A server made with the official SDK, of either generation: ``sdk_server.py stdio|streamable-http|sse [port]``."""

import sys
from typing import Literal

try:
    from mcp.server.mcpserver import MCPServer as Server
except ImportError:
    from mcp.server.fastmcp import FastMCP as Server
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

generation = "2" if Server.__name__ == "MCPServer" else "1"
transport, port = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
options = {"port": port} if generation == "1" and port else {}
server = Server("sdk", instructions="Use it – with care.", **options)


class Place(BaseModel):
    name: str = Field(description="Of the place.")
    kind: Literal["town", "village"] | None = None


@server.tool(title="Größe", annotations=ToolAnnotations(readOnlyHint=True, openWorldHint=False))
def measure(place: Place, unit: Literal["m", "km"] = "km", tags: list[str] | None = None) -> dict[str, float]:
    """Measure a place – 大きさ."""
    return {"size": float(len(place.name))}


@server.tool(annotations=ToolAnnotations(destructiveHint=True))
def forget(name: str) -> str:
    """Forget a place."""
    return name


@server.prompt(title="Ask")
def ask(question: str, tone: str = "kind") -> str:
    """Ask something."""
    return question + tone


@server.resource("sdk://places")
def places() -> str:
    """All places."""
    return "none"


run_options = {"port": port} if generation == "2" and port else {}
server.run(transport, **run_options)
