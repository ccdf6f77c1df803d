"""Planted applicants, loan books and worlds whose true default risks are known.

A world draws eight years of loans and then one more year; at default correlation rho every year has its own factor
(Vasicek 2002), and the next portfolio's year another of the same kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import expit, logit, ndtr, ndtri
from scipy.stats import gamma

from models.quota.certificate import taper_factor
from training.quota.certificate import largest_covered
from training.quota.loss_tests import Cohort

Floats = npt.NDArray[np.float64]
LGD = 0.40
EARNED = 0.020  # a year, per yuan lent, before losses
PD_CUTOFF = 0.08
STEPS = PD_CUTOFF * np.geomspace(0.125, 2.0, 20)
VINTAGES = 8
LARGEST_MULTIPLE = 2.0
SMALLEST_WAN = 10.0


@dataclass(frozen=True)
class Applied:
    """Applicants: true and predicted default risk, and the amount that each would get at a low risk; shape (n,)."""

    true_pd: Floats
    predicted_pd: Floats
    amount: Floats


def plant(
    rng: np.random.Generator,
    firms: int,
    *,
    amount_log_sd: float = 1.0,
    predicted_slope: float = 1.0,
    amount_log_odds: float = 0.0,
    mean_log_odds: float = -4.0,
) -> Applied:
    """Applicants with a base default rate near 3 % and a model of AUC near 0.76.

    predicted_slope : above 1 the model is overconfident; amount_log_odds : what a larger loan adds to the true risk,
    which the model does not see
    """
    seen, hidden, size = rng.normal(size=(3, firms))
    odds = mean_log_odds + 1.05 * seen + 0.45 * hidden + amount_log_odds * size
    true = 1 / (1 + np.exp(-odds))
    predicted = 1 / (1 + np.exp(-(mean_log_odds + predicted_slope * 1.05 * seen)))
    predicted = np.maximum(predicted * (true.mean() / predicted.mean()), 0.0005)
    return Applied(true, predicted, np.clip(150.0 * np.exp(amount_log_sd * size), 10.0, 1000.0))


@dataclass(frozen=True)
class Book:
    """Loans that a policy grants: covered amount (10,000 yuan) and true 12-month default risk; shape (n,)."""

    amount: Floats
    pd: Floats

    @property
    def largest(self) -> float:
        """The largest amount."""
        return float(self.amount.max())

    def loss_rate(self) -> float:
        """True expected loss rate of the amounts."""
        return float(self.amount @ self.pd) * LGD / float(self.amount.sum())

    def at_rate(self, rate: float) -> Book:
        """The same loans with every PD moved by one figure in log-odds, so that the loss rate is ``rate``."""
        odds, risky = logit(np.clip(self.pd, 1e-12, 1 - 1e-12)), self.pd > 0.0

        def moved(shift: float) -> Book:
            return Book(self.amount, np.where(risky, expit(odds + shift), 0.0))

        return moved(float(brentq(lambda shift: moved(shift).loss_rate() - rate, -15.0, 15.0, xtol=1e-12)))


@dataclass(frozen=True)
class Cohorts:
    """Seasoned loans of several worlds that share their amounts: exposure (n,), vintage (n,), loss (worlds, n)."""

    exposure: Floats
    vintage: npt.NDArray[np.intp]
    loss: Floats

    def sizes(self) -> Floats:
        """Amount by vintage."""
        return np.bincount(self.vintage, weights=self.exposure, minlength=VINTAGES).astype(float)


def books(seed: int, firms: int = 60_000) -> dict[str, Book]:
    """The planted book under a taper, one of equal amounts, and one whose risk is all in the largest tenth."""
    rng = np.random.default_rng([seed, 1])
    planted = plant(rng, firms, amount_log_sd=0.7)
    opened = np.floor(planted.amount * taper_factor(planted.predicted_pd, PD_CUTOFF))
    opened = np.where(opened >= SMALLEST_WAN, opened, 0.0)
    largest = largest_covered(opened, LARGEST_MULTIPLE)
    amount = np.minimum(opened, largest)
    lent = amount > 0.0
    amount, risk = amount[lent], planted.true_pd[lent]
    top = np.zeros(len(amount))
    top[np.argsort(amount, kind="stable")[-len(amount) // 10 :]] = 0.05
    return {
        "planted book": Book(amount, risk),
        "equal amounts": Book(np.ones(len(amount)), risk),
        "all risk on the largest tenth": Book(amount, top),
    }


def cohorts(
    book: Book, rng: np.random.Generator, n: int, worlds: int, rho: float = 0.0, share: int = 1
) -> Iterator[Cohorts]:
    """``worlds`` cohorts of ``n`` loans in eight vintages; ``share`` of them have the same loans, not the same luck."""
    for at in range(0, worlds, share):
        count = min(share, worlds - at)
        rows = rng.integers(0, len(book.amount), n)
        vintage = np.arange(n) * VINTAGES // n
        risk = in_year(book.pd[rows], rng.normal(size=(count, VINTAGES))[:, vintage], rho)
        defaulted = rng.random((count, n)) < risk
        yield Cohorts(book.amount[rows], vintage, defaulted * (LGD * book.amount[rows]))


def realised_rates(book: Book, rng: np.random.Generator, n: int, worlds: int, rho: float = 0.0) -> Floats:
    """Loss rates of ``worlds`` portfolios of ``n`` loans, each in a year of its own; shape (worlds,)."""
    found = np.empty(worlds)
    for at in range(worlds):
        rows = rng.integers(0, len(book.amount), n)
        amount = book.amount[rows]
        defaulted = rng.random(n) < in_year(book.pd[rows], rng.normal(), rho)
        found[at] = LGD * float(amount @ defaulted) / float(amount.sum())
    return found


def in_year(risk: Floats, factor: Floats | float, rho: float) -> Floats:
    """Default risk in a year with this factor. source: Vasicek (2002)"""
    if rho <= 0.0:
        return np.broadcast_to(risk, np.broadcast_shapes(risk.shape, np.shape(factor)))
    found: Floats = ndtr((ndtri(risk) - np.sqrt(rho) * factor) / np.sqrt(1.0 - rho))
    return found


def as_loans(amount: Floats, loss: Floats, vintage: npt.NDArray[np.intp], firm: npt.NDArray[np.intp]) -> Cohort:
    """Loans of firms with these numbers, granted in their order."""
    day = np.datetime64("2016-01-01") + np.arange(len(amount)) % 3_000
    return Cohort(firm.astype(str), day, vintage, amount, loss)


def size_biased_gamma_bound(exposure: Floats, loss: Floats, worst_share: float, delta: float) -> float:
    """A heuristic bound on the expected loss rate, for comparison only: it has no finite-sample proof.

    rate = sum(loss) / sum(exposure); most = worst_share * sum(exposure^2) / sum(exposure)^2
    bound = gamma quantile of mean rate + most and variance sum(loss^2) / sum(exposure)^2 + most^2
    source: after Fay, Feuer (1997), Statistics in Medicine 16:791, which adds the largest exposure instead
    """
    total = float(exposure.sum())
    most = worst_share * float((exposure * exposure).sum()) / total**2
    mean, variance = float(loss.sum()) / total + most, float((loss * loss).sum()) / total**2 + most * most
    return float(gamma.ppf(1.0 - delta, mean * mean / variance, scale=variance / mean))
