"""The lists' propensities and the outcomes' steps are those that were planted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.synthetic.matching_outcomes import (
    ACCEPTED,
    EXAMINED_POWER,
    KEPT,
    MET,
    SHOWN,
    SIGNED,
    SOLVED,
    outcome_constants,
    outcomes_of,
    shown_lists,
)

pytestmark = pytest.mark.truth


def lists(demands=400, firms=120):
    rng = np.random.default_rng(3)
    relevance = rng.choice(3, size=(1, firms), p=[0.8, 0.1, 0.1]).repeat(demands, axis=0)
    there = np.ones((demands, firms), dtype=bool)
    there[:, :5] = False
    return relevance, there, shown_lists(relevance, np.zeros((demands, firms), dtype=bool), there, rng)


def test_a_firm_is_shown_as_often_as_its_propensity_says():
    """The same list drawn 400 times: each firm's share is its propensity within four standard errors."""
    relevance, _, shown = lists()
    share = shown.groupby("firm").size().reindex(range(120), fill_value=0) / 400
    propensity = shown.groupby("firm")["propensity"].first().reindex(range(120), fill_value=0.0)
    error = 4 * np.sqrt(propensity * (1 - propensity) / 400)
    assert ((share - propensity).abs() <= error).all()
    assert share[:5].sum() == 0
    assert shown.groupby("demand").size().mean() < SHOWN  # some of so few firms are certain to be shown
    assert abs(lists(firms=1_000)[2].groupby("demand").size().mean() - SHOWN) < 1
    relevant = propensity[5:][relevance[0, 5:] == 2]
    assert relevant.min() > propensity[5:][relevance[0, 5:] == 0].max()


def test_ranks_count_from_one_without_a_gap():
    """Within each list."""
    _, _, shown = lists(demands=50)
    for _, rows in shown.groupby("demand"):
        assert rows["rank"].tolist() == list(range(1, len(rows) + 1))


def test_each_step_happens_as_often_as_planted():
    """200,000 rows of one rank: acceptance, meetings and solutions by relevance within four standard errors."""
    n = 200_000
    relevance = np.arange(n) % 3
    shown = pd.DataFrame({"rank": np.full(n, 4), "propensity": 0.1})
    outcomes = outcomes_of(shown, relevance, np.ones(n, dtype=bool), np.random.default_rng(5))
    assert abs(outcomes["invited"].mean() - 4**-EXAMINED_POWER) < 0.005
    for level in range(3):
        rows = outcomes.loc[relevance == level]
        invited, kept = rows.loc[rows["invited"]], rows.loc[rows["kept"]]
        for share, planted, count in (
            (invited["accepted"].mean(), ACCEPTED[level], len(invited)),
            (invited["met"].mean(), ACCEPTED[level] * MET, len(invited)),
            (invited["kept"].mean(), ACCEPTED[level] * MET * KEPT, len(invited)),
            (kept["solved"].mean(), SOLVED[level], len(kept)),
        ):
            assert abs(share - planted) < 4 * np.sqrt(planted * (1 - planted) / count)
    assert abs(outcomes.loc[outcomes["solved"], "signed"].mean() - SIGNED) < 0.02


def test_a_firm_that_nobody_looked_at_has_no_reason_and_outside_events_nobody_is_invited():
    """What was not looked at is unknown; a reason is noted where it was looked at without success."""
    n = 5_000
    shown = pd.DataFrame({"rank": np.full(n, 9), "propensity": 0.1})
    relevance = np.arange(n) % 3
    inside = outcomes_of(shown, relevance, np.ones(n, dtype=bool), np.random.default_rng(6))
    outside = outcomes_of(shown, relevance, np.zeros(n, dtype=bool), np.random.default_rng(6))
    assert (inside["reason_not"].notna() == (inside["invited"] & ~inside["solved"])).all()
    assert not outside[["invited", "accepted"]].any().any()
    assert outside["met"].equals(inside["met"])


def test_what_was_planted_is_written_down():
    """Every probability that the steps use."""
    assert outcome_constants()["accepted"] == ACCEPTED
    assert outcome_constants()["examined_power"] == EXAMINED_POWER
