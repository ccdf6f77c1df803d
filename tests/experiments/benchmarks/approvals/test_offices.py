"""Offices lived through: what is chosen, and no later end in an earlier answer."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments.benchmarks.approvals.offices import of_office, walk_offices
from experiments.benchmarks.remaining_time.logs import as_log
from training.remaining_time import RemainingTimeParams, TooFewCasesError

pytestmark = pytest.mark.law


@pytest.fixture(scope="module")
def log():
    """Two events a case; it takes 1 + size days in the north and 11 - size in the south."""
    rng, n = np.random.default_rng(0), 360
    start, size = np.sort(rng.uniform(0, 300, n)), rng.uniform(0, 10, n)
    office = np.where(np.arange(n) % 2, "north", "south")
    days = np.where(office == "north", 1 + size, 11 - size)
    at = (start[:, None] + np.stack([np.zeros(n), days], axis=1)).ravel()
    events = pd.DataFrame(
        {
            "case_id": np.repeat([f"c{one:03}" for one in range(n)], 2),
            "activity": ["in", "out"] * n,
            "at": pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(at, unit="D"),
            "c_office": np.repeat(office, 2),
            "c_size": np.repeat(size, 2),
        }
    )
    return as_log("both", events, office="c_office")


PARAMS = RemainingTimeParams(
    numbers=("c_size",), office="c_office", rounds=15, end_rounds=4, learning_rate=0.3, steps=1, remembered=0,
    fewest_rows=60, smallest_leaf=10,
)  # fmt: skip


@pytest.fixture(scope="module")
def walked(log):
    return walk_offices(log, PARAMS)


def test_own_history_is_chosen_where_the_offices_differ(log, walked):
    actual = log.past.remaining(walked.chosen.rows)
    chosen, own, pooled = (
        np.abs(days - actual).mean() for days in (walked.chosen.answers.remaining_days, walked.own, walked.pooled)
    )
    assert own < 0.5 * pooled
    assert chosen < 1.1 * own
    assert set(walked.chosen.answers.source) == {"own"}
    assert walked.chosen.rows.tolist() == np.flatnonzero(log.part == 2).tolist()


def test_no_later_end_changes_an_earlier_answer(log, walked):
    day = log.starts[1] + 20.0
    later = log.past.closed_on >= day
    changed = replace(log, past=replace(log.past, closed_on=log.past.closed_on + np.where(later, 500.0, 0.0)))
    again = walk_offices(changed, PARAMS)
    early = np.flatnonzero(log.past.known_on[walked.chosen.rows] < day)
    assert len(early) > 10
    assert again.chosen.answers.rows(early).frame().equals(walked.chosen.answers.rows(early).frame())


def test_logs_of_offices_hold_their_own_rows(log):
    parts = of_office(log, "c_office")
    assert list(parts) == ["north", "south"]
    assert sorted(np.concatenate([rows for _, rows in parts.values()]).tolist()) == list(range(len(log.part)))
    north, rows = parts["north"]
    assert (north.past.prefixes["c_office"] == "north").all()
    assert north.starts[1] == log.past.known_on[rows][log.part[rows] == 2].min()


def test_too_few_cases_are_refused(log):
    with pytest.raises(TooFewCasesError):
        walk_offices(log, replace(PARAMS, fewest_rows=10_000))
