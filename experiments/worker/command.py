"""The command ``python -m experiments worker``: takes jobs one after the other until it is to end."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Mapping
from types import FrameType

import typer

from experiments.worker.carrying import CarriedOut, ChildBounds
from experiments.worker.child import Kind, Setting
from serving.contract.refusals import Refusal
from serving.jobs.claims import Claims
from serving.jobs.store import Jobs
from serving.ledger.ledger import Ledger
from serving.ledger.store import LedgerError, migrate

POLL_S = 1.0
DELETE_S = 3_600.0


def run_worker(url: str, kinds: Mapping[str, Kind], setting: Setting, bounds: ChildBounds, *, once: bool) -> None:
    """Carry jobs out until SIGTERM or SIGINT; once : end when none waits.

    A job that runs at the end waits again for another worker. Exits 1 where the store cannot be opened.
    """
    stop = threading.Event()

    def end(_: int, __: FrameType | None) -> None:
        stop.set()

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, end)
    try:
        migrate(url)
        ledger = Ledger(url)
    except LedgerError as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from fault
    name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"[:80]
    claims = Claims(Jobs(ledger), name, tuple(kinds))
    typer.echo(f"worker {name} carries out {', '.join(kinds)}; files in {claims.jobs.folder}")
    work(claims, kinds, setting, bounds, stop, once=once)
    ledger.close()
    typer.echo(f"worker {name} has ended")


def work(
    claims: Claims, kinds: Mapping[str, Kind], setting: Setting, bounds: ChildBounds, stop: threading.Event, *,
    once: bool,
) -> None:  # fmt: skip
    """Take jobs until ``stop`` is set; a store that does not answer is tried again after a while."""
    delete_at = 0.0
    while not stop.is_set():
        try:
            if time.monotonic() >= delete_at:
                claims.delete_expired()
                delete_at = time.monotonic() + DELETE_S
            claim = claims.claim()
            if claim is not None:
                what = CarriedOut(claims, claim, kinds[claim.job.kind], setting, bounds, stop.is_set).run()
                typer.echo(f"job {claim.job.job_id} ({claim.job.kind}): {what}")
        except Refusal as refusal:
            typer.echo(f"the store does not answer: {refusal.text[1]}", err=True)
            claim = None
        if claim is None:
            if once:
                return
            stop.wait(POLL_S)
