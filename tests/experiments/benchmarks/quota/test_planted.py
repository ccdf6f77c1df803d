"""Planted books and worlds are what they say: rates, correlation, and the heuristic that is compared."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from experiments.benchmarks.quota.planted import (
    LGD,
    PD_CUTOFF,
    VINTAGES,
    Book,
    books,
    cohorts,
    in_year,
    plant,
    realised_rates,
    size_biased_gamma_bound,
)


@pytest.mark.law
def test_with_equal_amounts_the_compared_heuristic_is_the_exact_poisson_bound():
    """Equal loans of one yuan and k losses: the Clopper-Pearson limit of a Poisson mean."""
    for losses in (0, 3, 12):
        lost = (np.arange(1_000) < losses) * 1.0
        exact = chi2.ppf(0.9, 2 * (losses + 1)) / 2 / 1_000
        assert size_biased_gamma_bound(np.ones(1_000), lost, 1.0, 0.1) == pytest.approx(exact, rel=1e-9)


@pytest.mark.law
def test_a_book_moved_to_a_rate_has_it_and_keeps_its_order():
    """Two loans of 1 and 3 at 1 % and 2 %: .4 (.01 + .06) / 4 = .7 % lost; moved to 2 % by one figure in log-odds."""
    book = Book(np.array([1.0, 3.0]), np.array([0.01, 0.02]))
    assert (book.largest, book.loss_rate()) == (3.0, pytest.approx(0.007))
    moved = book.at_rate(0.02)
    odds = np.log(moved.pd / (1 - moved.pd)) - np.log(book.pd / (1 - book.pd))
    assert moved.loss_rate() == pytest.approx(0.02)
    assert odds[0] == pytest.approx(odds[1])


@pytest.mark.truth
def test_planted_applicants_default_as_reported_and_larger_loans_more_only_where_planted():
    """The model's mean is the true one; a planted effect of the amount shows in the true risk alone."""
    rng = np.random.default_rng(1)
    even, tilted = plant(rng, 40_000), plant(rng, 40_000, amount_log_odds=0.5)
    assert even.predicted_pd.mean() == pytest.approx(even.true_pd.mean(), rel=0.02)
    assert (even.amount.min(), even.amount.max()) == (10.0, 1000.0)
    assert abs(np.corrcoef(even.amount, even.true_pd)[0, 1]) < 0.02
    assert np.corrcoef(tilted.amount, tilted.true_pd)[0, 1] > 0.1
    assert abs(np.corrcoef(tilted.amount, tilted.predicted_pd)[0, 1]) < 0.02


@pytest.mark.law
def test_a_year_at_the_middle_of_its_factor_and_a_mean_over_years_by_hand():
    """Vasicek at rho .25 and factor 0: PD 50 % stays, others move outwards; over all years the mean is the PD."""
    assert in_year(np.array([0.5]), 0.0, 0.25)[0] == pytest.approx(0.5)
    assert in_year(np.array([0.01]), 0.0, 0.25)[0] < 0.01
    assert in_year(np.array([0.3]), 1.5, 0.0)[0] == 0.3
    factors = np.random.default_rng(2).normal(size=100_000)
    assert in_year(np.array([0.02]), factors[:, None], 0.12).mean() == pytest.approx(0.02, rel=0.05)


@pytest.mark.truth
def test_cohorts_and_portfolios_lose_at_the_books_rate_and_spread_with_the_correlation():
    """Eight vintages; mean loss as planted; years that share a factor scatter more than independent loans."""
    book = books(3, 20_000)["planted book"]
    assert book.pd[book.amount > 0].size == len(book.amount)
    assert 0.0 < book.loss_rate() < LGD * PD_CUTOFF
    at, rng = book.at_rate(0.008), np.random.default_rng(3)
    (one,) = cohorts(at, rng, 400, 50, share=50)
    assert one.loss.shape == (50, 400)
    assert one.sizes().shape == (VINTAGES,)
    assert one.sizes().sum() == pytest.approx(one.exposure.sum())
    assert set(np.unique(one.loss / one.exposure).round(6)) == {0.0, LGD}
    alone, shared = (realised_rates(at, rng, 1_000, 1_500, rho) for rho in (0.0, 0.12))
    assert alone.mean() == pytest.approx(0.008, rel=0.1)
    assert shared.mean() == pytest.approx(0.008, rel=0.15)
    assert shared.std() > 1.3 * alone.std()
