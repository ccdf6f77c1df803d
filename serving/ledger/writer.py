"""Group commit: many waiting requests, one durable transaction, and no answer before it.

One thread owns all writes of a process. Whatever a commit raises is the answer of those who wait for it, and the thread
goes on; ``fault`` names what is wrong until a commit goes well again, be it one without drafts, which is a trial of the
store. While one commit is on its way to the disk the
next requests gather, so under load a commit carries many records, and alone it carries one without delay.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import NamedTuple

import structlog

from serving.ledger.ledger import Draft, Ledger, Record
from serving.ledger.store import LedgerError

Receipt = list[tuple[Record, bool]]
Outcome = Receipt | BaseException
log = structlog.get_logger("serving.ledger.writer")


class _Waiting(NamedTuple):
    """Drafts that are committed together, and what whoever sent them waits for."""

    drafts: Sequence[Draft]
    future: Future[Receipt]


class LedgerWriter:
    """Takes drafts from any thread or task; answers after their commit, or with LedgerError."""

    def __init__(self, ledger: Ledger, largest_batch: int, waiting_limit: int = 100_000) -> None:
        self.ledger = ledger
        self.largest_batch = largest_batch
        self.waiting_limit = waiting_limit
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._closed = False
        self._fault: str | None = None
        self._cause = ""  # as it was logged last
        self._written_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    @property
    def fault(self) -> str | None:
        """What is wrong with the writer, without values; None when its last commit went well."""
        if not self._thread.is_alive() and not self._closed:
            return "ledger writer: its thread has ended"
        return None if self._fault is None else f"ledger writer: {self._fault}"

    @property
    def idle_s(self) -> float:
        """Seconds since a commit last went well, or since the start."""
        return time.monotonic() - self._written_at

    def submit(self, drafts: Sequence[Draft]) -> Future[Receipt]:
        """For threads: a future that resolves after the commit of these drafts."""
        future: Future[Receipt] = Future()
        if self._closed:
            future.set_exception(LedgerError("the ledger writer is closed"))
        elif self._waiting.qsize() >= self.waiting_limit:
            future.set_exception(LedgerError(f"{self.waiting_limit} records already wait for the ledger"))
        else:
            self._waiting.put(_Waiting(drafts, future))
        return future

    async def write(self, drafts: Sequence[Draft]) -> Receipt:
        """For tasks: the receipt, after the commit."""
        return await asyncio.wrap_future(self.submit(drafts))

    def close(self) -> None:
        """Write what was taken, then stop."""
        self._closed = True
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        last = False
        while not last:
            first = self._waiting.get()
            batch = [] if first is None else [first]
            last = first is None
            n_drafts = len(first.drafts) if first is not None else 0
            while n_drafts < self.largest_batch:
                try:
                    item = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if item is None:
                    last = True
                else:
                    batch.append(item)
                    n_drafts += len(item.drafts)
            if batch:
                _answer(batch, self._commit(batch))

    def _commit(self, batch: Sequence[_Waiting]) -> list[Outcome]:
        """What each of those who wait is answered."""
        try:
            receipts = self.ledger.append([draft for item in batch for draft in item.drafts])
            outcomes: list[Outcome] = []
            start = 0
            for item in batch:
                outcomes.append(receipts[start : start + len(item.drafts)])
                start += len(item.drafts)
        except LedgerError as fault:
            self._note(fault, str(fault).split("\n")[0][:200])  # the store's own text, which holds no values
            return [fault] * len(batch)
        except BaseException as fault:  # noqa: BLE001  # the thread outlives any batch, and whoever waits is answered
            self._note(fault)
            return [_unwritten(fault)] * len(batch)
        if self._fault is not None:
            log.info("ledger_writer_recovered")
        self._fault, self._cause, self._written_at = None, "", time.monotonic()
        return outcomes

    def _note(self, fault: BaseException, words: str = "") -> None:
        """Keep what went wrong, and log it once for each cause."""
        self._fault = type(fault).__name__
        if self._cause != (cause := f"{self._fault}: {words}"):
            log.error("ledger_writer_failed", fault=self._fault, cause=words)
        self._cause = cause


def _answer(batch: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
    """Wake whoever waits; one who was cancelled meanwhile waits no more."""
    for item, outcome in zip(batch, outcomes, strict=True):
        with suppress(InvalidStateError):
            if isinstance(outcome, BaseException):
                item.future.set_exception(outcome)
            else:
                item.future.set_result(outcome)


def _unwritten(fault: BaseException) -> LedgerError:
    """The answer to those who wait when the fault is not the store's."""
    answer = LedgerError(f"the records could not be written: {type(fault).__name__}")
    answer.__cause__ = fault
    return answer
