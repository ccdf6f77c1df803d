"""The choice of a taper under a certificate: what is certified wrongly, and the profit kept beside an oracle's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from experiments.benchmarks.quota.certificate_study import CAPS, DELTA, EXPECTED_CAP, promise
from experiments.benchmarks.quota.certificate_worlds import (
    LARGEST_MULTIPLE,
    SMALLEST_WAN,
    VINTAGES,
    Book,
    as_loans,
    realised_rates,
)
from experiments.benchmarks.quota.planted import EARNED, LGD, STEPS, plant
from models.quota.certificate import taper_factor
from training.quota.certificate import TaperedLoans, certify, largest_covered

Floats = npt.NDArray[np.float64]
MEAN_LOG_ODDS = -4.4  # of the planted applicants: about 2 % default in a year


@dataclass(frozen=True)
class Applicants:
    """True and predicted PD (n,), and by taper the covered amount (tapers, n) and the largest amount (tapers,)."""

    true_pd: Floats
    told_pd: Floats
    amount: Floats
    largest: Floats

    def loss_rates(self) -> Floats:
        """True expected loss rate under each taper."""
        return np.asarray(LGD * (self.amount @ self.true_pd) / self.amount.sum(axis=1))

    def profits(self, risk: Floats) -> Floats:
        """Profit under each taper per applicant at these PDs."""
        return np.asarray(self.amount @ (EARNED - LGD * risk) / len(risk))


def applicants(seed: list[int], shape: Mapping[str, float], n: int = 40_000) -> Applicants:
    """Planted applicants under the twenty tapers; ``shape`` as in ``quota_planted.plant``."""
    planted = plant(np.random.default_rng(seed), n, amount_log_sd=0.7, **{"mean_log_odds": MEAN_LOG_ODDS, **shape})
    amounts, largest = [], []
    for step in STEPS:
        opened = np.floor(planted.amount * taper_factor(planted.told_pd, step))
        opened = np.where(opened >= SMALLEST_WAN, opened, 0.0)
        largest.append(largest_covered(opened, LARGEST_MULTIPLE))
        amounts.append(np.minimum(opened, largest[-1]))
    return Applicants(planted.true_pd, planted.told_pd, np.stack(amounts), np.array(largest))


def cohort(world: Applicants, rng: np.random.Generator, n: int, outside: int = 2_000) -> list[TaperedLoans]:
    """A cohort of ``n`` loans under every taper, and ``outside`` loans of other firms from which the stakes come."""
    rows, others = rng.integers(0, len(world.true_pd), n), rng.integers(0, len(world.true_pd), outside)
    lost = LGD * (rng.random(n) < world.true_pd[rows])
    vintage, firm = np.arange(n) * VINTAGES // n, np.arange(n)
    found = []
    for place, end in enumerate(STEPS):
        amount, other = world.amount[place, rows], world.amount[place, others]
        total = amount.sum()
        found.append(
            TaperedLoans(
                end_pd=float(end),
                largest=float(world.largest[place]),
                loans=as_loans(amount, amount * lost, vintage, firm),
                others=other[other > 0.0],
                predicted_rate=float(LGD * amount @ world.told_pd[rows] / total) if total > 0.0 else math.inf,
                margin=float(amount @ (EARNED - LGD * world.told_pd[rows])),
            )
        )
    return found


def study(name: str, world: Applicants, next_loans: int | None, n: int, count: int, seed: list[int]) -> dict[str, Any]:
    """``count`` cohorts through the whole procedure. The oracle knows the loss rates, and serves the same cap."""
    rng = np.random.default_rng(seed)
    rates, profits = world.loss_rates(), world.profits(world.true_pd)
    cap = EXPECTED_CAP if next_loans is None else CAPS[next_loans]
    if next_loans is None:
        bad = rates > cap
    else:
        books = [Book(amount[amount > 0.0], world.true_pd[amount > 0.0]) for amount in world.amount]
        bad = np.array([(realised_rates(book, rng, next_loans, 400) > cap).mean() for book in books]) > DELTA
    oracle = float(profits[~bad].max()) if (~bad).any() else math.nan
    earned, wrong, refused = 0.0, 0, 0
    for _ in range(count):
        verdict = certify(cohort(world, rng, n), [promise(next_loans, cap)], 1)
        refused += verdict.step is None
        if verdict.step is not None:
            earned += float(profits[verdict.step])
            wrong += bool(bad[verdict.step])
    return {
        "case": name,
        "next_loans": next_loans,
        "cap": cap,
        "n": n,
        "cohorts": count,
        "wrong_taper_certified": wrong / count,
        "profit_of_oracle": earned / count / oracle,
        "not_certified": refused / count,
    }
