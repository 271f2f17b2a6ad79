"""The time of one step: it ends after so many seconds, and a signal ends it between two requests."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from tagship.errors import RemoteUnreachable
from tagship.ports import Clock

GRACE: Final = 5.0
"""Seconds that a transfer under way may go on after the signal: a cancelled job is killed 7.5 s after it
(docs.github.com/actions: workflow cancellation)."""
_SLICE: Final = 0.2
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Stopped(KeyboardInterrupt):
    """Ctrl-C or a cancelled job, noticed where nothing is half done."""


class StepClock:
    """:class:`tagship.ports.Clock` that knows when the step has to end."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock, self._seconds = clock, seconds
        self._ends = clock.monotonic() + seconds
        self._stopped: float | None = None

    def now(self) -> datetime:
        """Return the time, UTC."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait, unless the step would be over before.

        Raises:
            Stopped: a signal came.
            RemoteUnreachable: there is not so much time.

        """
        self.check(seconds)
        until = self._clock.monotonic() + seconds
        while (left := until - self._clock.monotonic()) > 0:
            self._clock.sleep(min(left, _SLICE))
            self.check()

    def check(self, seconds: float = 0.0) -> None:
        """Look whether something that takes so long may still begin.

        Raises:
            Stopped: a signal came.
            RemoteUnreachable: the time is over, or would be.

        """
        if self._stopped is not None:
            raise Stopped
        if self._clock.monotonic() + seconds > self._ends:
            minutes = f"{self._seconds / 60:g}"
            waiting = f", and {seconds:.0f} s are to be waited" if seconds else ""
            hint = "run it again: it goes on where it stopped; or raise `timeout`"
            raise RemoteUnreachable(f"not done after {minutes} minutes{waiting}", hint=hint)

    def check_under_way(self) -> None:
        """Look whether a transfer may go on: a signal gives it a few seconds to end.

        Raises:
            Stopped: they are over.
            RemoteUnreachable: the time of the step is over.

        """
        if self._stopped is None:
            self.check()
        elif self._clock.monotonic() > self._stopped + GRACE:
            raise Stopped

    def stop(self, *_: object) -> None:
        """Let nothing more begin; asked a second time, stop at once."""
        if self._stopped is not None:
            raise Stopped
        self._stopped = self._clock.monotonic()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take signals as a wish to stop, where this thread is the one that gets them."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.stop) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
