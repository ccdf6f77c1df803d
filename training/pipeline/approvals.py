"""When running cases will be decided: the model, its figures in order of time, its drift, and the alerts' numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from shutil import make_archive, rmtree
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import pandas as pd
import typer

from models.alerts import AlertParams
from models.approvals.forecast import approvals_sentences
from models.remaining_time.scores import LEVEL
from training.approvals.fit import ApprovalsParams, fit_approvals, fit_lateness, out_of_time_figures
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, console, stop, write_json
from training.remaining_time import TooFewCasesError
from training.tracking import file_digest, track

DERIVED, OUT = Path("data/derived/approvals"), ARTIFACTS / "approvals"
TABLES = ("events", "cases", "suspensions")
MODEL, ALERTS = "model", "alerts.json"
CAVEAT = "Simulated cases: these figures measure the simulator, not any office."


def approvals(
    until: Annotated[str, typer.Option(help="Day of the fit, as 2024-07-31; of params.yaml if left out.")] = "",
) -> None:
    """Fit by what was known on the test's first day, measure the time after, then fit on all and write the model."""
    params, alerts = read_section("approvals", ApprovalsParams), read_section("approvals_alerts", AlertParams)
    params = replace(params, observed_until=until) if until else params
    paths = [DERIVED / f"{name}.parquet" for name in TABLES]
    try:
        events, cases, suspensions = (pd.read_parquet(path) for path in paths)
        source = "simulated" if (cases["simulated"] | cases["synthetic"]).any() else "real"
        earlier = fit_approvals(events, cases, params, params.since, source)
        figures = out_of_time_figures(earlier, events, cases, params)
        model = fit_approvals(events, cases, params, params.until, source)
        model = replace(model, late=fit_lateness(events, cases, suspensions, params, params.until))
    except (TooFewCasesError, OSError, ValueError) as fault:
        stop(fault)
    rmtree(OUT / MODEL, ignore_errors=True)  # of an earlier fit with other offices
    model.save(OUT / MODEL)
    write_json(OUT / ALERTS, asdict(alerts))
    own = {name: float(share) for name, share in model.remaining.shares.items()}
    packed = {"weight_of_own_model": own, "labelled_cases": float(model.labels.weight.sum())}
    late = None if model.late is None else {"rule": model.late.rule, "test": model.late.as_dict()["test"]}
    metrics = {"digest": model.digest, "learned_from": source, "test": figures, "packed": packed, "late": late}
    write_json(OUT / "metrics.json", metrics | ({"caveat": CAVEAT} if source == "simulated" else {}))
    with TemporaryDirectory() as folder:  # a run keeps files by their names alone, and offices have files of one name
        archive = Path(make_archive(f"{folder}/{MODEL}", "zip", OUT / MODEL))
        track("approvals", params, numbers(figures), file_digest(paths), [archive])
    for line in [*lines(figures, source), *(() if model.late is None else model.late.sentence())]:
        console.print(line, markup=False)


def numbers(figures: Mapping[str, Any]) -> dict[str, float]:
    """Figures of the run: of the kept and of the refitted model as ``kept.name``, the usual median, the drift."""
    found = {
        f"{which}.{name}": float(value)
        for which in ("kept", "refitted")
        for name, value in figures[which].items()
        if not isinstance(value, Mapping)
    }
    drift = figures["drift"]
    found |= {"median_mae_days": figures["median_mae_days"], "drift.alarm": float(drift["state"] == "alarm")}
    return found if drift["coverage"] is None else found | {"drift.coverage": drift["coverage"]}


def lines(figures: Mapping[str, Any], source: str) -> list[str]:
    """What a person reads after a fit: error and coverage, month by month, and whether the process has drifted."""
    again, drift = figures["refitted"], figures["drift"]
    found = [
        f"approvals: mean absolute error {again['mae_days']:.2f} days refitted monthly, "
        f"{figures['kept']['mae_days']:.2f} without (median after the same step {figures['median_mae_days']:.2f}), "
        f"{again['coverage']:.0%} in the interval of 80%; {source}"
    ]
    found += [
        f"  {one['from']}: {one['cases']} cases, error {one['refitted']['mae_days']:.2f} days, "
        f"coverage {one['refitted']['coverage']:.0%}, reliable {one['refitted']['reliable_share']:.0%}"
        for one in figures["months"]
    ]
    texts = approvals_sentences()[f"drift.{drift['state']}"].fill({**drift, "level": LEVEL})
    alarms = [f"  {office}: drift alarm" for office, one in figures["offices"].items() if one["drift"] == "alarm"]
    return [*found, *texts, *alarms]
