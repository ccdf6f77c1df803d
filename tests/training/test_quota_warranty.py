from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from experiments.quota_planted import LGD, LOSS_CAP, STEPS, plant
from models.quota import read_policies
from training.params import read_section
from training.quota_bounds import BOUNDS, size_biased_gamma_bound
from training.quota_warranty import Candidates, WarrantyParams, certify, growth_needed, issue

DELTA, MIN_DEFAULTS, RESAMPLES = 0.10, 10, 200


def certified(book, n, cap, seed=0, resamples=RESAMPLES):
    """What was certified over resamples of ``n`` loans."""
    rng, told = np.random.default_rng(seed), []
    for _ in range(resamples):
        cohort, defaults = book.cohort(rng, n)
        told.append(certify(cohort, cap, DELTA, LGD, size_biased_gamma_bound, defaults, MIN_DEFAULTS))
    return told


@pytest.mark.truth
@pytest.mark.parametrize("told_slope", [1.0, 1.5])
def test_the_loss_rate_exceeds_the_cap_no_more_often_than_promised(told_slope):
    """Over 200 resamples with the cap inside the family, also when the model is too sure of itself."""
    book = plant(np.random.default_rng(1), 60_000, told_slope=told_slope)
    rates = book.loss_rates()
    cap = float(rates[8])
    broken = [told.step is not None and rates[told.step] > cap for told in certified(book, 2_000, cap)]
    assert np.mean(broken) <= DELTA + 2 * math.sqrt(DELTA * (1 - DELTA) / RESAMPLES)


@pytest.mark.truth
def test_where_every_policy_breaks_the_cap_it_refuses_at_least_as_often_as_promised():
    """The hardest case: a cap just under the loss rate of the safest step, so that any certificate is wrong."""
    book = plant(np.random.default_rng(2), 60_000)
    told = certified(book, 4_000, float(book.loss_rates().min()) * 0.999)
    issued = np.mean([one.step is not None for one in told])
    assert issued <= DELTA + 2 * math.sqrt(DELTA * (1 - DELTA) / RESAMPLES)


@pytest.mark.truth
def test_two_thousand_loans_earn_seven_tenths_of_what_an_oracle_would():
    """The guarantee's price: profit against the best step that truly keeps the cap."""
    book = plant(np.random.default_rng(1), 60_000)
    rates, profits = book.loss_rates(), book.profits()
    cap = LOSS_CAP
    oracle = profits[rates <= cap].max()
    earned = [0.0 if told.step is None else profits[told.step] for told in certified(book, 2_000, cap)]
    assert np.mean(earned) >= 0.70 * oracle


@pytest.mark.truth
def test_two_hundred_and_ten_loans_are_too_few_and_it_says_how_many_would_do():
    """The zone's own number of borrowers: refused, with a number of loans that really would certify."""
    book = plant(np.random.default_rng(1), 60_000)
    cap = LOSS_CAP
    told = certified(book, 210, cap, resamples=100)
    assert np.mean([one.step is None for one in told]) >= 0.98
    rng, needed = np.random.default_rng(0), []
    for _ in range(20):
        cohort, defaults = book.cohort(rng, 210)
        start = certify(cohort, cap, DELTA, LGD, size_biased_gamma_bound, defaults, MIN_DEFAULTS).start
        growth = growth_needed(cohort, start, cap, DELTA, LGD, size_biased_gamma_bound, defaults, MIN_DEFAULTS)
        needed += [210 * growth] if growth else []
    assert len(needed) >= 10
    assert 500 < np.median(needed) < 20_000
    later = certified(book, round(float(np.median(needed))), cap, resamples=60)
    assert np.mean([one.step is not None for one in later]) >= 0.5


@pytest.mark.law
def test_with_equal_exposures_the_bound_is_the_exact_poisson_one():
    """Equal loans of one yuan and k defaults: the Clopper-Pearson limit of a Poisson mean."""
    from scipy.stats import chi2

    for losses in (0, 3, 12):
        lost = np.zeros(1_000)
        lost[:losses] = 1.0
        exact = chi2.ppf(0.9, 2 * (losses + 1)) / 2 / 1_000
        assert size_biased_gamma_bound(np.ones(1_000), lost, 1.0, 0.1) == pytest.approx(exact, rel=1e-9)


@pytest.mark.law
@pytest.mark.parametrize("name", BOUNDS)
def test_a_bound_lies_above_the_observed_rate_and_rises_with_losses_and_confidence(name):
    """Every candidate is a bound, and more losses or more confidence never lower it."""
    rng = np.random.default_rng(4)
    exposure = rng.uniform(1, 5, 3_000)
    few, many = (exposure * (rng.random(3_000) < share) * LGD for share in (0.01, 0.04))
    told = BOUNDS[name](exposure, few, LGD, 0.1)
    assert told > few.sum() / exposure.sum()
    assert told < BOUNDS[name](exposure, few + many.clip(max=exposure * LGD - few), LGD, 0.1)
    assert told <= BOUNDS[name](exposure, few, LGD, 0.05)


def loans_of(trained, defaults: np.ndarray) -> pd.DataFrame:
    """Matured loans of the later cases, each losing two fifths where it defaulted."""
    amount = np.full(len(trained.later), 80.0)
    return pd.DataFrame(
        {"uscc": trained.later["uscc"].to_numpy(), "amount_wan": amount, "loss_wan": amount * LGD * defaults}
    )


@pytest.mark.behaviour
def test_a_warranty_is_issued_for_every_bank_and_names_its_cohort_and_models(trained):
    """Real models, real cases: each policy version gets one; other outcomes make another cohort's digest."""
    engine = trained.engine
    params = read_section("warranty", WarrantyParams)
    measured = engine.measure(trained.later)
    policies = read_policies()
    told = [
        issue(engine, measured, loans_of(trained, outcome), policies, params)
        for outcome in (trained.later_default.to_numpy(), np.zeros(len(trained.later)), np.ones(len(trained.later)))
    ]
    for issued in told:
        assert set(issued) == {policy.version for policy in policies}
        assert {one.models for one in issued.values()} == {engine.models_digest}
        assert {one.n for one in issued.values()} == {len(trained.later)}
        assert all((one.pd_zero is None) == (one.status == "refused") for one in issued.values())
    assert len({next(iter(issued.values())).cohort for issued in told}) == 3
    assert {one.status for one in told[1].values()} == {"refused"}  # no default at all: too few outcomes
    assert {one.n_needed for one in told[2].values()} == {None}  # every loan lost: no number would do


@pytest.mark.contract
def test_too_few_outcomes_and_hopeless_caps_are_refused():
    """Under the smallest number of defaults nothing is certified; a cap below the losses has no number of loans."""
    steps = STEPS[:3]
    lent = np.ones((3, 900))
    nothing = Candidates(steps, lent, np.zeros((3, 900)), 0.001 * lent, np.arange(3.0))
    assert certify(nothing, 0.05, 0.1, LGD, size_biased_gamma_bound, 0, 10).step is None
    assert certify(nothing, 0.05, 0.1, LGD, size_biased_gamma_bound, 12, 10).step == 2
    bad = Candidates(steps, lent, 0.02 * lent, 0.02 * lent, np.arange(3.0))
    assert certify(bad, 0.01, 0.1, LGD, size_biased_gamma_bound, 40, 10).step is None
    assert growth_needed(bad, 0, 0.01, 0.1, LGD, size_biased_gamma_bound, 40, 10) is None
