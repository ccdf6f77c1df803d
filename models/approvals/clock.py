"""The clock of a case: which days count, when it is due, and how many days are left.

The law: each day belongs to exactly one of used, suspended and outside, by the state of the clock at its closing time.

1. The clock starts with acceptance. An acceptance outside opening hours counts from the next opening, once; its day is
   day 0, and day 1 is the first day after it.
2. A day is suspended where a suspension runs at its closing time. Suspensions that overlap or touch are a union.
3. The last day is that of the end, or of the instant that a running case is looked at: it counts whole, with the state
   that the clock has then. An instant at local midnight is a date without a time and means the end of that day.
4. A case is due on the day on which the used days reach their number; decided later, it is late.
5. Days are working days or calendar days. What is due on a day off in calendar days is due on the next working day.
6. An extension adds its days if made by the head, with its reason sent to the applicant, no later than the due day.

One implementation serves one case and a million: every argument is a column or one value for all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.approvals.calendar import END, Days, Flags, Integers, WorkCalendar
from data.approvals.clock_rules import UNITS, ClockRules, LampRule
from models.approvals.suspensions import Spells, Union, union

Instants = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]
NO_DAY = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class Extension:
    """The first extension of each case, columns of shape (n,).

    at : datetime64[us] in UTC, NaT for none; days : in the unit of the case
    by_head : made by the head that the rule names, bool; informed : its reason was sent to the applicant, bool
    """

    at: npt.ArrayLike
    days: npt.ArrayLike
    by_head: npt.ArrayLike
    informed: npt.ArrayLike


@dataclass(frozen=True)
class Clocks:
    """What the clocks show, one value a case in each array of shape (n,).

    start_day : day 0, NaT where the clock has not begun; due_day : NaT also while the clock is suspended before it is
    due, without a number of days, and beyond the years of the calendar
    used_days, suspended_days : after day 0 up to and including the last day
    left_days : up to the due day, while it is NaT the number less the used days; less than 0 exactly where ``late``; a
    day off after the due day counts as the working day that follows; NaN without a number of days
    provisional : a day from day 0 to the due day or the last day is in no published calendar
    lamp : green, yellow or red, "" where the clock has not begun or has no number of days; red is past or today while
    the case runs, and late once it is closed
    extension : "", counted, not_by_head, not_informed or after_due
    stops : one row a suspension: case, reason, begun_at, ended_at, first_day, last_day, days (of its own, so that two
    which overlap have more days together than ``suspended_days``)
    """

    start_day: Days
    due_day: Days
    used_days: Integers
    suspended_days: Integers
    left_days: Floats
    is_suspended: Flags
    late: Flags
    provisional: Flags
    lamp: npt.NDArray[np.object_]
    extension: npt.NDArray[np.object_]
    stops: pd.DataFrame

    def frame(self) -> pd.DataFrame:
        """One row a case, without the suspensions."""
        return pd.DataFrame({name: value for name, value in vars(self).items() if name != "stops"})


@dataclass(frozen=True)
class _Units:
    """The calendar of each case: working days, or every day."""

    calendar: WorkCalendar
    each_day_counts: Flags

    def number(self, days: Days) -> Integers:
        return np.where(self.each_day_counts, self.calendar.every_day.number(days), self.calendar.number(days))

    def dated(self, numbers: Integers, cases: Integers) -> Days:
        each = self.each_day_counts[cases]
        found = np.full(numbers.shape, NO_DAY)
        found[each] = self.calendar.every_day.dated(numbers[each])
        found[~each] = self.calendar.dated(numbers[~each])
        return found

    def closing(self, instants: Instants, cases: Integers) -> Integers:
        """Number of the first day that closes at an instant or after it."""
        each = self.each_day_counts[cases]
        found = np.zeros(instants.shape, dtype=np.int64)
        for calendar, rows in ((self.calendar, ~each), (self.calendar.every_day, each)):
            found[rows] = calendar.number(calendar.closing_day(instants[rows]))
        return found


def clocks(
    calendar: WorkCalendar,
    accepted_at: npt.ArrayLike,
    days: npt.ArrayLike,
    unit: npt.ArrayLike = "working",
    *,
    until: npt.ArrayLike,
    closed: npt.ArrayLike = False,
    spells: Spells | None = None,
    extension: Extension | None = None,
    lamps: LampRule | None = None,
) -> Clocks:
    """The clocks of cases, by the rules above.

    accepted_at : datetime64[us] in UTC, shape (n,), NaT while not accepted
    days : whole number that the clock allows, NaN where none is known; unit : working or calendar
    until : the end of a case, or the instant that a running one is looked at; closed : it is the end
    spells : suspensions; what begins at ``until`` or later, or ended before day 0, changes nothing
    lamps : None: ``data/reference/approvals/lamps.csv``
    raises : ValueError for an unknown unit, a number of days that is not whole or below 0, a missing ``until``
    """
    accepted = np.atleast_1d(np.asarray(accepted_at, dtype="datetime64[us]"))
    shape = accepted.shape
    allowed = np.broadcast_to(np.asarray(days, dtype=np.float64), shape)
    units = np.broadcast_to(np.asarray(unit, dtype=np.str_), shape)
    end = _end_of_date(calendar, np.broadcast_to(np.asarray(until, dtype="datetime64[us]"), shape))
    if not np.isin(units, UNITS).all():
        raise ValueError(f"the unit of days is one of {', '.join(UNITS)}")
    known = ~np.isnan(allowed)
    if (allowed[known] < 0).any() or (allowed[known] % 1 != 0).any():
        raise ValueError("a number of days is whole and at least 0")
    of_unit = _Units(calendar, units == "calendar")

    last_day = calendar.day(end)
    begun = ~np.isnat(accepted)
    begun[begun] = calendar.day(accepted[begun]) <= last_day[begun]
    start_day = np.full(shape, NO_DAY)
    start_day[begun] = calendar.closing_day(accepted[begun])
    first = np.where(begun, start_day, last_day)
    start, last = of_unit.number(first), of_unit.number(last_day)

    given = spells or Spells.none()
    suspended = _days_of(given, begun, end, start, last, of_unit)
    is_suspended = np.zeros(shape, dtype=np.bool_)
    is_suspended[given.case[suspended.at_end]] = True
    total = _sums(suspended.merged.case, suspended.merged.length, len(accepted))
    used = np.maximum(last - start, 0) - total

    number = np.where(known, allowed, 0.0).astype(np.int64)
    has_number = begun & known
    due_day = _due(number, start, suspended.merged, used, is_suspended, has_number, of_unit)
    marks = np.full(shape, "", dtype=object)
    if extension is not None:
        marks, added = _extended(calendar, extension, due_day, last_day, begun)
        number = number + added
        due_day = _due(number, start, suspended.merged, used, is_suspended, has_number, of_unit)

    is_due = ~np.isnat(due_day)
    late = np.zeros(shape, dtype=np.bool_)
    late[is_due] = last_day[is_due] > due_day[is_due]
    left = np.where(known, number - used, np.nan)
    due_number = of_unit.number(np.where(is_due, due_day, last_day))
    is_off = of_unit.number(last_day) == of_unit.number(last_day - np.timedelta64(1, "D"))
    left[is_due] = np.where(late, due_number - last - is_off, due_number - np.maximum(last, start))[is_due]

    rule = lamps or ClockRules.load().lamps
    yellow = (left <= rule.yellow_days) | (left <= rule.yellow_share * number)
    is_closed = np.broadcast_to(np.asarray(closed, dtype=np.bool_), shape)
    red = late | (~is_closed & (left <= 0))
    lamp = np.select([~has_number, red, yellow & ~is_closed], ["", "red", "yellow"], "green")
    furthest = np.maximum(first, np.where(is_due, np.fmax(due_day, last_day), last_day))
    return Clocks(
        start_day, due_day, used, total, left, is_suspended, late, begun & calendar.provisional(first, furthest),
        lamp.astype(object), marks, _stops(given, suspended, of_unit),
    )  # fmt: skip


@dataclass(frozen=True)
class _Suspended:
    """Days of each spell within its clock, as numbers [first, stop), and their union."""

    first: Integers
    stop: Integers
    at_end: Flags  # the spell runs when the clock ends
    merged: Union


def _end_of_date(calendar: WorkCalendar, instants: Instants) -> Instants:
    if np.isnat(instants).any():
        raise ValueError("a clock is read at its end, or at an instant: until is missing")
    is_date = calendar.day(instants - np.timedelta64(1, "us")) < calendar.day(instants)
    # 23 hours later is the same day and after closing time, also where clocks change on it.
    return np.where(is_date, instants + np.timedelta64(23, "h"), instants)


def _days_of(
    spells: Spells, begun: Flags, end: Instants, start: Integers, last: Integers, of_unit: _Units
) -> _Suspended:
    case = spells.case
    runs = begun[case] & (spells.begun_at < end[case])
    at_end = runs & ~(spells.ended_at <= end[case])  # NaT: it lasts
    first = np.maximum(of_unit.closing(spells.begun_at, case), start[case] + 1)
    ended = np.where(at_end | np.isnat(spells.ended_at), spells.begun_at, spells.ended_at)
    stop = np.where(at_end, last[case] + 1, np.minimum(of_unit.closing(ended, case), last[case] + 1))
    stop = np.where(runs, np.maximum(stop, first), first)
    return _Suspended(first, stop, at_end, union(case, first, stop))


def _due(
    number: Integers,
    start: Integers,
    merged: Union,
    used: Integers,
    is_suspended: Flags,
    has_number: Flags,
    of_unit: _Units,
) -> Days:
    """The day on which the used days reach their number, NaT where that is not known yet."""
    reached = start + number
    # An interval moves the due day if the number is not reached before it.
    moves = merged.first - merged.before <= reached[merged.case]
    reached = reached + _sums(merged.case[moves], merged.length[moves], len(start))
    found = np.full(start.shape, NO_DAY)
    furthest = of_unit.number(np.full(start.shape, END - np.timedelta64(1, "D")))
    rows = np.flatnonzero(has_number & ~(is_suspended & (used < number)) & (reached <= furthest))
    found[rows] = of_unit.dated(reached[rows], rows)
    off = rows[~of_unit.calendar.working(found[rows])]  # of calendar days alone
    found[off] = of_unit.calendar.nth(found[off], 1)
    return found


def _extended(
    calendar: WorkCalendar, extension: Extension, due_day: Days, last_day: Days, begun: Flags
) -> tuple[npt.NDArray[np.object_], Integers]:
    """Whether each extension counts, and the days that it adds."""
    shape = due_day.shape
    at = np.broadcast_to(np.asarray(extension.at, dtype="datetime64[us]"), shape)
    by_head = np.broadcast_to(np.asarray(extension.by_head, dtype=np.bool_), shape)
    informed = np.broadcast_to(np.asarray(extension.informed, dtype=np.bool_), shape)
    day = calendar.day(at)
    made = begun & (day <= last_day)  # False for NaT
    marks = np.select(
        [~made, day > due_day, ~by_head, ~informed], ["", "after_due", "not_by_head", "not_informed"], "counted"
    ).astype(object)
    return marks, np.where(marks == "counted", np.asarray(extension.days, dtype=np.int64), 0)


def _stops(spells: Spells, suspended: _Suspended, of_unit: _Units) -> pd.DataFrame:
    length = suspended.stop - suspended.first
    first_day, last_day = (np.full(length.shape, NO_DAY) for _ in range(2))
    rows = np.flatnonzero(length > 0)
    first_day[rows] = of_unit.dated(suspended.first[rows], spells.case[rows])
    last_day[rows] = of_unit.dated(suspended.stop[rows] - 1, spells.case[rows])
    columns = {
        "case": spells.case, "reason": spells.reason, "begun_at": spells.begun_at, "ended_at": spells.ended_at,
        "first_day": first_day, "last_day": last_day, "days": length,
    }  # fmt: skip
    return pd.DataFrame(columns)


def _sums(case: Integers, values: Integers, n: int) -> Integers:
    return np.bincount(case, weights=values, minlength=n).astype(np.int64)
