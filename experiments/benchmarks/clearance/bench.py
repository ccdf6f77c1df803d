"""``bench clearance``: messages, damage, orders of arrival, throughput, live time, kills, medians and alerts."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from data.code_version import MAKING, source_digest
from data.ingest.messages.schemas import Schemas
from data.synthetic.clearance import demo_cohort
from experiments.benchmarks.clearance import (
    alerts,
    live_service,
    medians,
    permutations,
    round_trip,
    samples,
    throughput,
)
from experiments.benchmarks.clearance import damage as damage_part
from experiments.benchmarks.clearance import kills as kills_part
from experiments.benchmarks.part_records import cpu_seconds, read_record, write_record
from experiments.machine import machine
from models.alerts import AlertParams
from training.clearance.fit import ClearanceParams

OUT = Path("artifacts/bench/clearance.json")
CAVEAT = "no message here is an authentic one of the Single Window; simulated figures measure the simulator"
ALERTS_DAYS, ALERTS_SEED = ("2023-07-01", "2024-06-20"), 20_241_126  # fitted on the first, observed until the last
CODE = (*MAKING, "serving", "experiments")
console = Console(width=150)


@dataclass(frozen=True, slots=True)
class Options:
    """Counts of the parts, the folder of samples and the folder of schemas where there are any."""

    data: Path | None
    schemas: Path | None
    variants: int
    arrivals: int
    declarations: int
    receipts: int
    seconds: float
    kills: int
    cohort: int
    alerts: int
    artifacts: Path
    params: Path

    @property
    def samples(self) -> list[samples.Sample]:
        """Those of the folder, and as many simulated ones."""
        real = [] if self.data is None else samples.of_folder(self.data)
        return [*real, *samples.simulated(max(100, len(real)))]

    def read_schemas(self) -> Schemas | None:
        """Compiled, where a folder is given."""
        return None if self.schemas is None else Schemas.load(self.schemas)


class MissingError(ValueError):
    """A part lacks what it is run on."""


Part = Callable[[Options], dict[str, Any]]


def _round_trip(options: Options) -> dict[str, Any]:
    if options.data is None:
        raise MissingError("sample messages are read from a folder: give --data")
    return round_trip.run(options.data, options.schemas)


def _damage(options: Options) -> dict[str, Any]:
    return damage_part.run(options.samples, options.variants, options.read_schemas())


def _permutations(options: Options) -> dict[str, Any]:
    real = {} if options.data is None else samples.traces_of(samples.of_folder(options.data))
    made = samples.simulated_traces(options.declarations)
    clean = samples.simulated_traces(options.declarations, contradiction_share=0.0, lost_share=0.0)
    found = permutations.run({**real, **made}, clean, options.arrivals)
    return {**found, "real_traces": {name: len(events) for name, events in real.items()}, "simulated": len(made)}


def _throughput(options: Options) -> dict[str, Any]:
    return throughput.run(options.receipts, options.read_schemas())


def _live(options: Options) -> dict[str, Any]:
    if not (options.artifacts / "snapshot").is_dir():
        raise MissingError(f"{options.artifacts} holds no snapshot: run the pipeline first")
    return live_service.run(options.artifacts, options.params, options.seconds)


def _kills(options: Options) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        report = kills_part.run(f"sqlite:///{folder}/events.sqlite", options.kills)
    clean = not (report.lost or report.twice or report.altered)
    return {"holds": clean and report.kills == options.kills, **dataclasses.asdict(report)}


def _medians(options: Options) -> dict[str, Any]:
    found = medians.recover(demo_cohort(options.cohort)).record()
    missed = sum(row["planted"] - row["found"] for row in found["contradictions"] if row["planted"])
    return {"holds": bool(found["within"]), "contradictions_missed": missed, **found}


def _alerts(options: Options) -> dict[str, Any]:
    made = alerts.planted(demo_cohort(options.alerts, ALERTS_SEED))
    found = alerts.study(made, ClearanceParams(*ALERTS_DAYS), AlertParams(), alerts.BUDGETS)
    above = {budget: one["above_all"] for budget, one in found["budgets"].items()}
    return {"holds": all(above.values()), "above_all_rules": above, "declarations": options.alerts, **found}


PARTS: Mapping[str, Part] = {
    "round_trip": _round_trip, "damage": _damage, "permutations": _permutations, "throughput": _throughput,
    "live": _live, "kills": _kills, "medians": _medians, "alerts": _alerts,
}  # fmt: skip


def bench(
    data: Path | None = typer.Option(None, help="Folder of sample messages; without it, simulated ones alone."),
    schemas: Path | None = typer.Option(None, help="Folder of the customs administration's schemas."),
    only: list[str] = typer.Option([], help=f"Of {', '.join(PARTS)}; all when left out. May be repeated."),
    variants: int = typer.Option(10_000, min=5, help="Damaged messages."),
    arrivals: int = typer.Option(10_000, min=1, help="Random arrivals of each trace."),
    declarations: int = typer.Option(200, min=20, help="Simulated declarations whose arrivals are tried."),
    receipts: int = typer.Option(20_000, min=10, help="Receipts read and folded."),
    seconds: float = typer.Option(60.0, min=0.1, help="Of posting to the service."),
    kills: int = typer.Option(100, min=1, help="Receivers killed."),
    cohort: int = typer.Option(6_000, min=20, help="Simulated declarations whose medians are recovered."),
    alerts_cohort: int = typer.Option(30_000, min=2_000, help="Simulated declarations of which alerts are sent."),
    artifacts: Path = typer.Option(Path("artifacts"), help="Models and snapshot of the service that is posted to."),
    params: Path = typer.Option(Path("params.yaml"), help="With which they were made."),
    out: Path = typer.Option(OUT, help="JSON file; parts that are not run keep what it holds."),
) -> None:
    """Clearance: messages, damage, orders of arrival, throughput, live time, kills, medians, alerts; 1 if a bar fails.

    A part that lacks what it is run on is left out with its reason, and refused where it is named.
    """
    if alien := sorted(set(only) - {*PARTS}):
        raise typer.BadParameter(f"unknown {alien}; allowed: {[*PARTS]}")
    options = Options(
        data,
        schemas,
        variants,
        arrivals,
        declarations,
        receipts,
        seconds,
        kills,
        cohort,
        alerts_cohort,
        artifacts,
        params,
    )
    for name, folder in (("data", data), ("schemas", schemas)):
        if folder is not None and not folder.is_dir():
            raise typer.BadParameter(f"--{name} {folder} is no folder")
    record = read_record(out, CAVEAT)
    for name in PARTS:
        if name in only or not only:
            try:
                _run(name, options, record)
            except MissingError as fault:
                if only:
                    console.print(f"refused: {name}: {fault}", soft_wrap=True, markup=False)
                    raise typer.Exit(2) from fault
                record["skipped"][name] = f"{fault}"
            write_record(out, record)
    show(record)
    if failed := [name for name in PARTS if (name in only or not only) and not _holds(record, name)]:
        console.print(f"does not hold: {', '.join(failed)}", markup=False)
        raise typer.Exit(1)


def _holds(record: Mapping[str, Any], name: str) -> bool:
    return name in record["skipped"] or bool(record["parts"][name]["holds"])


def _run(name: str, options: Options, record: dict[str, Any]) -> None:
    """Run one part and put it into the record, with what it was measured on."""
    console.print(f"{name} ...")
    began, cpu = time.perf_counter(), cpu_seconds()
    found = PARTS[name](options)
    found["run"] = {
        "when": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "code": source_digest(CODE),
        "wall_s": round(time.perf_counter() - began, 1),
        "cpu_s": round(cpu_seconds() - cpu, 1),
        "machine": machine("numpy", "pandas", "lxml", "pydifact"),
    }
    record["skipped"].pop(name, None)
    record["parts"][name] = found


# Of each part: what is shown of it, beside whether its bar holds.
SHOWN: Mapping[str, tuple[str, ...]] = {
    "round_trip": ("files", "same_tree", "same_bytes", "edits", "schema_valid"),
    "damage": ("variants", "n_failures", "valid_by_schema", "valid_by_schema_read", "longest_s", "peak_mb"),
    "permutations": ("traces", "arrivals", "different", "duplicates_wrong"),
    "throughput": ("per_s", "bytes_each", "read_us", "fold_us", "ratio_to_bare_parse"),
    "live": ("rate_per_s", "state", "stream", "dates"),
    "kills": ("kills", "acknowledged", "unanswered_but_kept", "lost", "twice", "altered"),
    "medians": ("messages", "largest_error", "tolerance", "contradictions_missed"),
    "alerts": ("cutoffs", "missed", "days", "above_all_rules"),
}


def show(record: Mapping[str, Any]) -> None:
    """One row a part: whether its bar holds, and its main figures."""
    table = Table("part", "bar", "figures", "cpu s", title=CAVEAT)
    for name in PARTS:
        if name in record["skipped"]:
            table.add_row(name, "left out", record["skipped"][name], "")
        elif name in record["parts"]:
            found = record["parts"][name]
            figures = ", ".join(f"{key} {_text(found[key])}" for key in SHOWN[name] if key in found)
            table.add_row(name, "holds" if found["holds"] else "FAILS", figures, f"{found['run']['cpu_s']:g}")
    console.print(table)


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{key} {_text(one)}" for key, one in value.items()) or "none"
    return f"{value:.4g}" if isinstance(value, float) else f"{value}"
