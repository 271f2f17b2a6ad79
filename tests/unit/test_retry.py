"""The loop around attempts: how long it waits, when it gives up, what starts the window anew."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tagship.adapters.http import Transient
from tagship.errors import RemoteRefused, RemoteUnreachable
from tagship.parts.retry import persist


class Still:
    """A clock that moves only by sleeping, and a reporter that says nothing."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def info(self, message: str) -> None:
        assert "looking again in" in message

    @property
    def tools(self) -> Any:
        class Tools:
            clock = reporter = self

        return Tools


def attempts(*failures: Exception) -> Any:
    left = list(failures)

    def attempt() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return attempt


def test_it_waits_longer_each_time() -> None:
    """Doubled from a quarter of a second, give or take a quarter of it: many that failed together come back apart."""
    still = Still()
    assert persist(attempts(*[Transient("busy")] * 4), lambda: 0, window=60, tools=still.tools) == "done"
    for slept, around in zip(still.slept, [0.25, 0.5, 1.0, 2.0], strict=True):
        assert 0.75 * around <= slept <= 1.25 * around
    assert still.slept != [0.25, 0.5, 1.0, 2.0]


def test_it_waits_as_long_as_the_remote_asks() -> None:
    """``Retry-After`` wins over the own pace."""
    still = Still()
    assert persist(attempts(Transient("busy", wait=7)), lambda: 0, window=60, tools=still.tools) == "done"
    assert still.slept == [7]


def test_it_gives_up_within_the_window() -> None:
    """It never sleeps past the end of the window, and says why it failed."""
    still = Still()
    with pytest.raises(RemoteUnreachable, match="gave up: busy"):
        persist(attempts(*[Transient("busy")] * 99), lambda: 0, window=30, tools=still.tools)
    assert sum(still.slept) <= 30


def test_progress_starts_the_window_anew() -> None:
    """Many files, each with its own hiccup, are no reason to give up."""
    still, taken = Still(), iter(range(1000))
    failures = [Transient("busy", wait=20)] * 10
    assert persist(attempts(*failures), lambda: next(taken), window=30, tools=still.tools) == "done"
    assert sum(still.slept) == 200


def test_a_refusal_is_not_tried_again() -> None:
    """No means no."""
    still = Still()
    with pytest.raises(RemoteRefused):
        persist(attempts(RemoteRefused("no")), lambda: 0, window=30, tools=still.tools)
    assert still.slept == []
