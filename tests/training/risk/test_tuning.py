"""Risk: folds that know no later outcome, and figures of held-out log-odds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from training.params import build_section, read_section
from training.risk.fit import RiskParams
from training.risk.tuning import SPACE, RiskProblem, enterprise_folds, risk_problem
from training.tuning.problem import HeldOut


@pytest.fixture(scope="module")
def problem(trained) -> RiskProblem:
    cases, default = (
        pd.concat(pair) for pair in ((trained.early, trained.later), (trained.early_default, trained.later_default))
    )
    params = replace(read_section("risk", RiskParams), least_rounds=5, most_rounds=60)
    return risk_problem(cases, default, read_codebook(), params)


@pytest.mark.law
def test_a_section_holds_the_searched_numbers_and_leaves_the_others(problem):
    """Today's numbers are in their ranges, and params.yaml takes what is proposed."""
    assert all(axis.low <= problem.now[name] <= axis.high for name, axis in SPACE.items())
    made = problem.sections({**problem.now, "num_leaves": 5.0})["risk"]
    assert build_section(made, "risk", RiskParams).num_leaves == 5
    now = problem.sections(problem.now)["risk"]
    assert {name for name in made if made[name] != now[name]} == {"num_leaves"}


@pytest.mark.truth
def test_more_trees_than_none_are_found_better_on_later_vintages(problem):
    """Planted by the cohort: the remainder knows something, so that trees hardly begun lose to fitted ones."""
    block = len(problem.blocks) - 1
    weak, strong = ({**problem.now, "learning_rate": rate, "rounds_per_default": 3.0} for rate in (0.0201, 0.05))
    few = replace(problem, params=replace(problem.params, most_rounds=5))
    none, some = few.hold_out(weak, block), problem.hold_out(strong, block)
    assert len(none.outcome) == len(some.outcome)
    assert some.size > none.size
    assert problem.loss(some) < problem.loss(none)
    assert problem.hold_out(strong, block).prediction.tolist() == some.prediction.tolist()


@pytest.mark.law
def test_figures_by_hand(problem):
    """AUC 1 over three cases and 0.5 over two; its spread is 0.25; leaves are a mean; the loss of even odds is ln 2."""
    one = HeldOut(np.array([0.0, 0, 1]), np.zeros(3), np.array([1.0, 2, 3]), np.zeros(3, dtype=np.int64), 10.0)
    two = HeldOut(np.array([0.0, 1]), np.zeros(2), np.array([1.0, 1]), np.zeros(2, dtype=np.int64), 20.0)
    found = problem.figures([one, two])
    assert found.discrimination == pytest.approx((3 * 1.0 + 2 * 0.5) / 5)
    assert (found.stability, found.size) == (0.25, 15.0)
    assert np.isnan(found.calibration)  # one prediction for all has no slope
    assert problem.loss(one) == pytest.approx(np.log(2.0))


@pytest.mark.law
def test_no_fold_learns_from_an_outcome_of_the_vintage_that_it_predicts(problem, trained):
    """Other enterprises alone, and only cases whose twelve months are over when the later vintage begins."""
    cases = pd.concat([trained.early, trained.later], ignore_index=True)
    vintages = problem.vintages
    assert len(vintages) > 2
    assert list(vintages) == sorted(vintages)
    for vintage, fold in [(name, one) for name, folds in vintages.items() for one in folds]:
        train, later = cases.loc[fold.train], cases.loc[fold.later]
        assert not set(train["uscc"]) & set(later["uscc"])
        assert set(later["as_of"].dt.year) == {int(vintage)}
        begins = pd.Timestamp(int(vintage), 1, 1)
        assert (train["as_of"] + pd.DateOffset(months=12) <= begins).all()


@pytest.mark.law
def test_folds_of_enterprises_share_out_the_defaults_and_tear_no_enterprise_apart():
    """An enterprise is in one fold, and each fold has as many enterprises that defaulted, to one."""
    rng = np.random.default_rng(8)
    firms = pd.Series(rng.integers(0, 300, 900))
    y = np.where(firms < 43, rng.random(900) < 0.6, 0.0).astype(float)
    fold = enterprise_folds(y, firms, 5, 7)
    assert (pd.Series(fold) == firms.map(dict(zip(firms, fold, strict=True)))).all()
    bad = pd.Series(fold)[y == 1].groupby(firms[y == 1]).first().value_counts()
    assert set(bad.index) == set(range(5))
    assert bad.max() - bad.min() <= 1
