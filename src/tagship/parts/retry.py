"""Try until it is done, refused, or has failed for too long; an attempt looks at the remote's state before it repeats a write."""

from collections.abc import Callable
from random import SystemRandom
from typing import Final, TypeVar

from tagship.adapters.http import Transient
from tagship.errors import RemoteUnreachable
from tagship.ports import Tools

T = TypeVar("T")
_FIRST_WAIT: Final = 0.25
_LONGEST_WAIT: Final = 10.0
_CHANCE: Final = SystemRandom()


def persist(attempt: Callable[[], T], progress: Callable[[], int], *, window: float, tools: Tools) -> T:
    """Repeat an attempt that fails in passing; ``window`` (seconds) starts at the first failure, and anew after progress.

    Raises:
        RemoteUnreachable: it kept failing for the whole window.

    """
    clock = tools.clock
    since, done, wait = None, progress(), _FIRST_WAIT
    while True:
        try:
            return attempt()
        except Transient as error:
            now, problem = clock.monotonic(), error.problems[0]
            if since is None or progress() > done:
                since, done, wait = now, progress(), _FIRST_WAIT
            pause = max(error.wait or 0.0, wait * _CHANCE.uniform(0.75, 1.25))  # so that many do not come back together
            if now + pause - since > window:
                raise RemoteUnreachable(f"gave up: {problem.message}", hint=problem.hint) from None
            tools.reporter.info(f"{problem.message}; looking again in {pause:.1f} s")
            clock.sleep(pause)
            wait = min(wait * 2, _LONGEST_WAIT)
