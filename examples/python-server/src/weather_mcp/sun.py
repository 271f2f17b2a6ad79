"""When the sun rises and sets: the sunrise equation, good to a few minutes away from the poles."""

from datetime import UTC, date, datetime, timedelta
from math import acos, asin, cos, degrees, radians, sin

_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)


def sun_times(latitude: float, longitude: float, day: date) -> tuple[datetime, datetime] | None:
    """Return sunrise and sunset (UTC); ``None`` where the sun does not rise or does not set that day.

    https://en.wikipedia.org/wiki/Sunrise_equation
    """
    days = (datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - _J2000).days + 0.0008
    noon = days - longitude / 360
    anomaly = radians((357.5291 + 0.98560028 * noon) % 360)
    centre = 1.9148 * sin(anomaly) + 0.02 * sin(2 * anomaly) + 0.0003 * sin(3 * anomaly)
    ecliptic = radians((degrees(anomaly) + centre + 180 + 102.9372) % 360)
    transit = noon + 0.0053 * sin(anomaly) - 0.0069 * sin(2 * ecliptic)
    declination = asin(sin(ecliptic) * sin(radians(23.4397)))
    height = sin(radians(-0.833)) - sin(radians(latitude)) * sin(declination)
    ratio = height / (cos(radians(latitude)) * cos(declination))
    if not -1 <= ratio <= 1:
        return None
    half_day = timedelta(days=degrees(acos(ratio)) / 360)
    moment = _J2000 + timedelta(days=transit)
    return moment - half_day, moment + half_day
