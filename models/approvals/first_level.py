"""The first-level examination of cases that a higher office decides: whether it took longer than the law allows.

It begins with acceptance and ends when the case is passed on, within the working days of the rule ``first_level`` on
the day of acceptance (Article 43 of the Administrative Licensing Law); the same suspensions are left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from data.approvals.calendar import WorkCalendar
from data.approvals.catalogue import Item
from data.approvals.clock_rules import ClockRules
from models.approvals.clock import clocks
from models.approvals.clock_inputs import NO_INSTANT, within
from models.approvals.columns import Flags
from models.approvals.fold import FoldTable
from models.approvals.suspensions import Spells

Instants = npt.NDArray[np.datetime64]


def first_level_late(
    fold: FoldTable,
    items: Sequence[Item | None],
    calendar: WorkCalendar,
    rules: ClockRules,
    *,
    start: Instants,
    end: Instants,
    spells: Spells,
) -> Flags:
    """Cases of an item that is escalated which were passed on too late, or have not been while it is too late.

    start : of the clock, NaT while it has not begun; end : of the case or the instant that it is looked at; shape (n,)
    """
    columns = fold.columns
    passed = within(
        columns.least(columns.counted & columns.of_kind("escalated"), columns.instant).astype("datetime64[us]")
    )
    escalated = np.array([item is not None and item.handling == "escalated" for item in items], dtype=np.bool_)
    begun = np.where(escalated, start, NO_INSTANT)
    found = [None if day is None else rules.on(day).get("first_level") for day in calendar.day(begun).tolist()]
    days = [np.nan if rule is None or rule.days is None else rule.days for rule in found]
    until = np.where(np.isnat(passed), end, passed)
    return clocks(calendar, begun, np.array(days, dtype=np.float64), until=until, spells=spells, lamps=rules.lamps).late
