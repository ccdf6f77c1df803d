"""The promised clock of cases: by the item's days, or by a deadline that an event names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.approvals.calendar import END, FIRST, Days, WorkCalendar
from data.approvals.clock_rules import LampRule
from models.approvals.clock import Clocks
from models.approvals.columns import Flags

Instants = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Promise:
    """The promised clock, one value a case, as of ``Clocks``; left_days of a deadline are working days."""

    due_day: Days
    left_days: npt.NDArray[np.float64]
    late: Flags
    lamp: npt.NDArray[np.object_]
    provisional: Flags


def promise(
    promised: Clocks,
    deadline: Days,
    calendar: WorkCalendar,
    *,
    first_at: Instants,
    end: Instants,
    is_closed: Flags,
    lamps: LampRule,
) -> Promise:
    """The clock of the item's days, with that of the deadline where one is named.

    deadline : last day in time, NaT for none; a suspension does not move it
    first_at : of the case, from which the share of its days is taken that is left before the clock has begun
    end : of the case or the instant that it is looked at, NaT where nothing can be said of it
    """
    last = calendar.day(end)
    named = (deadline >= FIRST) & (deadline < END) & ~np.isnat(last)
    due, left, late = promised.due_day.copy(), promised.left_days.copy(), promised.late.copy()
    lamp, provisional = promised.lamp.copy(), promised.provisional.copy()
    day, until, running = deadline[named], last[named], ~is_closed[named]
    began = np.where(np.isnat(promised.start_day), calendar.day(first_at), promised.start_day)[named]
    whole = calendar.count(np.where(np.isnat(began), until, began), day)
    due[named], late[named] = day, until > day
    left[named] = np.where(until > day, np.minimum(calendar.count(until, day), -1), calendar.count(until, day))
    near = (left[named] <= lamps.yellow_days) | (left[named] <= lamps.yellow_share * whole)
    red = late[named] | (running & (left[named] <= 0))
    lamp[named] = np.select([red, running & near], ["red", "yellow"], "green")
    provisional[named] = calendar.provisional(until, day)
    return Promise(due, left, late, lamp, provisional)
