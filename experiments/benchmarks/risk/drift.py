"""False alarms and found shifts of the drift watch, over streams whose truth is planted."""

from __future__ import annotations

import json
import platform
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import typer
from rich.console import Console
from rich.table import Table
from scipy.optimize import brentq

from models.risk.drift_watch import ShiftTest, WatchParams, population_ranks, ranks_in
from serving.params import read_params

OUT = Path("artifacts/bench/drift.json")
Floats = npt.NDArray[np.float64]
SHIFT_SD = 0.5
WITHIN = 1_000  # firms in which a shift has to be found
LATE = 2_000  # unmoved firms before a late shift
TOLERATED_SD = 0.1  # a selection that is none


def planted_population(n: int, rng: np.random.Generator) -> Floats:
    """Log-odds of PDs of a population: two normal parts, skewed to the risky side as the shipped snapshot's are."""
    risky = rng.random(n) < 0.15
    return np.where(risky, rng.normal(-2.4, 0.9, n), rng.normal(-4.2, 0.6, n))


def applicants(log_odds: Floats, mean_shift_sd: float, streams: int, firms: int, rng: np.random.Generator) -> Any:
    """Firms drawn without replacement, shape (streams, firms), so that their mean log-odds are shifted.

    A firm applies with a chance in proportion to exp(tilt * log-odds); drawn by exponential races.
    """
    z = (log_odds - log_odds.mean()) / log_odds.std()

    def shift(tilt: float) -> float:
        weight = np.exp(tilt * z)
        return float((weight * z).sum() / weight.sum()) - mean_shift_sd

    tilt = brentq(shift, -3.0, 3.0) if mean_shift_sd else 0.0
    drawn = np.empty((streams, firms), dtype=np.int64)
    for stream in range(streams):
        arrival = rng.exponential(size=z.size) / np.exp(tilt * z)
        drawn[stream] = np.argsort(arrival)[:firms]
    return drawn


def first_alarms(
    log_odds: Floats, drawn: npt.NDArray[np.int64], shift: Floats, params: WatchParams, usual_rank: float = 0.5
) -> Floats:
    """The firm at which each stream first alarms (1 is the first), infinite where none; shape (streams,).

    shift : added to the log-odds of firm t of every stream, shape (firms,)
    """
    own, ordered = population_ranks(log_odds), np.sort(log_odds)
    test = ShiftTest(params, log_odds.size, usual_rank, len(drawn))
    found = np.full(len(drawn), np.inf)
    for position, moved in enumerate(shift):
        firms = drawn[:, position]
        test.add(ranks_in(ordered, log_odds[firms] + moved), own[firms])
        found = np.where(np.isinf(found) & test.alarm, position + 1, found)
    return found


def bench(
    streams: int = typer.Option(500, min=20, help="Streams of each kind."),
    firms: int = typer.Option(5_000, min=100, help="Distinct firms in an unmoved stream."),
    enterprises: int = typer.Option(7_310, min=3_000, help="Firms in the planted population."),
    seed: int = typer.Option(7, help="Of population and streams."),
    out: Path = typer.Option(OUT, help="Where the record goes."),
) -> None:
    """Share of unmoved streams that ever alarm, and of shifted ones that alarm within 1,000 firms."""
    params, rng, began = read_params().watch, np.random.default_rng(seed), time.monotonic()
    log_odds = planted_population(enterprises, rng)
    sd, firms = float(log_odds.std()), min(firms, enterprises)
    lines: list[dict[str, Any]] = []

    def line(name: str, alarms: Floats, within: int | None) -> None:
        held = alarms <= within if within is not None else np.isfinite(alarms)
        firm = float(np.median(alarms[held])) if held.any() else None
        lines.append({"stream": name, "alarm_share": float(held.mean()), "median_firm": firm, "streams": len(held)})

    still = np.zeros(firms)
    line("no_shift", first_alarms(log_odds, applicants(log_odds, 0.0, streams, firms, rng), still, params), None)
    mild = applicants(log_odds, TOLERATED_SD, streams, WITHIN, rng)
    line("tolerated_selection", first_alarms(log_odds, mild, still[:WITHIN], params), None)
    for sign, side in ((1.0, "up"), (-1.0, "down")):
        drawn = applicants(log_odds, 0.0, streams, WITHIN, rng)
        moved = np.full(WITHIN, sign * SHIFT_SD * sd)
        line(f"pd_shift_{side}", first_alarms(log_odds, drawn, moved, params), WITHIN)
        chosen = applicants(log_odds, sign * SHIFT_SD, streams, WITHIN, rng)
        line(f"selection_{side}", first_alarms(log_odds, chosen, still[:WITHIN], params), WITHIN)
        drawn = applicants(log_odds, 0.0, streams, LATE + WITHIN, rng)
        late = np.concatenate([still[:LATE], moved])
        alarms = first_alarms(log_odds, drawn, late, params) - LATE
        line(f"late_pd_shift_{side}", np.where(alarms > 0, alarms, np.inf), WITHIN)
    shown = Table("stream", "alarm share", "median firm", "streams")
    for one in lines:
        firm = "" if one["median_firm"] is None else f"{one['median_firm']:.0f}"
        shown.add_row(one["stream"], f"{one['alarm_share']:.3f}", firm, str(one["streams"]))
    Console().print(shown)
    record = {
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        "versions": {name: version(name) for name in ("numpy", "scipy")},
        "caveat": "planted population and streams",
        "params": asdict(params),
        "enterprises": enterprises,
        "firms_unmoved": firms,
        "shift_sd": SHIFT_SD,
        "within_firms": WITHIN,
        "late_after_firms": LATE,
        "tolerated_selection_sd": TOLERATED_SD,
        "seed": seed,
        "lines": {one.pop("stream"): one for one in lines},
        "seconds": round(time.monotonic() - began, 1),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
