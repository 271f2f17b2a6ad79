"""Kill a program at each of its requests, so that a test can show that running it again completes the work."""

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from tests.fakes.github.faults import Kill, When
from tests.fakes.github.server import GithubServer

PATIENCE: Final = 120  # seconds for one run of the program

NewServer = Callable[[], GithubServer]
Command = Callable[[GithubServer], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class KillPoint:
    """A server whose client died at this request; running the client again is the test's business."""

    server: GithubServer
    number: int
    when: When

    def __str__(self) -> str:
        return f"killed {self.when} request {self.number}: {self.server.journal.lines()[self.number - 1]}"


def kill_points(command: Command, new_server: NewServer) -> Iterator[KillPoint]:
    """Run the command whole once, then once for each request and moment on a new server, and kill it there."""
    with new_server() as server:
        subprocess.run(command(server), env=_environment(server), check=True, timeout=PATIENCE)
        total = len(server.journal.entries)
    for number in range(1, total + 1):
        for when in get_args(When):
            with new_server() as server:
                run_and_die(command(server), server, number, when)
                yield KillPoint(server=server, number=number, when=when)


def run_and_die(command: Sequence[str], server: GithubServer, number: int, when: When) -> None:
    """Run the command, kill it at one request, and wait until the server has done with it."""
    victims: list[int] = []
    server.faults.add(Kill(pid=lambda: victims[0], when=when), number=number)
    with subprocess.Popen(command, env=_environment(server), stderr=subprocess.DEVNULL) as process:
        victims.append(process.pid)
        process.wait(PATIENCE)
    server.quiesce()
    assert process.returncode < 0, f"the program ended with {process.returncode} before request {number}"


def _environment(server: GithubServer) -> dict[str, str]:
    return os.environ | server.environment()
