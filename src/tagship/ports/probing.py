"""What is probed: how files are installed as their users do it, how a server is started, what is asked of it."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar, Protocol

import msgspec

from tagship.domain.plans.artifact import Artifact, Kind
from tagship.domain.plans.plan import Package, Probe
from tagship.domain.text.structs import Discreet
from tagship.ports.world import Tools


class Launch(Discreet, frozen=True, kw_only=True):
    """How a server is started: in its own folder, with this environment and nothing else.

    ``limited``: memory, files and processes are bounded. Container tools are not: they set limits of their own.
    """

    unshown: ClassVar[frozenset[str]] = frozenset({"env"})
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    limited: bool = True


class ToolCall(Discreet, frozen=True, kw_only=True):
    """A tool that is called to see that it works."""

    unshown: ClassVar[frozenset[str]] = frozenset({"arguments"})
    tool: str
    arguments: Mapping[str, Any] = msgspec.field(default_factory=dict)


class Wanted(Discreet, frozen=True, kw_only=True):
    """What a probe expects; ``timeout`` (seconds) is for everything that the server is to answer, ``patience`` for its end.

    ``known_variables`` are names of environment variables that the project documents, ``required_variables`` those it cannot
    do without; ``declared_tools`` are promised elsewhere (an MCPB manifest). ``headers`` are sent to addresses only.
    """

    unshown: ClassVar[frozenset[str]] = frozenset({"headers"})
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
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)


class ProbeJob(msgspec.Struct, frozen=True, kw_only=True):
    """A file to be started: its probe, where it is, and an empty folder to install it into.

    ``beside`` are files of the same kind and package that are for every platform: a launcher that asks for this one.
    """

    probe: Probe
    package: Package
    artifact: Artifact
    file: Path
    folder: Path
    beside: tuple[Path, ...] = ()


class Environment(Protocol):
    """How files of some kinds are installed as their users do it, each into an empty place of its own."""

    name: ClassVar[str]
    kinds: ClassVar[frozenset[Kind]]

    def hindrance(self, probe: Probe, package: Package, tools: Tools) -> str:
        """Say why this machine cannot start it; empty when it can."""

    def installed(self, job: ProbeJob, tools: Tools) -> AbstractContextManager[Launch]:
        """Install the file until the block ends.

        Raises :class:`~tagship.errors.CheckFailed` when it cannot be installed: then it is broken for everybody;
        :class:`~tagship.errors.RemoteUnreachable` when a registry cannot be reached; :class:`~tagship.errors.ProjectError`
        when it is this machine that lacks something.
        """
