"""What is planted is in the cases: the clock, the late ones, the office that speeds up."""

import numpy as np
import pytest

from data.approvals.calendar import WorkCalendar
from data.synthetic.approvals_courses import FACTOR, FASTER, NOBODY, RAMP, Segments, drift, utc
from tests.data.synthetic.planted_approvals import planted_cohort

pytestmark = pytest.mark.truth
DAY = np.datetime64


def test_a_clock_that_was_off_counts_each_working_day_once():
    """Begun on Mon 2 May 2022 (a holiday until the 4th); off on the 9th after 2 days, on again on Sunday the 15th.

    Working days: 5 and 6 May (and Saturday the 7th, a make-up day: the third), then 16, 17 May.
    """
    calendar = WorkCalendar.load()
    begins, off_after = np.array([DAY("2022-05-02")]), np.array([3])
    clock = Segments(calendar, begins, [(off_after, np.array([DAY("2022-05-14")]))])
    days = [str(clock.day_at(np.array([used]))[0]) for used in range(1, 6)]
    assert days == ["2022-05-05", "2022-05-06", "2022-05-07", "2022-05-16", "2022-05-17"]


def test_used_days_are_those_of_the_calendar_without_the_days_off_the_clock():
    cases, at = planted_cohort().courses.table, planted_cohort().courses.at
    calendar = WorkCalendar.load()
    rows = np.flatnonzero((at["decided"] != NOBODY) & (cases["statutory_unit"] == "working").to_numpy())
    begins = calendar.closing_day(utc(at["accepted"][rows]))
    ends = (at["decided"][rows] // 1440).astype("datetime64[D]")
    off = np.zeros(len(rows), dtype=np.int64)
    for again in ("", "_again"):
        begun, ended = at[f"suspended{again}"][rows], at[f"resumed{again}"][rows]
        has = np.flatnonzero(begun != NOBODY)
        first, last = ((one[has] // 1440).astype("datetime64[D]") - 1 for one in (begun, ended))
        off[has] += calendar.count(first, last)
    assert (off > 0).sum() > 100
    used = calendar.count(begins, ends) - off
    assert used.tolist() == cases["used_days"].to_numpy()[rows].tolist()


def test_the_planted_share_is_late_and_offices_differ():
    cases, at = planted_cohort().courses.table, planted_cohort().courses.at
    decided = cases[at["decided"] != NOBODY]
    assert decided["late"].mean() == pytest.approx(0.12, abs=0.03)
    bureau = decided[decided["office"].str.startswith("bureau")]
    own = (np.log(bureau["work_days"] / (bureau["promised_days"] + 1))).groupby(bureau["office"]).mean()
    assert own["bureau_west"] - own["bureau_north"] == pytest.approx(0.38, abs=0.12)


def test_one_office_takes_half_the_time_at_the_end_of_its_ramp():
    middle = RAMP[0] + (RAMP[1] - RAMP[0]) / 2
    days = np.array([RAMP[0], middle, RAMP[1], RAMP[1]], dtype="datetime64[D]")
    offices = np.array([FASTER, FASTER, FASTER, "bureau_east"], dtype=object)
    assert drift(offices, days) == pytest.approx([1.0, (1 + FACTOR) / 2, FACTOR, 1.0], abs=0.01)


def test_nothing_happens_before_acceptance_or_after_the_end():
    at = planted_cohort().courses.at
    accepted = at["accepted"] != NOBODY
    for name in ("first_examination", "suspended", "decided", "withdrawn", "extended"):
        happens = at[name] != NOBODY
        assert (at[name][happens & accepted] > at["accepted"][happens & accepted]).all()
        assert not (happens & ~accepted).any(), name
    decided = at["decided"] != NOBODY
    for name in ("suspended", "resumed", "extended", "sign_off", "joint_ended"):
        happens = decided & (at[name] != NOBODY)
        assert (at[name][happens] <= at["decided"][happens]).all(), name
