from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from experiments.benchmarks.risk.cohorts import World, draw, oracle
from features.point_in_time import build_cases

pytestmark = pytest.mark.truth


@pytest.fixture(scope="module")
def world(cohort, tables):
    """The session's cohort without its outcomes."""
    loans = tables["loans"].loc[lambda table: table["tenor_months"] >= 12].reset_index(drop=True)
    cases = build_cases(tables, loans.rename(columns={"granted_on": "as_of"})).frame
    snapshot = build_cases(tables, pd.Timestamp("2024-06-30")).frame
    latent = cohort.latent[["uscc"]].assign(odds=logit(cohort.latent["pd_12m"]))
    odds = [logit(oracle(one, cohort.latent)) for one in (cases, snapshot)]
    return World(loans, cases, odds[0], snapshot, odds[1], latent, 2022)


def test_outcomes_come_as_often_as_they_are_planted(world):
    """Over twelve draws the defaults are those of the planted probabilities, and the mean is the requested one."""
    drawn = [draw(world, 0.12, seed) for seed in range(12)]
    seen = np.concatenate([one.test_default.to_numpy(dtype=float) for one in drawn])
    truth = np.concatenate([one.test_truth for one in drawn])
    assert abs(seen.mean() - truth.mean()) < 3 * np.sqrt((truth * (1 - truth)).sum()) / len(truth)
    assert all(set(one.train["uscc"]).isdisjoint(one.test["uscc"]) for one in drawn)
    assert all(one.train["as_of"].max() + pd.DateOffset(months=12) <= one.test["as_of"].min() for one in drawn)


def test_halves_share_no_firm_and_a_seed_repeats_itself(world):
    """Two halves are two sets of firms; the same seed gives the same outcomes, another one others."""
    one, two = (draw(world, 0.1, 1, half) for half in (0, 1))
    assert set(one.snapshot["uscc"]).isdisjoint(two.snapshot["uscc"])
    assert len(one.snapshot) + len(two.snapshot) == len(world.snapshot)
    again, other = draw(world, 0.1, 1, 0), draw(world, 0.1, 2, 0)
    pd.testing.assert_series_equal(one.train_default, again.train_default)
    assert not one.train_default.equals(other.train_default)


def test_a_default_ends_the_loans_and_marks_the_record(world):
    """No loan of a firm after one that defaulted; some of the snapshot then have 120 days or more overdue."""
    cohort = draw(world, 0.3, 3)
    every = pd.concat([cohort.train.assign(y=cohort.train_default), cohort.test.assign(y=cohort.test_default)])
    bad = every.loc[every["y"] == 1].groupby("uscc")["as_of"].min()
    later = every.loc[every["uscc"].isin(bad.index)]
    assert (later["as_of"] <= later["uscc"].map(bad) + pd.DateOffset(months=12)).all()
    marked = cohort.snapshot["overdue_days_max_24m"] >= 120
    before = world.snapshot["overdue_days_max_24m"] >= 120
    assert marked.sum() > before.sum()
    assert set(cohort.snapshot.loc[marked & ~before, "uscc"]) <= set(world.loans["uscc"])
