"""Whatever a thread's work raises, the worker turns not-ready, says so in its log, and recovers."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from serving.contract.refusals import Refusal
from serving.decide import upkeep
from serving.decide.upkeep import Repeated
from serving.decide.worker import Worker
from serving.ledger.checkpoint import CheckpointError, Signer
from serving.ledger.ledger import GENESIS, Draft, Ledger, trials_table
from serving.ledger.store import LedgerError
from serving.ledger.writer import LedgerWriter

pytestmark = pytest.mark.law
FAULTS = [LedgerError, OSError, KeyError, RecursionError, MemoryError, AssertionError, SystemExit, KeyboardInterrupt]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "RETRY_S", 0.02)


def wait_until(condition: Callable[[], bool], limit_s: float = 20.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("fault", [*FAULTS, GeneratorExit])
def test_work_that_raises_is_a_fault_until_it_goes_well_again(fault: type[BaseException]) -> None:
    """The fault names work and type, not what it said; logged once, however often it is raised."""
    broken, calls = threading.Event(), []
    broken.set()

    def work() -> None:
        calls.append(1)
        if broken.is_set():
            raise fault("secret")

    with structlog.testing.capture_logs() as logs:
        one = Repeated("expiry", work, 0.02)
        wait_until(lambda: len(calls) > 3)
        assert one.fault == f"expiry: {fault.__name__}"
        broken.clear()
        wait_until(lambda: one.fault is None)
        one.stop()
    assert [entry["event"] for entry in logs] == ["upkeep_failed", "upkeep_recovered"]
    assert "secret" not in str(logs)
    assert not one._thread.is_alive()


def test_what_a_checkpoint_finds_is_logged_in_full() -> None:
    """It names records by their numbers; a second finding of the same type is logged as well, each once."""
    finding, calls = ["record 7 is another"], []

    def work() -> None:
        calls.append(1)
        raise CheckpointError(finding[0])

    with structlog.testing.capture_logs() as logs:
        one = Repeated("checkpoint", work, 0.02)
        wait_until(lambda: len(calls) > 3)
        finding[0] = "record 9 is missing"
        wait_until(lambda: len(logs) > 1)
        one.stop()
    assert isinstance(one.raised, CheckpointError)
    assert one.fault == "checkpoint: CheckpointError"
    assert [(entry["fault"], entry["detail"]) for entry in logs] == [
        ("CheckpointError", "record 7 is another"),
        ("CheckpointError", "record 9 is missing"),
    ]


def test_work_that_does_not_come_back_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that hangs is no better than one that ended; when it comes back all is well."""
    monkeypatch.setattr(upkeep, "PATIENCE_S", 0.1)
    hanging = threading.Event()
    one = Repeated("expiry", lambda: hanging.wait(20), 0.02)
    wait_until(lambda: one.fault is not None and "not back" in one.fault)
    hanging.set()
    wait_until(lambda: one.fault is None)
    one.stop()


def test_a_thread_that_ended_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """However that came about."""
    monkeypatch.setattr(Repeated, "_run", lambda self: None)
    one = Repeated("expiry", lambda: None, 0.02)
    wait_until(lambda: one.fault == "expiry: its thread has ended")


WORKS = {
    "keys and releases": ("keys", "refresh"),
    "policies": ("policies", "refresh"),
    "drift figures": ("metrics", "drift"),
    "expiry": ("ledger", "due"),
    "checkpoint": ("_notary", "sign"),
}


