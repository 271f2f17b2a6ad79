"""Run ``release-assets`` inside the test, many times a second, with any clock, against the GitHub stand-in."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tagship.adapters.clock import SystemClock
from tagship.adapters.console import Console
from tagship.adapters.git import Git
from tagship.adapters.shell import SystemShell
from tagship.errors import TagshipError
from tagship.ports import Clock, Tools
from tagship.steps import release_assets
from tests.fakes.github import WRITE_TOKEN, GithubServer
from tests.integration.release_run import TAG


class HastyClock(SystemClock):
    """The real time, with waits that are skipped: for faults, whose cure is never to wait longer."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def monotonic(self) -> float:
        """Count what was not waited as waited."""
        return super().monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self._skipped += seconds


def tools_of(environment: Mapping[str, str], clock: Clock, stream: io.StringIO) -> Tools:
    """Give a step the real objects, and a stream to speak into."""
    shell = SystemShell()
    return Tools(
        shell=shell,
        clock=clock,
        reporter=Console(environment, clock, stream),
        environment=environment,
        open_repository=lambda folder: Git(folder, shell, environment),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a run ended: its outputs or its error, and what it said."""

    outputs: release_assets.Outputs | None
    error: TagshipError | None
    said: str

    @property
    def code(self) -> int:
        """The exit code."""
        return self.error.exit_code if self.error else 0


@dataclass(slots=True, kw_only=True)
class Here:
    """A folder of files, and the server they go to."""

    root: Path
    server: GithubServer
    clock: Clock = field(default_factory=HastyClock)

    def run(self, **inputs: Any) -> Ran:
        """Release what lies in ``files/``."""
        stream = io.StringIO()
        tools = tools_of(self.server.environment(), self.clock, stream)
        given = {"files": "files/*", "tag": TAG, "token": WRITE_TOKEN, "working_directory": str(self.root), **inputs}
        try:
            outputs = release_assets.run(release_assets.Inputs(**given), tools)
        except TagshipError as error:
            return Ran(outputs=None, error=error, said=stream.getvalue())
        return Ran(outputs=outputs, error=None, said=stream.getvalue())
