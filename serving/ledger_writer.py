"""Group commit: many waiting requests, one durable transaction, and no answer before it.

One thread owns all writes of a process. While one commit is on its way to the disk the next requests gather, so
under load a commit carries many records, and alone it carries one without delay.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future

from serving.ledger import Draft, Ledger, LedgerError, Record

Receipt = list[tuple[Record, bool]]
_Waiting = tuple[Sequence[Draft], "Future[Receipt]"]


class LedgerWriter:
    """Takes drafts from any thread; the future resolves after their commit, or fails with LedgerError."""

    def __init__(self, ledger: Ledger, largest_batch: int) -> None:
        self.ledger = ledger
        self.largest_batch = largest_batch
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    def submit(self, drafts: Sequence[Draft]) -> Future[Receipt]:
        """Queue drafts that must be committed together."""
        future: Future[Receipt] = Future()
        if self._closed:
            future.set_exception(LedgerError("the ledger writer is closed"))
        else:
            self._waiting.put((drafts, future))
        return future

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
            while sum(len(drafts) for drafts, _ in batch) < self.largest_batch:
                try:
                    item = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if item is None:
                    last = True
                else:
                    batch.append(item)
            if batch:
                self._commit(batch)

    def _commit(self, batch: Sequence[_Waiting]) -> None:
        drafts = [draft for group, _ in batch for draft in group]
        try:
            receipts = self.ledger.append(drafts)
        except (LedgerError, ValueError, TypeError, OSError) as fault:  # the thread must outlive one bad batch
            for _, future in batch:
                future.set_exception(fault)
            return
        start = 0
        for group, future in batch:
            future.set_result(receipts[start : start + len(group)])
            start += len(group)