@pytest.mark.parametrize("fault", [LedgerError, KeyError, MemoryError, SystemExit])
@pytest.mark.parametrize(("part", "method"), WORKS.values(), ids=WORKS)
def test_ready_turns_503_and_back(
    open_shop: Any, service: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, method: str,
    fault: type[BaseException],
) -> None:  # fmt: skip
    """A fault of any kind in any work of the worker's threads; requests that need none of it are still answered."""
    from dataclasses import replace

    monkeypatch.setattr("serving.decide.worker.SWEEP_S", 0.05)
    params = replace(service.params, checkpoint_every_s=0.1)
    shop = open_shop(f"sqlite:///{tmp_path / 'l.sqlite'}", params=params, signer=Signer.make("test"))
    key = shop.key("standard")
    assert shop.client.get("/readyz").status_code == 200
    whole = getattr(getattr(shop.worker, part), method)

    def fails(*_: Any, **__: Any) -> Any:
        raise fault("secret")

    with structlog.testing.capture_logs() as logs:
        setattr(getattr(shop.worker, part), method, fails)
        wait_until(lambda: shop.client.get("/readyz").status_code == 503)
        answer = shop.client.get("/readyz").text
        assert "secret" not in answer
        assert fault.__name__ in answer
        assert shop.client.get("/healthz").status_code == 200
        assert shop.client.get("/v1/bank-applications", headers=key).status_code == 200
        setattr(getattr(shop.worker, part), method, whole)
        wait_until(lambda: shop.client.get("/readyz").status_code == 200)
    assert {"upkeep_failed", "upkeep_recovered"} <= {entry["event"] for entry in logs}


@pytest.mark.parametrize("fault", FAULTS[1:])
def test_a_writer_that_fails_answers_and_recovers_by_itself(
    shop: Any, monkeypatch: Any, fault: type[BaseException]
) -> None:
    """Whoever waits gets 503 at once and not after half a minute; not ready; then ready without any request."""
    key, append = shop.key("standard"), shop.worker.ledger.append

    def fails(*_: Any) -> Any:
        raise fault("secret")

    shop.worker.ledger.append = fails
    begun = time.monotonic()
    refused = shop.client.post("/v1/quota", json=shop.body(), headers=key)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert time.monotonic() - begun < 10
    assert "secret" not in refused.text
    answer = shop.client.get("/readyz")
    assert answer.status_code == 503
    assert fault.__name__ in answer.text
    shop.worker.ledger.append = append
    wait_until(lambda: shop.client.get("/readyz").status_code == 200)
    assert shop.client.post("/v1/quota", json=shop.body(), headers=key).status_code == 200


def test_a_writers_loop_that_closes_stops_nobody(sqlite_ledger: Ledger) -> None:
    """The event loop of one who waited is closed; the next one is answered."""
    import asyncio

    writer = LedgerWriter(sqlite_ledger, largest_batch=4)
    loop = asyncio.new_event_loop()

    async def leave() -> None:
        left.append(asyncio.ensure_future(writer.write([Draft("x", "o", "gone", b"{}")])))
        await asyncio.sleep(0)

    left: list[Any] = []

    with sqlite_ledger.engine.execution_options(writes=True).begin():  # the store is busy until the loop is closed
        loop.run_until_complete(leave())
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
    assert writer.submit([Draft("x", "o", "next", b"{}")]).result(timeout=20)[0][1]
    assert writer.fault is None
    writer.close()


