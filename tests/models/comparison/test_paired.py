"""Intervals of paired differences: coverage of planted nulls, firms with several rows, scipy, and their laws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import bootstrap

from models.comparison.metrics import Profit, metrics_table
from models.comparison.paired import Resamples, Statistic, paired_difference, statistics
from models.comparison.rows import RunRows

TABLE = metrics_table(Profit(annual_rate=0.04, lgd=0.4))
NAMES = ("auc", "ks", "brier", "calibration_slope", "expected_profit")
METRICS = [TABLE[name] for name in NAMES]


def two_runs(seed, firms=300, times=1, noise=(0.6, 0.6)):
    """Two models of the same firms: the truth with a noise of their own; of equal noise neither is better."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(-1.8, 1.2, firms)
    outcome, firm = np.tile((rng.random(firms) < expit(truth)).astype(float), times), np.tile(np.arange(firms), times)
    return [
        RunRows(firm, outcome, np.tile(expit(truth + sd * rng.normal(size=firms)), times), np.ones(firms * times))
        for sd in noise
    ]


def differences(runs, draws=400, seed=1):
    found = [statistics(run, METRICS, Resamples(run.firms, draws, seed)) for run in runs]
    return {name: found[1][name] - found[0][name] for name in NAMES}


@pytest.mark.truth
def test_the_interval_holds_zero_for_runs_of_which_none_is_better():
    """Long form: ``python -m experiments bench comparison``. Here 120 cohorts, at two errors below 95 %."""
    hits = dict.fromkeys(NAMES, 0)
    for seed in range(120):
        for name, one in differences(two_runs(seed)).items():
            ends = one.interval()
            hits[name] += ends.low <= 0 <= ends.high
    assert min(hits.values()) / 120 >= 0.95 - 2 * np.sqrt(0.05 * 0.95 / 120) - 0.01


@pytest.mark.law
def test_a_firm_four_times_in_the_rows_has_the_same_interval():
    """Three copies of a firm's row are no new knowledge; a bootstrap of rows takes them for some."""
    once, four = differences(two_runs(4)), differences(two_runs(4, times=4))
    for name in NAMES:
        assert four[name].interval().low == pytest.approx(once[name].interval().low, abs=1e-6)
        assert four[name].interval().high == pytest.approx(once[name].interval().high, abs=1e-6)
    by_row = [RunRows(np.arange(len(run)), run.outcome, run.prediction, run.weight) for run in two_runs(4, times=4)]
    for name, one in differences(by_row).items():
        assert one.standard_error == pytest.approx(once[name].standard_error / 2, rel=0.2)


@pytest.mark.law
@pytest.mark.parametrize("times", [1, 4])
def test_on_a_mean_the_interval_is_the_bca_of_scipy(times):
    """Skewed paired differences of 150 firms: ends within a Monte-Carlo error of both; scipy draws firms as one row."""
    rng = np.random.default_rng(2)
    own, other = rng.lognormal(0, 1, 150), rng.lognormal(0.1, 1, 150)
    firm, weight = np.tile(np.arange(150), times), np.ones(150 * times)
    runs = [RunRows(firm, weight, np.tile(one, times), weight, "value") for one in (own, other)]
    found = paired_difference(*runs, TABLE["mean"], Resamples(150, 10_000)).interval(0.95)
    theirs = bootstrap((other - own,), np.mean, n_resamples=10_000, method="BCa", rng=3)
    error = 3 * np.sqrt(2) * 0.027 * theirs.standard_error  # of the 2.5 % quantile of 10,000 draws, in standard errors
    assert found.estimate == pytest.approx((other - own).mean())
    assert found.standard_error == pytest.approx(theirs.standard_error, rel=0.03)
    assert (found.low, found.high) == pytest.approx(tuple(theirs.confidence_interval), abs=error)


