"""The law of the clock on 10,000 random cases, against a loop over days that shares no line with it."""

import datetime as dt

import numpy as np
import pytest

from data.approvals.calendar import WorkCalendar
from models.approvals.clock import clocks
from models.approvals.suspensions import Spells

pytestmark = pytest.mark.law

N = 10_000
CALENDAR = WorkCalendar.load()
FIRST_DAY = dt.date(2019, 12, 1)
WORKING = {FIRST_DAY + dt.timedelta(row): bool(CALENDAR.working(FIRST_DAY + dt.timedelta(row))) for row in range(1500)}
OPENINGS = ((9 * 60, 12 * 60), (13 * 60 + 30, 17 * 60))  # minutes from midnight
CLOSES = 17 * 60


def minutes(day, minute):
    return (day - FIRST_DAY).days * 1440 + minute


def instants(of_minutes):
    """Minutes of local time since FIRST_DAY as UTC."""
    return np.datetime64(FIRST_DAY, "us") + (np.asarray(of_minutes) - 480) * np.timedelta64(60_000_000, "us")


def drawn():
    """Cases of up to 60 days from New Year 2020 on: three suspensions each, a third at opening hours' ends."""
    rng = np.random.default_rng(20)
    edges = np.array([0, 540, 720, 810, 1020, 1021])

    def moment(low, width):
        found = low + rng.integers(0, width)
        at_edge = rng.random(len(found)) < 1 / 3
        return np.where(at_edge, found // 1440 * 1440 + rng.choice(edges, len(found)), found)

    low = rng.integers(20 * 1440, 1200 * 1440, N)
    accepted = moment(low, 1440)
    end = np.maximum(moment(low, 60 * 1440), accepted)
    begins = [moment(low - 5 * 1440, 55 * 1440) for _ in range(3)]
    lengths = [
        np.where(rng.random(N) < 0.3, rng.integers(0, 3, N) * 1440, rng.integers(0, 12 * 1440, N)) for _ in range(3)
    ]
    is_open = [rng.random(N) < 0.08 for _ in range(3)]
    spells = [
        [
            (int(b[row]), None if o[row] else int(b[row] + n[row]))
            for b, n, o in zip(begins, lengths, is_open, strict=True)
        ]
        for row in range(N)
    ]
    return accepted, end, spells, rng.integers(0, 30, N), np.where(rng.random(N) < 0.3, "calendar", "working")


def by_hand(accepted, end, spells, allowed, unit):
    """Day by day: (state of each day after day 0 up to the end, day 0, due day or None)."""
    day, minute = FIRST_DAY + dt.timedelta(accepted // 1440), accepted % 1440
    while not WORKING[day] or minute > CLOSES:
        day, minute = day + dt.timedelta(1), 0
    start = day
    if end % 1440 == 0:
        end += 1439
    last = FIRST_DAY + dt.timedelta(end // 1440)
    states, used, due = {}, 0, start if allowed == 0 else None
    day = start
    while day < last:
        day += dt.timedelta(1)
        if unit == "working" and not WORKING[day]:
            continue
        seen_at = min(minutes(day, CLOSES), end)
        runs = [b < end and b <= seen_at and (e is None or e > seen_at) for b, e in spells]
        states[day] = "suspended" if any(runs) else "used"
        used += states[day] == "used"
        due = day if due is None and used == allowed else due
    stopped = any(b < end and (e is None or e > end) for b, e in spells)
    while due is None and not stopped:  # from the end on the clock would run
        day += dt.timedelta(1)
        used += unit == "calendar" or WORKING[day]
        due = day if used == allowed else None
    while due is not None and not WORKING[due]:
        due += dt.timedelta(1)
    return states, start, due, last


def test_no_day_is_lost_or_counted_twice():
    """Used, suspended, day 0, due day and late are those of the loop; used and suspended are all days of the unit."""
    accepted, end, spells, allowed, unit = drawn()
    case = np.repeat(np.arange(N), 3)
    begun = [b for of_case in spells for b, _ in of_case]
    ended = [np.datetime64("NaT") if e is None else instants(e) for of_case in spells for _, e in of_case]
    order = np.random.default_rng(1).permutation(3 * N)  # the rows of spells have no order
    given = Spells(
        case[order], instants(begun)[order], np.array(ended, dtype="datetime64[us]")[order],
        np.full(3 * N, "test", dtype=object),
    )  # fmt: skip
    found = clocks(CALENDAR, instants(accepted), allowed, unit, until=instants(end), spells=given)

    expected = [
        by_hand(*row) for row in zip(accepted.tolist(), end.tolist(), spells, allowed.tolist(), unit, strict=True)
    ]
    suspended = [sum(state == "suspended" for state in states.values()) for states, *_ in expected]
    np.testing.assert_array_equal(found.suspended_days, suspended)
    np.testing.assert_array_equal(
        found.used_days, [len(row[0]) - n for row, n in zip(expected, suspended, strict=True)]
    )
    np.testing.assert_array_equal(found.start_day, np.array([row[1] for row in expected], dtype="datetime64[D]"))
    np.testing.assert_array_equal(found.due_day, np.array([row[2] for row in expected], dtype="datetime64[D]"))
    late = np.array([due is not None and last > due for _, _, due, last in expected])
    np.testing.assert_array_equal(found.late, late)
    np.testing.assert_array_equal(found.left_days < 0, late)

    last_day = CALENDAR.day(instants(end))
    after = np.maximum(found.start_day, last_day)
    days = np.where(unit == "calendar", (after - found.start_day).astype(int), CALENDAR.count(found.start_day, after))
    np.testing.assert_array_equal(found.used_days + found.suspended_days, days)
    assert (found.suspended_days > 0).mean() > 0.4
    assert 0.1 < late.mean() < 0.9
    assert np.isnat(found.due_day).mean() > 0.05


def test_one_case_is_a_column_of_one():
    """The columns of many cases are those of each alone."""
    accepted, end, spells, allowed, unit = drawn()
    rows = np.arange(40)
    pairs = [(row, b, e) for row in rows for b, e in spells[row]]

    def of(cases):
        mine = [(cases.index(row), b, e) for row, b, e in pairs if row in cases]
        index, begun, ended = zip(*mine, strict=True)
        nat = np.datetime64("NaT", "us")
        given = Spells(
            np.array(index), instants(begun), np.array([nat if e is None else instants(e) for e in ended]),
            np.full(len(mine), "test", dtype=object),
        )  # fmt: skip
        pick = np.array(cases)
        return clocks(
            CALENDAR, instants(accepted[pick]), allowed[pick], unit[pick], until=instants(end[pick]), spells=given
        ).frame()

    together = of(rows.tolist())
    for row in rows.tolist():
        alone = of([row]).iloc[0]
        assert together.iloc[row].equals(alone.rename(row))
