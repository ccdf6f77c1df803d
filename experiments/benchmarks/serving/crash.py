"""What the service has promised survives: ``kill -9`` under load, a database that restarts, a disk that is full.

Clients keep what was acknowledged. Afterwards every acknowledged answer must be in the ledger exactly once and
byte for byte, a repeated request must get the first answer, and the chain must verify. A request that got no answer
may have been recorded or not; repeating it settles that, and must record it once.
"""

from __future__ import annotations

import http.client
import os
import random
import resource
import subprocess
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.progress import track

from experiments.benchmarks.serving.postgres import PostgresServer
from experiments.benchmarks.serving.process import Keeper
from experiments.benchmarks.serving.world import BANKS, World
from serving.decide.decisions import answer_of, audit_id_of
from serving.ledger.chain import DECISION
from serving.ledger.ledger import Ledger

CLIENTS = 8
BATCH_EVERY, BATCH_SIZE = 8, 5
PAUSE_S = 0.05  # after a refusal
CHECK_EVERY = 20  # rounds between two checks of the whole chain


@dataclass
class Book:
    """The clients' own record: answers that they received, and requests without one."""

    answers: dict[str, bytes] = field(default_factory=dict)  # by request id
    open: dict[str, tuple[int, str]] = field(default_factory=dict)  # request id -> number and bank
    statuses: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, ids: list[str], answers: list[bytes] | None, status: str) -> None:
        """An answer for each id, or none."""
        with self.lock:
            self.statuses[status] += 1
            for position, request_id in enumerate(ids):
                if answers is None:
                    continue
                self.open.pop(request_id, None)
                earlier = self.answers.setdefault(request_id, answers[position])
                if earlier != answers[position]:
                    self.faults.append(f"{request_id} was answered twice, differently")


def _ask(connection: http.client.HTTPConnection, world: World, book: Book, ids: list[tuple[str, int, str]]) -> bool:
    """Send one request, or a batch of one bank; note the answer or its absence, and return whether it was given."""
    bank = ids[0][2]
    with book.lock:
        for request_id, number, _ in ids:
            if request_id not in book.answers:
                book.open[request_id] = (number, bank)
    names = [request_id for request_id, _, _ in ids]
    bodies = [world.quota_json(number, request_id, bank) for request_id, number, _ in ids]
    path, body = ("/v1/quota", bodies[0]) if len(ids) == 1 else ("/v1/quota/batch", b"[" + b",".join(bodies) + b"]")
    try:
        connection.request("POST", path, body, world.headers(bank))
        answer = connection.getresponse()
        text = answer.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        book.note(names, None, "no answer")
        return False
    if answer.status != 200:
        book.note(names, None, str(answer.status))
        return False
    book.note(names, [text] if len(ids) == 1 else [orjson.dumps(item) for item in orjson.loads(text)], "200")
    return True