def test_stale_policies_answer_nobody(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are read and policies are not: after ten seconds no quota is decided under what may have changed."""
    key = shop.key("standard")
    assert shop.client.post("/v1/quota", json=shop.body(), headers=key).status_code == 200

    def fails(*_: Any) -> None:
        raise RuntimeError

    shop.worker.policies.refresh = fails
    wait_until(lambda: shop.client.get("/readyz").status_code == 503)
    shop.worker._fresh_at -= 11
    refused = shop.client.post("/v1/quota", json=shop.body(1), headers=key)
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/ledger-unavailable")


def test_a_worker_opens_without_its_ledger_and_recovers(service: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """The store is away at the start: not ready, and ready by itself once it answers."""
    from serving.decide import worker as module

    away, migrate = threading.Event(), module.migrate
    away.set()

    def maybe(url: str) -> None:
        if away.is_set():
            raise LedgerError("away")
        migrate(url)

    monkeypatch.setattr(module, "migrate", maybe)
    worker = Worker(service, f"sqlite:///{tmp_path / 'l.sqlite'}")
    refresh, reading, hold = worker.policies.refresh, threading.Event(), threading.Event()

    def slowly(ledger: Ledger) -> None:
        reading.set()
        hold.wait(10)
        refresh(ledger)

    monkeypatch.setattr(worker.policies, "refresh", slowly)
    try:
        assert refused_as(worker) == "ledger-unavailable"
        away.clear()
        assert reading.wait(20)
        assert refused_as(worker) == "ledger-unavailable", "its releases are not read yet"
        hold.set()
        wait_until(lambda: refused_as(worker) is None)
        assert worker.ready() is service
    finally:
        worker.close()


def refused_as(worker: Worker) -> str | None:
    """The key of what keeps the worker from answering; None where it may answer."""
    try:
        worker.ready()
    except Refusal as refusal:
        return refusal.key
    return None


def ready(shop: Any) -> int:
    return int(shop.client.get("/readyz").status_code)


@contextmanager
def no_file_grows() -> Iterator[None]:
    """No write of this process beyond the first bytes of a file succeeds, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def write_locked(ledger: Ledger) -> Iterator[None]:
    """Somebody else holds the store's lock for writing."""
    with ledger.engine.execution_options(writes=True).begin():
        yield


@pytest.mark.parametrize("hindrance", ["full disk", "locked"])
def test_an_idle_worker_that_cannot_write_is_not_ready(shop: Any, monkeypatch: Any, hindrance: str) -> None:
    """Nobody sends a request, and the store can still be read; ready again without any request."""
    monkeypatch.setattr("serving.decide.worker.TRIAL_S", 0.05)
    monkeypatch.setattr("serving.decide.worker.TRIAL_LIMIT_S", 0.3)
    assert ready(shop) == 200
    before = shop.worker.ledger.tip()
    hindered = no_file_grows() if hindrance == "full disk" else write_locked(shop.worker.ledger)
    with structlog.testing.capture_logs() as logs:
        with hindered:
            wait_until(lambda: ready(shop) == 503)
            assert "ledger writer" in shop.client.get("/readyz").text
            shop.worker.ledger.ping()
        wait_until(lambda: ready(shop) == 200)
    if hindrance == "full disk":
        # Services of other tests in this process meet the same full disk; each logs a cause once.
        failed = [entry for entry in logs if entry["event"] == "ledger_writer_failed"]
        assert failed
        assert {entry["fault"] for entry in failed} == {"LedgerError"}
        assert all(entry["cause"].startswith("(sqlite3.OperationalError) d") for entry in failed)  # "disk I/O error"
    assert shop.worker.ledger.tip() == before


def test_a_commit_that_the_store_refused_is_named_and_counts_until_one_goes_well(
    any_shop: Any, monkeypatch: Any
) -> None:
    """The log has the store's first line, once; /readyz, which anybody may read, only the type."""
    shop, append = any_shop, any_shop.worker.ledger.append
    words = "(sqlite3.OperationalError) database or disk is full"

    def fails(*_: Any) -> Any:
        raise LedgerError(f"{words}\n[SQL: a secret]")

    shop.worker.ledger.append = fails
    with structlog.testing.capture_logs() as logs:
        assert shop.client.post("/v1/quota", json=shop.body(), headers=shop.key("standard")).status_code == 503
        for _ in range(3):
            assert ready(shop) == 503
            time.sleep(0.6)
        assert "LedgerError" in shop.client.get("/readyz").text
        assert "disk" not in shop.client.get("/readyz").text
        shop.worker.ledger.append = append
        wait_until(lambda: ready(shop) == 200)
    failed = [entry for entry in logs if entry["event"] == "ledger_writer_failed"]
    assert [(entry["fault"], entry["cause"]) for entry in failed] == [("LedgerError", words)]
    assert "ledger_writer_recovered" in [entry["event"] for entry in logs]


def test_a_trial_writes_a_row_beside_the_chain(ledger: Ledger) -> None:
    """One row, rewritten; no record."""
    for _ in range(3):
        assert ledger.append([]) == []
        with ledger.engine.connect() as connection:
            rows = connection.execute(sa.select(trials_table)).all()
        assert [row.id for row in rows] == [1]
    assert ledger.end() == (0, GENESIS)
