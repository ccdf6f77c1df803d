"""What `make console` makes for trying: accounts by role, applications, and simulated records, in a store of its own.

Nothing of it is made in a store that has accounts already. The accounts come last: what was cut off before is made up
for the next time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.applications import Starlette

from serving.console.accounts import Accounts
from serving.console.api import Api
from serving.console.demo_accounts import BANKS, DemoAccount, demo_holder, make_demo_accounts
from serving.console.demo_applications import fill_demo_applications
from serving.console.demo_records import fill_demo_stores
from serving.decide.decision_service import DecisionService
from serving.decide.worker import Worker
from serving.http.app import create_app
from serving.matching.event_store import events_url
from serving.runtime.services import close_services, open_services


def prepare(release: Path, enterprises: tuple[str, str], say: Callable[[str], None]) -> list[DemoAccount]:
    """The demo accounts, once applications and records are there too; empty where the store has accounts.

    release : folder of the packed model
    enterprises : USCCs of two enterprises of its snapshot
    say : is given what is being made, in words
    """
    app = create_app()
    worker = Worker.from_environment(DecisionService.load(release))
    try:
        if Accounts(worker.ledger).every():
            return []
        say("simulated declarations, cases and incubators")
        fill_demo_stores(events_url(), enterprises)
        open_services(app.state, release, worker)
        say("applications")
        officers = (demo_holder("bank-1"), demo_holder("bank-2"))
        with running_loop() as loop:
            fill_demo_applications(worker, lambda caller: Api(app, loop, caller), BANKS[0], officers, enterprises)
        say("accounts")
        return make_demo_accounts(worker.ledger, enterprises)
    finally:
        close(app, worker)


def close(app: Starlette, worker: Worker) -> None:
    """Close what was opened of it."""
    if app.state.worker is None:
        worker.close()
    else:
        close_services(app.state)


@contextmanager
def running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop on a thread of its own, as a server has one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="demonstration", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
