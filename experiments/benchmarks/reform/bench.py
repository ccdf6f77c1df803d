"""Reform simulations against their claims: coverage of intervals on planted truth, speed, a million firms."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import typer
from rich.console import Console

from data.growth_stages import GROWTH_STAGES
from experiments.benchmarks.reform.coverage import null_coverage, quick_coverage, refit_coverage
from experiments.benchmarks.reform.speed import million, planted_draws, speed
from experiments.machine import machine
from experiments.reform.run import CASES
from models.quota.draws import MANIFEST, Draws
from models.reform.read import read_packed
from models.reform.simulate import LEAST_SAMPLED

FIRMS = 600  # of a planted null reform
MOVED = {"rd_intensity": 12, "invention_applications_3y": 6}
QUICK_REFORMS: dict[str, dict[str, Any]] = {
    "weights": {"weights": dict.fromkeys(GROWTH_STAGES, MOVED)},
    "risk": {"policies": {"standard": {"pd_cutoff": 0.06, "min_raroc": 0.08}}},
}
HELD = 0.93, 0.97  # least and most of the 95 % intervals that have to hold the truth, of each figure
LEAST_TIMES = 1_000  # repetitions, and samples of a quick run
LEAST_DRAWS, MILLION = 50, 1_000_000
ONE_BANK_SECONDS, DRAWS_SECONDS, MILLION_SECONDS = 2.0, 60.0, 60.0
console = Console()


def bench(
    repetitions: int = typer.Option(1_000, help="Planted null reforms."),
    samples: int = typer.Option(5_000, help="Samples of a quick run; of 1,000 a share is known to 1.4 % alone."),
    rows: int = typer.Option(1_000_000, help="Firms of the large run; 0 leaves it out."),
    draws: int = typer.Option(50, help="Refitted models that are timed where artifacts/draws has none."),
    workers: int = typer.Option(2, help="Threads."),
    runs: int = typer.Option(3, help="Runs of each timing; the least is stated beside the median."),
    seed: int = typer.Option(7, help="Seed of everything planted and drawn."),
    artifacts: Path = typer.Option(Path("artifacts"), help="Models and snapshot."),
    out: Path = typer.Option(Path("artifacts/bench/reform.json"), help="Where the figures go."),
) -> None:
    """Coverage of the intervals of reforms, speed and memory; exits 1 where they do not keep what they promise.

    Needs a finished `dvc repro`.
    """
    if not (artifacts / CASES).is_file():
        raise typer.BadParameter(f"{CASES} is absent; run `make run` first")
    packed, snapshot = read_packed(artifacts), pd.read_parquet(artifacts / CASES)
    sampled = min(LEAST_SAMPLED, len(snapshot) // 2)
    refitted = (artifacts / "draws" / MANIFEST).is_file()
    engines = (
        list(Draws.load(artifacts / "draws", packed.engine)) if refitted else planted_draws(packed.engine, draws, seed)
    )
    parts: dict[str, Callable[[], object]] = {
        "speed": lambda: {**speed(packed, snapshot, engines, workers, runs), "draws_are_refitted": refitted},
        "million": lambda: million(artifacts, snapshot, rows, workers, seed) if rows else None,
        "null": lambda: null_coverage(packed, snapshot, repetitions, FIRMS, seed),
        "refit": lambda: refit_coverage(repetitions, 300, draws, seed),
        "quick": lambda: quick_coverage(packed, snapshot, QUICK_REFORMS, samples, sampled, seed),
    }
    figures: dict[str, object] = {"machine": machine("numpy", "pandas", "lightgbm"), "seed": seed}
    out.parent.mkdir(parents=True, exist_ok=True)
    for name, measured in parts.items():  # each is written when it is there
        figures[name] = measured()
        out.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        console.print_json(data={name: figures[name]})
    if missed := faults(figures):
        console.print("\n".join(missed), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1)


def faults(record: Mapping[str, Any]) -> list[str]:
    """What was promised and is not kept, or not shown; a large run that was left out is not looked for."""
    return [*_uncovered(record), *_slow(record)]


def _uncovered(record: Mapping[str, Any]) -> list[str]:
    """Figures whose intervals hold the truth too rarely or too often; without refitted draws they cannot hold it."""
    found, (low, high) = [], HELD
    for part, times in (("null", "repetitions"), ("refit", "repetitions"), ("quick", "samples")):
        own = record[part]
        if own[times] < LEAST_TIMES:
            found.append(f"{part}: {own[times]} {times}; at least {LEAST_TIMES} are needed")
        for name in own["withheld"]:
            share = own["held"].get(name)
            if share is None:
                found.append(f"{part}, {name}: no interval was given in any of {own[times]} {times}")
            elif name != "without_draws" and not low <= share <= high:
                found.append(f"{part}, {name}: {share:.4g} of the intervals hold the truth; allowed: {low} to {high}")
    return found


def _slow(record: Mapping[str, Any]) -> list[str]:
    """Timings above what is allowed, by their median; those of fewer draws or firms than promised show nothing."""
    timed, large = record["speed"], record["million"]
    seconds = {name: one["median_seconds"] for name, one in timed.items() if isinstance(one, Mapping)}
    allowed = {"one_bank": ONE_BANK_SECONDS, "refitted_draws": DRAWS_SECONDS}
    for name in seconds:
        if reforms := re.fullmatch(r"(\d+)_(policy|weight)_reforms", name):
            allowed[name] = int(reforms[1]) * seconds["evaluation"] + 1.0
        elif re.fullmatch(r"\d+_banks", name):
            allowed[name] = 2 * seconds[f"evaluation_{name}"] + 1.0
    found = []
    if timed["refitted_draws"]["draws"] < LEAST_DRAWS:
        found.append(f"{timed['refitted_draws']['draws']} draws were timed; at least {LEAST_DRAWS} are needed")
    if large:
        seconds["million"], allowed["million"] = large["seconds"], MILLION_SECONDS
        if large["firms"] < MILLION:
            found.append(f"{large['firms']} firms were timed; at least {MILLION} are needed")
    return found + [
        f"{name}: {seconds[name]:.4g} seconds; allowed: {most:.4g}"
        for name, most in allowed.items() if seconds[name] > most
    ]  # fmt: skip
