"""Kills a process again and again while it imports a log: in the end every event is stored, and none twice.

Each process is killed by SIGKILL at a random moment of its import and the next one starts the same import from the
beginning, as an operator does. SIGKILL ends the process, not the machine: a loss of power is not tried.
"""

from __future__ import annotations

import csv
import datetime as dt
import multiprocessing as mp
import random
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

from data.beijing import BEIJING
from data.events import EventStore
from data.ingest.case_logs.read import CaseLog, read_case_log
from serving.approvals.store import CaseStore

SOURCE = "kills"
MOST_OF_ONE_STORE = 4  # kills before an import of the same store is let through
MOST_TRIES = 20  # starts for one kill: a process may have ended before it
STEPS = ("申请", "受理", "补正", "审查", "决定", "送达")


def kills(times: int, cases: int = 2_000, seed: int = 20) -> dict[str, Any]:
    """Kill ``times`` imports of a log of six events a case and compare the stores with the log.

    ``lost``, ``twice``, ``altered``, ``not_found`` (under their case number) and ``refused_wrong`` (rows in quarantine
    too few or too many) are to be 0; ``while_writing`` : kills that left a part of the events in the store.
    """
    draw, processes = random.Random(seed), mp.get_context("forkserver")
    processes.set_forkserver_preload([__name__])
    found = dict.fromkeys(("kills", "stores", "while_writing", "lost", "twice", "altered", "not_found"), 0)
    found |= {"refused_wrong": 0, "events": 6 * cases}
    with tempfile.TemporaryDirectory() as folder:
        path = write_log(Path(folder) / "log.csv", cases)
        log = read_case_log(path)
        begun = time.perf_counter()
        imported(path, f"sqlite:///{folder}/first.sqlite")
        whole_s = time.perf_counter() - begun
        while found["kills"] < times:
            url = f"sqlite:///{folder}/{found['stores']}.sqlite"
            for _ in range(min(draw.randint(1, MOST_OF_ONE_STORE), times - found["kills"])):
                _kill(processes, path, url, draw, whole_s)
                found["kills"] += 1
                stored = sum(1 for _ in CaseStore(EventStore(url)).events())
                found["while_writing"] += 0 < stored < len(log.events)
            imported(path, url)
            found["stores"] += 1
            for name, count in _compared(url, log).items():
                found[name] += count
    return found


def write_log(path: Path, cases: int) -> Path:
    """A log of six events a case; every 50th case has a row that says the same twice and one without its number."""
    begin = dt.datetime(2026, 3, 2, 9, tzinfo=BEIJING)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["case_id", "activity", "timestamp", "resource", "c_channel"])
        for case in range(cases):
            rows = [
                [f"K{case:06d}", step, (begin + dt.timedelta(hours=case + 9 * at)).isoformat(), f"R{case % 7}", "网上"]
                for at, step in enumerate(STEPS)
            ]
            extra = [rows[2], ["", *rows[3][1:]]] if case % 50 == 0 else []
            writer.writerows([*rows, *extra])
    return path


def imported(path: Path, url: str) -> None:
    """One import from the beginning to its end."""
    log, store = read_case_log(path), EventStore(url)
    CaseStore(store).receive(log.events, SOURCE, dt.datetime.now(dt.UTC), log.quarantine)
    store.close()


def _kill(processes: mp.context.ForkServerContext, path: Path, url: str, draw: random.Random, whole_s: float) -> None:
    for _ in range(MOST_TRIES):
        process = processes.Process(target=imported, args=(path, url))
        process.start()
        process.join(draw.uniform(0, whole_s))
        process.kill()
        process.join()
        if process.exitcode == -signal.SIGKILL:
            return
    raise RuntimeError(f"no process could be killed in {MOST_TRIES} tries")


def _compared(url: str, log: CaseLog) -> dict[str, int]:
    store = EventStore(url)
    cases = CaseStore(store)
    stored = [kept.event for kept in cases.events()]
    digests, expected = {event.digest for event in stored}, {event.digest for event in log.events}
    numbers = {event.case_number for event in log.events}
    under = sum(len(cases.of_case(number, SOURCE)) for number in sorted(numbers)[:: max(1, len(numbers) // 50)])
    chosen = set(sorted(numbers)[:: max(1, len(numbers) // 50)])
    refused = sum(1 for _ in cases.quarantined())
    store.close()
    return {
        "lost": len(expected - digests),
        "twice": len(stored) - len(digests),
        "altered": len(digests - expected),
        "not_found": sum(event.case_number in chosen for event in log.events) - under,
        "refused_wrong": abs(refused - len(log.quarantine)),
    }
