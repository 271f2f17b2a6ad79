"""How answers are told apart, and how requests are paced."""

import time
from datetime import UTC, datetime

import pytest

from tagship.adapters import http
from tagship.errors import RemoteRefused


class FakeClock:
    """Time that passes by sleeping only."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, tz=UTC)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def test_the_pace_lets_a_burst_through_and_then_waits() -> None:
    """Never more than the count in any window, and no waiting before that."""
    clock = FakeClock()
    pace = http.Pace(clock, count=3, seconds=60)
    starts = []
    for _ in range(7):
        pace.wait()
        starts.append(clock.seconds)
        clock.seconds += 1

    assert starts == [0, 1, 2, 60, 61, 62, 120]


@pytest.mark.parametrize(
    ("status", "headers", "message", "passing"),
    [
        (500, {}, "", True),
        (408, {}, "", True),
        (429, {}, "", True),
        (403, {"Retry-After": "7"}, "", True),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9"}, "", True),
        (403, {}, "You have exceeded a secondary rate limit.", True),
        (403, {"x-ratelimit-remaining": "12"}, "Resource not accessible by integration", False),
        (401, {}, "Bad credentials", False),
        (404, {}, "Not Found", False),
        (422, {}, "Validation Failed", False),
    ],
)
def test_what_may_pass_is_told_from_what_stays(
    status: int,
    headers: dict[str, str],
    message: str,
    passing: bool,  # noqa: FBT001
) -> None:
    """Limits, timeouts and the server's own errors pass; refusals stay."""
    told = http.refusal(status, headers, message, "upload")
    assert passing == isinstance(told, http.Transient)
    assert passing != isinstance(told, RemoteRefused)


def test_a_spent_limit_is_waited_for_until_it_is_renewed() -> None:
    """``x-ratelimit-reset`` is a time, not a duration."""
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 1000)}
    told = http.refusal(403, headers, "API rate limit exceeded", "list")
    assert isinstance(told, http.Transient)
    assert told.wait is not None
    assert 900 < told.wait <= 1000


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"message": "Validation Failed", "errors": [{"code": "already_exists", "field": "name"}]}',
         "Validation Failed name already_exists"),
        ('{"message": "No", "errors": [{"code": "custom", "message": "tag_name was used"}]}', "No tag_name was used"),
        ("plain  text\n", "plain text"),
        ("[1]", ""),
        ('{"message": "No", "errors": null}', "No"),
    ],
)  # fmt: skip
def test_an_error_is_told_in_one_line(body: str, said: str) -> None:
    """The message and each entry's reason."""
    assert said == http.message_of(body)
