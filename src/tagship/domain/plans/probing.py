"""How the files of a package are started and asked: what the configuration decides, as the plan keeps it."""

from typing import Any, Literal

import msgspec

Strictness = Literal["configuration", "flaky", "lint", "tools", "version"]
"""What fails a release on request: a server that needs configuration to start, one that answers only sometimes, errors of
the lint, a tool taken away or narrowed without a major version, another version than the plan's."""
Resolution = Literal["highest", "lowest-direct"]
"""Which versions of dependencies are installed: as a new user gets them, or the oldest that the requirements allow
(https://docs.astral.sh/uv/concepts/resolution/#resolution-strategy)."""


class ToolCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tool to call, with its arguments."""

    tool: str
    arguments: dict[str, Any] = {}


class Probing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a server is started with (arguments, variables with dummy values), seconds until it must have answered, whether it
    sees a network, and what shall fail besides a broken server.
    """

    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    timeout: int = 60
    network: bool = True
    calls: tuple[ToolCall, ...] = ()
    strict: tuple[Strictness, ...] = ()
