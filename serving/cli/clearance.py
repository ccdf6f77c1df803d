"""``python -m serving clearance-watch``, ``clearance-deliver``, ``clearance-hosts``: customs messages in and out."""

from __future__ import annotations

import asyncio
import datetime as dt
import signal
import threading
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from data.events import EventStore, EventStoreError
from data.ingest.messages.read import read_message
from serving.cli.faults import refused
from serving.clearance.changes import StoredChanges
from serving.clearance.delivery import Deliverer
from serving.clearance.lease import HeldElsewhereError, held
from serving.clearance.sending import Sender
from serving.clearance.store import MessageStore
from serving.clearance.watch import QUARANTINE, FolderWatch, Look, WatchParams
from serving.clearance.webhook_key import open_webhook_key
from serving.clearance.webhooks import Webhooks
from serving.matching.service import events_url
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
) -> None:
    """Take the messages that the Single Window's client puts into a folder; its files stay as they are.

    Refused files and files that are not read are listed with the reason, a JSON line each. Ends on SIGTERM.
    """
    stop = _stopped_by_signal()
    refusals = folder / QUARANTINE / REFUSALS.name if move else REFUSALS
    with refused():
        store = _open()
        messages = MessageStore(store, read_message)
        watch = FolderWatch(folder, messages.receive, refusals, WatchParams(settle, most_bytes, move=move))
        shown = Look()
        with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console) as bar:
            task = bar.add_task(_line(shown), total=None)
            while not stop.is_set():
                try:
                    look = watch.look()
                except EventStoreError as fault:
                    bar.console.print(f"{fault}; nothing is lost, it is tried again")
                    stop.wait(AFTER_FAULT_S)
                    continue
                shown = Look(shown.taken + look.taken, shown.known + look.known, shown.refused + look.refused,
                             look.waiting, look.left_out)  # fmt: skip
                bar.update(task, description=_line(shown))
                if once and not look.waiting:
                    break
                stop.wait(settle if look.waiting and once else 0.0 if look.taken == watch.params.most_files else every)
                if once and look == watch_last(look):
                    break
        console.print(_line(shown) + (f"; see {refusals}" if shown.refused or shown.left_out else ""))
        store.close()
