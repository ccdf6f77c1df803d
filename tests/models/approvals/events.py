"""Events of one case as a person would write them down."""

import datetime as dt

from data.approvals.records import ApprovalEvent

CHINA = dt.timezone(dt.timedelta(hours=8))


def event(kind, day="", clock="09:00", *, case="A1", item="food-licence", office="approval_bureau", **values):
    """An event on a day of March 2026 ("02"), or a whole date; clock "" says only the day; no day is no instant."""
    if not day:
        return ApprovalEvent(case, kind, None, "", item, office, values=values)
    date = day if len(day) > 2 else f"2026-03-{day}"
    at = dt.datetime.fromisoformat(f"{date}T{clock or '00:00'}").replace(tzinfo=CHINA)
    return ApprovalEvent(case, kind, at, f"{date} {clock}".strip(), item, office, values=values)


def suspended(day, clock="09:00", **values):
    """A suspension with all that it needs."""
    return event("suspended", day, clock, **{"reason": "test", "basis": "第四十五条", "days": "5", **values})


def resumed(day, clock="09:00", **values):
    """Its end."""
    return event("resumed", day, clock, **{"reason": "test", **values})


def instant(day, clock="09:00"):
    """The instant of an event, in UTC."""
    return event("step", day, clock).at.astimezone(dt.UTC)
