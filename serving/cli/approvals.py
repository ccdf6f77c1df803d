"""``python -m serving approvals-import`` and ``approvals-retract``: event logs of cases into the event store."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from data.beijing import BEIJING_ZONE
from data.events import EventStore
from data.ingest.case_logs.read import CaseLog, read_case_log
from data.ingest.case_logs.texts import instant_text, refusal_text
from serving.approvals.store import CaseStore, Received
from serving.cli.faults import refused
from serving.matching.event_store import events_url

SHOWN_ROWS = 10
console = Console(soft_wrap=True, highlight=False)


def approvals_import(
    file: Path = typer.Argument(help="XES, CSV or Parquet, each also in gzip.", exists=True, dir_okay=False),
    mapping: Path | None = typer.Option(
        None, help="What its activities and columns mean, YAML or CSV; without it every event is a step.", exists=True
    ),
    zone: str = typer.Option(BEIJING_ZONE, help="Of times without a zone, as Europe/Amsterdam or +08:00."),
    source: str = typer.Option(
        "", help="Office or system that the log is of; the file's name without endings where left out."
    ),
    store: str = typer.Option("", help="URL of the event store; IP_EVENTS_URL or the service's own where left out."),
) -> None:
    """Store the events of a log; started again after a break, it goes on where it was.

    The exit status is 0 where every row is stored or was before, 1 where rows were refused, 2 where the file, the
    mapping or the store cannot be used.
    """
    with refused():
        opened = EventStore(store or events_url())
        with Progress(console=console) as bar:
            reading = bar.add_task(f"reading {file.name}", total=None)
            log = read_case_log(file, mapping=mapping, zone=zone)
            bar.update(reading, total=log.n_rows, completed=log.n_rows)
            storing = bar.add_task("storing events", total=len(log.events))

            def each(done: int) -> None:
                bar.update(storing, completed=done)

            received = _received(opened, log, source or file.name.partition(".")[0], each)
        opened.close()
    _print(log, received)
    if log.quarantine or received.refused:
        raise typer.Exit(1)


def approvals_retract(
    source: str = typer.Argument(help="Office or system whose events count no more, as it was imported."),
    by: str = typer.Option(..., help="Who retracts them."),
    reason: str = typer.Option(..., help="Why, as it is kept with the fact."),
    store: str = typer.Option("", help="URL of the event store; IP_EVENTS_URL or the service's own where left out."),
) -> None:
    """Let what a source has sent so far count no more, such as a log that was imported with a wrong mapping.

    Nothing is deleted: a case as it was known before still has these events. Import the log again under another source.
    """
    with refused():
        opened = EventStore(store or events_url(), must_exist=True)
        made, count = CaseStore(opened).retract(source, dt.datetime.now(dt.UTC), by, reason)
        opened.close()
    console.print(
        f"{source}: {_counted(count, 'event')} up to sequence {made.upto} count no more; none is deleted, and known_at "
        f"before {made.at:%Y-%m-%dT%H:%M:%SZ} still shows them"
    )
    console.print(
        f"import the log again under another source name (--source): under {source} the same events are known, and "
        "stay retracted"
    )


def _received(store: EventStore, log: CaseLog, source: str, each: Callable[[int], None]) -> Received:
    return CaseStore(store).receive(log.events, source, dt.datetime.now(dt.UTC), log.quarantine, each)


def _print(log: CaseLog, received: Received) -> None:
    cases = len({event.case_number for event in log.events})
    console.print(
        f"{_counted(log.n_rows, 'row')} of {log.form}: {_counted(len(log.events), 'event')} of "
        f"{_counted(cases, 'case')}, {_counted(log.n_duplicates, 'repetition')}, {len(log.quarantine):,} refused"
    )
    console.print(f"stored: {received.new:,} new, {received.known:,} known before")
    kinds = Table("kind", "events")
    for kind, count in Counter(event.kind for event in log.events).most_common():
        kinds.add_row(kind, f"{count:,}")
    console.print(kinds)
    reasons = Counter(log.reasons) + Counter(received.refused)
    if reasons:
        table = Table("refused", "rows", "first rows")
        for reason, count in reasons.most_common():
            rows = [f"{one.row}" for one in log.quarantine if one.reason == reason][:SHOWN_ROWS]
            table.add_row(refusal_text(reason)[1], f"{count:,}", ", ".join(rows))
        console.print(table)
    for mark, count in log.remarks.items():
        where = f" ({log.zone})" if mark == "zone_assumed" else ""
        console.print(f"{_counted(count, 'row')}: {instant_text(mark)[1]}{where}")
    unread = [column for column, target in log.columns.items() if not target]
    if unread:
        console.print(f"columns without content: {', '.join(unread)}")
    if log.unused:
        console.print(f"in the mapping, but in no row: {', '.join(log.unused)}")


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
