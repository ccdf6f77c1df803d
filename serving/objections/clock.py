"""By when an objection is to be decided: working days since its filing, by the clock that approvals have.

The days on which the enterprise is to give information are not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import numpy.typing as npt

from data.approvals.calendar import WorkCalendar
from models.approvals.clock import Clocks, clocks
from models.approvals.suspensions import Spells
from serving.objections.objections import Objection

WORKING_DAYS = 10  # the zone's own promise; the law on credit reporting allows 20 days, days off included


@dataclass(frozen=True, slots=True)
class ObjectionClock:
    """One objection's clock, as of ``models.approvals.clock.Clocks``.

    age_days : working days used; due_on, left_days : None while the enterprise is to give information, and once closed
    lamp : green, yellow, red; suspended; closed
    """

    age_days: int
    due_on: date | None
    left_days: int | None
    lamp: str


def objection_clocks(
    objections: Sequence[Objection], now: datetime, calendar: WorkCalendar | None = None
) -> list[ObjectionClock]:
    """The clock of each objection at an instant; a closed one is looked at when it was closed."""
    if not objections:
        return []
    ends = [_instant(now) if one.is_open else _recorded(one.steps[-1]["at"]) for one in objections]
    found = clocks(
        calendar or WorkCalendar.load(),
        _instants([_recorded(one.steps[0]["at"]) for one in objections]),
        WORKING_DAYS,
        until=_instants(ends),
        closed=np.array([not one.is_open for one in objections]),
        spells=_spells(objections),
    )
    return [_clock(one, found, number) for number, one in enumerate(objections)]


def _clock(one: Objection, found: Clocks, number: int) -> ObjectionClock:
    age_days, due = int(found.used_days[number]), found.due_day[number]
    if not one.is_open:
        return ObjectionClock(age_days, None, None, "closed")
    if found.is_suspended[number] or np.isnat(due):
        return ObjectionClock(age_days, None, None, "suspended")
    return ObjectionClock(age_days, due.astype(object), int(found.left_days[number]), str(found.lamp[number]))


def _spells(objections: Sequence[Objection]) -> Spells:
    """From each time that information was wanted to the step that followed; open while none has."""
    rows = [
        (number, _recorded(step["at"]), _recorded(after[0]["at"]) if after else np.datetime64("NaT"))
        for number, one in enumerate(objections)
        for step, after in ((step, one.steps[at + 1 : at + 2]) for at, step in enumerate(one.steps))
        if step["state"] == "information_wanted"
    ]
    if not rows:
        return Spells.none()
    cases, begun, ended = zip(*rows, strict=True)
    reason = np.full(len(rows), "information_wanted", dtype=object)
    return Spells(np.array(cases), _instants(begun), _instants(ended), reason)


def _recorded(text: str) -> np.datetime64:
    return _instant(datetime.fromisoformat(text))


def _instants(values: Sequence[np.datetime64]) -> npt.NDArray[np.datetime64]:
    return np.array(values, dtype="datetime64[us]")


def _instant(when: datetime) -> np.datetime64:
    return np.datetime64(when.astimezone(UTC).replace(tzinfo=None), "us")
