"""The primary rate limit: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api.

The secondary limits depend on time and load; a test scripts them as faults.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
