"""The world around a step: programs, time, what people see; and :class:`Tools`, which carries the real objects of a run."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Protocol

import msgspec

from tagship.domain.text.structs import Discreet
from tagship.errors import Problem
from tagship.ports.repository import Vcs


class Clock(Protocol):
    """Time, so that nothing else reads it."""

    def now(self) -> datetime:
        """Return the time, UTC."""

    def monotonic(self) -> float:
        """Return seconds that only grow."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """A program that ended: exit code and both streams."""

    code: int
    out: bytes
    err: bytes

    @property
    def stdout(self) -> str:
        """Standard output as text."""
        return self.out.decode("utf-8", "replace")

    @property
    def stderr(self) -> str:
        """Standard error as text."""
        return self.err.decode("utf-8", "replace")

    def last_lines(self, count: int = 20) -> str:
        """Return the end of what it said, for an error message."""
        return "\n".join((self.stdout.rstrip() + "\n" + self.stderr.rstrip()).strip().splitlines()[-count:])


class Shell(Protocol):
    """Runs programs: argument lists, never a shell string."""

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        timeout: float = 600,
        input_bytes: bytes | None = None,
        watch: Callable[[str], None] | None = None,
    ) -> Finished:
        """Run to the end, whatever the exit code; without an ``env`` the program sees no secret.

        ``watch`` is given each line as the program says it, on either stream.
        """


class Progress(Protocol):
    """How far a number of files are on their way; called from several threads."""

    def sent(self, name: str, size: int) -> None:
        """Say how many bytes of a file have gone so far; less than before when it begins anew."""

    def done(self, name: str) -> None:
        """Say that a file has arrived."""


class Reporter(Protocol):
    """What people see while it runs, and what the runner is told."""

    def step(self, title: str) -> AbstractContextManager[None]:
        """Frame a part of the work; its time is shown when it ends."""

    def info(self, message: str) -> None:
        """Say what happened."""

    def notice(self, message: str) -> None:
        """Say what a person should know."""

    def warning(self, message: str, *, file: str | None = None, line: int | None = None) -> None:
        """Say what a person should look at."""

    def listing(self, title: str, level: str, rows: Sequence[tuple[str, Problem]]) -> None:
        """Show what was found, each with a name of its kind, aligned; ``level`` (error, warning, note) is that of all."""

    def output(self, line: str) -> None:
        """Show a line of a long program as it comes: whole in a log, as the state of things on a terminal."""

    def progress(self, files: Mapping[str, int]) -> AbstractContextManager[Progress]:
        """Show how files of these sizes move: bars on a terminal, a line every few seconds in a log."""

    def labelled(self, label: str) -> "Reporter":
        """Return one for work that goes on beside other work: each of its lines says whose it is."""

    def mask(self, secret: str) -> None:
        """Keep a secret out of every later line."""

    def summary(self, markdown: str, *, first: bool = False) -> None:
        """Add to the job summary, where there is one; ``first``: before all that this run has added."""


class Tools(Discreet, frozen=True, kw_only=True):
    """The real objects of one run; ``ask`` puts a question to the person at the terminal, where there is one."""

    unshown: ClassVar[frozenset[str]] = frozenset({"environment"})
    shell: Shell
    clock: Clock
    reporter: Reporter
    environment: Mapping[str, str]
    open_repository: Callable[[Path], Vcs]
    ask: Callable[[str], str] | None = None
