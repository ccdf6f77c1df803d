"""Days and instants as a person types them: a day of the zone's calendar, or an instant with its offset."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})")
ALLOWED = "a day as 2026-01-31, or an instant with its offset as 2026-01-31T09:00:00+08:00"


def read_instant(text: str, zone: str) -> datetime:
    """The instant in UTC; a day alone is its first instant in ``zone``. Raises ValueError that names what is allowed.

    zone : name of a time zone, as Asia/Shanghai
    """
    given = text.strip()
    try:
        if _DAY.fullmatch(given):
            return _start(date.fromisoformat(given), zone)
        if _INSTANT.fullmatch(given):
            return datetime.fromisoformat(given).astimezone(UTC)
    except (ValueError, OverflowError):  # no such day, or none of the calendar once it is in UTC
        pass
    raise ValueError(f"{text[:60]!r} cannot be read; allowed: {ALLOWED}")


def end_of_day(text: str, zone: str) -> datetime:
    """The first instant after a day of ``zone``, so that the day itself is included; raises ValueError."""
    given = text.strip()
    try:
        if _DAY.fullmatch(given):
            return _start(date.fromisoformat(given) + timedelta(days=1), zone)
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"{text[:60]!r} is no day; allowed: a day as 2026-01-31")


def today_in(zone: str) -> date:
    """Today by the calendar of ``zone``."""
    return datetime.now(ZoneInfo(zone)).date()


def day_in(instant: str, zone: str) -> date:
    """The day of ``zone``'s calendar on which a recorded instant fell."""
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(zone)).date()


def _start(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
