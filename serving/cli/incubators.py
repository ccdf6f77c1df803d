"""``python -m serving incubators-import``, ``incubators-simulate``, ``incubators-report``: the registry by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pandas as pd
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from data.events import EventStore
from data.incubators.fields import RECORDS, RegistryError
from data.incubators.folder import read_folder
from data.incubators.registry import Registry
from data.incubators.tables import QUARANTINE, read_table
from data.synthetic.incubators import synthesize_incubators
from models.chain.node_view import LANGUAGES
from models.incubators.files import PAGES, write_files
from models.incubators.gathered import Gathered, gather
from serving.cli.faults import refused
from serving.incubators.board import RegistryBoard
from serving.incubators.simulated import load_simulated
from serving.incubators.store import EntryStore
from serving.incubators.taking import Taken, service_sentences, take
from serving.matching.event_store import events_url

SHOWN = 10
console = Console(soft_wrap=True, highlight=False)
STORE = typer.Option("", help="URL of the event store; IP_EVENTS_URL or the service's own where left out.")


def incubators_import(
    file: Path = typer.Argument(help="CSV, XLSX or Parquet of one kind of record.", exists=True, dir_okay=False),
    record: str = typer.Option(help="incubator, tenant, report or voucher."),
    by: str = typer.Option(help="Who enters it."),
    why: str = typer.Option("", help="The reason: records that are there with other values are then corrected."),
    store: str = STORE,
) -> None:
    """Take records into the registry; the same ones again are known, faulty ones go to quarantine with the reason.

    The exit status is 0 where every row is taken or was before, 1 where rows were refused, 2 where the file or the
    store cannot be used.
    """
    with refused():
        if record not in RECORDS:
            raise RegistryError(f"record is {record!r}; allowed: {', '.join(RECORDS)}")
        opened = EventStore(store or events_url())
        with Progress(console=console) as bar:
            reading = bar.add_task(f"reading {file.name}", total=None)
            table = read_table(record, file)
            lines = len(table.rows) + table.quarantine["line"].nunique()
            bar.update(reading, total=lines, completed=lines)
            storing = bar.add_task("storing records", total=None)
            entries = EntryStore(opened)
            board = RegistryBoard(lambda: entries)
            taken = take(entries, board, {record: table}, by, dt.datetime.now(dt.UTC), why)
            bar.update(storing, total=lines, completed=lines)
        opened.close()
    console.print(f"{file.name}: {_line(taken)}", markup=False)
    _print_refused(taken.refused)
    if len(taken.refused):
        raise typer.Exit(1)


def incubators_simulate(
    seed: int = typer.Option(None, min=0, help="Equal seeds make equal registries; the published totals are planted."),
    store: str = STORE,
) -> None:
    """Load the simulated registry of 138 incubators for trying the service; every answer says that it is simulated."""
    with refused():
        opened = EventStore(store or events_url())
        made = None if seed is None else synthesize_incubators(seed)
        taken, corrections = load_simulated(EntryStore(opened), made)
        opened.close()
    console.print(f"simulated records: {_line(taken)}; {corrections:,} corrections", markup=False)
    console.print("try: python -m serving incubators-report report --on 2022-05-31", markup=False)


def incubators_report(
    folder: Path = typer.Argument(help="The folder that is written.", file_okay=False),
    on: str = typer.Option("", help="Day of the figures, as 2022-05-31; the last that a report covers by default."),
    since: str = typer.Option("", help="First day of what is counted in a period; 1 January by default."),
    records: Path = typer.Option(
        None, help="A folder with incubators, tenants, reports, vouchers as files, in place of the service's store.",
        exists=True, file_okay=False,
    ),
    store: str = STORE,
) -> None:  # fmt: skip
    """Write the report in Chinese and English (pages, CSV, XLSX) and print published figures beside computed ones."""
    with refused():
        registry, quarantine = _of_folder(records) if records is not None else _of_store(store)
        last = registry.reports["period_to"].max()
        day = dt.date.fromisoformat(on) if on else dt.datetime.now(dt.UTC).date() if pd.isna(last) else last.date()
        begins = dt.date.fromisoformat(since) if since else None
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task("report", total=2)
            found = gather(registry, day, "zh", since=begins, quarantine=quarantine)
            made = {lang: replace(found, lang=lang) for lang in LANGUAGES}
            bar.advance(task)
            written = write_files(made, folder)
            bar.advance(task)
    _print_report(made["en"])
    console.print(f"{len(written)} files in {folder}; open {folder / PAGES['zh']}", markup=False)


def _of_store(store: str) -> tuple[Registry, pd.DataFrame]:
    opened = EventStore(store or events_url())
    entries = EntryStore(opened)
    state = RegistryBoard(lambda: entries).current()
    rows = pd.DataFrame([one.row for one in entries.refused()], columns=list(QUARANTINE))
    opened.close()
    parts = [one for one in (state.crossed, rows) if len(one)]
    return state.registry, pd.concat(parts, ignore_index=True) if parts else rows


def _of_folder(folder: Path) -> tuple[Registry, pd.DataFrame]:
    read = read_folder(folder, dt.datetime.now(dt.UTC))
    return read.registry, read.quarantine


def _print_report(made: Gathered) -> None:
    if made.synthetic:
        console.print(" / ".join(service_sentences()["cli.simulated"].fill({})), markup=False)
    table = Table("on", "figure", "basis", "published", "computed", "difference")
    for row in made.reconciliation.rows.to_dict("records"):
        figures = [row[name] for name in ("published", "computed", "difference")]
        texts = ["–" if pd.isna(one) else f"{one:,.0f}" for one in figures]
        table.add_row(str(made.on), made.named("indicator", row["indicator"]), str(row["basis"]), *texts)
    console.print(table)
    parts = made.reconciliation.parts
    shown = [f"{row['level']} {row['kind']}".strip() + f" {row['value']}" for row in parts.to_dict("records")]
    console.print(f"{int(parts['value'].sum())} = {' + '.join(shown)}", markup=False)


def _line(taken: Taken) -> str:
    n = len(taken.refused[["record", "line", "key"]].drop_duplicates())
    return f"{taken.new:,} new, {taken.known:,} known before, {n:,} refused for {len(taken.refused):,} reasons"


def _print_refused(rows: pd.DataFrame) -> None:
    if rows.empty:
        return
    table = Table("line", "key", "reason")
    for row in rows.head(SHOWN).to_dict("records"):
        table.add_row("" if pd.isna(row["line"]) else str(int(row["line"])), str(row["key"]), str(row["reason_en"]))
    console.print(table)
    if len(rows) > SHOWN:
        console.print(f"and {len(rows) - SHOWN:,} more in quarantine: GET /v1/incubators/quarantine", markup=False)
