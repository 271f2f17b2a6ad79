"""Requests are paced below GitHub's limits, whoever asks, and what an answer says of the hour's rest is heeded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.adapters.http import Transient
from tagship.adapters.pace import CREATIONS_A_MINUTE, CREATIONS_AN_HOUR, POINTS_A_MINUTE, Pace
from tests.fakes.github.limits import StillClock


@given(st.lists(st.tuples(st.sampled_from(["GET", "POST", "PATCH", "DELETE"]), st.floats(0, 2)), max_size=400))
def test_no_window_ever_holds_more_than_github_allows(asked: list[tuple[str, float]]) -> None:
    """80 creations a minute, 900 points a minute: counted over every minute that ends with a request."""
    clock = StillClock()
    pace, began = Pace(clock), []
    for method, between in asked:
        clock.seconds += between
        with pace.request(method):
            clock.seconds += between / 4
        began.append((clock.seconds, method))
        minute = [each for at, each in began if at > clock.seconds - 60]
        assert sum(method in {"POST", "PATCH"} for method in minute) <= CREATIONS_A_MINUTE < 80
        assert sum(1 if method == "GET" else 5 for method in minute) <= POINTS_A_MINUTE < 900


def test_a_slow_request_counts_until_a_minute_after_its_answer() -> None:
    """GitHub may count it as late as it answers: the next minute begins then."""
    clock = StillClock()
    pace = Pace(clock)
    for _ in range(CREATIONS_A_MINUTE):
        with pace.request("POST"):
            clock.seconds += 1
    with pace.request("POST"):
        assert clock.seconds == CREATIONS_A_MINUTE
    slow = pace.request("POST")
    slow.__enter__()
    clock.seconds += 1000
    with pace.request("POST"):
        assert clock.seconds < 2000
    slow.__exit__(None, None, None)


def test_a_burst_goes_through_and_then_waits() -> None:
    """No waiting before the limit, and then no longer than needed."""
    clock = StillClock()
    pace = Pace(clock)
    for _ in range(CREATIONS_A_MINUTE):
        with pace.request("POST"):
            pass
    assert clock.seconds == 0
    with pace.request("POST"):
        pass
    assert clock.seconds == 60


def test_the_hour_is_kept_too() -> None:
    """500 creations an hour."""
    clock = StillClock()
    pace = Pace(clock)
    for _ in range(CREATIONS_AN_HOUR):
        with pace.request("POST"):
            pass
    assert clock.seconds < 3600
    with pace.request("POST"):
        pass
    assert clock.seconds >= 3600
    assert CREATIONS_AN_HOUR < 500


def test_a_spent_hour_is_heeded_before_it_is_refused() -> None:
    """``x-ratelimit-remaining: 0`` in a good answer: the next request is not made until ``x-ratelimit-reset``."""
    clock = StillClock()
    pace = Pace(clock)
    pace.answered({"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "1000"})
    pace.answered({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "²"})
    with pace.request("GET"):
        pass
    pace.answered({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1000"})

    with pytest.raises(Transient) as told, pace.request("GET"):
        pass

    assert told.value.wait == 1000
    clock.seconds = 1001
    with pace.request("GET"):
        pass
