"""When running declarations will reach their stages: a model a stage, its intervals, and figures in order of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from models.alerts import AlertParams
from models.clearance.forecast import ClearanceModel
from training.clearance.fit import ClearanceParams, day_of, fit_clearance, out_of_time_figures
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, console, stop, write_json
from training.remaining_time import TooFewCasesError
from training.tracking import file_digest, track

DERIVED, OUT = Path("data/derived/clearance"), ARTIFACTS / "clearance"
TABLES = ("events", "declarations")
MODEL, ALERTS = "model", "alerts.json"
CAVEAT = "Simulated messages: these figures measure the simulator, not any customs office."


def clearance() -> None:
    """Fit by what was known on the test's first day, measure the time after, then fit on all and write the model."""
    params, alerts = read_section("clearance", ClearanceParams), read_section("clearance_alerts", AlertParams)
    paths = [DERIVED / f"{name}.parquet" for name in TABLES]
    try:
        events, declarations = (pd.read_parquet(path) for path in paths)
        since, until = day_of(params.test_from), day_of(params.observed_until)
        earlier = fit_clearance(events, declarations, params, since)
        figures = out_of_time_figures(earlier, events, declarations, since, until)
        model = fit_clearance(events, declarations, params, until)
    except (TooFewCasesError, OSError) as fault:
        stop(fault)
    model.save(OUT / MODEL)
    # Whoever is given a date learns from what it was learned.
    learned_from = "simulated" if declarations.get("simulated", pd.Series([True])).any() else "real"
    write_json(OUT / MODEL / "about.json", {"learned_from": learned_from})
    write_json(OUT / ALERTS, asdict(alerts))
    metrics = {"caveat": CAVEAT, "digest": model.digest, "test": figures, "packed": packed(model)}
    write_json(OUT / "metrics.json", metrics)
    log_run(params, figures, paths)
    for stage, one in figures.items():
        console.print(
            f"{stage}: mean absolute error {one['mae_hours']:.1f} h (recent median of the office "
            f"{one['recent_median_mae_hours']:.1f} h), {one['coverage']:.0%} in the interval of 80%; simulated",
            markup=False,
        )


def packed(model: ClearanceModel) -> dict[str, Any]:
    """What the packed model holds: parts of each stage's blend, cases that its intervals know."""
    return {
        stage: {"weights": list(one.weights), "labelled_cases": float(one.labels.weight.sum())}
        for stage, one in model.stages.items()
    }


def log_run(params: ClearanceParams, figures: Mapping[str, Mapping[str, Any]], inputs: list[Path]) -> None:
    """One run with the model's files; figures as ``stage.name``."""
    numbers = {f"{stage}.{name}": float(value) for stage, one in figures.items() for name, value in one.items()}
    files = [path for path in sorted((OUT / MODEL).rglob("*")) if path.is_file()]
    track("clearance", params, numbers, file_digest(inputs), files)
