"""Do the loss certificates hold what they state, in planted and in correlated worlds?

(cohort, next portfolio) pairs; and the choice of a taper: what is certified wrongly, and the profit kept beside an
oracle's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from experiments.benchmarks.quota.planted import (
    EARNED,
    LARGEST_MULTIPLE,
    LGD,
    SMALLEST_WAN,
    STEPS,
    VINTAGES,
    Book,
    Cohorts,
    as_loans,
    cohorts,
    plant,
    realised_rates,
    size_biased_gamma_bound,
)
from models.quota.certificate import taper_factor
from training.quota.certificate import Promise, TaperedLoans, certify, largest_covered
from training.quota.loss_chances import GRID
from training.quota.loss_tests import betting_p_values, count_p_values, log_wealth, stakes

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
DELTA, CONFIDENCE, EXPECTED_CAP = 0.10, 0.75, 0.010
CAPS: Mapping[int, float] = {50: 0.030, 210: 0.020, 1_000: 0.015, 5_000: 0.0125}
CORRELATED_CAPS: Mapping[int, float] = {50: 0.040, 210: 0.030, 1_000: 0.030, 5_000: 0.030}
MEAN_LOG_ODDS = -4.4  # of the planted applicants: about 2 % default in a year


@cache
def promise(next_loans: int | None, cap: float, rho: float = 0.0) -> Promise:
    """The default promise on so many loans; None is for the expected rate."""
    return Promise(cap, DELTA, LGD, LARGEST_MULTIPLE, next_loans, CONFIDENCE, rho)


def p_values(one: Cohorts, staked: Floats, largest: float, rho: float, rates: Floats = GRID) -> Floats:
    """p-values of each world's cohort, shape (worlds, rates); its loans are one a firm."""
    if rho > 0.0:
        return count_p_values(one.loss.sum(axis=1), one.sizes(), rates, rho, largest, LGD)
    return np.stack([betting_p_values(one.exposure, loss, rates, staked, largest, LGD) for loss in one.loss])


def certified(p: Floats, wanted: Promise) -> Flags:
    """Which worlds are certified, from p-values on the whole grid, shape (worlds, rates)."""
    hurdles = wanted.hurdles
    if hurdles.levels.min() <= 0.0:
        return np.zeros(len(p), dtype=bool)
    position = np.searchsorted(GRID, hurdles.rates)
    kept: Flags = np.asarray(np.all(p[:, position] <= hurdles.levels, axis=1))
    return kept


def shares(issued: Flags, broken: Flags, chance: float) -> dict[str, float]:
    """What a bank sees: certified, broken among those, and both; and twice the Monte Carlo error of both at delta."""
    both = float((issued & broken).mean())
    return {
        "pairs": len(issued),
        "certified": float(issued.mean()),
        "broken_among_certified": float(broken[issued].mean()) if issued.any() else math.nan,
        "certified_and_broken": both,
        "two_errors": 2.0 * math.sqrt(DELTA * (1.0 - DELTA) / len(issued)),
        "all_portfolios_broken": chance,
    }


def pairs(
    book: Book,
    rate: float,
    rho: float,
    n: int,
    count: int,
    seed: list[int],
    caps: Mapping[int, float] | None = None,
    share: int = 50,
) -> list[dict[str, Any]]:
    """Realised-rate certificates at the worlds' own correlation, for every N; one row each.

    share : worlds that have the same loans where years share a factor, since their p-values are reckoned together
    """
    at = book.at_rate(rate)
    rng = np.random.default_rng(seed)
    staked = stakes(at.amount, GRID, at.largest, LGD)
    drawn = cohorts(at, rng, n, count, rho, share=share if rho > 0.0 else 1)
    p = np.concatenate([p_values(one, staked, at.largest, rho) for one in drawn])
    rows = []
    for next_loans, cap in (caps or (CORRELATED_CAPS if rho > 0.0 else CAPS)).items():
        broken = realised_rates(at, rng, next_loans, count, rho) > cap
        issued = certified(p, promise(next_loans, cap, rho))
        found = shares(issued, broken, float(broken.mean()))
        rows.append({"rate": rate, "rho": rho, "n": n, "next_loans": next_loans, "cap": cap, **found})
    return rows


