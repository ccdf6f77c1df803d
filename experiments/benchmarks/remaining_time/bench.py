"""Remaining time on a folder of case logs: error, coverage and interval score in time order, beside the baselines.

Cases by start, 64 / 16 / 20; every prefix but the last of a test case is answered with what was known on its day.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from experiments.benchmarks.remaining_time.baselines import (
    Interval,
    by_group,
    by_position,
    plain,
    random_folds,
    raw_and_split,
    split_as_of,
)
from experiments.benchmarks.remaining_time.logs import ORDER, Log, read_log
from experiments.benchmarks.remaining_time.walk import walk
from experiments.machine import machine
from models.remaining_time.scores import Floats, held, pinball, winkler
from training.remaining_time import RemainingTimeParams

console = Console()
TAIL = "A log ends with its export: late cases in it are short ones, so errors in the last part flatter."
SHOWN = {
    "ours": "ours",
    "constant_median": "constant",
    "mean_by_position": "position",
    "median_by_activity": "activity",
    "plain": "plain",
    "as_of_median_by_activity": "as-of activity",
    "as_of_learner": "as-of static",
}


def bench(
    data: Path = typer.Option(..., help="Folder of Parquet logs: case_id, activity, timestamp, e_*, c_*."),
    only: list[str] = typer.Option([], help="Names of logs; all of the folder without it."),
    at_random: bool = typer.Option(True, help="Also the folds at random of PGTNet's protocol."),
    zone: str = typer.Option("UTC", help="IANA time zone of hour and weekday."),
    part: int = typer.Option(
        2, min=1, max=2, help="1: as if exported when the first test case started (to choose by)."
    ),
    instants: bool = typer.Option(False, help="One prefix an instant: no order of events within one."),
    out: Path = typer.Option(Path("artifacts/bench/remaining_time.json"), help="Where the figures go."),
) -> None:
    """Remaining time in time order on the logs of a folder, with the coverage of its intervals."""
    paths = [path for path in sorted(data.glob("*.parquet")) if not only or path.stem in only]
    if not paths:
        raise typer.BadParameter(f"no Parquet log in {data}")
    params = RemainingTimeParams(zone=zone)
    figures: dict[str, Any] = {
        "machine": machine("numpy", "pandas", "lightgbm", "scipy"),
        "params": asdict(params),
        "part": part,
        "instants": instants,
        "caveat": TAIL,
        "logs": {},
    }
    for path in paths:
        begin = time.perf_counter()
        log = read_log(path, order="" if instants else ORDER, development=part == 1)
        found = of_log(log, params)
        if at_random and part == 2:
            found["random_split_mae"] = random_folds(log)
        found["seconds"] = round(time.perf_counter() - begin, 1)
        figures["logs"][log.name] = found
        console.print(f"{log.name}: {found['seconds']} s")
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    console.print(shown(figures["logs"]))
    console.print(TAIL)


def of_log(log: Log, params: RemainingTimeParams) -> dict[str, Any]:
    """Every figure of one log but those of the folds at random."""
    params = replace(params, numbers=log.numbers, categories=log.categories)
    begin = time.perf_counter()
    walked = walk(log, params)
    seconds = time.perf_counter() - begin
    past, rows, answers = log.past, walked.rows, walked.answers
    closed, fitted = np.flatnonzero(past.closed_on < log.starts[1]), np.flatnonzero(log.part < 2)
    days = past.closed_on - past.known_on
    actual, activity, position = days[rows], past.prefixes["activity"], past.prefixes["position"]
    medians = {
        "ours": answers.remaining_days,
        "constant_median": np.full(len(rows), np.median(days[fitted])),
        "mean_by_position": by_position(position, days, fitted, rows),
        "median_by_activity": by_group(activity, days, fitted, rows, "median"),
        "plain": plain(log, fitted, rows, days),
        "as_of_median_by_activity": by_group(activity, days, closed, rows, "median"),
    }
    intervals = {"ours": Interval(answers.low_days, answers.high_days)}
    first, calibrated = np.flatnonzero(log.part == 0), np.flatnonzero(log.part == 1)
    intervals["plain_raw"], intervals["split_conformal"] = raw_and_split(log, first, calibrated, rows, days)
    medians["as_of_learner"], intervals["as_of_split_conformal"] = split_as_of(log, params, closed, rows)
    return {
        "cases": len(np.unique(past.case)),
        "prefixes_scored": len(rows),
        "mean_remaining_days": float(actual.mean()),
        "mae_days": {name: float(np.abs(actual - median).mean()) for name, median in medians.items()},
        "intervals": {name: interval_figures(actual, one) for name, one in intervals.items()},
        "reliable_share": float(answers.reliable.mean()),
        "coverage_by_reliable": by_reliable(actual, intervals["ours"], answers.reliable),
        "running_coverage_mean": float(np.nanmean(answers.coverage)),
        "sources": {name: float(np.mean(answers.source == name)) for name in ("own", "pooled", "median")},
        "fits": walked.fits,
        "our_seconds": round(seconds, 1),
    }


def interval_figures(actual: Floats, one: Interval) -> dict[str, float]:
    """Coverage, interval score, median width, and pinball losses of the ends."""
    return {
        "coverage": float(held(actual, one.low, one.high).mean()),
        "below": float((actual < one.low).mean()),
        "above": float((actual > one.high).mean()),
        "winkler": float(winkler(actual, one.low, one.high).mean()),
        "median_width_days": float(np.median(one.high - one.low)),
        "pinball_10": float(pinball(actual, one.low, 0.1).mean()),
        "pinball_90": float(pinball(actual, one.high, 0.9).mean()),
    }


def by_reliable(
    actual: Floats, one: Interval, reliable: np.ndarray[Any, np.dtype[np.bool_]]
) -> dict[str, float | None]:
    """Coverage where the answer said reliable, and where it did not; None without a row."""
    inside = held(actual, one.low, one.high)
    return {
        name: float(inside[rows].mean()) if rows.any() else None
        for name, rows in (("reliable", reliable), ("not_reliable", ~reliable))
    }


def shown(logs: Mapping[str, Mapping[str, Any]]) -> Table:
    """One line a log: mean absolute errors in days, then coverage and interval score."""
    table = Table(title="MAE in days; coverage and Winkler score of the 10-90 interval")
    for column in ("log", *SHOWN.values(), "coverage", "reliable", "Winkler", "split coverage", "split Winkler"):
        table.add_column(column)
    for name, found in logs.items():
        ours, split = found["intervals"]["ours"], found["intervals"].get("split_conformal", {})
        table.add_row(
            name,
            *(f"{found['mae_days'][one]:.3g}" if one in found["mae_days"] else "" for one in SHOWN),
            f"{ours['coverage']:.3f}",
            f"{found['reliable_share']:.2f}",
            f"{ours['winkler']:.4g}",
            f"{split['coverage']:.3f}" if split else "",
            f"{split['winkler']:.4g}" if split else "",
        )
    return table
