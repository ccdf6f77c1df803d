"""Each metric by hand, with weights; a weight of two is the row twice; many weightings at once are one by one."""

from __future__ import annotations

import numpy as np
import pytest

from models.comparison.metrics import Profit, calibration_line, metrics_of, metrics_table
from models.comparison.rows import RowsError, RunRows

TABLE = metrics_table(Profit(annual_rate=0.1, lgd=0.4))


def rows(prediction, outcome, weight=None, kind="probability", **extras):
    count = len(outcome)
    return RunRows(
        firm=np.arange(count),
        outcome=np.array(outcome, dtype=float),
        prediction=np.array(prediction, dtype=float),
        weight=np.ones(count) if weight is None else np.array(weight, dtype=float),
        kind=kind,
        extras={name: np.array(values) for name, values in extras.items()},
    )


FOUR = rows([0.1, 0.2, 0.2, 0.4], [0, 1, 0, 1], [1, 2, 1, 1])
# Of the rows at .2 a quarter of the weight defaults, of those at .5 a half.
TWO_LEVELS = rows([0.2, 0.2, 0.5, 0.5], [0, 1, 0, 1], [3, 1, 1, 1])


@pytest.mark.law
@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("auc", FOUR, 5 / 6),  # of 3 x 2 pairs: 2 + 1 (the tie) for the row at .2, 2 for that at .4
        ("ks", FOUR, 0.5),  # at .1 half of the good and none of the bad lies below
        ("brier", FOUR, (0.01 + 2 * 0.64 + 0.04 + 0.36) / 5),
        ("log_loss", FOUR, -(np.log(0.9) + 2 * np.log(0.2) + np.log(0.8) + np.log(0.4)) / 5),
        ("calibration_slope", TWO_LEVELS, np.log(3) / np.log(4)),  # logit 1/4 over logit 1/5; both lines end in 0
        ("calibration_intercept", rows([0.2, 0.2], [0, 1], [3, 1]), np.log(4) - np.log(3)),
        ("ece", TWO_LEVELS, 4 * 0.05 / 6),
        # The cut-off is .1 / .5; the third is not lent. (100 x .1 - 50 x .4) / 200 of each yuan.
        ("expected_profit", rows([0.1, 0.1, 0.3], [0, 1, 0], exposure_wan=[100.0, 50.0, 50.0]), -500.0),
        ("expected_profit", rows([0.1, 0.1, 0.3], [0, 0, 1], [1, 1, 2]), 500.0),  # 2 of 4 earn .1
        # Ranks 1 3 2 against 1 2 3, the last row twice: mid-ranks .5 3.5 2 2 and .5 1.5 3 3 about 2.
        (
            "spearman",
            rows([10.0, 40.0, 30.0], [0, 1, 5], [1, 1, 2], "points"),
            (1.5**2 - 1.5 * 0.5) / np.sqrt((1.5**2 + 1.5**2) * (1.5**2 + 0.5**2 + 2 * 1.0**2)),
        ),
        # One stage in the right order, one of twice the weight in the wrong one.
        (
            "spearman_within_stage",
            rows(
                [1.0, 2, 3, 1, 2, 3],
                [1, 2, 3, 3, 2, 1],
                [1, 1, 1, 2, 2, 2],
                "points",
                growth_stage=["a"] * 3 + ["b"] * 3,
            ),
            (3 - 6) / 9,
        ),
        # A tenth of 10 is half of the best row: its outcome 4, less the mean 13 / 10.
        ("top_tenth", rows([9.0, 5.0, 1.0], [4, 1, 0.0], [2, 5, 3], "points"), 4 - 1.3),
        # A tenth of 10 lies in the tied level of mean 3.
        ("top_tenth", rows([9.0, 9.0, 1.0], [4, 2, 0.0], [2, 2, 6], "points"), 3 - 1.2),
        ("pinball", rows([0.0, np.e - 1], [np.e - 1, 0.0], kind="quantile", quantile=[0.25, 0.25]), 0.5),
        ("coverage_error", rows([0.0, 2.0], [1.0, 1.0], kind="quantile", quantile=[0.25, 0.25]), -0.25),
        # The first query has its relevant document second, the other, of three times the weight, first.
        (
            "ndcg",
            rows([0.2, 0.9, 0.8, 0.1], [1, 0, 1, 0], [1, 1, 3, 3], "ranking", query=[0, 0, 1, 1]),
            (1 / np.log2(3) + 3) / 4,
        ),
        ("mean", rows([1.0, 4.0], [0, 0], [2, 1], "value"), 2.0),
    ],
)
def test_a_metric_by_hand(name, given, value):
    assert TABLE[name](given) == pytest.approx([value], abs=1e-9)


