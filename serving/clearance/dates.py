"""Dates of declarations, made beside the requests that want them.

To make the dates of one declaration costs nearly what it costs to make those of a hundred. One thread makes what is
wanted, all of it at once, and then rests for nine times as long as it worked; what is wanted meanwhile is made the
next time. So states are answered without waiting for dates, and however many dates are wanted and however busy the
machine is, they take a tenth of the time of one processor at most. Each declaration's dates are as of its own
instant, whatever is made with it.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic, sleep
from typing import Any, Generic, TypeVar

SHARE = 0.1  # of the time in which dates are made; with 50 wanted a second some thirty are made at once
MOST = 500  # at once
Rows = list[dict[str, Any]]
T = TypeVar("T")


class Dates(Generic[T]):
    """One worker's; safe to use from several threads.

    make : the rows of each of several declarations, as of the instant beside it
    share : of the time in which they are made, in (0, 1]
    """

    def __init__(self, make: Callable[[Sequence[tuple[T, dt.datetime]]], list[Rows]], share: float = SHARE) -> None:
        self._make, self._share = make, share
        self._lock = threading.Lock()
        self._wanted: list[tuple[tuple[T, dt.datetime], Future[Rows]]] = []
        self._thread = ThreadPoolExecutor(1, "dates")

    def wanted(self, declaration: T, now: dt.datetime) -> Future[Rows]:
        """Its rows as of ``now``."""
        future: Future[Rows] = Future()
        with self._lock:
            self._wanted.append(((declaration, now), future))
        self._thread.submit(self._next)
        return future

    def close(self) -> None:
        """Make nothing more, once what is being made is done."""
        self._thread.shutdown(cancel_futures=True)

    def _next(self) -> None:
        with self._lock:
            batch, self._wanted = self._wanted[:MOST], self._wanted[MOST:]
        batch = [one for one in batch if one[1].set_running_or_notify_cancel()]
        if not batch:
            return
        began = monotonic()
        self._answer(batch)
        sleep((monotonic() - began) * (1.0 / self._share - 1.0))

    def _answer(self, batch: Sequence[tuple[tuple[T, dt.datetime], Future[Rows]]]) -> None:
        try:
            made = self._make([one for one, _ in batch])
        except Exception as fault:  # noqa: BLE001  # it is raised where the rows are waited for
            if len(batch) == 1:
                batch[0][1].set_exception(fault)
            else:  # one that cannot be made keeps the dates of no other
                for one in batch:
                    self._answer([one])
            return
        for (_, future), rows in zip(batch, made, strict=True):
            future.set_result(rows)
