"""The rate limits: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api.

The secondary ones depend on time: a test gives them a clock that runs faster (`FastClock`), or scripts them as faults.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.github.errors import ApiError

WINDOW = timedelta(hours=1)


@dataclass(slots=True)
class RateLimit:
    """Requests left in this hour; `GET /rate_limit` does not count."""

    clock: Callable[[], datetime]
    limit: int = 5000
    used: int = 0
    resets_at: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def spend(self) -> None:
        """Count one request; with none left answer 403, as GitHub does with `x-ratelimit-remaining: 0`."""
        with self._lock:
            self._renew()
            if self.used >= self.limit:
                raise ApiError(403, "API rate limit exceeded for installation.")
            self.used += 1

    def headers(self) -> dict[str, str]:
        overview = self.overview()
        return {f"x-ratelimit-{name}": str(value) for name, value in overview.items()} | {
            "x-ratelimit-resource": "core",
        }

    def overview(self) -> dict[str, Any]:
        with self._lock:
            self._renew()
            assert self.resets_at is not None
            reset = int(self.resets_at.timestamp())
            return {"limit": self.limit, "remaining": self.limit - self.used, "reset": reset, "used": self.used}

    def _renew(self) -> None:
        now = self.clock()
        if self.resets_at is None or now >= self.resets_at:
            self.resets_at, self.used = now + WINDOW, 0


@dataclass(slots=True)
class FastClock:
    """Time that runs so many times faster: a minute's limits are met and waited for in a second."""

    factor: float = 60
    began: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.monotonic(), tz=UTC)

    def monotonic(self) -> float:
        return (time.monotonic() - self.began) * self.factor

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self.factor)


@dataclass(slots=True)
class StillClock:
    """Time that passes by waiting only."""

    seconds: float = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, tz=UTC)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass(slots=True)
class SecondaryLimits:
    """80 content-generating requests a minute, 500 an hour, 900 points a minute; over one the answer is 403."""

    clock: Callable[[], float] = time.monotonic
    refused: int = 0
    _creations: deque[float] = field(default_factory=deque)
    _points: deque[tuple[float, int]] = field(default_factory=deque)

    def spend(self, method: str) -> None:
        """Count one request; the caller holds the world's lock."""
        now, cost = self.clock(), 1 if method == "GET" else 5
        self._points = deque(each for each in self._points if each[0] > now - 60)
        self._creations = deque(at for at in self._creations if at > now - 3600)
        creates = method in ("POST", "PATCH", "PUT")
        in_minute = sum(at > now - 60 for at in self._creations)
        over = creates and (in_minute >= 80 or len(self._creations) >= 500)
        if over or sum(points for _, points in self._points) + cost > 900:
            self.refused += 1
            message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
            raise ApiError(403, message, headers={"Retry-After": "60"})
        self._points.append((now, cost))
        if creates:
            self._creations.append(now)
