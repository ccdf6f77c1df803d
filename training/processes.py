"""Several processes at once, none of which outlives the one that started them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def as_done(work: Callable[[Item], Result], items: list[Item], jobs: int) -> Iterator[tuple[Item, Result]]:
    """Each item with what ``work`` made of it, in the order in which they are done; one job works in this process.

    work : named at the top of a module, so that a fresh process can import it
    raises : ValueError where jobs < 1; whatever ``work`` raises, and then no item is begun any more
    """
    if jobs < 1:
        raise ValueError(f"jobs must be at least 1, got {jobs}")
    if jobs == 1 or len(items) < 2:
        yield from ((item, work(item)) for item in items)
        return
    # A fresh interpreter has no threads of LightGBM or BLAS that a fork would break; it inherits the chosen kernels.
    with ProcessPoolExecutor(
        min(jobs, len(items)), mp_context=get_context("spawn"), initializer=_end_with_parent
    ) as pool:
        begun = {pool.submit(work, item): item for item in items}
        try:
            for one in as_completed(begun):
                yield begun[one], one.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """A killed parent sends its workers nothing, and they would wait for work for ever."""
    parent = parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()
