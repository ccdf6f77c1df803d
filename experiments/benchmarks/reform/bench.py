"""Reform simulations against their claims: coverage of intervals on planted truth, speed, a million firms."""

from __future__ import annotations

import json
from collections.abc import Callable
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
console = Console()


def bench(
    repetitions: int = typer.Option(1_000, help="Planted null reforms, and samples of a quick run."),
    rows: int = typer.Option(1_000_000, help="Firms of the large run; 0 leaves it out."),
    draws: int = typer.Option(50, help="Refitted models that are timed where artifacts/draws has none."),
    workers: int = typer.Option(2, help="Threads."),
    runs: int = typer.Option(3, help="Runs of each timing; the least is stated beside the median."),
    seed: int = typer.Option(7, help="Seed of everything planted and drawn."),
    artifacts: Path = typer.Option(Path("artifacts"), help="Models and snapshot."),
    out: Path = typer.Option(Path("artifacts/bench/reform.json"), help="Where the figures go."),
) -> None:
    """Coverage of the intervals of reforms, speed and memory; needs a finished `dvc repro`."""
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
        "quick": lambda: quick_coverage(packed, snapshot, QUICK_REFORMS, repetitions, sampled, seed),
    }
    figures: dict[str, object] = {"machine": machine("numpy", "pandas", "lightgbm"), "seed": seed}
    out.parent.mkdir(parents=True, exist_ok=True)
    for name, measured in parts.items():  # each is written when it is there
        figures[name] = measured()
        out.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        console.print_json(data={name: figures[name]})
