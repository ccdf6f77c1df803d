"""Holm by hand, the four results, firms needed by hand, and the two errors of equivalence and of many challengers."""

from __future__ import annotations

import numpy as np
import pytest

from models.comparison.metrics import Metric, Profit, mean, metrics_table
from models.comparison.paired import Resamples, Statistic, statistics
from models.comparison.rows import RowsError, RunRows
from models.comparison.verdict import (
    compare,
    conclude,
    firms_needed,
    gain,
    holm,
    p_equivalent,
    power_of,
)

TABLE = metrics_table(Profit(annual_rate=0.04, lgd=0.4))
MEAN = TABLE["mean"]


def planted(value, error=1.0, seed=1, draws=2_000):
    """A figure with normal draws about it."""
    rng = np.random.default_rng(seed)
    return Statistic(value, value + error * rng.normal(size=draws), value + error * rng.normal(size=200) / 14)


@pytest.mark.law
def test_holm_by_hand():
    """Times 4, 3, 2, 1 in rising order, and never less than the one before: .02, .03, .06, .04 -> .06."""
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([0.6, 0.7])).tolist() == [1.0, 1.0]
    assert holm(np.array([])).tolist() == []


@pytest.mark.law
@pytest.mark.parametrize(
    ("p", "within", "estimate", "verdict"),
    [
        (0.01, 0.6, 2.0, "better"),
        (0.01, 0.6, -2.0, "worse"),
        (0.3, 0.01, 0.1, "equivalent"),
        (0.01, 0.01, 0.1, "equivalent"),  # a difference, and too small to matter
        (0.3, 0.3, 2.0, "not_distinguishable"),
        (0.05, 0.3, 2.0, "better"),
    ],
)
def test_the_four_results(p, within, estimate, verdict):
    assert conclude(p, within, estimate, 0.05) == verdict


@pytest.mark.law
def test_a_gain_is_more_where_more_is_better_and_nearer_where_a_value_is_best():
    own, other = planted(0.7, 0.1), planted(0.9, 0.1, seed=2)
    assert gain(TABLE["auc"], own, other).value == pytest.approx(0.2)
    assert gain(TABLE["brier"], own, other).value == pytest.approx(-0.2)
    assert gain(TABLE["calibration_slope"], own, other).value == pytest.approx(0.2)  # .3 away, then .1
    assert gain(TABLE["calibration_slope"], planted(1.1), own).value == pytest.approx(-0.2)


@pytest.mark.law
def test_firms_needed_by_hand():
    """With error e at 100 firms, 1.96 + .8416 errors are shown by 100, half of that by four times as many."""
    away = 1.959964 + 0.841621
    assert firms_needed(100, 1.0, away * 1.0001, 0.025, 0.8) == 100
    assert firms_needed(100, 1.0, away / 1.9999, 0.025, 0.8) == 400
    assert firms_needed(100, 1.0, 0.0, 0.025, 0.8) is None
    assert firms_needed(100, 1.0, -0.5, 0.025, 0.8) is None
    assert firms_needed(100, float("nan"), 0.5, 0.025, 0.8) is None


@pytest.mark.law
def test_power_by_hand():
    """At 1.96 errors half, at 2.80 errors 80 %, at none the error itself."""
    assert power_of(1.0, 1.959964) == pytest.approx(0.5, abs=1e-4)
    assert power_of(1.0, 1.959964 + 0.841621) == pytest.approx(0.8, abs=1e-4)
    assert power_of(1.0, 0.0) == pytest.approx(0.05)


@pytest.mark.truth
def test_equivalence_is_rarely_claimed_of_a_difference_at_the_margin():
    """1,000 firms, a true gain of exactly the margin: at most 5 % of 400 cohorts, plus two errors; at 0 most."""
    claims = {"at": 0, "none": 0}
    for seed in range(400):
        rng = np.random.default_rng(seed)
        noise = rng.normal(size=1_000)
        for name, shift in (("at", 0.1), ("none", 0.0)):
            runs = [RunRows(np.arange(1_000), noise, values, np.ones(1_000), "value")
                    for values in (np.zeros(1_000), shift + noise)]  # fmt: skip
            found = [statistics(run, [MEAN], Resamples(1_000, 300))["mean"] for run in runs]
            claims[name] += p_equivalent(found[1] - found[0], 0.1) <= 0.05
    assert claims["at"] / 400 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 400)
    assert claims["none"] / 400 > 0.8


@pytest.mark.truth
def test_twenty_runs_without_a_difference_rarely_have_a_better_one():
    """The family's error: in 200 comparisons of 20 runs, any "better" or "worse" in at most 5 % plus two errors."""
    wrong = plain = 0
    drawn = Resamples(200, 400).times().astype(float) / 200
    for seed in range(200):
        values = np.random.default_rng(seed).normal(size=(21, 200))
        left = (values.sum(axis=1, keepdims=True) - values) / 199
        runs = {f"run {at}": {"mean": Statistic(own.mean(), drawn @ own, left[at])} for at, own in enumerate(values)}
        base = runs.pop("run 0")
        found = compare(base, runs, [MEAN], {"mean": 0.001}, 200)
        wrong += any(one.verdict in ("better", "worse") for one in found)
        plain += any(one.p <= 0.05 for one in found)
    assert wrong / 200 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 200)
    assert plain / 200 > 0.2  # without the correction


@pytest.mark.law
def test_what_a_comparison_holds_of_a_pair():
    """A shift of one error: not distinguishable, with the firms that would show it; the same run is equivalent."""
    base, shifted = planted(0.0, 0.01, 1), planted(1.0, 1.0, 2)
    found = compare({"mean": base}, {"one": {"mean": shifted}, "same": {"mean": base}}, [MEAN], {"mean": 0.5}, 100)
    first, second = found
    assert (first.run, first.metric, first.verdict, first.firms) == ("one", "mean", "not_distinguishable", 100)
    assert first.difference.estimate == pytest.approx(1.0)
    assert first.difference.low < 0 < first.difference.high
    assert first.firms_for_difference == firms_needed(100, (shifted - base).standard_error, 1.0, 0.0125, 0.8)
    assert first.firms_for_equivalence is None  # the gain seen lies beyond the margin
    assert (second.verdict, second.p_holm, second.p_equivalent_holm) == ("equivalent", 1.0, 0.0)


@pytest.mark.contract
def test_a_metric_without_a_margin_is_refused():
    one = {"mean": planted(0.0)}
    other = Metric("other", "more", ("value",), mean)
    with pytest.raises(RowsError, match="margins: found none of other; allowed: one above 0 for each metric"):
        compare({**one, "other": one["mean"]}, {"run": {**one, "other": one["mean"]}}, [MEAN, other], {"mean": 1.0}, 9)
