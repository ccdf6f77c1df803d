"""Where the expected date of a running case lies after its promised day, for a person to look at.

The lamp goes by the days left and the chance of lateness assumes that the clock is not suspended again, so both may
look well while the expected date, which allows for suspensions, does not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from data.texts.figures import Text
from data.texts.sentences import joined
from models.approvals.texts import templates

MEDIAN, WHOLLY = "expected_late", "expected_wholly_late"  # the median alone, the whole interval


def expected_late(row: Mapping[str, Any], forecast: Mapping[str, Any] | None, zone: dt.tzinfo) -> tuple[str, Text]:
    """Code and text where the median day of the decision lies after the promised day; both "" elsewhere.

    row : of ``CaseTable.row``; one that is closed, late already or without a promised day has none
    forecast : low_at, median_at, high_at (ISO 8601, or aware); late_chance : share, None or absent where not known
    zone : in which the days of the instants are read
    """
    if forecast is None or row["is_closed"] or row["late"] or row["promised_due_on"] is None:
        return "", ("", "")
    days = [_day(forecast.get(f"{name}_at"), zone) for name in ("low", "median", "high")]
    low, median, high = days
    due = dt.date.fromisoformat(row["promised_due_on"])
    if low is None or median is None or high is None or median <= due:
        return "", ("", "")
    code = WHOLLY if low > due else MEDIAN
    chance = forecast.get("late_chance")
    keys = [code, *(["expected_late.chance"] if chance is not None else [])]
    keys += ["expected_late.lamp"] if row["lamp"] in ("green", "yellow") else []
    figures = {"due": f"{due}", "low": f"{low}", "median": f"{median}", "high": f"{high}", "chance": chance}
    write = templates()
    return code, joined(*(write[f"flag.{code}" if key == code else key].fill(figures) for key in keys))


def _day(at: dt.datetime | str | None, zone: dt.tzinfo) -> dt.date | None:
    if at is None:
        return None
    return (dt.datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(zone).date()