class Load:
    """Eight clients that send requests without pause until they are stopped; each id is new."""

    def __init__(self, world: World, book: Book, port: int, name: str) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(world, book, port, f"{name}-{client}", client))
            for client in range(CLIENTS)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Wait until every client has noted its last answer."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=60)

    def _run(self, world: World, book: Book, port: int, name: str, client: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        bank, number = BANKS[client % len(BANKS)], 0
        while not self._stop.is_set():
            number += 1
            size = BATCH_SIZE if number % BATCH_EVERY == 0 else 1
            ids = [
                (f"{name}-{number}-{position}", client * 1_009 + number * 7 + position, bank)
                for position in range(size)
            ]
            if not _ask(connection, world, book, ids):
                time.sleep(PAUSE_S)
        connection.close()


def repeat(world: World, book: Book, port: int, ids: list[str]) -> None:
    """Ask again, one by one: with the same body for the same record."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for request_id in ids:
        number, bank = book.open.get(request_id) or _origin(request_id)
        _ask(connection, world, book, [(request_id, number, bank)])
    connection.close()


def _origin(request_id: str) -> tuple[int, str]:
    """Number and bank of an id that ``Load`` made."""
    *_, client, number, position = request_id.split("-")
    return int(client) * 1_009 + int(number) * 7 + int(position), BANKS[int(client) % len(BANKS)]


def audit(world: World, book: Book, tip: str | None) -> tuple[dict[str, Any], str]:
    """Compare the ledger with the clients' own record; ``tip`` was noted at the last audit and must still be there."""
    ledger = Ledger(world.url)
    verdict = ledger.verify(tip)
    recorded: dict[str, list[bytes]] = {}
    for record in ledger.scan():
        if record.kind == DECISION:
            recorded.setdefault(record.content["request"]["request_id"], []).append(answer_of(record))
    ledger.close()
    lost = [request_id for request_id in book.answers if request_id not in recorded]
    changed = [
        request_id
        for request_id, text in book.answers.items()
        if request_id in recorded and text not in recorded[request_id]
    ]
    twice = [request_id for request_id, texts in recorded.items() if len(texts) > 1]
    alien = [request_id for request_id in recorded if request_id not in book.answers and request_id not in book.open]
    return {
        "acknowledged": len(book.answers),
        "recorded": len(recorded),
        "lost": len(lost),
        "changed": len(changed),
        "twice": len(twice),
        "never_requested": len(alien),
        "faults": book.faults,
        "chain_breaks": list(verdict.breaks),
        "records": verdict.n_records,
    }, verdict.tip


def is_clean(found: dict[str, Any]) -> bool:
    """Nothing lost, changed, doubled or broken."""
    return not any(found[name] for name in ("lost", "changed", "twice", "never_requested", "faults", "chain_breaks"))


def kill_campaign(
    world: World, keeper: Keeper, rounds: int, seed: int, console: Console | None = None
) -> dict[str, Any]:
    """Kill the service ``rounds`` times at a random moment of the load; the next start answers what was left open."""
    chance, book, tip, starts_s = random.Random(seed), Book(), None, []
    unanswered: list[str] = []
    fates: Counter[str] = Counter()
    found: dict[str, Any] = {}
    steps = range(rounds)
    for number in track(steps, f"kill -9, {world.url.split(':')[0]}", console=console) if console else steps:
        starts_s.append(keeper.start(world.url))
        known = [request_id for request_id in book.answers if request_id.startswith(f"k{number - 1}-")]
        repeat(world, book, keeper.port, unanswered + chance.sample(known, min(10, len(known))))
        load = Load(world, book, keeper.port, f"k{number}")
        time.sleep(chance.uniform(0.02, 0.25))
        keeper.kill()
        load.stop()
        unanswered = list(book.open)
        fates.update(fates_of(world, book))
        if number % CHECK_EVERY == CHECK_EVERY - 1:
            found, tip = audit(world, book, tip)
            if not is_clean(found):
                break
    starts_s.append(keeper.start(world.url))
    repeat(world, book, keeper.port, list(book.open))
    keeper.kill()
    found, _ = audit(world, book, tip)
    return {
        "kills_under_load": rounds,
        "in_flight_when_killed": sum(fates.values()),
        **fates,
        "still_open": len(book.open),
        "start_s_median": sorted(starts_s)[len(starts_s) // 2],
        **found,
    }


def fates_of(world: World, book: Book) -> Counter[str]:
    """What became of the requests that the kill left without an answer; a batch is recorded whole or not at all."""
    ledger = Ledger(world.url)
    kept = {
        request_id: ledger.by_key(f"decision:{audit_id_of(bank, request_id)}") is not None
        for request_id, (_, bank) in book.open.items()
    }
    ledger.close()
    batches: dict[str, set[bool]] = {}
    for request_id, is_kept in kept.items():
        batches.setdefault(request_id.rsplit("-", 1)[0], set()).add(is_kept)
    for name, seen in batches.items():
        if len(seen) > 1:
            book.faults.append(f"batch {name} was recorded in part")
    return Counter("recorded_without_answer" if is_kept else "not_recorded" for is_kept in kept.values())


def postgres_restart_campaign(
    world: World, keeper: Keeper, server: PostgresServer, away_s: float = 1.5
) -> dict[str, Any]:
    """Stop PostgreSQL at once, as a crash does, in the middle of the load, and start it again."""
    book = Book()
    keeper.start(world.url)
    load = Load(world, book, keeper.port, "p0")
    time.sleep(1.0)
    before = len(book.answers)
    server.stop()
    time.sleep(away_s)
    while_away, statuses = len(book.answers), dict(book.statuses)
    began = time.monotonic()
    server.start()
    while len(book.answers) == while_away and time.monotonic() - began < 30:
        time.sleep(0.02)
    recovered_s = time.monotonic() - began
    time.sleep(1.0)
    load.stop()
    after = len(book.answers)
    repeat(world, book, keeper.port, list(book.open))
    keeper.kill()
    found, _ = audit(world, book, None)
    return {
        "acknowledged_before": before,
        "acknowledged_after": after - while_away,
        "statuses_until_back": statuses,
        "recovered_s": recovered_s,
        "still_open": len(book.open),
        **found,
    }


class SmallDisk:
    """A folder whose files cannot grow past ``size_bytes`` until ``enlarge`` is called.

    For root a file system in memory, so that what does not fit is a real ENOSPC; for others a limit on the size of
    the service's files, whose errors differ in name alone.
    """

    def __init__(self, folder: Path, size_bytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.size_bytes = folder, size_bytes
        self.kind = "tmpfs" if os.geteuid() == 0 and self._mount(f"size={size_bytes}") else "file size limit"

    def limit(self, pid: int) -> None:
        """Let the limit hold for this service, where the file system itself is not small."""
        if self.kind != "tmpfs":
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (self.size_bytes, resource.RLIM_INFINITY))

    def enlarge(self, pid: int) -> None:
        """Give room again."""
        if self.kind == "tmpfs":
            self._mount(f"remount,size={self.size_bytes * 50}")
        else:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def close(self) -> None:
        """Take the file system away."""
        if self.kind == "tmpfs":
            subprocess.run(["umount", "-l", str(self.folder)], check=True)

    def _mount(self, options: str) -> bool:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.folder)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def full_disk_campaign(world: World, keeper: Keeper, disk: SmallDisk) -> dict[str, Any]:
    """Load until the ledger's disk is full, go on for a while, give it room again."""
    book = Book()
    keeper.start(world.url)
    pid = keeper.pid or 0
    disk.limit(pid)
    load = Load(world, book, keeper.port, "d0")
    began = time.monotonic()
    while book.statuses["503"] < 50 and time.monotonic() - began < 60:
        time.sleep(0.02)
    full, statuses = len(book.answers), dict(book.statuses)
    load.stop()
    at_full, _ = audit(world, book, None)
    disk.enlarge(pid)
    began = time.monotonic()
    load = Load(world, book, keeper.port, "d1")
    while len(book.answers) <= full and time.monotonic() - began < 30:
        time.sleep(0.02)
    recovered_s = time.monotonic() - began
    time.sleep(0.5)
    load.stop()
    repeat(world, book, keeper.port, list(book.open))
    keeper.kill()
    found, _ = audit(world, book, None)
    return {
        "disk": disk.kind,
        "acknowledged_before": full,
        "acknowledged_after": len(book.answers) - full,
        "statuses_until_full": statuses,
        "chain_breaks_when_full": at_full["chain_breaks"],
        "clean_when_full": is_clean(at_full),
        "recovered_s": recovered_s,
        "still_open": len(book.open),
        **found,
    }
