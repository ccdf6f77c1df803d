"""Corrections for position on planted clicks; formulas by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from models.matching.feedback import (
    METHODS,
    choose_method,
    estimate_propensity,
    fit_from_clicks,
    position_likelihood,
    propensity_from_randomised,
)
from models.matching.ndcg import ndcg

SEEN = np.arange(1, 7, dtype=float) ** -1.2
ROUNDS = 60


def clicked(seed, queries=2_500, shuffled=0.2):
    """Lists of six that the old ranker orders by the last column; relevance rests on the others."""
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(queries, 6, 4))
    usual = np.argsort(np.argsort(-columns[..., 3], axis=1), axis=1) + 1
    position = np.where(rng.random((queries, 1)) < shuffled, rng.permuted(usual, axis=1), usual)
    relevance = expit(1.5 * (columns[..., 0] + np.sin(2 * columns[..., 1])) - 1)
    clicks = (rng.random(relevance.shape) < SEEN[position - 1] * relevance).astype(float)
    logged = (1 - shuffled) * (position == usual) + shuffled / 6
    flat = (one.ravel() for one in (position, clicks, relevance, logged))
    return columns.reshape(-1, 4), np.repeat(np.arange(queries), 6), *flat


@pytest.fixture(scope="module")
def shown():
    return clicked(1)


@pytest.fixture(scope="module")
def unseen():
    return clicked(2)


def quality(ranker, rows):
    return ndcg(rows[4], ranker.match_scores(rows[0]), rows[1]).mean()


@pytest.mark.law
def test_the_likelihoods_gradient_is_its_difference_quotient():
    """-log L of P(click) = seen x expit(f), by finite differences."""
    seen, clicks, raw = np.array([1.0, 0.3, 0.3, 0.7]), np.array([1.0, 0, 1, 0]), np.array([0.2, -1.0, 2.0, 0.5])

    def loss(at):
        chance = seen * expit(at)
        return -(clicks * np.log(chance) + (1 - clicks) * np.log(1 - chance))

    gradient, curvature = position_likelihood(seen, clicks)(raw, None)
    assert gradient == pytest.approx((loss(raw + 1e-6) - loss(raw - 1e-6)) / 2e-6, abs=1e-6)
    assert (curvature > 0).all()


@pytest.mark.law
def test_inverse_propensity_means_clicks_over_examination():
    """One column of two values, no old order: each leaf is sum(clicks) / sum(examination) of its documents."""
    rng = np.random.default_rng(0)
    kind, position = rng.integers(0, 2, 20_000), rng.integers(1, 3, 20_000)
    seen = np.array([1.0, 0.25])
    clicks = (rng.random(20_000) < seen[position - 1] * np.where(kind == 1, 0.8, 0.4)).astype(float)
    ranker = fit_from_clicks(
        kind[:, None].astype(float), np.arange(20_000), position, clicks, "inverse_propensity", seen
    )
    means = [clicks[kind == one].sum() / seen[position[kind == one] - 1].sum() for one in (0, 1)]
    assert np.exp(ranker.match_scores(np.array([[0.0], [1.0]]))) == pytest.approx(means, rel=0.01)
    assert means == pytest.approx([0.4, 0.8], abs=0.02)


@pytest.mark.truth
def test_propensities_are_recovered_both_ways(shown):
    """From columns by standardisation, and from the lists' own chance; the planted ones fall from 1 to .12."""
    columns, _, position, clicks, _, logged = shown
    assert estimate_propensity(columns, position, clicks) == pytest.approx(SEEN, abs=0.08)
    assert propensity_from_randomised(position, clicks, logged) == pytest.approx(SEEN, abs=0.12)


@pytest.mark.truth
def test_corrections_find_relevance_and_clicks_alone_do_not(shown, unseen):
    """The likelihood of the position-based model is within .02 of labels, and every correction beats none."""
    columns, query, position, clicks, relevance, _ = shown
    label = (np.random.default_rng(3).random(len(clicks)) < relevance).astype(float)
    best = quality(fit_from_clicks(columns, query, position, label, "uncorrected", rounds=ROUNDS), unseen)
    found = {one: quality(fit_from_clicks(columns, query, position, clicks, one, rounds=ROUNDS), unseen)
             for one in METHODS}  # fmt: skip
    assert found["position_model"] > best - 0.02
    assert found["uncorrected"] < best - 0.02
    assert all(found[one] > found["uncorrected"] for one in METHODS if one != "uncorrected")


@pytest.mark.truth
def test_a_wrong_propensity_costs_what_the_right_one_gains(shown, unseen):
    """Examination upside down is worse than no correction."""
    columns, query, position, clicks = shown[:4]
    for method in ("inverse_propensity", "position_model"):
        right, wrong = (quality(fit_from_clicks(columns, query, position, clicks, method, seen, rounds=ROUNDS), unseen)
                        for seen in (SEEN, SEEN[::-1]))  # fmt: skip
        assert wrong < right - 0.05


@pytest.mark.behaviour
def test_the_best_method_is_chosen_on_lists_in_random_order(shown, unseen):
    """Held-out clicks without an old order; the chosen one is near the best by planted relevance."""
    held = clicked(5, shuffled=1.0)
    ranker, found = choose_method(*shown[:4], (held[0], held[1], held[3]), rounds=ROUNDS)
    assert set(found) == set(METHODS)
    assert ranker.method == max(found, key=found.get) != "uncorrected"


@pytest.mark.contract
def test_input_that_makes_no_sense_is_refused(shown):
    """Method, positions, clicks, propensities."""
    columns, query, position, clicks = (one[:60] for one in shown[:4])
    with pytest.raises(ValueError, match="allowed: uncorrected"):
        fit_from_clicks(columns, query, position, clicks, "none")
    with pytest.raises(ValueError, match="positions start at 1"):
        fit_from_clicks(columns, query, position - 1, clicks, "uncorrected")
    with pytest.raises(ValueError, match="clicks are 0 or 1"):
        fit_from_clicks(columns, query, position, clicks + 0.5, "uncorrected")
    with pytest.raises(ValueError, match="one for each position up to"):
        fit_from_clicks(columns, query, position, clicks, "position_model", np.ones(2))
    with pytest.raises(ValueError, match="no click at the first position"):
        propensity_from_randomised(position, np.zeros(60), np.ones(60))
