"""Versions that are dates (calver.org), written so that SemVer can order them: ``2026.7.10``, or ``2026.7.0`` counting on."""

import calendar
from collections.abc import Iterable
from datetime import date
from typing import Final, Literal

from tagship.domain.versions.version import Channel, Version, with_channel
from tagship.errors import UsageError

Scheme = Literal["semver", "YYYY.M.D", "YYYY.M.MICRO"]
_CENTURY: Final = range(2000, 2200)


def scheme_of(versions: Iterable[Version]) -> Scheme:
    """Recognise the scheme of the releases so far, the newest first: a year, a month and a day, or a number that counts."""
    known = list(versions)
    if not known or known[0].major not in _CENTURY or not 1 <= known[0].minor <= 12:  # noqa: PLR2004
        return "semver"
    days = (
        version.patch
        for version in known
        if version.major in _CENTURY and 1 <= version.minor <= 12  # noqa: PLR2004
        for last in [calendar.monthrange(version.major, version.minor)[1]]
        if not 1 <= version.patch <= last
    )
    return "YYYY.M.D" if next(days, None) is None else "YYYY.M.MICRO"


def next_date_version(
    current: Version | None, scheme: Scheme, today: date, channel: Channel | Literal["", "final"] = ""
) -> Version:
    """Say which version follows ``current`` today.

    Raises:
        UsageError: today's version is out already, or ``current`` lies in the future.

    """
    day = Version(major=today.year, minor=today.month, patch=today.day if scheme == "YYYY.M.D" else 0)
    if current is None:
        return with_channel(day, None, channel)
    if scheme == "YYYY.M.MICRO" and current.core[:2] == day.core[:2]:
        step = 0 if current.channel else 1
        day = Version(major=day.major, minor=day.minor, patch=current.patch + step)
    if day.core < current.core:
        hint = "give `version`, or mend the clock"
        raise UsageError(f"{current} is later than today, {today.isoformat()}", hint=hint)
    if day.core == current.core and not current.channel:
        hint = "wait for tomorrow, or set version.scheme: YYYY.M.MICRO, which counts"
        raise UsageError(f"{current} was released today: a date has no second version", hint=hint)
    return with_channel(day, current, channel)
