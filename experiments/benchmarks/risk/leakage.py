"""How often the leakage check stops a clean table, and how often it finds a planted leak."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.stats import beta, norm

from training.params import read_section
from training.risk.leakage import find_leaks
from training.risk.leakage_column import LeakageParams

SIZES = {
    "small (123 rows, 22 %)": (123, 0.22),
    "middle (1,500 rows, 5 %)": (1_500, 0.05),
    "large (6,000 rows, 20 %)": (6_000, 0.2),
}
Plant = Callable[[npt.NDArray[np.int_], np.random.Generator, LeakageParams], pd.Series]


def clean_table(rows: int, rate: float, rng: np.random.Generator, best_auc: float = 0.8) -> pd.DataFrame:
    """Honest columns of every type, none with a true AUC above ``best_auc``; rounded, skewed, missing with signal."""
    bad = np.zeros(rows, dtype=int)
    bad[: max(round(rows * rate), 5)] = 1
    rng.shuffle(bad)
    columns: dict[str, Any] = {}
    for position in range(12):
        shift = np.sqrt(2) * norm.ppf(rng.uniform(0.5, best_auc)) * rng.choice([-1, 1])
        value = rng.normal(size=rows) + shift * bad
        if position % 4 == 1:
            value = np.round(np.exp(value))  # counts with many ties and zeros
        elif position % 4 == 2:
            value = np.where(rng.random(rows) < 0.05 + 0.1 * bad, np.nan, value)
        elif position % 4 == 3:
            value = np.maximum(value, 0.3)  # piled up at an end
        columns[f"x{position}"] = value
    branch = np.clip(rng.poisson(6 + 2 * bad), 0, 15)
    columns["branch"] = np.array([f"b{number}" for number in branch])
    columns["town"] = np.array([f"t{number}" for number in rng.integers(0, rows // 3, rows)])
    columns["loan"] = np.array([f"L{number}" for number in rng.permutation(rows)])
    return pd.DataFrame({**columns, "default": bad})


def column_at_the_limit(bad: npt.NDArray[np.int_], rng: np.random.Generator, params: LeakageParams) -> pd.Series:
    """A column that is exactly as strong as a plausible one may be: the hardest clean table."""
    return pd.Series(rng.normal(size=bad.size) + np.sqrt(2) * norm.ppf(params.plausible_auc) * bad)


def skewed_at_the_limit(bad: npt.NDArray[np.int_], rng: np.random.Generator, params: LeakageParams) -> pd.Series:
    """The same with exponential tails, as amounts have them: its AUC scatters more than a normal column's."""
    return pd.Series(
        rng.exponential(size=bad.size) * np.where(bad == 1, params.plausible_auc / (1 - params.plausible_auc), 1)
    )


def value_at_the_limit(bad: npt.NDArray[np.int_], rng: np.random.Generator, params: LeakageParams) -> pd.Series:
    """A value that defaults show in just the plausible share and just the plausible ratio."""
    shown = rng.random(bad.size) < np.where(
        bad == 1, params.plausible_share, params.plausible_share / params.plausible_ratio
    )
    return pd.Series(np.where(shown, "yes", "no"))


def rank_leak(bad: npt.NDArray[np.int_], rng: np.random.Generator, _: LeakageParams) -> pd.Series:
    """An outcome with noise: true AUC .98."""
    return pd.Series(rng.normal(size=bad.size) + np.sqrt(2) * norm.ppf(0.98) * bad)


def hump_leak(bad: npt.NDArray[np.int_], rng: np.random.Generator, _: LeakageParams) -> pd.Series:
    """Defaults lie in the middle and at no end: no order shows it, AUC by shape about .97."""
    return pd.Series(np.where(bad == 1, 0.15, 4.0) * rng.normal(size=bad.size))


def rating_leak(bad: npt.NDArray[np.int_], rng: np.random.Generator, _: LeakageParams) -> pd.Series:
    """A grade given afterwards: nine defaults in ten and no one else have the worst."""
    worst = (bad == 1) & (rng.random(bad.size) < 0.9)
    return pd.Series(np.where(worst, "D", rng.choice(list("ABC"), bad.size)))


