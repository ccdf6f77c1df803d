"""``bench risk_drift``: planted tables that drift; the learner by time and its peers predict the last periods.

The tables' law of default changes with time, with the probability of every row known.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.special import expit
from scipy.stats import norm, t

from experiments.benchmarks.risk import peers
from experiments.machine import machine
from training.risk.learner import learn

Floats = npt.NDArray[np.float64]
OUT = Path("artifacts/bench/risk_drift.json")
PEERS = ("lightgbm_default", "xgboost_default", "catboost_default")
LEVEL = 0.9
NUMBERS, LEVELS = 9, (6, 12)  # numeric columns; levels of the two categories. With the period: 12 columns
MEAN_LOG_ODDS = -1.9
console = Console(width=140)


@dataclass(frozen=True)
class Planted:
    """Columns (``period`` among them), outcomes and planted probabilities, each shape (n,)."""

    x: pd.DataFrame
    y: Floats
    probability: Floats


@dataclass(frozen=True)
class Drift:
    """How a law moves, each with ``at`` from 0 (first period) to 1 (last): shape (periods,).

    level : added to the log-odds
    moved : how far the columns' means have gone, in standard deviations
    turned : share of the way from the first effects to others, drawn apart
    """

    level: Callable[[Floats, np.random.Generator], Floats]
    moved: Callable[[Floats, np.random.Generator], Floats]
    turned: Callable[[Floats, np.random.Generator], Floats]


def _none(at: Floats, _: np.random.Generator) -> Floats:
    return np.zeros(len(at))


def _trend(size: float) -> Callable[[Floats, np.random.Generator], Floats]:
    return lambda at, rng: size * rng.choice([-1.0, 1.0]) * (at - 0.5)


def _random_path(size: float) -> Callable[[Floats, np.random.Generator], Floats]:
    return lambda at, rng: size * np.cumsum(rng.normal(size=len(at)))


def _break(size: float) -> Callable[[Floats, np.random.Generator], Floats]:
    return lambda at, _: size * (at > 0.5).astype(float)


def _way(size: float) -> Callable[[Floats, np.random.Generator], Floats]:
    return lambda at, _: size * at


DRIFTS: Mapping[str, Drift] = {
    "base rate, trend": Drift(_trend(1.8), _none, _none),
    "base rate, random path": Drift(_random_path(0.4), _none, _none),
    "covariates": Drift(_none, _way(1.2), _none),
    "effects, gradual": Drift(_none, _none, _way(1.0)),
    "recency: effects, sudden": Drift(_none, _none, _break(1.0)),
    "all together": Drift(_random_path(0.3), _way(0.8), _way(0.8)),
}


def planted_drift(drift: Drift, *, rows: int, periods: int, seed: int) -> Planted:
    """A table of ``rows`` over equal periods 0, 1, ...; numbers, two categories, gaps, a bend and a product."""
    rng = np.random.default_rng(seed)
    period = np.sort(np.arange(rows) % periods)
    at = np.arange(periods) / (periods - 1)
    level, moved, turned = (move(at, rng)[period] for move in (drift.level, drift.moved, drift.turned))
    numbers = rng.normal(size=(rows, NUMBERS)) + moved[:, None] * rng.choice([-0.5, 0.0, 1.0], NUMBERS)
    kinds = [rng.integers(0, count, rows) for count in LEVELS]
    log_odds = MEAN_LOG_ODDS + level
    for share in (1 - turned, turned):
        own = numbers @ rng.normal(0, 0.35, NUMBERS)
        own += 0.35 * rng.choice([-1, 1]) * np.abs(numbers[:, 0]) + 0.35 * numbers[:, 1] * numbers[:, 2]
        for kind, count in zip(kinds, LEVELS, strict=True):
            own += rng.normal(0, 0.4, count)[kind]
        log_odds = log_odds + share * own
    probability = expit(log_odds)
    x = pd.DataFrame(numbers, columns=[f"x{number}" for number in range(NUMBERS)])
    x = x.mask(rng.random(x.shape) < 0.03)
    for number, kind in enumerate(kinds):
        x[f"kind{number}"] = pd.Series([f"k{code}" for code in kind]).astype("category")
    return Planted(x.assign(period=period.astype(float)), (rng.random(rows) < probability).astype(float), probability)


def bench(
    seeds: int = typer.Option(4, min=1, help="Tables of each kind of drift."),
    rows: int = typer.Option(4_000, min=1_000, help="Rows of a table."),
    periods: int = typer.Option(8, min=4, help="Periods of a table; the last two are predicted from the others."),
    untimed: bool = typer.Option(True, help="Also the learner without its clock."),
    out: Path = typer.Option(OUT, help="Where the record goes."),
) -> None:
    """Log loss of the last periods of drifting tables: ours against untuned peers, paired 90 % intervals."""
    began = time.perf_counter()
    tables = []
    for kind, seed in track([(kind, seed) for kind in DRIFTS for seed in range(1, seeds + 1)], console=console):
        tables.append(one_table(kind, seed, rows, periods, untimed=untimed))
    record = {
        "tables": tables,
        "summary": summary(tables),
        "rows": rows,
        "periods": periods,
        "level": LEVEL,
        "wall_s": round(time.perf_counter() - began, 1),
        "machine": machine("lightgbm", "xgboost-cpu", "catboost", "scikit-learn", "numpy"),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    show(record)


def one_table(kind: str, seed: int, rows: int, periods: int, *, untimed: bool) -> dict[str, Any]:
    """Log losses of one planted table and ours less each other's, with the paired interval over its rows."""
    planted = planted_drift(DRIFTS[kind], rows=rows, periods=periods, seed=seed)
    period = planted.x["period"].to_numpy(dtype=float)
    early, late = period < periods - 2, period >= periods - 2
    x, y, weight = planted.x.loc[early].reset_index(drop=True), planted.y[early], np.ones(early.sum())
    new, outcome = planted.x.loc[late].reset_index(drop=True), planted.y[late]
    learned = learn(x, y, seed=seed, time=period[early])
    predicted = {"ours": learned.predict(new)}
    if untimed:
        predicted["ours_untimed"] = learn(x, y, seed=seed).predict(new)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peers' own
        predicted |= {name: getattr(peers, name)(x, y, weight, seed)(new) for name in PEERS}
    predicted["planted"] = planted.probability[late]
    losses = {name: row_losses(values, outcome) for name, values in predicted.items()}
    mean = {name: float(values.mean()) for name, values in losses.items()}
    best = min(PEERS, key=lambda name: mean[name])
    return {
        "kind": kind,
        "seed": seed,
        "log_loss": mean,
        "best_peer": best,
        "against_best": paired(losses["ours"] - losses[best]),
        "half_life": learned.half_life,
        "level": learned.level,
        "calibration": learned.calibrator.method,
        "shares": dict(learned.shares),
    }