def mean_as_promise(book: Book, rate: float, rho: float, n: int, count: int, seed: list[int]) -> list[dict[str, Any]]:
    """Certificates of the expected rate at 1 %, by bets and by the older heuristic, read as one on the next loans.

    Beside them the certificate for the next loans at the same cap, in the same worlds.
    """
    at = book.at_rate(rate)
    rng = np.random.default_rng(seed)
    cap = np.array([EXPECTED_CAP])
    staked, grid_staked = stakes(at.amount, cap, at.largest, LGD), stakes(at.amount, GRID, at.largest, LGD)
    ways: dict[str, list[Flags]] = {"expected rate, bets": [], "expected rate, size-biased gamma": []}
    p = []
    for one in cohorts(at, rng, n, count, rho, share=50 if rho > 0.0 else 1):
        bets = p_values(one, staked, at.largest, 0.0, cap)[:, 0]
        heuristic = [size_biased_gamma_bound(one.exposure, loss, LGD, DELTA) for loss in one.loss]
        ways["expected rate, bets"].append(bets <= DELTA)
        ways["expected rate, size-biased gamma"].append(np.array(heuristic) <= EXPECTED_CAP)
        p.append(p_values(one, grid_staked, at.largest, rho))
    rows = []
    for next_loans in (210, 1_000, 5_000):
        broken = realised_rates(at, rng, next_loans, count, rho) > EXPECTED_CAP
        issued = {way: np.concatenate(parts) for way, parts in ways.items()}
        issued["realised rate"] = certified(np.concatenate(p), promise(next_loans, EXPECTED_CAP, rho))
        for way, flags in issued.items():
            found = shares(flags, broken, float(broken.mean()))
            rows.append({"rate": rate, "rho": rho, "n": n, "next_loans": next_loans, "cap": EXPECTED_CAP, "way": way,
                         **found})  # fmt: skip
    return rows


def null(book: Book, n: int, count: int, seed: list[int]) -> dict[str, float]:
    """Share of cohorts that pass the expected-rate test at 1 % though the rate is 1 %."""
    at, cap = book.at_rate(EXPECTED_CAP), np.array([EXPECTED_CAP])
    staked = stakes(at.amount, cap, at.largest, LGD)
    drawn = cohorts(at, np.random.default_rng(seed), n, count)
    passed = float(np.mean([p_values(one, staked, at.largest, 0.0, cap)[0, 0] <= DELTA for one in drawn]))
    return {"n": n, "cohorts": count, "passed": passed, "two_errors": 2.0 * math.sqrt(DELTA * (1 - DELTA) / count)}


def power(book: Book, rate: float, n: int, count: int, seed: list[int]) -> dict[str, float]:
    """Share of cohorts certified: the expected rate at 1 %, and each realised rate at its default cap."""
    at = book.at_rate(rate)
    staked = stakes(at.amount, GRID, at.largest, LGD)
    exact = stakes(at.amount, np.array([EXPECTED_CAP]), at.largest, LGD)
    expected, p = [], []
    for one in cohorts(at, np.random.default_rng(seed), n, count):
        expected.append(p_values(one, exact, at.largest, 0.0, np.array([EXPECTED_CAP]))[0, 0] <= DELTA)
        p.append(p_values(one, staked, at.largest, 0.0))
    every = np.concatenate(p)
    found = {f"next {loans} at {cap:.2%}": float(certified(every, promise(loans, cap)).mean())
             for loans, cap in CAPS.items()}  # fmt: skip
    return {"rate": rate, "n": n, "cohorts": count, "expected at 1.00%": float(np.mean(expected)), **found}