@pytest.mark.truth
@pytest.mark.parametrize("differing", [4, 30])
def test_runs_that_differ_in_few_firms_are_not_told_apart_too_often(differing):
    """Of 300 firms the runs predict all others alike, and neither is better; also of a plain mean of the losses."""
    held = {"brier": 0, "mean": 0}
    for seed in range(150):
        runs = two_runs(seed)
        few = np.random.default_rng([seed, 1]).choice(300, differing, replace=False)
        prediction = runs[0].prediction.copy()
        prediction[few] = runs[1].prediction[few]
        pair = [runs[0], replace(runs[0], prediction=prediction)]
        ends = paired_difference(*pair, TABLE["brier"], Resamples(300, 400, seed)).interval()
        held["brier"] += ends.low <= 0 <= ends.high
        losses = [replace(one, prediction=(one.prediction - one.outcome) ** 2, kind="value") for one in pair]
        ends = paired_difference(*losses, TABLE["mean"], Resamples(300, 400, seed)).interval()
        held["mean"] += ends.low <= 0 <= ends.high
    assert min(held.values()) / 150 >= 0.93


@pytest.mark.law
@pytest.mark.parametrize("method", ["bca", "t", "normal"])
def test_p_values_are_the_levels_of_the_intervals(method):
    """The end of the interval at level 1 - p has that p; beyond the outermost draw too."""
    rng = np.random.default_rng(5)
    one = Statistic(1.0, 1.0 + rng.gamma(4, 0.5, 2_000) - 2.0, 1.0 + 0.01 * rng.gamma(4, 0.5, 200), method)
    for level in (0.8, 0.95, 0.99, 0.9999):
        ends = one.interval(level)
        assert one.p_not_above(ends.low) == pytest.approx((1 - level) / 2, rel=0.12, abs=1e-7)
        assert one.p_not_below(ends.high) == pytest.approx((1 - level) / 2, rel=0.12, abs=1e-7)
        assert one.p_equal(ends.low) == pytest.approx(1 - level, rel=0.12, abs=1e-7)
    assert one.p_equal(1.0) > 0.8


@pytest.mark.law
def test_a_run_less_itself_is_exactly_zero():
    run = two_runs(1)[0]
    for one in differences([run, run]).values():
        ends = one.interval()
        assert (ends.estimate, ends.low, ends.high, ends.standard_error) == (0.0, 0.0, 0.0, 0.0)
        assert one.p_equal() == 1.0
        assert (one.p_not_above(-0.01), one.p_not_below(0.01)) == (0.0, 0.0)


@pytest.mark.law
def test_a_difference_and_its_reverse_mirror_each_other():
    runs = two_runs(6)
    there, back = differences(runs), differences(runs[::-1])
    for name in NAMES:
        low, high = there[name].interval().low, there[name].interval().high
        assert (back[name].interval().low, back[name].interval().high) == pytest.approx((-high, -low), abs=1e-12)


@pytest.mark.law
def test_resamples_are_of_firms_and_the_same_for_every_run():
    drawn = Resamples(40, 60, 3)
    assert (drawn.times().sum(axis=1) == 40).all()
    assert (Resamples(40, 20, 3).times() == drawn.times()[:20]).all()
    run = two_runs(3, firms=40, times=2)[0]
    weights = np.concatenate(list(drawn.weights(run)))
    assert weights.shape == (60 + 40, 80)
    assert (weights[:, :40] == weights[:, 40:]).all()
    some = np.array([0, 17, 59, 60, 99])  # draws, then groups
    assert (drawn.weights_at(run, some) == weights[some]).all()
    assert (drawn.weights_at(run, some[3:]) == weights[some[3:]]).all()
    assert (weights[60:].sum(axis=1) == 78).all()  # one firm of two rows is left out
    groups = np.bincount(Resamples(1_000).left_out_group())
    assert (len(groups), groups.min(), groups.max()) == (200, 5, 5)


@pytest.mark.law
def test_what_is_undefined_has_no_ends():
    empty = Statistic(float("nan"), np.full(10, np.nan), np.full(10, np.nan))
    assert np.isnan(empty.interval().low)
    assert empty.p_equal() == 1.0


@pytest.mark.contract
def test_resamples_of_other_firms_are_refused():
    with pytest.raises(ValueError, match="the resamples are of 7 firms, the rows of 300"):
        statistics(two_runs(1)[0], METRICS, Resamples(7))
