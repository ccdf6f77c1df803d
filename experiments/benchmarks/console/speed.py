"""How long a person waits and what comes over the wire: an empty cache, a second visit, page changes, a filter."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from playwright.sync_api import Browser, CDPSession

from experiments.benchmarks.console.browser import Person

FIRST_PAGE_S, FIRST_PAGE_BYTES, SECOND_VISIT_BYTES = 2.0, 3_000_000, 300_000
CHANGES, DRIFT_SHARE = 50, 0.10
READABLE = "() => { const one = document.querySelector('h1'); return one && one.getBoundingClientRect().height > 0; }"


@dataclass
class Wire:
    """Bytes that came over the wire, headers and compression as they were sent; what a cache gave is not among them."""

    transferred_bytes: int = 0
    requests: int = 0

    def watch(self, session: CDPSession) -> Wire:
        """Count from now on."""
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._finished)
        return self

    def _finished(self, event: dict[str, Any]) -> None:
        self.transferred_bytes += int(event["encodedDataLength"])
        self.requests += event["encodedDataLength"] > 0

    def taken(self) -> int:
        """The bytes since the last call."""
        found, self.transferred_bytes = self.transferred_bytes, 0
        return found


def visits(browser: Browser, address: str, state: Any, path: str) -> dict[str, Any]:
    """One page with an empty cache, then again: seconds until its heading is there and until all is, bytes of each."""
    with Person(browser, address, storage=state) as person:
        wire = Wire().watch(person.context.new_cdp_session(person.page))
        found: dict[str, Any] = {"path": path}
        for name in ("first", "second"):
            began = time.perf_counter()
            person.page.goto(address + path, wait_until="commit")
            person.page.wait_for_function(READABLE)
            found[f"{name}_readable_s"] = time.perf_counter() - began
            person.page.wait_for_function(
                "() => !document.querySelector('[data-dash-is-loading=\"true\"]') && "
                "!document.querySelector('.ag-overlay-loading-center')"
            )
            found[f"{name}_done_s"] = time.perf_counter() - began
            person.settled()
            found[f"{name}_bytes"] = wire.taken()
        return found


@contextmanager
def timed(into: list[float]) -> Iterator[None]:
    """Add the seconds of the block."""
    began = time.perf_counter()
    yield
    into.append(time.perf_counter() - began)


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 99th percentile and largest."""
    values = np.asarray(seconds, dtype=float)
    return {"n": len(values), "p50_s": float(np.quantile(values, 0.5)), "p99_s": float(np.quantile(values, 0.99)),
            "max_s": float(values.max())}  # fmt: skip


def after_collection(session: CDPSession) -> dict[str, float]:
    """DOM nodes and used heap in bytes, after the browser has collected what nobody holds."""
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return {"nodes": metrics["Nodes"], "heap_bytes": metrics["JSHeapUsedSize"]}


def leaks(browser: Browser, address: str, state: Any, paths: Sequence[str], changes: int = CHANGES) -> dict[str, Any]:
    """DOM nodes and heap on the first page, before and after so many changes round the pages."""
    with Person(browser, address, storage=state) as person:
        session = person.context.new_cdp_session(person.page)
        session.send("Performance.enable")
        session.send("HeapProfiler.enable")
        for path in paths:  # once round, so that what a page keeps once is there
            person.open(path)
        person.open(paths[0])
        before = after_collection(session)
        for change in range(1, changes):
            person.open(paths[change % len(paths)])
        person.open(paths[0])
        after = after_collection(session)
    drift = {name: after[name] / before[name] - 1 for name in before}
    return {"changes": changes, "pages": list(paths), "before": before, "after": after, "drift_share": drift,
            "holds": all(abs(one) <= DRIFT_SHARE for one in drift.values())}  # fmt: skip
