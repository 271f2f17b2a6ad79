"""How an MCP server is started and spoken to: what its project says, for images, bundles, probes and install lines."""

from typing import Literal

import msgspec

Transport = Literal["stdio", "streamable-http", "sse"]


class EnvironmentVariable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A variable that a server reads; ``secret`` values are never shown or given a default."""

    name: str
    description: str = ""
    required: bool = False
    secret: bool = False
    default: str = ""


class Server(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A server's transport, the arguments its command is given, port (0: none) and path where it listens, its environment, and
    what its project says of it.
    """

    transport: Transport = "stdio"
    arguments: tuple[str, ...] = ()
    port: int = 0
    path: str = ""
    environment: tuple[EnvironmentVariable, ...] = ()
    description: str = ""
