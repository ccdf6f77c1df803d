"""Days, instants and lengths of time as a person reads them, in the language of the session and Beijing's time."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from data.beijing import BEIJING

if TYPE_CHECKING:
    from serving.console.page import View

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WHOLE = {"whiteSpace": "nowrap"}  # style of a cell whose day stays on one line
NOTHING = "–"
HOUR, DAY = 3_600, 86_400


def read(value: str | dt.datetime | None) -> dt.datetime | None:
    """An instant of an answer in Beijing's time; one without a zone is in that time already."""
    if value is None or value == "":
        return None
    at = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    return at.replace(tzinfo=BEIJING) if at.tzinfo is None else at.astimezone(BEIJING)


def day(view: View, value: str | dt.date | None) -> str:
    """2026年11月27日 or 27 Nov 2026; of an instant the day in Beijing, a dash for None."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, dt.datetime) or (isinstance(value, str) and len(value) > 10):
        at = read(value)
        assert at is not None
        on = at.date()
    else:
        on = dt.date.fromisoformat(value) if isinstance(value, str) else value
    if view.lang == "zh":
        return f"{on.year}年{on.month}月{on.day}日"
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}"


def moment(view: View, value: str | dt.datetime | None) -> str:
    """The day with hours and minutes, in Beijing's time; a dash for None."""
    at = read(value)
    return NOTHING if at is None else f"{day(view, at)} {at:%H:%M}"


def recorded(view: View, value: str | dt.datetime | None) -> str:
    """An instant of a record: the day alone where it is midnight, which is how a record has a day without a time."""
    at = read(value)
    if at is not None and at.time() == dt.time():
        return day(view, at)
    return moment(view, at)


def days_until(value: str | dt.datetime, now: dt.datetime) -> int:
    """Days from today to the day of an instant, both in Beijing, as one counts on a calendar: tomorrow is 1."""
    then, today = read(value), read(now)
    assert then is not None
    assert today is not None
    return (then.date() - today.date()).days


def iso_day(value: str | dt.datetime | None) -> str | None:
    """The day in Beijing as 2026-11-27, for a column of days that sorts; None for None."""
    at = read(value)
    return None if at is None else at.date().isoformat()


def span(view: View, seconds: float | None) -> str:
    """A length of time in its two largest of days, hours and minutes, rounded down; a dash for None."""
    if seconds is None:
        return NOTHING
    left = max(0, int(seconds))
    parts = (
        ("instants.days", left // DAY),
        ("instants.hours", left % DAY // HOUR),
        ("instants.minutes", left % HOUR // 60),
    )
    first = next((at for at, (_, count) in enumerate(parts) if count), 2)
    shown = [view.text(key, count=count) for key, count in parts[first : first + 2] if count]
    return " ".join(shown) or view.text("instants.minutes", count=0)
