"""``bench approvals``: remaining time and late or not on any event log; imports, kills, orders of arrival, alerts,
and how long the service takes to answer.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from data.beijing import BEIJING_ZONE
from data.code_version import MAKING, source_digest
from data.ingest.case_logs.instants import read_zone
from data.ingest.case_logs.mapping import MappingError
from data.ingest.source import IngestError
from experiments.benchmarks.approvals.alerts import alerts
from experiments.benchmarks.approvals.event_logs import EventLog, UnfitLogError, read_event_logs
from experiments.benchmarks.approvals.imports import imports
from experiments.benchmarks.approvals.kills import kills
from experiments.benchmarks.approvals.late_or_not import late_figures
from experiments.benchmarks.approvals.permutations import permutations
from experiments.benchmarks.approvals.reads import reads
from experiments.benchmarks.approvals.remaining import remaining_figures
from experiments.benchmarks.part_records import cpu_seconds, known, read_record, write_record
from experiments.machine import machine
from training.remaining_time import RemainingTimeParams

OUT = Path("artifacts/bench/approvals.json")
CAVEAT = "A log ends with its export: late cases in it are short ones, so errors in the last part flatter."
CODE = (*MAKING, "serving", "experiments")
console = Console(width=160)


@dataclass(frozen=True)
class Options:
    """Logs, names of their columns, and counts of the parts."""

    logs: tuple[Path, ...]
    office: str
    deadline: str
    end: str
    zone: str
    mapping: Path | None
    kills: int
    arrivals: int
    cases: int
    artifacts: Path
    params: Path

    @property
    def logs_name(self) -> str:
        """Under which a part's result is kept, "all" where it needs no log."""
        return "+".join(path.name.split(".")[0] for path in self.logs) or "all"

    def read(self) -> EventLog:
        """The logs as one."""
        if not self.logs:
            raise MissingError("an event log is needed: give --log")
        names = {"office": self.office, "deadline": self.deadline, "end": self.end}
        return read_event_logs(self.logs, **names, zone=self.zone, mapping=self.mapping)


class MissingError(ValueError):
    """A part lacks what it is run on."""


def _remaining(options: Options) -> dict[str, Any]:
    log, params = options.read(), RemainingTimeParams(zone=options.zone)
    return {"read": log.read, "params": asdict(params), **remaining_figures(log, params)}


def _late(options: Options) -> dict[str, Any]:
    log = options.read()
    return {"read": log.read, **late_figures(log, options.zone)}


def _imports(options: Options) -> dict[str, Any]:
    tables = [path for path in options.logs if path.suffix == ".parquet"]
    if not tables:
        raise MissingError("a log in Parquet is needed: give --log")
    return imports(tables[0])


def _kills(options: Options) -> dict[str, Any]:
    found = kills(options.kills)
    wrong = ("lost", "twice", "altered", "not_found", "refused_wrong")
    return found | {"holds": not any(found[name] for name in wrong)}


def _permutations(options: Options) -> dict[str, Any]:
    return permutations(options.arrivals)


def _alerts(options: Options) -> dict[str, Any]:
    return alerts(options.cases)


def _reads(options: Options) -> dict[str, Any]:
    if not (options.artifacts / "snapshot").is_dir():
        raise MissingError(f"{options.artifacts} holds no snapshot: run the pipeline first")
    return reads(options.artifacts, options.params)


Part = Callable[[Options], dict[str, Any]]
PARTS: Mapping[str, Part] = {
    "remaining": _remaining, "late": _late, "imports": _imports, "kills": _kills, "permutations": _permutations,
    "alerts": _alerts, "reads": _reads,
}  # fmt: skip
OF_LOGS = ("remaining", "late")


def bench(
    log: list[Path] = typer.Option(
        [], help="Event log in XES, CSV or Parquet, each also in gzip; several are offices."
    ),
    office: str = typer.Option("", help="Column of the office, where one log holds several."),
    deadline: str = typer.Option("", help="Column of the promised date; deadline or c_deadline without it."),
    end: str = typer.Option("", help="Column of the end, for late or not; the last event without it."),
    zone: str = typer.Option(BEIJING_ZONE, help="Of instants that name none, and of hour and weekday."),
    mapping: Path | None = typer.Option(None, help="File that says what activities and columns mean."),
    only: list[str] = typer.Option([], help=f"Of {', '.join(PARTS)}; may be repeated."),
    kill: int = typer.Option(40, min=1, help="Importers killed."),
    arrivals: int = typer.Option(20_000, min=1, help="Random orders of arrival of the events of cases."),
    cases: int = typer.Option(8_000, min=2_000, help="Simulated cases of which alerts are sent."),
    artifacts: Path = typer.Option(Path("artifacts"), help="Models and snapshot of the service that is read from."),
    params: Path = typer.Option(Path("params.yaml"), help="With which they were made."),
    out: Path = typer.Option(OUT, help="JSON file; other parts and other logs keep what it holds."),
) -> None:
    """Approvals: with logs, remaining time and late or not; without, the parts that need none. 1 if a bar fails.

    A part that lacks what it is run on is left out with its reason, and refused where it is named.
    """
    if alien := sorted(set(only) - {*PARTS}):
        raise typer.BadParameter(f"unknown {alien}; allowed: {[*PARTS]}")
    if absent := [f"{path}" for path in (*log, *filter(None, [mapping])) if not path.is_file()]:
        raise typer.BadParameter(f"no file: {', '.join(absent)}")
    try:
        read_zone(zone)
    except ValueError as fault:
        raise typer.BadParameter(f"{fault}") from fault
    options = Options(tuple(log), office, deadline, end, zone, mapping, kill, arrivals, cases, artifacts, params)
    chosen = [name for name in PARTS if (name in only if only else (name in OF_LOGS) == bool(log))]
    record = read_record(out, CAVEAT)
    for name in chosen:
        try:
            _run(name, options, record)
        except (MissingError, UnfitLogError, IngestError, MappingError) as fault:
            record["skipped"][name] = f"{fault}"
            _kept(record, name).pop(options.logs_name, None)
            if name in only or name == "remaining":
                console.print(f"refused: {name}: {fault}", soft_wrap=True, markup=False)
                raise typer.Exit(2) from fault
        write_record(out, record)
    found = {name: _kept(record, name).get(options.logs_name, {}) for name in chosen}
    show({name: known(one) for name, one in found.items()}, record["skipped"])
    if failed := [name for name, one in found.items() if not one.get("holds", True)]:
        console.print(f"does not hold: {', '.join(failed)}", markup=False)
        raise typer.Exit(1)


