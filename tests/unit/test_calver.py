"""Versions that are dates: they only grow, day by day and within a day."""

from datetime import date
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.versions.calver import Scheme, next_date_version, scheme_of
from tagship.domain.versions.version import CHANNELS, Channel, Version
from tagship.errors import UsageError

V = Version.parse
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
schemes = st.sampled_from(("YYYY.M.D", "YYYY.M.MICRO"))


@given(st.lists(days, min_size=1, max_size=8).map(sorted), schemes, st.sampled_from(("", *CHANNELS)))
def test_releases_of_many_days(on: list[date], scheme: Scheme, channel: Channel | Literal[""]) -> None:
    """Each release is higher than the one before, and its first two numbers are the day's; a second one of a day is
    refused where the day is the whole version.
    """
    released: list[Version] = []
    for day in on:
        try:
            following = next_date_version(released[-1] if released else None, scheme, day, channel)
        except UsageError:
            assert (scheme, channel) == ("YYYY.M.D", "")
            assert released[-1].core == (day.year, day.month, day.day)
            continue
        assert all(following > earlier for earlier in released)
        assert following.core[:2] == (day.year, day.month)
        assert following.channel == (channel or None)
        released.append(following)


@given(days, schemes, st.integers(1, 5))
def test_a_candidate_of_a_day_becomes_its_final(day: date, scheme: Scheme, candidates: int) -> None:
    """The numbers stay, whatever many candidates there were."""
    first = current = next_date_version(None, scheme, day, "rc")
    for _ in range(candidates - 1):
        current = next_date_version(current, scheme, day)
    final = next_date_version(current, scheme, day, "final")
    assert (current.number, final.core, final.channel) == (candidates, first.core, None)


@given(st.lists(days, min_size=1, max_size=6, unique=True).map(sorted))
def test_what_was_released_by_days_is_recognised(on: list[date]) -> None:
    """The scheme is read back from its own releases."""
    versions = [next_date_version(None, "YYYY.M.D", day) for day in on]
    assert scheme_of(reversed(versions)) == "YYYY.M.D"


@given(days, st.integers(1, 4))
def test_what_counts_is_recognised(day: date, more: int) -> None:
    """A zero is no day of a month, so that the first of a month's releases tells."""
    current = next_date_version(None, "YYYY.M.MICRO", day)
    versions = [current]
    for _ in range(more):
        current = next_date_version(current, "YYYY.M.MICRO", day)
        versions.insert(0, current)
    assert [version.patch for version in reversed(versions)] == list(range(more + 1))
    assert scheme_of(versions) == "YYYY.M.MICRO"


@pytest.mark.parametrize(
    ("known", "scheme"),
    [
        (("1999.1.1",), "semver"), (("2000.1.1",), "YYYY.M.D"), (("2200.1.1",), "semver"), (("2026.0.1",), "semver"),
        (("2024.2.29",), "YYYY.M.D"), (("2023.2.29",), "YYYY.M.MICRO"), (("3.0.0", "2026.7.10"), "semver"),
        (("2026.7.10-rc.1",), "YYYY.M.D"), (("2026.7.10", "2026.7.0"), "YYYY.M.MICRO"),
    ],
)  # fmt: skip
def test_what_is_a_date(known: tuple[str, ...], scheme: str) -> None:
    """Leap days, centuries, months that are none; the newest release decides whether there are dates at all."""
    assert scheme_of([V(text) for text in known]) == scheme


@pytest.mark.parametrize(
    ("current", "scheme", "channel", "words"),
    [
        ("2026.11.24", "YYYY.M.D", "", "no second version"), ("2026.11.24", "YYYY.M.D", "rc", "no second version"),
        ("2026.11.24-rc.1", "YYYY.M.D", "beta", "cannot go back"), ("2026.11.25", "YYYY.M.D", "", "later than today"),
        ("2026.12.0", "YYYY.M.MICRO", "", "later than today"), ("2027.1.0-rc.1", "YYYY.M.MICRO", "", "later than today"),
        ("2026.11.3-rc.1", "YYYY.M.MICRO", "alpha", "cannot go back"),
    ],
)  # fmt: skip
def test_steps_back_are_refused(current: str, scheme: Scheme, channel: Channel, words: str) -> None:
    """With what to do."""
    with pytest.raises(UsageError, match=words) as caught:
        next_date_version(V(current), scheme, date(2026, 11, 24), channel)
    assert caught.value.problems[0].hint
