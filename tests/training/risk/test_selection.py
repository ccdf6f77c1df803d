"""The declined as a range: it holds the planted truth, widens with the assumption and says when nothing is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from training.params import read_section
from training.risk.selection import SelectionParams, selection_ranges, shifted, standardised_rate

PARAMS = read_section("selection", SelectionParams)


def applicants(seed, n=4_000, confounding=1.0):
    """Applicants under a policy that sees the score and a hidden mark, which multiplies the odds of default."""
    rng = np.random.default_rng(seed)
    stage = rng.choice(["startup", "growth", "stable"], n)
    score = rng.normal(size=n) + 0.6 * (stage == "startup")
    hidden = rng.random(n) < 0.5
    logit = -3.3 + 0.8 * score
    lend = rng.random(n) < 1 / (1 + np.exp(-(0.8 - 1.2 * score - 40 * (hidden & (confounding > 1)))))
    truth = 1 / (1 + np.exp(-(logit + np.log(confounding) * hidden)))
    table = pd.DataFrame(
        {
            "growth_stage": stage,
            "pd_12m": 1 / (1 + np.exp(-logit)),
            "amount_wan": rng.exponential(100, n),
            "truth": truth,
        }
    ).assign(default=(rng.random(n) < truth).astype(int))
    return table[lend], table[~lend]


def held(seed, confounding, allowed):
    lent, declined = applicants(seed, confounding=confounding)
    ranges = selection_ranges(lent, declined, replace(PARAMS, most_confounding=allowed, steps=2))["stages"]
    result = []
    for name, one in ranges.items():
        mine = declined if name == "all" else declined[declined["growth_stage"] == name]
        last = one["ranges"][-1]
        loss = PARAMS.loss_given_default * (mine["truth"] * mine["amount_wan"]).sum()
        result.append(
            last["rate_low"] <= mine["truth"].mean() <= last["rate_high"]
            and last["loss_low_wan"] <= loss <= last["loss_high_wan"]
        )
    return result


@pytest.mark.truth
def test_where_the_policy_saw_nothing_hidden_the_first_range_holds_the_truth():
    """20 populations, selection by the score alone: with next to no confounding at least nine ranges of ten hold."""
    assert np.mean([held(seed, 1.0, 1.0001) for seed in range(20)]) >= 0.9


@pytest.mark.truth
def test_planted_selection_bias_is_held_by_the_range_that_allows_it_alone():
    """The policy saw what tripled the odds: the range up to 3 holds the truth, the range that denies it does not."""
    assert np.mean([held(seed, 3.0, 3.0) for seed in range(20)]) >= 0.95
    assert np.mean([held(seed, 3.0, 1.0001)[0] for seed in range(20)]) <= 0.5


@pytest.mark.law
def test_ranges_nest_and_end_in_zero_to_one():
    """The more confounding is allowed the wider the range, in rate and in loss; the last says nothing."""
    lent, declined = applicants(1)
    for one in selection_ranges(lent, declined, PARAMS)["stages"].values():
        rows = pd.DataFrame(one["ranges"])
        assert rows["confounding"].tolist() == pytest.approx(np.geomspace(1, PARAMS.most_confounding, PARAMS.steps))
        assert rows[["rate_high", "loss_high_wan"]].diff().dropna().gt(0).all(axis=None)
        assert rows[["rate_low", "loss_low_wan"]].diff().dropna().le(0).all(axis=None)
        last = one["without_assumption"]
        assert (last["rate_low"], last["rate_high"]) == (0, 1)
        assert last["rate_of_all_low"] <= one["rate_of_lent"]["value"] <= last["rate_of_all_high"]


@pytest.mark.law
def test_odds_shift_and_standardisation_by_hand():
    """Odds of .2 tripled are 3:4; one cell gives the Poisson interval; a cell without loans may hold any rate."""
    assert shifted(0.2, 3) == pytest.approx(3 / 7)
    assert shifted(shifted(0.2, 3), 1 / 3) == pytest.approx(0.2)
    low, high = standardised_rate(np.array([16.0]), np.array([2094.0]), np.array([1.0]), 0.9)
    assert (low * 2094, high * 2094) == pytest.approx((10.04, 24.30), abs=0.01)  # Garwood's interval of 16
    low, high = standardised_rate(np.array([2.0, 0.0]), np.array([200.0, 0.0]), np.array([0.7, 0.3]), 0.9)
    assert low < 0.7 * 0.01 < 0.3 < high
    assert standardised_rate(np.zeros(1), np.zeros(1), np.ones(1), 0.9) == (0, 1)


@pytest.mark.contract
def test_an_empty_side_or_a_wrong_number_is_named():
    """Both sides are needed, and an odds ratio above 1."""
    lent, declined = applicants(1)
    with pytest.raises(ValueError, match="0 declined applications; both are needed"):
        selection_ranges(lent, declined.iloc[:0], PARAMS)
    with pytest.raises(ValueError, match="most_confounding must exceed 1"):
        selection_ranges(lent, declined, replace(PARAMS, most_confounding=1.0))
