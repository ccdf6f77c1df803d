"""Debt capacity: vintages that know no later label and no own enterprise, and figures of held-out quantiles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from features.labels import serviceable_debt_labels
from features.point_in_time import build_cases
from training.params import build_section, read_section
from training.quota.fit import QuotaParams
from training.quota.tuning import FOLDS, SPACE, QuotaProblem, forward_vintages, quota_problem
from training.tuning.problem import HeldOut

DAYS = [pd.Timestamp(f"{year}-12-31") for year in range(2018, 2023)]
DAY = pd.Timestamp("2024-06-30")


@pytest.fixture(scope="module")
def problem(tables) -> QuotaProblem:
    params = replace(read_section("quota", QuotaParams), rounds=50, min_child_samples=20)
    cases = build_cases(tables, DAYS).frame
    debt = {"dscr_ratio": 1.2, "annual_rate": 0.045, "tenor_months": 36}
    labels = serviceable_debt_labels(tables, cases, DAY, **debt)
    return quota_problem(cases.loc[labels.rows], labels.values, labels.until, read_codebook(), params)


@pytest.mark.law
def test_no_vintage_learns_from_its_own_enterprises_or_a_label_that_is_not_known(tables, problem):
    """Windows are over by the day of what is predicted; what calibrates is newer than what is fitted on."""
    cases = problem.cases
    until = cases["as_of"] + pd.DateOffset(months=12)
    vintages = forward_vintages(cases, until)
    assert list(vintages) == sorted(vintages) == list(problem.blocks)
    assert len(vintages) >= 3
    for name, one in vintages.items():
        later = cases.iloc[one.later]
        assert set(later["as_of"]) == {pd.Timestamp(name)}
        for rows in (one.train, one.calibration):
            assert not set(cases.iloc[rows]["uscc"]) & set(later["uscc"])
            assert (until.iloc[rows] <= pd.Timestamp(name)).all()
        assert cases.iloc[one.train]["as_of"].max() < cases.iloc[one.calibration]["as_of"].min()
    first, second = (set(cases.iloc[one.later]["uscc"]) for one in list(vintages.values())[:2])
    assert not first & second  # the third that is predicted changes with the vintage
    assert FOLDS == 3


@pytest.mark.truth
def test_a_fitted_model_is_found_better_than_one_hardly_begun(problem):
    """Cash flow says what debt is serviced: the loss falls, the order is right, and the promise is nearly kept."""
    weak, strong = problem.hold_out({**problem.now, "learning_rate": 0.001}, 0), problem.hold_out(problem.now, 0)
    assert problem.loss(strong) < 0.8 * problem.loss(weak)
    found = problem.figures([strong])
    assert found.discrimination > 0.5
    assert found.calibration < 0.1
    assert found.size == strong.size > 0


@pytest.mark.law
def test_figures_by_hand(problem):
    """Three of four at or above the low quantile is what a quarter promises; medians in order."""
    outcome, low = np.expm1([1.0, 2, 3, 4]), np.expm1([1.0, 3, 1, 1])
    part = HeldOut(outcome, low, outcome, np.zeros(4, dtype=np.int64), 8.0)
    assert problem.params.low_quantile == 0.25
    assert problem.figures([part, part])[:2] == pytest.approx((1.0, 0.0))
    assert problem.figures([part, part])[2:] == (0.0, 8.0)
    assert problem.loss(part) == pytest.approx((0.75 + 0.5 + 0.75) / 4)


@pytest.mark.law
def test_a_section_is_what_params_take(problem):
    """Whole numbers stay whole."""
    made = problem.sections({**problem.now, "rounds": 77.0})["quota"]
    assert build_section(made, "quota", QuotaParams) == replace(problem.params, rounds=77)
    assert set(problem.now) == set(SPACE)
