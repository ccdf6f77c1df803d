"""Dates of declarations, made beside the requests that want them.

To make the dates of one declaration costs nearly what it costs to make those of a hundred. One thread makes what is
wanted, all of it at once, and then rests for nine times the processor time that this took, a second at most; what is
wanted meanwhile is made the next time. So states are answered without waiting for dates, and dates take a tenth of one
processor while fewer than some two hundred are wanted a second. Where more wait than can be made soon, one more is
refused. Each declaration's dates are as of its own instant, whatever is made with it.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from time import sleep, thread_time
from typing import Any, Generic, TypeVar

SHARE = 0.1  # of one processor; with 50 wanted a second some twenty are made at once
LONGEST_REST_S = 1.0  # the first also loads the forecasts, and nobody waits for nine times that
MOST, MOST_WAITING = 500, 2_000  # at once; until one more is refused
Rows = list[dict[str, Any]]
T = TypeVar("T")


class TooManyWantedError(RuntimeError):
    """As many declarations wait for their dates as may."""


class Dates(Generic[T]):
    """One worker's; safe to use from several threads.

    make : the rows of each of several declarations, as of the instant beside it
    share : of one processor, in (0, 1]; most_waiting : declarations whose dates are not being made yet
    """

    def __init__(
        self,
        make: Callable[[Sequence[tuple[T, dt.datetime]]], list[Rows]],
        share: float = SHARE,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._make, self._share, self._most_waiting = make, share, most_waiting
        self._lock = threading.Lock()
        self._wanted: list[tuple[tuple[T, dt.datetime], Future[Rows]]] = []
        self._thread = ThreadPoolExecutor(1, "dates")

    def wanted(self, declaration: T, now: dt.datetime) -> Future[Rows]:
        """Its rows as of ``now``; raises TooManyWantedError."""
        future: Future[Rows] = Future()
        with self._lock:
            if len(self._wanted) >= self._most_waiting:
                raise TooManyWantedError(f"{len(self._wanted)} declarations wait for their dates")
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
        began = thread_time()
        self._answer(batch)
        sleep(min(LONGEST_REST_S, (thread_time() - began) * (1.0 / self._share - 1.0)))

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
