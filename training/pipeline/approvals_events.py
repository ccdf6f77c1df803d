"""A log of cases -> events and cases with their clocks, and a quarantine with a reason for each row that is refused."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from data.approvals.calendar import WorkCalendar
from data.approvals.catalogue import Catalogue, CatalogueError
from data.beijing import BEIJING_ZONE
from data.codebook import reference_path
from data.ingest.case_logs.mapping import MappingError
from data.ingest.case_logs.read import CaseLog, read_case_log
from data.ingest.source import IngestError
from features.approval_rows import event_table
from models.approvals.cases import CaseTable, case_table
from models.approvals.reductions import Reduction
from models.approvals.statistics import statistics
from training.pipeline.artifacts import ARTIFACTS, RAW, console, stop, write_json

ITEMS, LOG, OUT = RAW / "approvals_items.csv", RAW / "approvals_events.csv", Path("data/derived/approvals")
PACKED = ARTIFACTS / "approvals/items.csv"
CAVEAT = "simulated cases: every figure measures the simulator, not any office"


def approvals_events(
    log: Annotated[Path, typer.Option(help="Log of an office: XES, CSV or Parquet.")] = LOG,
    items: Annotated[Path, typer.Option(help="Item catalogue by day.")] = ITEMS,
    mapping: Annotated[Path | None, typer.Option(help="What the log's columns and activities mean.")] = None,
    zone: Annotated[str, typer.Option(help="IANA time zone of instants that name none.")] = BEIJING_ZONE,
) -> None:
    """Read the log, fold its cases, and write events, cases and the quarantine; the simulated log without options."""
    simulated = log == LOG
    if simulated and mapping is None:
        mapping = reference_path("approvals/simulated_log.yaml")
    try:
        catalogue = Catalogue.load(items)
        read = read_case_log(log, mapping=mapping, zone=zone)
    except (IngestError, CatalogueError, MappingError, OSError) as fault:
        stop(fault)
    now = observed_until(read)
    table = case_table(read.events, catalogue, WorkCalendar.load(), now=now)
    cases = table.frame.assign(simulated=simulated)
    OUT.mkdir(parents=True, exist_ok=True)
    event_table(read.events).to_parquet(OUT / "events.parquet", index=False)
    suspension_table(table).to_parquet(OUT / "suspensions.parquet", index=False)
    cases.to_parquet(OUT / "cases.parquet", index=False)
    quarantine_table(read).to_parquet(OUT / "quarantine.parquet", index=False)
    PACKED.parent.mkdir(parents=True, exist_ok=True)
    PACKED.write_bytes(items.read_bytes())
    figures = metrics(read, cases, catalogue, now - dt.timedelta(days=1))
    write_json(ARTIFACTS / "approvals/events.json", figures | ({"caveat": CAVEAT} if simulated else {}))
    reading = figures["reductions"]["promised_statutory"]
    shown = " / ".join(
        "unknown" if reading[name] is None else f"{-reading[name]:.0%}"
        for name in ("ratio_of_sums", "mean_of_ratios", "median_of_ratios", "largest")
    )
    console.print(
        f"approvals: {figures['rows']} rows, {figures['refused']} refused, {figures['cases']} cases, "
        f"{figures['late']} of {figures['with_promise_and_end']} later than promised; promised against statutory "
        f"time by sums / mean / median / largest: {shown}{'; simulated' if simulated else ''}",
        markup=False,
    )


def observed_until(read: CaseLog) -> dt.datetime:
    """The end of the last day (UTC) with an event: when a log ends, its running cases are looked at."""
    last = max((event.at for event in read.events if event.at is not None), default=None)
    if last is None:
        stop(IngestError("no row of the log has an instant"))
    return dt.datetime.combine(last.astimezone(dt.UTC).date() + dt.timedelta(days=1), dt.time(), dt.UTC)


def quarantine_table(read: CaseLog) -> pd.DataFrame:
    """One row a refused row: row, line, reason and the names of its columns that hold something; no value of it."""
    rows = [(one.row, one.line, one.reason, ";".join(sorted(one.values))) for one in read.quarantine]
    return pd.DataFrame(rows, columns=["row", "line", "reason", "filled"])


def suspension_table(table: CaseTable) -> pd.DataFrame:
    """Suspensions that the clocks leave out: case_number, begun_at and ended_at (UTC, NaT while it lasts)."""
    spells = table.left_out.spells
    instants = {name: pd.DatetimeIndex(getattr(spells, name)).tz_localize("UTC") for name in ("begun_at", "ended_at")}
    return pd.DataFrame({"case_number": table.frame["case_number"].to_numpy()[spells.case]} | instants)


def metrics(read: CaseLog, cases: pd.DataFrame, catalogue: Catalogue, last_day: dt.datetime) -> dict[str, Any]:
    """Counts of the log and its cases, and by how much times are shorter, in every reading, on the log's last day."""
    compared = statistics(cases, catalogue, now=last_day).reductions
    decided = cases[cases["decided_at"].notna() & cases["late"].notna()]
    flags = Counter(code for text in cases["flags"] for code in text.split(";") if code)
    return {
        "rows": read.n_rows,
        "events": len(read.events),
        "duplicates": read.n_duplicates,
        "without_instant": read.without_instant,
        "refused": len(read.quarantine),
        "refused_by_reason": dict(sorted(Counter(one.reason for one in read.quarantine).items())),
        "cases": len(cases),
        "statuses": dict(sorted(Counter(cases["status"]).items())),
        "with_promise_and_end": len(decided),
        "late": int(decided["late"].astype(bool).sum()),
        "flags": dict(sorted(flags.items())),
        "day": f"{last_day:%Y-%m-%d}",
        "reductions": {name: as_json(one) for name, one in compared.items()},
    }


def as_json(one: Reduction) -> dict[str, Any]:
    """Members as JSON values."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(one).items()}