def _run(name: str, options: Options, record: dict[str, Any]) -> None:
    """Run one part and put it into the record, with what it was measured on."""
    console.print(f"{name} ...")
    began, cpu = time.perf_counter(), cpu_seconds()
    found = PARTS[name](options)
    found["run"] = {
        "when": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "code": source_digest(CODE),
        "logs": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in options.logs},
        "columns": {"office": options.office, "deadline": options.deadline, "end": options.end, "zone": options.zone},
        "wall_s": round(time.perf_counter() - began, 1),
        "cpu_s": round(cpu_seconds() - cpu, 1),
        "machine": machine("numpy", "pandas", "lightgbm", "scipy"),
    }
    record["skipped"].pop(name, None)
    _kept(record, name)[options.logs_name] = found


def _kept(record: dict[str, Any], name: str) -> dict[str, Any]:
    """The record's results of a part by the logs that it was run on."""
    results: dict[str, Any] = record["parts"].setdefault(name, {})
    return results


def show(parts: Mapping[str, Mapping[str, Any]], skipped: Mapping[str, str]) -> None:
    """Tables of the parts that were run, and why one was left out."""
    for name, found in parts.items():
        if name in skipped:
            console.print(f"{name} left out: {skipped[name]}", soft_wrap=True, markup=False)
        elif name == "remaining":
            for table in remaining_tables(found):
                console.print(table)
            console.print(CAVEAT)
        elif name == "late":
            console.print(late_table(found))
            console.print(found["text"][1], soft_wrap=True, markup=False)
        else:
            figures = ", ".join(f"{key} {one}" for key, one in found.items() if isinstance(one, int | float | str))
            console.print(f"{name}: {figures}", soft_wrap=True, markup=False)


def remaining_tables(found: Mapping[str, Any]) -> list[Table]:
    """Errors and intervals of each office, and the drift by month."""
    errors = Table(title="Remaining time: MAE in days; coverage and interval score (Winkler) of the 10-90 interval")
    learned = ("own", "pooled", "ours", "as_of_learner", "as_of_median_by_activity", "as_of_median")
    for column in ("log", "rows", "own", "pooled", "chosen", "as-of static", "as-of activity", "as-of median", "bar",
                   "coverage", "Winkler", "static conformal", "split conformal", "reliable", "own share"):  # fmt: skip
        errors.add_column(column)
    drift = Table(title="Drift: by steps of 30 days after the first test case's start")
    for column in ("log", "step", "rows", "MAE", "bias", "held", "coverage shown", "reliable"):
        drift.add_column(column)
    for name, one in found["logs"].items():
        mae, ends = one["mae_days"], one["intervals"]
        errors.add_row(
            name, f"{one['rows_answered']:,}", *(_text(mae.get(which)) for which in learned),
            "" if one["bar_days"] is None else f"{_text(one['bar_days'])} {'met' if one['within_bar'] else 'MISSED'}",
            _text(ends["ours"]["coverage"]),
            *(_text(ends[which]["winkler"]) if which in ends else ""
              for which in ("ours", "as_of_split_conformal", "split_conformal")),
            _text(one["reliable_share"]), _text(one["sources"]["own"]),
        )  # fmt: skip
        for step in one["months"]:
            names = ("rows", "mae_days", "bias_days", "held", "coverage_shown", "reliable_share")
            drift.add_row(name, f"{step['step']}", *(_text(step[which]) for which in names))
    return [errors, drift]


def late_table(found: Mapping[str, Any]) -> Table:
    """AUC, average precision and Brier score of the model and of the days left."""
    table = Table(
        title=f"Late or not: the rule is {found['rule']}; {found['without_end']} cases without an end left out"
    )
    for column in ("after the event", "cases", "late", "AUC model", "AUC days left", "90 % of the difference",
                   "AP model", "AP days left", "Brier model", "Brier days left", "mean chance"):  # fmt: skip
        table.add_column(column)
    for name, one in found["after"].items():
        pairs = [one.get(rule) or {} for rule in ("model", "slack")]
        table.add_row(
            name, f"{one['cases']}", _text(one.get("late_rate")), _text(one.get("auc_model")),
            _text(one.get("auc_slack")), f"{_text(one.get('low'))} to {_text(one.get('high'))}",
            *(_text(pair.get(which)) for which in ("average_precision", "brier") for pair in pairs),
            " / ".join(_text(pair.get("mean_chance")) for pair in pairs),
        )  # fmt: skip
    return table


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}" if isinstance(value, float) else f"{value:,}"
