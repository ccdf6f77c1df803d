"""``python -m serving clearance-simulate``: simulated messages into the store, or as files of a client's folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import typer
from rich.console import Console
from rich.progress import track

from data.clearance.records import SEQ_NO
from data.events import EventStore
from data.ingest.messages.read import read_message
from data.synthetic.clearance import demo_cohort, messages
from data.synthetic.clearance_messages import SimulatedMessage
from serving.clearance.store import MessageStore, Source
from serving.cli.faults import refused
from serving.matching.event_store import events_url

console = Console(soft_wrap=True, highlight=False)


class SimulateError(ValueError):
    """The folder cannot be filled."""


def clearance_simulate(
    declarations: int = typer.Option(20, min=20, max=10_000, help="How many declarations."),
    seed: int = typer.Option(1, min=0, help="Equal seeds make equal messages."),
    folder: Path = typer.Option(
        None, help="Write files as a Single Window client lays them, in place of the service's own store."
    ),
    per_second: float = typer.Option(0.0, min=0.0, help="Messages a second; 0: all at once."),
) -> None:
    """Simulated messages of customs for trying the service; every answer about them says that they are simulated."""
    with refused():
        made = list(messages(demo_cohort(declarations, seed)))
        keep = _into_store() if folder is None else _into(folder)
        for message in track(made, "simulated messages", console=console, transient=True):
            keep(message)
            if per_second:
                time.sleep(1.0 / per_second)
    first = made[0].name
    where = "the service's store" if folder is None else str(folder)
    console.print(f"{where}: {len(made)} simulated messages about {declarations} declarations, the first {first}")
    numbers = sorted({number for one in made[:50] for kind, number in read_message(one.raw).keys if kind == SEQ_NO})
    console.print(f"try: GET /v1/clearance/declarations/{quote(numbers[0], safe='')}", markup=False)
    if folder is not None:
        console.print(f"next: python -m serving clearance-watch {folder} --once --simulated", markup=False)


def _into_store() -> Callable[[SimulatedMessage], None]:
    store = MessageStore(EventStore(events_url()), read_message)

    def keep(message: SimulatedMessage) -> None:
        store.receive(message.raw, Source("simulator", "simulator"), message.received_at, simulated=True)

    return keep


def _into(folder: Path) -> Callable[[SimulatedMessage], None]:
    if folder.exists() and not folder.is_dir():
        raise SimulateError(f"{folder} is no folder; allowed: a folder, which is made where it is missing")
    for box in ("OutBox", "InBox", "FailBox"):
        (folder / box).mkdir(parents=True, exist_ok=True)

    def keep(message: SimulatedMessage) -> None:
        path = folder / message.box / message.name
        part = path.with_suffix(".part")
        part.write_bytes(message.raw)
        part.replace(path)  # a reader never meets half a file

    return keep
