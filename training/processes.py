"""Several processes at once that share one value, none of which outlives the process that started them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any, Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
_shared: Any = None  # of a worker


class Each(Protocol):
    """``each(work, items)``: every item with ``work(shared, item)``, in the order in which they are done."""

    def __call__(  # noqa: D102  # the class says it
        self, work: Callable[[Any, Item], Result], items: Sequence[Item]
    ) -> Iterator[tuple[Item, Result]]: ...


@contextmanager
def workers(jobs: int, shared: Any) -> Iterator[Each]:
    """Processes that each hold ``shared``, which is sent once; one job works in this process and keeps the order.

    Work is named at the top of a module, so that a fresh process can import it. What it raises comes through, and then
    no item is begun any more.
    raises : ValueError where jobs < 1
    """
    if jobs < 1:
        raise ValueError(f"jobs must be at least 1, got {jobs}")
    if jobs == 1:
        yield lambda work, items: ((item, work(shared, item)) for item in items)
        return
    # A fresh interpreter has no threads of LightGBM or BLAS that a fork would break; it inherits the chosen kernels.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_begin, initargs=(shared,)) as pool:

        def each(work: Callable[[Any, Item], Result], items: Sequence[Item]) -> Iterator[tuple[Item, Result]]:
            begun = {pool.submit(_work, work, item): item for item in items}
            for one in as_completed(begun):
                yield begun[one], one.result()

        try:
            yield each
        finally:
            pool.shutdown(cancel_futures=True)


def in_order(each: Each, work: Callable[[Any, Item], Result], items: Sequence[Item]) -> list[Result]:
    """The results in the order of their items."""
    numbered = [(position, work, item) for position, item in enumerate(items)]
    found = {position: result for (position, _, _), result in each(_numbered, numbered)}
    return [found[position] for position in range(len(items))]


def _numbered(shared: Any, item: tuple[int, Callable[[Any, Any], Any], Any]) -> Any:
    return item[1](shared, item[2])


def _work(work: Callable[[Any, Any], Any], item: Any) -> Any:
    return work(_shared, item)


def _begin(shared: Any) -> None:
    """Keep what is shared; and end with the parent: killed, it sends its workers nothing, and they would wait."""
    global _shared  # of this process alone, set once
    _shared = shared
    parent = parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()
