"""The console on the packed release as ``make console`` makes it, from the source tree, in processes of its own.

WORKERS of them take connections from one socket, one for each core of the machine that the bars are stated for. The
store is new: demo accounts, applications, simulated records and records of single pages, in a folder that goes with the
block. A worker of jobs runs beside it.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from serving.auth.access import Caller
from serving.clock import CLOCK
from serving.console.accounts import Accounts
from serving.console.demo_accounts import DemoAccount
from serving.console.passwords import Passwords, first_password
from serving.ledger.ledger import Ledger
from serving.ledger.store import LEDGER_URL
from serving.matching.event_store import EVENTS_URL

START_LIMIT_S, CROWD, WORKERS = 240.0, 20, 2


class ServiceError(RuntimeError):
    """The console did not come up."""


@dataclass(frozen=True)
class Running:
    """A running console: the service's address, and its people by role in the order in which they were made."""

    address: str
    store: str  # address of the ledger's store
    people: Mapping[str, list[DemoAccount]]
    crowd: list[tuple[str, str]]  # names and passwords of many zone officers


@contextmanager
def running_console(log: Path, day: str) -> Iterator[Running]:
    """Prepare a store, start the service and a worker of jobs; both end with the block.

    log : what both print
    day : on which the service believes to be
    """
    with (
        TemporaryDirectory(prefix="console-") as folder,
        log.open("ab") as said,
        socket.create_server(("127.0.0.1", 0), backlog=1_024) as port,
    ):
        store = f"sqlite:///{folder}/ledger.sqlite"
        env = os.environ | {LEDGER_URL: store, CLOCK: day}
        env.pop(EVENTS_URL, None)
        people = Path(folder, "people.json")
        given = [sys.executable, "-m", "experiments.benchmarks.console.service", str(port.fileno())]
        started = []

        def start(command: list[str], **how: Any) -> None:
            started.append(subprocess.Popen(command, env=env, stdout=said, stderr=said, **how))

        try:
            for number in range(WORKERS):  # the first makes the store and its people
                ready = Path(folder, f"ready-{number}")
                start([*given, str(ready), str(people)], pass_fds=[port.fileno()])
                _wait(ready, started[-1], log)
            start([sys.executable, "-m", "experiments", "worker"])
            found = json.loads(people.read_text(encoding="utf-8"))
            roles: dict[str, list[DemoAccount]] = {}
            for row in found["demo"]:
                roles.setdefault(row["role"], []).append(DemoAccount(**row))
            address = f"http://127.0.0.1:{port.getsockname()[1]}"
            yield Running(address, store, roles, [(name, password) for name, password in found["crowd"]])
        finally:
            for process in reversed(started):
                process.terminate()
            for process in started:
                process.wait(timeout=30)


def _wait(ready: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and process.poll() is None:
        if ready.exists():
            return
        time.sleep(0.2)
    raise ServiceError(f"not ready:\n{log.read_text(errors='replace')[-3_000:]}")


def crowd_accounts(ledger: Ledger, count: int = CROWD) -> list[tuple[str, str]]:
    """Names and passwords of so many zone officers, each bound by a second person."""
    accounts, quick = Accounts(ledger), Accounts(ledger, Passwords(passes=1, memory_kib=8))
    maker, binder = (Caller("bench", "operator", f"bench {number}", "", frozenset({"accounts"})) for number in (1, 2))
    made = []
    for number in range(1, count + 1):
        account, first = quick.make(f"crowd-{number}", "zone_officer", f"crowd {number}", maker, "benchmark")
        password = first_password()
        quick.change_password(account.account_id, first, password)
        accounts.bind(account.account_id, "", binder, "benchmark")
        made.append((account.sign_in_name, password))
    return made


def main(number: int, ready: Path, people: Path) -> None:
    """Serve from the open socket of this number until ended.

    ready : written when it begins to take connections; people : of the store, which the first process makes, as JSON
    """
    import bentoml
    import uvicorn

    from experiments.benchmarks.console.owned import Owner, fill_owned
    from serving.cli.console import DECISIONS, ENTERPRISES
    from serving.cli.demo import choose
    from serving.console.api import Api
    from serving.console.app import mount_console
    from serving.console.demo_accounts import BANKS
    from serving.console.demonstration import prepare, running_loop
    from serving.decide.decision_service import DecisionService
    from serving.decide.worker import Worker
    from serving.http.app import create_app
    from serving.releases.packed import MODEL
    from serving.runtime.logs import log_as_json
    from serving.runtime.services import close_services, open_services

    log_as_json()
    release = Path(bentoml.models.get(f"{MODEL}:latest").path)
    by_outcome = {one["outcome"]: str(one["uscc"]) for one in choose(DECISIONS)}
    first, second = (by_outcome[outcome] for outcome in ENTERPRISES)
    fresh = not people.exists()
    accounts: list[Any] = prepare(release, (first, second), lambda _: None) if fresh else []
    worker = Worker.from_environment(DecisionService.load(release))
    if fresh:
        found = {"demo": [asdict(one) for one in accounts], "crowd": crowd_accounts(worker.ledger)}
        people.write_text(json.dumps(found), encoding="utf-8")
    app = create_app()
    mount_console(app)
    open_services(app.state, release, worker)
    if fresh:
        analyst = next(one for one in Accounts(worker.ledger).every() if one.role == "policy_analyst")
        with running_loop() as loop:
            fill_owned(worker, lambda caller: Api(app, loop, caller), Owner(first, BANKS[0]), analyst.account_id)
    try:
        config = uvicorn.Config(app, log_level="error", access_log=False, timeout_keep_alive=60)
        ready.touch()
        uvicorn.Server(config).run(sockets=[socket.socket(fileno=number)])
    finally:
        close_services(app.state)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
