"""Does the warranty hold? Resamples of planted books and of the cohort, and a downturn beside the promise."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.progress import track

from data.synthetic_truth import read_truth
from experiments.quota_planted import LGD, LOSS_CAP, Book, plant
from models.quota import BankPolicy, QuotaEngine
from models.quota_measure import Measured
from training.assembled import DERIVED, AssembleParams, read_cases, read_tables
from training.params import read_section
from training.quota_bounds import BOUNDS, Bound
from training.quota_warranty import Candidates, WarrantyParams, candidates, certify, growth_needed, held_cohort
from training.stages import ARTIFACTS, TRUTH

Floats = npt.NDArray[np.float64]
DELTA = 0.10
FIRMS = 60_000  # of a planted book
NEEDED_FROM = 40  # refused resamples whose number of loans needed is counted
# name -> how the book is planted, and the cap: a rate, or the place of the step whose true loss rate it is
CASES: Mapping[str, tuple[dict[str, float], float | int]] = {
    "cap at the published bad-loan rate": ({}, LOSS_CAP),
    "equal amounts": ({"amount_log_sd": 0.01}, LOSS_CAP),
    "model too sure of itself": ({"told_slope": 1.5}, 8),
    "cap inside the family": ({}, 8),
    "larger loans riskier, unseen": ({"amount_log_odds": 0.3}, 8),
    "larger loans safer, unseen": ({"amount_log_odds": -0.3}, 8),
    "every step breaks the cap": ({}, -1),
}
COMPARED = ("cap at the published bad-loan rate", "cap inside the family", "every step breaks the cap")  # all bounds


def resample(
    draw: Callable[[], tuple[Candidates, int]],
    rates: Floats,
    profits: Floats,
    cap: float,
    bound: Bound,
    min_defaults: int,
    resamples: int,
    worst_share: float = LGD,
) -> dict[str, float]:
    """Share of resamples whose certified step truly breaks the cap, profit against the oracle's, share refused."""
    broken, refused, earned = 0, 0, 0.0
    needed: list[float] = []
    within = profits[rates <= cap]
    oracle = float(within.max()) if within.size else math.nan
    for _ in range(resamples):
        cohort, defaults = draw()
        told = certify(cohort, cap, DELTA, worst_share, bound, defaults, min_defaults)
        if told.step is None:
            refused += 1
            if len(needed) < NEEDED_FROM and bound is BOUNDS["size_biased_gamma"]:
                growth = growth_needed(cohort, told.start, cap, DELTA, worst_share, bound, defaults, min_defaults)
                needed += [growth * cohort.exposure.shape[1]] if growth else []
        else:
            broken += bool(rates[told.step] > cap)
            earned += float(profits[told.step])
    share = broken / resamples
    return {
        "cap": cap,
        "share_broken": share,
        "monte_carlo_se": math.sqrt(max(share * (1 - share), DELTA * (1 - DELTA)) / resamples),
        "profit_of_oracle": earned / resamples / oracle if oracle == oracle else math.nan,
        "share_refused": refused / resamples,
        "median_n_needed": float(np.median(needed)) if needed else math.nan,
    }


def planted_study(resamples: int, sizes: tuple[int, ...], seed: int, params: WarrantyParams) -> list[dict[str, Any]]:
    """Every planted case at every size with the served bound; every bound on three of them at 2,000 loans."""
    rows = []
    for place, (name, (shape, level)) in enumerate(track(list(CASES.items()), "planted books")):
        book = plant(np.random.default_rng([seed, place]), FIRMS, **shape)
        rates, profits = book.loss_rates(), book.profits()
        cap = float(rates.min() * 0.999) if level == -1 else float(rates[int(level)]) if level >= 1 else float(level)
        for n in sizes:
            for bound in BOUNDS if n == 2_000 and name in COMPARED else (params.bound,):
                rng = np.random.default_rng([seed, place, n])  # the same loans for every bound
                told = resample(
                    lambda rng=rng, n=n, book=book: book.cohort(rng, n),  # type: ignore[misc]
                    rates, profits, cap, BOUNDS[bound], params.min_defaults, resamples,
                )  # fmt: skip
                rows.append({"case": name, "n": n, "bound": bound, **told})
    return rows


def stress_study(resamples: int, seed: int, params: WarrantyParams) -> list[dict[str, float]]:
    """Certificates issued in calm times, and the loss rate of the same firms in planted downturns."""
    calm = plant(np.random.default_rng([seed, 99]), FIRMS)
    rng, steps = np.random.default_rng([seed, 100]), []
    for _ in range(resamples):
        cohort, defaults = calm.cohort(rng, 2_000)
        step = certify(cohort, LOSS_CAP, DELTA, LGD, BOUNDS[params.bound], defaults, params.min_defaults).step
        steps += [] if step is None else [step]
    return [_after(calm.shocked(shock), shock, steps) for shock in (0.0, 0.35, 0.7, 1.0)]


