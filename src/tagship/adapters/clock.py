"""The real clock."""

import time
from datetime import UTC, datetime


class SystemClock:
    """:class:`tagship.ports.Clock` over the operating system."""

    def now(self) -> datetime:
        """Return the time, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
