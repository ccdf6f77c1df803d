"""``python -m serving clearance-watch``, ``clearance-deliver``, ``clearance-hosts``: customs messages in and out."""

from __future__ import annotations

import asyncio
import datetime as dt
import signal
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from data.events import EventStore, EventStoreError
from data.ingest.messages.read import read_message
from serving.clearance.changes import StoredChanges
from serving.clearance.delivery import Deliverer
from serving.clearance.lease import HeldElsewhereError, held
from serving.clearance.schemas import checked_reader
from serving.clearance.sending import Sender
from serving.clearance.store import MessageStore
from serving.clearance.watch import QUARANTINE, FolderWatch, Look, WatchParams
from serving.clearance.webhook_key import open_webhook_key
from serving.clearance.webhooks import Webhooks
from serving.cli.faults import refused
from serving.matching.event_store import events_url
from serving.runtime.logs import log_as_json

REFUSALS = Path("artifacts/clearance/refused.jsonl")
AFTER_FAULT_S = 5.0
HOSTS_HELP = "Hosts that webhooks may be sent to: allow one, end one, list them."
hosts_app = typer.Typer(no_args_is_help=True, help=HOSTS_HELP)
console = Console(soft_wrap=True, highlight=False)
BY = typer.Option(help="The operator who enters it.")


def clearance_watch(
    folder: Path = typer.Argument(help="The folder with InBox, OutBox and FailBox.", exists=True, file_okay=False),
    every: float = typer.Option(5.0, min=0.2, max=3_600, help="Seconds between two looks."),
    settle: float = typer.Option(2.0, min=0, max=600, help="Seconds in which a file must not have changed."),
    once: bool = typer.Option(False, "--once", help="Take what lies there, and end."),
    move: bool = typer.Option(
        False, "--move", help="Move what was taken to Archive/, what was refused to Quarantine/."
    ),
    most_bytes: int = typer.Option(20_000_000, min=1, max=100_000_000, help="Of a file that is read."),
    simulated: bool = typer.Option(
        False, "--simulated", help="What clearance-simulate wrote: every answer about it says that it is simulated."
    ),
) -> None:
    """Take the messages that the Single Window's client puts into a folder; its files stay as they are.

    Refused files and files that are not read are listed with the reason, a JSON line each. Ends on SIGTERM.
    """
    stop = _stopped_by_signal()
    refusals = folder / QUARANTINE / REFUSALS.name if move else REFUSALS
    with refused():
        store = EventStore(events_url())
        receive = partial(MessageStore(store, read_message, checked_reader()).receive, simulated=simulated)
        watch = FolderWatch(folder, receive, refusals, WatchParams(settle, most_bytes, move=move))
        shown, looks = Look(), 0
        with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console) as bar:
            task = bar.add_task(str(shown), total=None)
            while not stop.is_set():
                try:
                    look = watch.look()
                except EventStoreError as fault:
                    bar.console.print(f"{fault}: nothing is lost, it is tried again")
                    stop.wait(AFTER_FAULT_S)
                    continue
                shown, looks = shown.then(look), looks + 1
                bar.update(task, description=str(shown))
                if look.read == watch.params.most_files:  # there may be more
                    continue
                if once and looks > 1:
                    break
                stop.wait(settle + 0.05 if once else every)
        console.print(f"{shown}" + (f"; see {refusals}" if shown.refused or shown.left_out else ""))
        store.close()


def clearance_deliver() -> None:
    """Send what changes to the registered webhooks, until SIGTERM; one process at a time does."""
    log_as_json()
    with refused():
        url = events_url()
        webhooks = Webhooks(store := EventStore(url), open_webhook_key(url))
        deliverer = Deliverer(store, StoredChanges(MessageStore(store, read_message)), webhooks, Sender())
        try:
            with held(url, "clearance-deliver") as still_held:
                asyncio.run(_deliver(deliverer, still_held))
        except HeldElsewhereError as fault:
            raise ValueError(str(fault)) from fault
        store.close()


async def _deliver(deliverer: Deliverer, still_held: Callable[[], bool]) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await deliverer.run(stop, still_held)


@hosts_app.command("allow")
def allow_host(
    host: str = typer.Argument(help="As example.com, or example.com:8443 for another port than 443."), by: str = BY
) -> None:
    """Let webhooks be registered for this host."""
    with refused():
        new = _webhooks().allow_host(host, by, dt.datetime.now(dt.UTC))
        console.print(f"{host}: " + ("allowed" if new else "was allowed before"))


@hosts_app.command("end")
def end_host(host: str = typer.Argument(help="As it is listed."), by: str = BY) -> None:
    """Send nothing more to this host, from the next attempt on."""
    with refused():
        ended = _webhooks().end_host(host, by, dt.datetime.now(dt.UTC))
        console.print(f"{host}: " + ("ended" if ended else "was not allowed"))


@hosts_app.command("list")
def list_hosts() -> None:
    """Every host that is allowed, and by whom."""
    with refused():
        for host, by in sorted(_webhooks().hosts().items()):
            console.print(f"{host} by {by}")


def _webhooks() -> Webhooks:
    return Webhooks(EventStore(events_url()), open_webhook_key(events_url()))


def _stopped_by_signal() -> threading.Event:
    """Set on SIGTERM and SIGINT: what is being taken is taken whole."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
