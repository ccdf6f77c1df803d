"""Times of stages: what runs is censored, what goes backwards is contradictory, nothing is guessed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.clearance.reports.stages import DAY, STAGES, WHOLE, Times, backwards, quantile

NAN = np.nan


def times(reached, followed=100.0, state="completed"):
    rows = np.array(reached, dtype=float)
    return Times(rows, np.full(len(rows), followed), np.full(len(rows), state))


def test_quantiles_by_hand():
    """Done after 1 and 2 days, running for 2 and 3: 3/4 remain after 1, 3/4 * 2/3 = 1/2 after 2, nothing after."""
    seconds, done = np.array([1.0, 2.0, 2.0, 3.0]), np.array([True, True, False, False])
    assert quantile(seconds, done, 0.25) == 1.0
    assert quantile(seconds, done, 0.5) == 2.0
    assert quantile(seconds, done, 0.9) is None
    assert quantile(np.array([]), np.array([], dtype=bool), 0.5) is None


@pytest.mark.law
@settings(max_examples=25)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=30), st.sampled_from([0.1, 0.5, 0.9]))
def test_without_running_ones_it_is_the_plain_quantile(seconds, level):
    values = np.array(seconds, dtype=float)
    expected = np.quantile(values, level, method="inverted_cdf")
    assert quantile(values, np.ones(len(values), dtype=bool), level) == expected


@pytest.mark.law
@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(1, 50), st.booleans()), min_size=1, max_size=20))
def test_running_ones_never_make_it_faster_than_taking_them_for_done(rows):
    seconds, done = np.array([a for a, _ in rows], dtype=float), np.array([b for _, b in rows])
    found = quantile(seconds, done, 0.5)
    assert found is None or found >= quantile(seconds, np.ones(len(rows), dtype=bool), 0.5)


def test_a_stage_begins_where_the_one_before_ended():
    made = times([[1, 3, 6, 10], [2, NAN, 5, 9], [2, NAN, NAN, NAN]])
    rows = np.arange(3)
    seconds, done = made.sample(STAGES[1], rows)  # 3 - 1; not known; has run 98
    assert (seconds.tolist(), done.tolist()) == ([2.0, 98.0], [True, False])
    seconds, done = made.sample(STAGES[2], rows)
    assert (seconds.tolist(), done.tolist()) == ([3.0], [True])
    assert made.sample(WHOLE, rows)[0].tolist() == [10.0, 9.0, 100.0]
    assert len(times([[1, 3, 6, 10]], state="withdrawn").sample(WHOLE, np.arange(1))[0]) == 0


def test_time_within_the_horizon_adds_up():
    """An instant that is not known leaves its time to the stage of the next known one; what runs fills the horizon."""
    made = times([[1, 3, 6, 10], [2, NAN, 5, 9], [2, NAN, NAN, NAN], [NAN, NAN, NAN, NAN]])
    assert made.within(8).tolist() == [[1, 2, 3, 2], [2, 0, 3, 3], [2, 6, 0, 0], [8, 0, 0, 0]]


@pytest.mark.law
@settings(max_examples=25)
@given(st.lists(st.integers(0, 40 * DAY), min_size=4, max_size=4), st.integers(0, 4), st.integers(1, 60))
def test_stages_add_up_to_the_lesser_of_time_and_horizon(instants, known, horizon):
    reached = [float(at) if index < known else NAN for index, at in enumerate(sorted(instants))]
    whole = reached[3] if known == 4 else np.inf
    assert times([reached]).within(horizon * DAY).sum() == min(whole, horizon * DAY)


def test_backwards():
    assert backwards(np.array([[1, 3, 2, 4], [1, NAN, 0.5, 2], [-1, 2, 3, 4], [1, NAN, 1, 1]])).tolist() == [
        True, True, True, False,
    ]  # fmt: skip
