"""What is probed, and what is asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How a server is started: in its own folder, with this environment and nothing else."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)
    cwd: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A tool that is called to see that it works."""

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a probe expects; ``timeout`` (seconds) is for everything that the server is to answer, ``patience`` for its end.

    ``known_variables`` are names of environment variables that the project documents, ``required_variables`` those it cannot
    do without; ``declared_tools`` are promised elsewhere (an MCPB manifest). ``headers`` are sent to addresses only.
    """

    timeout: float = 30
    patience: float = 5
    version: str = ""
    strict_version: bool = False
    known_variables: tuple[str, ...] = ()
    required_variables: tuple[str, ...] = ()
    declared_tools: tuple[str, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    retries: int = 0
    both_eras: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
