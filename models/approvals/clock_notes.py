"""Where the days of a clock look as if they contradicted its due day, the sentence that says why.

Used and left days are counted in the unit of the clock, a due day is a day on which the office works:

1. What is due in calendar days on a day off is due on the next working day, so more days may be used than are allowed
   with none past it.
2. A case that is late on a day off has used no working day of it, so that it is late with no day more than allowed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np

from data.approvals.calendar import WorkCalendar
from models.approvals.texts import say
from models.chain.node_view import Language

CLOCKS = ("statutory", "promised")


def allowed_days(clock: Mapping[str, Any], name: str, extension_days: int | None) -> tuple[int | None, int]:
    """Days that a clock of ``CaseTable.clock`` allows with those of an extension that counts, and these alone."""
    days = clock[name]["days"]
    added = int(extension_days or 0) if name == "statutory" and clock["extension"] == "counted" else 0
    return (None if days is None else days + added), added


def clock_notes(
    row: Mapping[str, Any],
    clock: Mapping[str, Any],
    last_day: dt.date,
    calendar: WorkCalendar,
    lang: Language,
    *,
    by_deadline: bool = False,
) -> list[str]:
    """The sentences for one case; none where its figures explain themselves.

    row, clock : of ``CaseTable``; last_day : of its end, or on which it is looked at
    by_deadline : the promised day is a date that an event names, so that it follows from no number of days
    """  # fmt: skip
    said = list[str]()
    for name in CLOCKS[: 1 if by_deadline else 2]:
        one, (allowed, _) = clock[name], allowed_days(clock, name, row["extension_days"])
        if allowed is None or one["used_days"] is None or one["due_on"] is None:
            continue
        named = say(lang, f"clock.{name}")
        if one["unit"] == "calendar" and not one["late"] and one["used_days"] > allowed:
            said.append(say(lang, "clock.rolled", clock=named, due=one["due_on"]))
        is_off = not calendar.working(np.datetime64(last_day))
        if one["unit"] == "working" and one["late"] and one["used_days"] <= allowed and is_off:
            said.append(say(lang, "clock.day_off", clock=named, due=one["due_on"], day=last_day.isoformat()))
    return said
