"""Requests paced below GitHub's limits, so that none has to be refused.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api: 80 content-generating requests a minute and
500 an hour, 900 points a minute (5 for a write, 1 for a read); ``x-ratelimit-remaining`` says what is left of the hour's
requests. GitHub's windows are not ours, hence a margin.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from tagship.adapters import http
from tagship.adapters.http import Transient
from tagship.ports import Clock

CREATIONS_A_MINUTE: Final = 76
CREATIONS_AN_HOUR: Final = 480
POINTS_A_MINUTE: Final = 850
_MINUTE: Final = 60.0
_HOUR: Final = 3600.0
_READS: Final = frozenset({"GET", "HEAD"})


class _Request:
    """One that counts, from before it is sent until a window after its answer: GitHub counts it somewhere in between."""

    def __init__(self, cost: int) -> None:
        self.cost = cost
        self.ended: float | None = None


class Window:
    """At most so much in any so many seconds."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._spent: list[_Request] = []

    def pause(self, now: float, cost: int) -> float:
        """Return how long to wait until something of this cost fits in."""
        self._spent = [each for each in self._spent if each.ended is None or each.ended + self._seconds > now]
        over, pause = sum(each.cost for each in self._spent) + cost - self._most, 0.0
        for ended, each in sorted(((each.ended or now, each) for each in self._spent), key=lambda pair: pair[0]):
            if over <= 0:
                break
            over, pause = over - each.cost, ended + self._seconds - now
        return pause

    def spend(self, cost: int) -> _Request:
        """Note that one begins."""
        made = _Request(cost)
        self._spent.append(made)
        return made


class Pace:
    """Lets requests of several threads begin so that no limit of GitHub's is met."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._points = Window(POINTS_A_MINUTE, _MINUTE)
        self._creations = (Window(CREATIONS_A_MINUTE, _MINUTE), Window(CREATIONS_AN_HOUR, _HOUR))
        self._lock = threading.Lock()
        self._renewed: float | None = None

    @contextmanager
    def request(self, method: str) -> Iterator[None]:
        """Wait until one more request may begin; it goes on as long as this does.

        Raises:
            Transient: the hour's requests are used up; it says for how long.

        """
        with self._lock:
            self._check_left()
            noted = self._begin(method)
        try:
            yield
        finally:
            for each in noted:
                each.ended = self._clock.monotonic()

    def _begin(self, method: str) -> list[_Request]:
        costs = [(self._points, 1 if method in _READS else 5)]
        costs += [(window, 1) for window in self._creations if method not in _READS | {"DELETE"}]
        while True:
            now = self._clock.monotonic()
            pause = max(window.pause(now, cost) for window, cost in costs)
            if pause <= 0:
                return [window.spend(cost) for window, cost in costs]
            self._clock.sleep(pause)

    def answered(self, headers: Mapping[str, str]) -> None:
        """Take note of what an answer says is left."""
        told = {name.lower(): value for name, value in headers.items()}
        reset = http.seconds(told.get("x-ratelimit-reset", ""))
        if told.get("x-ratelimit-remaining") == "0" and reset is not None:
            self._renewed = reset

    def _check_left(self) -> None:
        left = (self._renewed or 0.0) - self._clock.now().timestamp()
        if left > 0:
            raise Transient("GitHub's hourly rate limit is used up", wait=left)
        self._renewed = None
