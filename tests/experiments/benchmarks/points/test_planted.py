"""What was planted in points is recovered: weights, shapes, and the verdict on stages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from experiments.benchmarks.points.planted import TRUTHS, VINTAGES, firm_pool, plant
from training.params import read_section
from training.points.fit import PointsParams
from training.points.learn import learn
from training.points.sample import build_sample
from training.points.shapes import KNOTS, ShapeParams, fit_shapes
from training.points.verdict import verdict_on
from training.points.weights import FULL_POOLING, NO_POOLING, strengths

BOOK = read_codebook()
PARAMS = read_section("points", PointsParams)
SHAPE = replace(read_section("points_shape", ShapeParams), rounds=20)
OWN = strengths(PARAMS.reach, (0.0,))
POOLED = strengths(PARAMS.reach, (0.0,), pooled=True)


@pytest.fixture(scope="module")
def pool():
    return firm_pool(8_000)


def sampled(pool, truth, n, seed, **result):
    rng = np.random.default_rng(seed)
    drawn = plant(pool, TRUTHS[truth](pool.prior, rng), n, rng, **result)
    return drawn, build_sample(pool.card, drawn.cases, drawn.outcome)


@pytest.mark.truth
@pytest.mark.parametrize("n", [200, 2_000])
def test_shrunk_weights_are_nearer_the_planted_ones_than_either_extreme(pool, n):
    """Less squared error than no pooling and than full pooling, and intervals that mostly cover."""
    errors, covered = {"shrunk": [], "none": [], "full": []}, []
    for seed in range(6):
        drawn, sample = sampled(pool, "planted", n, seed)
        shrunk = learn(sample, pool.prior, OWN, SHAPE, draws=80, seed=seed)
        none, full = (learn(sample, pool.prior, (end,), SHAPE) for end in (NO_POOLING, FULL_POOLING))
        for name, one in (("shrunk", shrunk), ("none", none), ("full", full)):
            errors[name].append(((one.weights - drawn.weights) ** 2).mean())
        low, high = np.quantile(shrunk.draws[..., -1], [0.05, 0.95], axis=0)
        covered.append(((low <= drawn.weights + 1e-9) & (drawn.weights <= high + 1e-9)).mean())
    assert np.mean(errors["shrunk"]) < min(np.mean(errors["none"]), np.mean(errors["full"]))
    assert 0.83 < np.mean(covered) < 0.97


@pytest.mark.law
def test_with_hardly_any_data_the_card_is_the_prior(pool):
    """Nothing was told, so nothing changed: the less is known, the nearer the prior."""
    far = []
    for n in (3, 30, 3_000):
        _, sample = sampled(pool, "gamma", n, 5)
        far.append(np.abs(learn(sample, pool.prior, OWN, SHAPE).weights - pool.prior).mean())
    assert far[0] < 0.1 * far[2]
    assert far[1] < far[2]


@pytest.mark.truth
def test_the_verdict_gives_both_answers(pool):
    """Equal stages ship the pooled card; stages that differ ship their own; the card says which and why."""

    def ships(truth, seed):
        drawn, sample = sampled(pool, truth, 6_500, seed, correlation=0.6)
        late = (drawn.cases["as_of"] == pd.Timestamp(VINTAGES[-1])).to_numpy()
        points = lambda rows: tuple(learn(rows, pool.prior, one, SHAPE).points for one in (OWN, POOLED))  # noqa: E731
        return verdict_on(sample, late, points, 3, 0.9, seed)

    equal, different = ships("equal", 1), ships("gamma", 1)
    assert (equal.ships, different.ships) == ("pooled", "stage")
    assert "it holds zero, the pooled card ships" in equal.as_dict()["text"]


@pytest.mark.law
def test_boosters_are_additive_and_monotone_with_one_indicator_per_tree(pool):
    """Every tree splits on one indicator, and every shape rises from 0 to 1."""
    _, sample = sampled(pool, "planted", 3_000, 3)
    shapes = fit_shapes(sample, pool.prior, SHAPE)
    assert set(shapes.boosters) >= {"pooled", "startup", "growth"}
    for booster in shapes.boosters.values():
        trees = booster.trees_to_dataframe().dropna(subset=["split_feature"])
        assert not trees.groupby("tree_index")["split_feature"].agg(lambda names: len(set(names)) > 1).any()
    for table in (*shapes.own, shapes.pooled):
        assert (np.diff(table, axis=1) >= 0).all()
        assert (table[:, 0] == 0).all()
        assert (table[:, -1] == 1).all()


@pytest.mark.truth
def test_a_planted_shape_is_learned(pool):
    """An indicator that pays only in its upper half gets points only there."""
    rng = np.random.default_rng(2)
    cases = pool.cases.iloc[rng.choice(len(pool.cases), 5_000, replace=False)].reset_index(drop=True)
    percentile = pool.card.percentiles(cases)["rd_staff_ratio"].to_numpy()
    outcome = pd.Series(np.clip(percentile - 0.5, 0, None) * 4 + rng.normal(0, 0.5, len(cases)))
    cases["as_of"] = pd.to_datetime(np.array(VINTAGES)[rng.integers(0, 4, len(cases))])
    learned = learn(build_sample(pool.card, cases, outcome), pool.prior, strengths((0.8,), (0.0, 1.0)), SHAPE)
    one = BOOK.keys.index("rd_staff_ratio")
    half = np.interp(0.5, KNOTS, learned.points[1, one]) / learned.points[1, one, -1]
    assert learned.mean("shape") > 0.9
    assert half < 0.25


@pytest.mark.law
def test_no_row_teaches_whose_outcome_reaches_into_the_vintage_that_chooses(pool):
    """Five yearly vintages, the last two choose: with a 24-month window only the first two are over by then."""
    rng = np.random.default_rng(3)
    cases = pool.cases.iloc[rng.choice(len(pool.cases), 1_000, replace=False)].reset_index(drop=True)
    days = pd.to_datetime([f"{year}-12-31" for year in range(2014, 2019)])
    cases["as_of"] = days[np.repeat(range(5), 200)]
    outcome = pd.Series(rng.normal(size=1_000))

    def sides(months):
        sample = build_sample(pool.card, cases, outcome, cases["as_of"] + pd.DateOffset(months=months))
        teaches, chooses = sample.early_and_late()
        return set(sample.day[teaches]), set(sample.day[chooses]), (teaches & chooses).any()

    assert sides(12) == ({0, 1, 2}, {3, 4}, False)
    assert sides(24) == ({0, 1}, {3, 4}, False)
    # No vintage is over by then: enterprises alone keep the sides apart.
    assert sides(60) == (set(range(5)), set(range(5)), False)


@pytest.mark.contract
def test_no_known_outcome_and_no_later_case_are_errors(pool):
    """Nothing to learn from, and nothing to test on."""
    drawn, sample = sampled(pool, "near", 100, 1)
    with pytest.raises(ValueError, match="none of 100 cases has a known outcome"):
        build_sample(pool.card, drawn.cases, drawn.outcome * np.nan)
    with pytest.raises(ValueError, match="a verdict needs both"):
        verdict_on(sample, np.zeros(100, dtype=bool), lambda rows: (pool.prior, pool.prior), 3, 0.9, 0)
