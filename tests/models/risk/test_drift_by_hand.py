"""Histograms of a few values, the stability index of a few counts and the performance of a few firms, by hand."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from scipy.stats import binom

from models.risk.drift import (
    Drift,
    DriftParams,
    Estimate,
    Histogram,
    Reference,
    chance_limit,
    drift,
    drifts,
    estimated_performance,
    histogram,
    psi,
    reference_of,
)

pytestmark = pytest.mark.law
NAN = float("nan")
PARAMS = DriftParams(false_alarm_rate=0.04, material_psi=0.1, looks=2)


def index_of(reference, counts) -> float:
    """The index by its formula, half a case more in each bin."""
    p, q = ([(one + 0.5) / (sum(side) + len(side) / 2) for one in side] for side in (reference, counts))
    return sum((now - before) * math.log(now / before) for before, now in zip(p, q, strict=True))


def test_bins_of_about_equal_counts():
    """1 ... 20 in four bins: lower edges 1, 5, 10 and 15 are values themselves and belong to the bin below them."""
    values = np.array([*range(20, 0, -1), NAN, NAN], dtype=float)
    made = histogram(values, 4)
    assert made == Histogram((1.0, 5.0, 10.0, 15.0), (1, 4, 5, 5, 5), 2)
    assert made.all_counts == (1, 4, 5, 5, 5, 2)
    assert made.count(np.array([0.0, 1.0, 1.5, 5.0, 5.1, 15.0, 99.0, NAN])).tolist() == [2, 2, 1, 1, 1, 1]
    assert [made.position(value) for value in (0.0, 1.0, 1.5, 5.0, 5.1, 15.0, 99.0, NAN)] == [0, 0, 1, 1, 2, 3, 4, 5]


def test_shared_values_have_bins_of_their_own_and_there_are_ten_by_default():
    """Fifteen noughts of twenty: one edge at nought; 1 ... 100 in ten; nothing known has one empty bin."""
    assert histogram(np.array([0.0] * 15 + [1.0, 2.0, 3.0, 4.0, 5.0]), 4) == Histogram((0.0,), (15, 5), 0)
    assert histogram(np.arange(1.0, 101.0)).edges == (1.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0)
    assert histogram(np.array([NAN, NAN, NAN])) == Histogram((), (0,), 3)


# reference, counts -> those bins that either filled
@pytest.mark.parametrize(
    ("reference", "counts", "filled"),
    [
        ([10, 30], [20, 20], ([10, 30], [20, 20])),
        ([10, 0, 30], [20, 0, 20], ([10, 30], [20, 20])),
        ([10, 0, 30], [20, 5, 20], ([10, 0, 30], [20, 5, 20])),
        ([10, 4, 30], [20, 0, 20], ([10, 4, 30], [20, 0, 20])),
        ([1, 30], [0, 40], ([1, 30], [0, 40])),
    ],
)
def test_the_index_by_its_formula(reference, counts, filled):
    """Of 10 and 30 to 20 and 20: (.5 - .2561) ln(.5 / .2561) + (.5 - .7439) ln(.5 / .7439) = .2601."""
    assert psi(reference, counts) == pytest.approx(index_of(*filled), rel=1e-12)
    assert psi([10, 30], [20, 20]) == pytest.approx(0.260086, abs=1e-6)


def test_what_chance_alone_passes():
    """Chi-square of one degree of freedom at 5 % is 3.8415, of two 5.9915, times 1 / cases + 1 / cases."""
    assert chance_limit([10, 30], [30, 30], 0.05) == pytest.approx(3.841459 * (1 / 40 + 1 / 60), abs=1e-6)
    assert chance_limit([10, 30, 10], [30, 30, 0], 0.05) == pytest.approx(5.991465 * (1 / 50 + 1 / 60), abs=1e-6)
    assert chance_limit([10, 30, 0], [30, 30, 0], 0.01) == pytest.approx(6.634897 * (1 / 40 + 1 / 60), abs=1e-6)
    for reference, counts in (([40], [60]), ([40, 0], [60, 0]), ([0, 0], [30, 30]), ([10, 30], [0, 0])):
        assert chance_limit(reference, counts, 0.05) == math.inf


# reference, counts, columns -> alarm: both limits must be passed
@pytest.mark.parametrize(
    ("reference", "counts", "columns", "alarm"),
    [
        ([100, 300], [200, 200], 1, True),  # .2731 beside 5.4119 / 200 = .0271 by chance
        ([10, 30], [20, 20], 1, False),  # the same shares of a tenth of the cases: .2706 by chance
        ([1_000, 3_000], [1_250, 2_750], 1, False),  # certain, but .0194 is under .1
        ([100, 300], [57, 43], 1, True),
        ([100, 300], [12, 13], 1, True),  # .2344 beside .2300 by chance of one column
        ([100, 300], [12, 13], 3, False),  # and beside .3128 of three
    ],
)
def test_a_column_alarms_beyond_chance_and_beyond_what_matters(reference, counts, columns, alarm):
    """The rate of .04 is shared among two looks and all columns."""
    result = drift("size", reference, counts, PARAMS, columns)
    limit = chance_limit(reference, counts, 0.04 / (2 * columns))
    assert result == Drift("size", psi(reference, counts), limit, sum(counts), alarm)


def test_a_column_alone_has_the_whole_rate():
    """One column by default; an index that is just the material one is no alarm."""
    one = drift("size", [100, 300], [200, 200], PARAMS)
    assert one == drift("size", [100, 300], [200, 200], PARAMS, 1)
    assert one.chance_limit == pytest.approx(5.411894 / 200, abs=1e-6)
    at = DriftParams(0.04, one.psi, 2)
    assert not drift("size", [100, 300], [200, 200], at).alarm
    assert drift("size", [100, 300], [200, 200], DriftParams(0.04, one.psi - 1e-9, 2)).alarm


REFERENCE = Reference(
    score=Histogram((0.01, 0.02), (2, 3, 5), 0),
    grades={"A": 60, "B": 40},
    features={"age": Histogram((3.0,), (6, 3), 1), "debt": Histogram((1.0, 2.0), (2, 4, 4), 0)},
)


def test_score_and_features_share_one_rate_and_the_largest_comes_first():
    """Three columns, each at .04 / (2 x 3); age moved most, then debt, the score not at all."""
    scores = np.array([0.005] * 2 + [0.015] * 3 + [0.05] * 5)
    features = {
        "debt": np.array([0.5] * 5 + [1.5] * 3 + [9.0] * 2),
        "age": np.array([9.0] * 9 + [NAN]),
        "other": scores,
    }
    wanted = [
        drift("age", [6, 3, 1], [0, 9, 1], PARAMS, 3),
        drift("debt", [2, 4, 4, 0], [5, 3, 2, 0], PARAMS, 3),
        drift("pd_12m", [2, 3, 5, 0], [2, 3, 5, 0], PARAMS, 3),
    ]
    assert drifts(REFERENCE, scores, features, PARAMS) == wanted
    message = r"^no values of \['age', 'debt'\]; the reference has \['age', 'debt'\]$"
    with pytest.raises(ValueError, match=message):
        drifts(REFERENCE, scores, {"other": scores}, PARAMS)


def test_a_reference_counts_scores_grades_and_each_feature():
    """Each name has its own column of the matrix."""
    matrix = np.array([[1.0, 5.0], [2.0, NAN], [3.0, 5.0]])
    made = reference_of(matrix, ("one", "two"), np.array([0.1, 0.2, 0.3]), ["B", "A", "B"])
    assert made.score == histogram(np.array([0.1, 0.2, 0.3]))
    assert made.grades == {"A": 1, "B": 2}
    assert made.features == {"one": histogram(matrix[:, 0]), "two": Histogram((5.0,), (2, 0), 1)}


def test_a_reference_is_saved_in_full(tmp_path):
    """One JSON file, members sorted, in a folder that is made where it is missing."""
    REFERENCE.save(tmp_path / "new/risk")
    REFERENCE.save(tmp_path / "new/risk")
    text = (tmp_path / "new/risk/drift.json").read_text(encoding="utf-8")
    assert json.loads(text) == {
        "score": {"edges": [0.01, 0.02], "counts": [2, 3, 5], "missing": 0},
        "grades": {"A": 60, "B": 40},
        "features": {
            "age": {"edges": [3.0], "counts": [6, 3], "missing": 1},
            "debt": {"edges": [1.0, 2.0], "counts": [2, 4, 4], "missing": 0},
        },
    }
    assert text.startswith('{\n "features": {\n  "age"')
    assert text.endswith("}\n")


def test_expected_performance_by_hand():
    """PDs .1, .2, .2, .5 with outcomes that are their own chances.

    AUC: bad .1, .4, .5 and good .9, 1.6, .5 by PD; (.1 x .45 + .4 x (.9 + .8) + .5 x (2.5 + .25)) / (1.0 x 3.0) = .7.
    Brier: mean of p (1 - p) = (.09 + .16 + .16 + .25) / 4 = .165; log loss: mean of -p ln p - (1 - p) ln(1 - p).
    """
    result = estimated_performance(np.array([0.2, 0.1, 0.5, 0.2]))
    entropy = [-p * math.log(p) - (1 - p) * math.log(1 - p) for p in (0.1, 0.2, 0.2, 0.5)]
    assert list(result) == ["auc", "brier", "log_loss"]
    assert [one.value for one in result.values()] == pytest.approx([0.7, 0.165, sum(entropy) / 4], rel=1e-12)


def test_the_interval_is_that_of_the_outcomes_drawn():
    """400 firms of 20 %: of the defaults' share r the Brier score is .04 + .6 r, so its ends are a binomial's.

    25 % and 75 % of Binomial(400, .2) are 75 and 85 defaults; 1,500 draws find each to one default.
    """
    result = estimated_performance(np.full(400, 0.2), level=0.5, draws=1_500, seed=3)
    low, high = (binom.ppf(end, 400, 0.2) for end in (0.25, 0.75))
    assert (low, high) == (75.0, 85.0)
    brier = [0.04 + 0.6 * defaults / 400 for defaults in (low, high)]
    assert (result["brier"].low, result["brier"].high) == pytest.approx(brier, abs=1.01 * 0.6 / 400)
    loss = [-(d * math.log(0.2) + (400 - d) * math.log(0.8)) / 400 for d in (low, high)]
    assert (result["log_loss"].low, result["log_loss"].high) == pytest.approx(loss, abs=1.01 * math.log(4) / 400)
    assert result["auc"] == Estimate(0.5, 0.5, 0.5)  # equal scores rank nothing


def test_draws_are_seeded_and_ninety_per_cent_of_two_hundred():
    """The same figures again; another seed, level or number of draws gives others."""
    pd_12m = np.linspace(0.05, 0.6, 12)
    result = estimated_performance(pd_12m)
    assert result == estimated_performance(pd_12m, level=0.9, draws=200, seed=0)
    for other in ({"level": 0.8}, {"draws": 199}, {"seed": 1}):
        assert result != estimated_performance(pd_12m, **other)
    wide, narrow = (estimated_performance(pd_12m, level=level) for level in (0.99, 0.5))
    assert all(wide[name].low < narrow[name].low < narrow[name].high < wide[name].high for name in wide)


def test_without_a_single_default_nothing_is_known():
    """Two firms of a ten-thousandth each: no draw has a default, so no interval; the expectations stay."""
    result = estimated_performance(np.array([1e-4, 1e-4]), draws=5)
    assert result["brier"].value == pytest.approx(1e-4 * (1 - 1e-4))
    assert all(math.isnan(one.low) and math.isnan(one.high) for one in result.values())


def test_draws_without_a_default_are_left_out():
    """Two firms of 10 %: nearly every draw lacks a default or has two; those with one have a known AUC."""
    result = estimated_performance(np.array([0.1, 0.3]), draws=300)
    assert not any(math.isnan(one.low) for one in result.values())
    assert 0.0 <= result["auc"].low < result["auc"].high <= 1.0


@pytest.mark.contract
@pytest.mark.parametrize("pd_12m", [[], [0.5], [0.0, 0.5], [0.5, 1.0], [NAN, 0.5], [0.5, -0.1], [0.5, 1.1]])
def test_performance_needs_two_probabilities(pd_12m):
    """Inside (0, 1), at least two."""
    message = rf"^at least two probabilities inside \(0, 1\) are needed; got {len(pd_12m)}$"
    with pytest.raises(ValueError, match=message):
        estimated_performance(np.array(pd_12m))