def cohort(seed=3, count=400, kind="probability"):
    rng = np.random.default_rng(seed)
    prediction = np.round(rng.beta(1.2, 6, count), 3)  # with ties
    outcome = (rng.random(count) < prediction).astype(float)
    stages = np.array(["startup", "growth", "stable"])[rng.integers(0, 3, count)]
    extras = {"quantile": np.full(count, 0.25), "growth_stage": stages, "query": np.repeat(np.arange(count // 8), 8)}
    firm = extras["query"] if kind == "ranking" else np.repeat(np.arange(count // 2), 2)
    return RunRows(firm, outcome, prediction, np.ones(count), kind, None, extras)


@pytest.mark.law
@pytest.mark.parametrize("name", sorted(TABLE.keys() - {"ece"}))  # whose tenths are those of the run, not of the draw
def test_a_weight_is_a_number_of_rows(name):
    """A firm drawn twice is its rows twice, and one drawn no time is not there: the bootstrap needs no more."""
    given = cohort(kind=TABLE[name].kinds[0])
    times = np.random.default_rng(5).integers(0, 3, given.firms)[given.firm_number]
    repeated = np.repeat(np.arange(len(given)), times)
    if name == "ndcg":  # a query twice is another query, not a list with each document twice
        copy = np.concatenate([np.arange(count) for count in times]) if len(times) else times
        twice = given.take(repeated)
        twice.extras["query"][:] = twice.extras["query"] * 10 + copy
    else:
        twice = given.take(repeated)
    assert TABLE[name](given, times[None].astype(float)) == pytest.approx(TABLE[name](twice), abs=1e-7)


@pytest.mark.law
@pytest.mark.parametrize("name", TABLE)
def test_many_weightings_at_once_are_one_after_another(name):
    given = cohort(kind=TABLE[name].kinds[0])
    weight = np.random.default_rng(6).integers(0, 3, (7, given.firms))[:, given.firm_number].astype(float)
    single = np.concatenate([TABLE[name](given, one[None]) for one in weight])
    assert TABLE[name](given, weight) == pytest.approx(single, abs=1e-9)


@pytest.mark.law
@pytest.mark.parametrize("name", TABLE)
def test_no_weighting_leaves_a_metrics_range(name):
    given = cohort(kind=TABLE[name].kinds[0])
    weight = np.random.default_rng(6).integers(0, 3, (50, given.firms))[:, given.firm_number].astype(float)
    found = TABLE[name](given, weight)
    assert found.min() >= TABLE[name].low
    assert found.max() <= TABLE[name].high


@pytest.mark.law
@pytest.mark.parametrize(
    ("name", "given", "end"),
    [
        ("auc", rows([0.9, 0.1], [0, 1]), "low"),
        ("auc", rows([0.1, 0.9], [0, 1]), "high"),
        ("ks", rows([0.2, 0.2], [0, 1]), "low"),
        ("ks", rows([0.9, 0.1], [0, 1]), "high"),
        ("brier", rows([0.0, 1.0], [0, 1]), "low"),
        ("brier", rows([1.0, 0.0], [0, 1]), "high"),
        ("ece", rows([1.0, 1.0], [0, 0]), "high"),
        ("expected_profit", rows([0.1, 0.1], [1, 1]), "low"),
        ("expected_profit", rows([0.1, 0.1], [0, 0]), "high"),
        ("spearman", rows([1.0, 2, 3], [3, 2, 1], kind="points"), "low"),
        ("spearman", rows([1.0, 2, 3], [1, 2, 3], kind="points"), "high"),
        ("pinball", rows([3.0], [3.0], kind="quantile", quantile=[0.25]), "low"),
        ("ndcg", rows([3.0, 2.0], [1.0, 0.0], kind="ranking", query=[0, 0]), "high"),
    ],
)
def test_the_ends_of_a_range_are_reached(name, given, end):
    assert TABLE[name](given)[0] == pytest.approx(getattr(TABLE[name], end))


@pytest.mark.law
@pytest.mark.parametrize("name", ["auc", "ks", "calibration_slope", "calibration_intercept"])
def test_a_draw_with_one_outcome_alone_is_undefined(name):
    weight = np.array([[1.0, 0, 1, 0], [1, 1, 1, 1]])
    found = TABLE[name](TWO_LEVELS, weight)
    assert np.isnan(found[0])
    assert np.isfinite(found[1])


@pytest.mark.law
def test_separated_outcomes_have_a_steep_finite_slope_and_one_prediction_none():
    separated = rows([0.1, 0.2, 0.6, 0.7], [0, 0, 1, 1])
    assert 10 < calibration_line(separated, separated.weight[None])[1][0] < 1e3
    assert np.isnan(TABLE["calibration_slope"](rows([0.2, 0.2, 0.2], [0, 1, 0]))).all()


@pytest.mark.law
def test_the_auc_is_that_of_scikit_learn_with_weights_and_ties():
    from sklearn.metrics import roc_auc_score

    given = cohort()
    weight = np.random.default_rng(8).random(len(given))
    expected = roc_auc_score(given.outcome, given.prediction, sample_weight=weight)
    assert TABLE["auc"](given, weight[None]) == pytest.approx([expected], abs=1e-12)


@pytest.mark.law
def test_the_slope_is_that_of_the_fit_one_at_a_time():
    """A second implementation: scikit-learn's logistic regression without a penalty."""
    from scipy.special import logit
    from sklearn.linear_model import LogisticRegression

    given = cohort()
    given = given.take(given.prediction > 0)
    weight = np.random.default_rng(9).random(len(given))
    fit = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1_000)
    fit.fit(logit(given.prediction)[:, None], given.outcome, sample_weight=weight)
    assert calibration_line(given, weight[None])[1] == pytest.approx([fit.coef_[0, 0]], abs=1e-5)
    assert calibration_line(given, weight[None])[0] == pytest.approx([fit.intercept_[0]], abs=1e-5)


@pytest.mark.contract
def test_an_unknown_metric_names_those_that_there_are():
    points = rows([50.0, 60.0], [0, 1], kind="points")
    assert [one.name for one in metrics_of(points, TABLE)] == ["spearman", "top_tenth"]  # it has no growth stages
    with pytest.raises(RowsError, match="found gini, auc; allowed for these points rows: spearman, top_tenth"):
        metrics_of(points, TABLE, ["gini", "spearman", "auc"])