def missing_leak(bad: npt.NDArray[np.int_], rng: np.random.Generator, _: LeakageParams) -> pd.Series:
    """Filled in for defaults alone."""
    return pd.Series(np.where(bad == 1, rng.exponential(size=bad.size), np.nan))


def constant_leak(bad: npt.NDArray[np.int_], rng: np.random.Generator, _: LeakageParams) -> pd.Series:
    """Zero for all who paid, an amount for most who did not."""
    return pd.Series(np.where((bad == 1) & (rng.random(bad.size) < 0.95), rng.integers(1, 10**6, bad.size), 0))


def term_leak(bad: npt.NDArray[np.int_], rng: np.random.Generator, _: LeakageParams) -> pd.Series:
    """Whole years for loans that ran to their end, any month for those that broke off: a term cut by default."""
    years = rng.choice([12, 24, 36, 60, 84, 120, 240], bad.size)
    cut = (bad == 1) & (rng.random(bad.size) < 0.9)
    return pd.Series(np.where(cut, np.maximum((years * rng.random(bad.size)).astype(int), 1), years))


LIMITS: Mapping[str, Plant] = {
    "a column at the limit": column_at_the_limit,
    "a skewed column at the limit": skewed_at_the_limit,
    "a value at the limit": value_at_the_limit,
}
LEAKS: Mapping[str, Plant] = {
    "rank": rank_leak,
    "hump": hump_leak,
    "rating": rating_leak,
    "missing": missing_leak,
    "constant": constant_leak,
    "term": term_leak,
}


def stopped_share(
    plant: Plant | None, rows: int, rate: float, params: LeakageParams, tables: int, seed: int = 0
) -> tuple[int, int]:
    """Of ``tables`` simulated tables, those stopped for the planted column, and those stopped for any other."""
    planted = other = 0
    for position in range(tables):
        rng = np.random.default_rng([seed, rows, position])
        table = clean_table(rows, rate, rng)
        if plant is not None:
            table["planted"] = plant(table["default"].to_numpy(), rng, params)
        names = {leak.column for leak in find_leaks(table, "default", params, seed=position) if leak.stops}
        planted += "planted" in names
        other += bool(names - {"planted"})
    return planted, other


def bench(
    tables: int = typer.Option(400, min=20, help="Simulated tables for each line."),
    out: Path = typer.Option(Path("artifacts/bench/leakage.json"), help="Where the record goes."),
) -> None:
    """False alarms on clean tables, at the plausible limit too, and power on planted leaks, by size of the table."""
    params = read_section("leakage", LeakageParams)
    lines: list[dict[str, Any]] = []
    plants: list[tuple[str, str, Plant | None]] = [("clean", "ordinary columns", None)]
    plants += [("clean", name, plant) for name, plant in LIMITS.items()]
    plants += [("leak", name, plant) for name, plant in LEAKS.items()]
    console = Console()
    work = [(size, *plant) for size in SIZES for plant in plants]
    for size, kind, name, plant in track(work, description="tables", console=console):
        planted, other = stopped_share(plant, *SIZES[size], params, tables)
        hits = other if plant is None else planted
        low, high = clopper_pearson(hits, tables)
        lines.append(
            {"size": size, "kind": kind, "planted": name, "stopped": hits / tables, "low": low, "high": high}
            | {"stopped_for_a_clean_column": other / tables}
        )
    shown = Table("size", "kind", "planted", "stopped", "90 % interval")
    for line in lines:
        interval = f"{line['low']:.3f} to {line['high']:.3f}"
        shown.add_row(line["size"], line["kind"], line["planted"], f"{line['stopped']:.3f}", interval)
    console.print(shown)
    record = {
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        "versions": {name: version(name) for name in ("numpy", "pandas", "scipy")},
        "tables": tables,
        "seed": 0,
        "false_alarm_rate": params.false_alarm_rate,
        "lines": lines,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def clopper_pearson(hits: int, trials: int, level: float = 0.9) -> tuple[float, float]:
    """Exact interval of a share."""
    tail = (1 - level) / 2
    low = float(beta.ppf(tail, hits, trials - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, trials - hits)) if hits < trials else 1.0
    return low, high