def _after(book: Book, shock: float, steps: list[int]) -> dict[str, float]:
    rates = book.loss_rates()[steps]
    return {
        "shock_log_odds": shock,
        "certificates": len(steps),
        "promised_cap": LOSS_CAP,
        "promised_share_broken_at_most": DELTA,
        "mean_loss_rate": float(rates.mean()),
        "share_broken": float((rates > LOSS_CAP).mean()),
    }


def cohort_study(
    engine: QuotaEngine, policy: BankPolicy, resamples: int, seed: int, params: WarrantyParams
) -> dict[str, Any]:
    """The trained models on loans of enterprises that they never saw, outcomes drawn again from the planted risks.

    And the downturn that is planted in one vintage: a certificate from the other vintages, and that vintage's losses.
    """
    measured, loans, true_pd = held_loans(engine)
    asked = pd.DataFrame({"requested_amount_cny": (loans["amount_wan"] * 10_000).astype(np.int64)})
    lent = _by_loan(engine, measured, asked, policy, params)
    rates = lent.exposure @ (true_pd * LGD) / lent.exposure.sum(axis=1)
    earned = policy.utilisation * (policy.products["innovation_points"].annual_rate - policy.funding_rate)
    profits = lent.exposure @ (earned * (1 - true_pd) - LGD * true_pd)
    told: dict[str, Any] = {"loans": len(loans), "resamples": resamples}
    for n in (210, 500, 2_000, 8_000):
        rng = np.random.default_rng([seed, n])

        def draw(rng: np.random.Generator = rng, n: int = n) -> tuple[Candidates, int]:
            rows = rng.integers(0, len(loans), n)
            defaulted = rng.random(n) < true_pd[rows]
            return _drawn(lent, rows, np.where(defaulted, LGD, 0.0)), int(defaulted.sum())

        told[f"n={n}"] = resample(
            draw, rates, profits, policy.loss_cap, BOUNDS[params.bound], params.min_defaults, resamples
        )
    shock = loans["granted_on"].dt.year.to_numpy() == read_truth(TRUTH)[0]["shock"]["granted_year"]
    calm = _drawn(lent, np.flatnonzero(~shock), loans["loss_share"].to_numpy()[~shock])
    defaults = int((loans["loss_share"][~shock] > 0).sum())
    verdict = certify(calm, policy.loss_cap, policy.delta, LGD, BOUNDS[params.bound], defaults, params.min_defaults)
    step = verdict.start if verdict.step is None else verdict.step
    bad = lent.exposure[step][shock]
    told["planted downturn vintage"] = {
        "calm_loans": int((~shock).sum()),
        "status": "refused" if verdict.step is None else "certified",
        "promised_cap": policy.loss_cap,
        "calm_bound": verdict.bound,
        "calm_loss_rate_observed": verdict.loss_rate,
        "downturn_loans": int(shock.sum()),
        "downturn_loss_rate_observed": float(bad @ loans["loss_share"].to_numpy()[shock] / bad.sum()),
        "downturn_loss_rate_true": float(bad @ (true_pd[shock] * LGD) / bad.sum()),
    }
    return told


def held_loans(engine: QuotaEngine) -> tuple[Measured, pd.DataFrame, Floats]:
    """Matured loans of enterprises kept for testing: measured, the loans with their loss share, their planted risk."""
    assembled = read_section("assemble", AssembleParams)
    held, kept = held_cohort(read_tables()["loans"], pd.Timestamp(assembled.observed_until), assembled.test_share)
    kept = kept.assign(loss_share=kept["loss_wan"] / kept["amount_wan"])
    cases = read_cases(DERIVED / "loans").frame.loc[held]
    measured = engine.measure(cases)
    latent = read_truth(TRUTH)[1]
    year_end = pd.to_datetime((kept["granted_on"].dt.year - 1).astype(str) + "-12-31").astype(
        latent["period_end"].dtype
    )
    planted = kept[["uscc"]].assign(period_end=year_end).merge(latent, on=["uscc", "period_end"], how="left")
    return measured, kept, planted["pd_12m"].to_numpy(dtype=float)


def _by_loan(
    engine: QuotaEngine, measured: Measured, asked: pd.DataFrame, policy: BankPolicy, params: WarrantyParams
) -> Candidates:
    alone = measured.with_columns(uscc=np.array([f"{place}" for place in range(len(measured))]))  # each loan on its own
    return candidates(engine, alone, asked, np.zeros(len(alone)), policy, params)


def _drawn(lent: Candidates, rows: npt.NDArray[np.intp], loss_share: Floats) -> Candidates:
    exposure = lent.exposure[:, rows]
    return Candidates(lent.pd_zero, exposure, exposure * loss_share, lent.expected[:, rows], lent.margin)


def artifacts_at_hand() -> list[str]:
    """What of the pipeline is absent, by path; the study needs all of it."""
    wanted = (ARTIFACTS / "quota/model", DERIVED / "loans/cases.parquet", TRUTH / "latent.parquet")
    return [str(path) for path in wanted if not Path(path).exists()]
