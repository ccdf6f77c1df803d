"""The choice of a taper under a certificate, on planted loans whose default risk is known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from models.quota.certificate import taper_factor
from training.quota.certificate import (
    Promise,
    TaperedLoans,
    certify,
    largest_covered,
    passes,
    rate_bound,
    sequence_start,
)
from training.quota.loss_chances import GRID
from training.quota.loss_tests import Cohort

DELTA, LGD, VINTAGES = 0.10, 0.40, 8


def promise(next_loans: int | None, cap: float, rho: float = 0.0) -> Promise:
    """On so many loans; None is for the expected rate."""
    return Promise(cap, DELTA, LGD, 2.0, next_loans, 0.75, rho)


def cohort(n: int, seed: int = 4) -> list[TaperedLoans]:
    """``n`` loans of as many firms under twenty tapers; about 1.2 % default, and the model knows each PD."""
    rng, others = np.random.default_rng(seed), 2_000
    risk = expit(-5.0 + 1.1 * rng.normal(size=n + others))
    wanted = np.clip(150.0 * np.exp(0.7 * rng.normal(size=n + others)), 10.0, 1_000.0)
    lost, firm = rng.random(n) < risk[:n], np.arange(n)
    day, vintage = np.datetime64("2016-01-01") + firm % 3_000, firm * VINTAGES // n
    found = []
    for end in 0.08 * np.geomspace(0.125, 2.0, 20):
        opened = np.floor(wanted * taper_factor(risk, end))
        opened[opened < 10.0] = 0.0
        largest = largest_covered(opened, 2.0)
        amount, other = np.split(np.minimum(opened, largest), [n])
        loans = Cohort(firm.astype(str), day, vintage, amount, LGD * amount * lost)
        rate = float(LGD * amount @ risk[:n] / amount.sum()) if amount.any() else math.inf
        profit = float(amount @ (0.02 - LGD * risk[:n]))
        found.append(TaperedLoans(float(end), float(largest), loans, other[other > 0.0], rate, profit))
    return found


@pytest.mark.law
def test_no_outcome_moves_what_is_fixed_beforehand():
    """All repaid, all lost, outcomes permuted: start, largest amounts, rates, levels, stakes and sizes are the same."""
    tapers = cohort(900)
    wanted = [promise(None, 0.01), promise(210, 0.02), promise(210, 0.03, 0.04)]

    def design(changed):
        return [
            (sequence_start(changed, [one]), one.hurdles.rates.tolist(), one.hurdles.levels.tolist()) for one in wanted
        ] + [(one.largest, one.sizes().tolist(), one.others.tolist(), one.profit) for one in changed]

    fixed = design(tapers)
    rng = np.random.default_rng(5)
    for made in (
        lambda loans: np.zeros(len(loans.loss)),
        lambda loans: LGD * loans.exposure,
        lambda loans: rng.permutation(loans.loss > 0) * LGD * loans.exposure,
    ):
        assert design([replace(t, loans=replace(t.loans, loss=made(t.loans))) for t in tapers]) == fixed


@pytest.mark.contract
def test_a_loan_that_lost_more_than_the_contract_allows_voids_it():
    """A loss share of .41 where the contract says .40: not assessed, whatever the bound would be; .40 is allowed."""
    tapers = cohort(2_500)
    assert certify(tapers, [promise(210, 0.02)], 1).status == "certified"
    for share, status in ((0.40, "certified"), (0.41, "not_assessed")):
        worse = [
            replace(
                t, loans=replace(t.loans, loss=np.where(np.arange(2_500) == 7, share * t.loans.exposure, t.loans.loss))
            )
            for t in tapers
        ]
        assert certify(worse, [promise(210, 0.02)], 1).status == status


@pytest.mark.contract
def test_too_few_vintages_carry_no_certificate_where_years_share_a_factor():
    """Four vintages: none at rho .04, and no number of loans is named; at rho 0 they do not matter."""
    few = [replace(t, loans=replace(t.loans, vintage=t.loans.vintage % 4))
           for t in cohort(2_500)]  # fmt: skip
    result = certify(few, [promise(1_000, 0.03, 0.04)], 1)
    assert (result.status, result.needed) == ("not_certified", (None,))
    assert certify(few, [promise(1_000, 0.03)], 1).status == "certified"


@pytest.mark.law
def test_the_sequence_stops_at_the_first_taper_that_fails_and_serves_the_best_before_it():
    """Tapers after the first failure are not looked at; among those passed the largest profit is served."""
    tapers = cohort(2_281)
    wanted = promise(210, 0.02)
    result = certify(tapers, [wanted], 1)
    passed = [step for step in range(result.start, len(tapers)) if passes(tapers[step], wanted)]
    run = [step for position, step in enumerate(passed) if step == result.start + position]
    assert result.step == max(run, key=lambda step: tapers[step].profit)
    broken = replace(
        tapers[result.start], loans=replace(tapers[result.start].loans, loss=LGD * tapers[result.start].loans.exposure)
    )
    assert certify([*tapers[: result.start], broken, *tapers[result.start + 1 :]], [wanted], 1).step is None


@pytest.mark.law
def test_the_bound_on_the_expected_rate_is_the_rate_from_which_on_all_is_refuted():
    """A certified cap lies above the bound, a refused one below the next rate of the grid."""
    taper = cohort(2_281)[8]
    bound = rate_bound(taper, DELTA, LGD)
    assert bound > taper.counted.loss.sum() / taper.counted.exposure.sum()
    assert passes(taper, promise(None, bound * 1.001))
    assert not passes(taper, promise(None, bound * GRID[0] / GRID[1] * 0.999))


@pytest.mark.law
def test_the_largest_amount_is_at_most_twice_the_mean_of_the_amounts_cut_to_it():
    """Amounts 1, 1, 1, 10: cut to 3 the mean is 1.5, and 3 <= 2 * 1.5; cut to 4 it is 1.75, and 4 > 3.5."""
    assert largest_covered(np.array([1.0, 1.0, 0.0, 1.0, 10.0]), 2.0) == 3.0
    assert largest_covered(np.zeros(3), 2.0) == 0.0
    amounts = np.floor(np.random.default_rng(2).lognormal(3.0, 1.0, 500))
    kept = amounts[amounts > 0]
    fits = [size for size in range(1, int(amounts.max()) + 1) if size <= 2.0 * np.minimum(kept, size).mean()]
    assert largest_covered(amounts, 2.0) == max(fits)
