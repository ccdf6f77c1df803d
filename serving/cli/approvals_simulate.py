"""``python -m serving approvals-simulate``: simulated cases into the service's own store, for trying it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import typer
from rich.console import Console
from rich.progress import track

from data.approvals.records import ApprovalEvent
from data.beijing import BEIJING
from data.events import EventStore
from data.synthetic.approvals import demo_cohort
from data.synthetic.approvals_courses import AS_OF
from data.synthetic.approvals_params import SyntheticApprovalsParams
from serving.approvals.service import SIMULATED
from serving.approvals.store import CaseStore
from serving.cli.faults import refused
from serving.matching.event_store import events_url

console = Console(soft_wrap=True, highlight=False)


def approvals_simulate(
    cases: int = typer.Option(500, min=100, max=20_000, help="How many cases."),
    seed: int = typer.Option(
        SyntheticApprovalsParams().seed, min=0, help="Equal seeds make equal cases; that of the pipeline's catalogue."
    ),
) -> None:
    """Simulated cases for trying the service; every answer about them says that they are simulated."""
    with refused():
        cohort = demo_cohort(cases, seed)
        store = CaseStore(EventStore(events_url()))
        weeks = list(by_week(cohort.events))
        new = 0
        for at, events in track(weeks, "simulated cases", console=console, transient=True):
            new += store.receive(events, SIMULATED, at).new
        store.store.close()
    numbers = sorted({one.case_number for one in cohort.events})
    clocked = max((one.case_number for one in cohort.events if one.kind == "suspended"), default=numbers[-1])
    console.print(f"the service's store: {new} new events of {len(numbers)} simulated cases until {AS_OF}")
    console.print(f"try: python -m serving serve --clock {AS_OF}, then")
    console.print(f"GET /v1/approvals/cases?lamp=red and /v1/approvals/cases/{clocked}/page.html", markup=False)


def by_week(events: Sequence[ApprovalEvent]) -> Iterator[tuple[dt.datetime, list[ApprovalEvent]]]:
    """The events in their order, those of a week together, with the end of that week of Beijing as their arrival.

    One without an instant, or from before the one that it follows, arrives with the latest so far.
    """
    latest, held = dt.datetime.min.replace(tzinfo=BEIJING), list[ApprovalEvent]()
    for event in events:
        end = latest if event.at is None else _end_of_week(event.at)
        if end > latest:
            if held:
                yield latest, held
            latest, held = end, []
        held.append(event)
    if held:
        yield latest, held


def _end_of_week(at: dt.datetime) -> dt.datetime:
    sunday = at.astimezone(BEIJING) + dt.timedelta(days=6 - at.astimezone(BEIJING).weekday())
    return sunday.replace(hour=23, minute=59, second=59, microsecond=0)
