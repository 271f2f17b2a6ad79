"""The time of a step: it ends, and a signal ends it between two requests."""

import signal

import pytest

from tagship.adapters.step_clock import GRACE, StepClock, Stopped
from tagship.errors import RemoteUnreachable
from tests.fakes.github.limits import StillClock


def test_nothing_begins_after_the_end() -> None:
    """Neither a request nor a wait that would go beyond it."""
    still = StillClock()
    clock = StepClock(still, 60)
    clock.sleep(50)
    clock.check()
    with pytest.raises(RemoteUnreachable, match="not done after 1 minutes, and 20 s are to be waited"):
        clock.sleep(20)
    assert still.seconds == pytest.approx(50)
    still.seconds = 61
    with pytest.raises(RemoteUnreachable, match="not done after 1 minutes"):
        clock.check_under_way()


def test_a_signal_stops_between_requests_and_lets_a_transfer_end() -> None:
    """Nothing new begins, a wait ends, and what is under way has a few seconds."""
    still = StillClock()
    clock = StepClock(still, 600)
    clock.stop()
    for begun in (clock.check, lambda: clock.sleep(1)):
        with pytest.raises(Stopped):
            begun()
    clock.check_under_way()
    still.seconds = GRACE + 1
    with pytest.raises(Stopped):
        clock.check_under_way()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_are_listened_to_and_given_back(number: signal.Signals) -> None:
    """Once is a wish, twice an order; afterwards they mean what they meant."""
    before = signal.getsignal(number)
    clock = StepClock(StillClock(), 600)
    with clock.listening():
        signal.raise_signal(number)
        with pytest.raises(Stopped):
            clock.check()
        with pytest.raises(Stopped):
            signal.raise_signal(number)
    assert signal.getsignal(number) is before
