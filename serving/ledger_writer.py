"""Group commit: many waiting requests, one durable transaction, and no answer before it.

One thread owns all writes of a process. While one commit is on its way to the disk the next requests gather, so
under load a commit carries many records, and alone it carries one without delay. An event loop is woken once per
commit, not once per record.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from serving.ledger import Draft, Ledger, Record
from serving.ledger_store import LedgerError

Receipt = list[tuple[Record, bool]]
Outcome = Receipt | BaseException


@dataclass(slots=True)
class _Waiting:
    """Drafts that are committed together, and who waits for them: a thread, or a task of ``loop``."""

    drafts: Sequence[Draft]
    future: Future[Receipt] | asyncio.Future[Receipt]
    loop: asyncio.AbstractEventLoop | None


class LedgerWriter:
    """Takes drafts from any thread or task; answers after their commit, or with LedgerError."""

    def __init__(self, ledger: Ledger, largest_batch: int, waiting_limit: int = 100_000) -> None:
        self.ledger = ledger
        self.largest_batch = largest_batch
        self.waiting_limit = waiting_limit
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    def submit(self, drafts: Sequence[Draft]) -> Future[Receipt]:
        """For threads: a future that resolves after the commit of these drafts."""
        future: Future[Receipt] = Future()
        try:
            self._take(_Waiting(drafts, future, None))
        except LedgerError as fault:
            future.set_exception(fault)
        return future

    async def write(self, drafts: Sequence[Draft]) -> Receipt:
        """For tasks: the receipt, after the commit."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Receipt] = loop.create_future()
        self._take(_Waiting(drafts, future, loop))
        return await future

    def close(self) -> None:
        """Write what was taken, then stop."""
        self._closed = True
        self._waiting.put(None)
        self._thread.join()

    def _take(self, item: _Waiting) -> None:
        if self._closed:
            raise LedgerError("the ledger writer is closed")
        if self._waiting.qsize() >= self.waiting_limit:
            raise LedgerError(f"{self.waiting_limit} records already wait for the ledger")
        self._waiting.put(item)

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
                self._commit(batch)

    def _commit(self, batch: Sequence[_Waiting]) -> None:
        drafts = [draft for item in batch for draft in item.drafts]
        outcomes: list[Outcome] = []
        try:
            receipts = self.ledger.append(drafts)
        except (LedgerError, ValueError, TypeError, OSError) as fault:  # the thread must outlive one bad batch
            outcomes = [fault] * len(batch)
        else:
            start = 0
            for item in batch:
                outcomes.append(receipts[start : start + len(item.drafts)])
                start += len(item.drafts)
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Waiting, Outcome]]] = {}
        for item, outcome in zip(batch, outcomes, strict=True):
            if item.loop is None:
                _resolve([(item, outcome)])
            else:
                by_loop.setdefault(item.loop, []).append((item, outcome))
        for loop, pairs in by_loop.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, pairs)


def _resolve(pairs: Sequence[tuple[_Waiting, Outcome]]) -> None:
    for item, outcome in pairs:
        if item.future.done():
            continue
        if isinstance(outcome, BaseException):
            item.future.set_exception(outcome)
        else:
            item.future.set_result(outcome)