def row_losses(probability: Floats, y: Floats) -> Floats:
    """Negative log-likelihood of each row, shape (n,)."""
    clipped = np.clip(probability, 1e-6, 1 - 1e-6)
    return -np.where(y == 1, np.log(clipped), np.log1p(-clipped))


def paired(differences: Floats) -> dict[str, Any]:
    """Mean of the rows' differences with its normal interval; not worse: the interval reaches 0 or below."""
    half = float(norm.ppf((1 + LEVEL) / 2) * differences.std(ddof=1) / np.sqrt(len(differences)))
    mean = float(differences.mean())
    return {"value": mean, "low": mean - half, "high": mean + half, "not_worse": mean - half <= 0}


def summary(tables: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Over the tables: how often not worse than the best peer, and the mean differences with Student's interval."""
    names = [name for name in tables[0]["log_loss"] if name != "ours"]
    gaps = {name: np.array([one["log_loss"]["ours"] - one["log_loss"][name] for one in tables]) for name in names}
    gaps["best_peer_of_each"] = np.array([one["against_best"]["value"] for one in tables])
    factor = t.ppf((1 + LEVEL) / 2, max(len(tables) - 1, 1)) / np.sqrt(len(tables))
    return {
        "tables": len(tables),
        "not_worse": sum(bool(one["against_best"]["not_worse"]) for one in tables),
        "ours_minus": {
            name: {
                "value": float(gap.mean()),
                "low": float(gap.mean() - factor * gap.std(ddof=1)) if len(gap) > 1 else None,
                "high": float(gap.mean() + factor * gap.std(ddof=1)) if len(gap) > 1 else None,
            }
            for name, gap in gaps.items()
        },
        "half_life_chosen": sum(one["half_life"] is not None for one in tables),
    }


def show(record: dict[str, Any]) -> None:
    """The printed tables."""
    names = list(record["tables"][0]["log_loss"])
    printed = Table("drift", "seed", *names, "ours less best peer", "half-life")
    for one in record["tables"]:
        gap = one["against_best"]
        printed.add_row(
            one["kind"],
            str(one["seed"]),
            *(f"{one['log_loss'][name]:.4f}" for name in names),
            f"{gap['value']:+.4f} [{gap['low']:+.4f}, {gap['high']:+.4f}]{'' if gap['not_worse'] else ' worse'}",
            "none" if one["half_life"] is None else f"{one['half_life']:g}",
        )
    console.print(printed)
    found = record["summary"]
    console.print(f"not worse than the best peer on {found['not_worse']} of {found['tables']} tables; ours less, mean:")
    for name, gap in found["ours_minus"].items():
        ends = "" if gap["low"] is None else f" [{gap['low']:+.5f}, {gap['high']:+.5f}]"
        console.print(f"  {name}: {gap['value']:+.5f}{ends}")