def loans_needed(book: Book, rate: float, most: int, count: int, seed: list[int]) -> dict[str, Any]:
    """Least cohort, in steps of a tenth, that is certified in 80 % of cases; None where ``most`` loans are too few."""
    at = book.at_rate(rate)
    sizes = np.unique(np.geomspace(200, most, 47).astype(int))
    rates = np.append(GRID, EXPECTED_CAP)
    staked = stakes(at.amount, rates, at.largest, LGD)
    p = np.empty((count, len(sizes), len(rates)))
    for position, one in enumerate(cohorts(at, np.random.default_rng(seed), most, count)):
        wealth = log_wealth(one.exposure, one.loss[0], rates, staked, at.largest, LGD)
        p[position] = np.exp(-wealth[sizes - 1])
    share = {"expected at 1.00%": (p[:, :, -1] <= DELTA).mean(axis=0)}
    for loans, cap in CAPS.items():
        issued = [certified(p[:, at_size, :-1], promise(loans, cap)).mean() for at_size in range(len(sizes))]
        share[f"next {loans} at {cap:.2%}"] = np.array(issued)
    enough = {name: sizes[found >= 0.8] for name, found in share.items()}
    return {"rate": rate, "cohorts": count, **{name: int(found[0]) if len(found) else None
                                               for name, found in enough.items()}}  # fmt: skip


@dataclass(frozen=True)
class Applicants:
    """True and predicted PD (n,), and by taper the covered amount (tapers, n) and the largest amount (tapers,)."""

    true_pd: Floats
    predicted_pd: Floats
    amount: Floats
    largest: Floats

    def loss_rates(self) -> Floats:
        """True expected loss rate under each taper."""
        return np.asarray(LGD * (self.amount @ self.true_pd) / self.amount.sum(axis=1))

    def profits(self, risk: Floats) -> Floats:
        """Profit under each taper per applicant at these PDs."""
        return np.asarray(self.amount @ (EARNED - LGD * risk) / len(risk))


def applicants(seed: list[int], shape: Mapping[str, float], n: int = 40_000) -> Applicants:
    """Planted applicants under the twenty tapers; ``shape`` as in ``planted.plant``."""
    planted = plant(np.random.default_rng(seed), n, amount_log_sd=0.7, **{"mean_log_odds": MEAN_LOG_ODDS, **shape})
    amounts, largest = [], []
    for step in STEPS:
        opened = np.floor(planted.amount * taper_factor(planted.predicted_pd, step))
        opened = np.where(opened >= SMALLEST_WAN, opened, 0.0)
        largest.append(largest_covered(opened, LARGEST_MULTIPLE))
        amounts.append(np.minimum(opened, largest[-1]))
    return Applicants(planted.true_pd, planted.predicted_pd, np.stack(amounts), np.array(largest))


def cohort(world: Applicants, rng: np.random.Generator, n: int, outside: int = 2_000) -> list[TaperedLoans]:
    """A cohort of ``n`` loans under every taper, and ``outside`` loans of other firms from which the stakes come."""
    rows, others = rng.integers(0, len(world.true_pd), n), rng.integers(0, len(world.true_pd), outside)
    lost = LGD * (rng.random(n) < world.true_pd[rows])
    vintage, firm = np.arange(n) * VINTAGES // n, np.arange(n)
    found = []
    for position, end in enumerate(STEPS):
        amount, other = world.amount[position, rows], world.amount[position, others]
        total = amount.sum()
        found.append(
            TaperedLoans(
                end_pd=float(end),
                largest=float(world.largest[position]),
                loans=as_loans(amount, amount * lost, vintage, firm),
                others=other[other > 0.0],
                predicted_rate=float(LGD * amount @ world.predicted_pd[rows] / total) if total > 0.0 else math.inf,
                profit=float(amount @ (EARNED - LGD * world.predicted_pd[rows])),
            )
        )
    return found


def taper_study(
    name: str, world: Applicants, next_loans: int | None, n: int, count: int, seed: list[int]
) -> dict[str, Any]:
    """``count`` cohorts through the whole procedure. The oracle has the true loss rates, and serves the same cap."""
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
