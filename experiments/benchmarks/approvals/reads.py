"""How long a case and the list take to be answered by a running service, at rest and while events arrive.

The service runs in processes of its own with simulated cases in its store and the forecasts of a folder of artefacts;
only the HTTP server is started without BentoML before it.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from data.events import EventStore
from data.synthetic.approvals import demo_cohort
from experiments.benchmarks.clearance.live import Spread, spread
from experiments.benchmarks.clearance.live_service import WORKERS, serve, service
from serving.approvals.store import CaseStore
from serving.matching.event_store import EVENTS_URL

BAR_S = 0.05  # of a case at the 99th percentile, while events arrive
SIMULATOR = "simulator"
CASES = "/v1/approvals/cases"


def fill(url: str, n_cases: int, seed: int = 1) -> list[str]:
    """Put simulated cases into the event store at ``url``; the numbers of those that run at the end."""
    cohort = demo_cohort(n_cases, seed=seed)
    store = EventStore(url)
    CaseStore(store).receive(cohort.events, SIMULATOR, max(one.at for one in cohort.events if one.at is not None))
    store.close()
    ended = {one.case_number for one in cohort.events if one.kind in ("decided", "refused", "returned", "withdrawn")}
    return sorted({one.case_number for one in cohort.events} - ended)


def event_of(number: int, case_number: str, at: datetime) -> dict[str, Any]:
    """A step of a case, unlike any other."""
    return {"case_number": case_number, "kind": "step", "at": at.isoformat(), "activity": f"check {number}"}


async def measure(
    address: str, key: str, numbers: list[str], *, seconds: float, reads_per_s: float, posts_per_s: float = 0.0
) -> dict[str, Spread]:
    """Seconds of each kind of request: a case, its page, the list, a post, and a case right after its own post."""
    headers = {"authorization": f"Bearer {key}"}
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    found: dict[str, list[float]] = {"case": [], "page": [], "list": [], "post": [], "case_after_post": []}
    now = datetime.fromisoformat("2024-06-28T10:00:00+08:00")
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30.0, limits=limits) as client:

        async def timed(kind: str, call: Callable[[], Awaitable[httpx.Response]]) -> None:
            begun = time.perf_counter()
            (await call()).raise_for_status()
            found[kind].append(time.perf_counter() - begun)

        async def read(at: int) -> None:
            number = numbers[at % len(numbers)]
            kind = "list" if at % 20 == 0 else "page" if at % 20 == 10 else "case"
            paths = {"list": f"{CASES}?count=100", "page": f"{CASES}/{number}/page.html", "case": f"{CASES}/{number}"}
            await timed(kind, lambda: client.get(paths[kind]))

        async def post(at: int) -> None:
            number = numbers[(7 * at) % len(numbers)]
            body = event_of(at, number, now)
            where = f"/v1/approvals/events?source={SIMULATOR}"
            await timed("post", lambda: client.post(where, json=body))
            await timed("case_after_post", lambda: client.get(f"{CASES}/{number}"))

        await asyncio.gather(
            *(_at_rate(call, rate, seconds) for call, rate in ((read, reads_per_s), (post, posts_per_s)))
        )
    return {kind: spread(times, len(times)) for kind, times in found.items() if times}


async def _at_rate(call: Callable[[int], Awaitable[None]], rate_per_s: float, seconds: float) -> None:
    start, tasks = time.perf_counter(), []
    for number in range(round(rate_per_s * seconds)):
        await asyncio.sleep(max(0.0, start + number / rate_per_s - time.perf_counter()))
        tasks.append(asyncio.ensure_future(call(number)))
    await asyncio.gather(*tasks)


def first_list_s(address: str, key: str) -> float:
    """Seconds of the first list, for which every event is read."""
    begun = time.perf_counter()
    httpx.get(f"{address}{CASES}", headers={"authorization": f"Bearer {key}"}, timeout=120).raise_for_status()
    return time.perf_counter() - begun


def reads(
    artifacts: Path, params: Path, seconds: float = 20.0, n_cases: int = 2_000, reads_per_s: float = 25.0,
    posts_per_s: float = 5.0,
) -> dict[str, Any]:  # fmt: skip
    """Measure for so many seconds at rest, then for as many with posts beside.

    ``holds``: a case is answered within BAR_S at the 99th percentile while events arrive.
    """
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        numbers = fill(f"sqlite:///{folder / 'events.sqlite'}", n_cases)
        with service(artifacts, params, folder, module=__name__) as (address, key):
            first_s = first_list_s(address, key)
            how = {"seconds": seconds, "reads_per_s": reads_per_s}
            asyncio.run(measure(address, key, numbers, seconds=3.0, reads_per_s=reads_per_s, posts_per_s=1.0))  # warm
            rest = asyncio.run(measure(address, key, numbers, **how))
            busy = asyncio.run(measure(address, key, numbers, posts_per_s=posts_per_s, **how))
    return {
        "holds": bool(busy["case"].p99_s <= BAR_S),
        "bar_s": BAR_S,
        "workers": WORKERS,
        "cases": n_cases,
        "running": len(numbers),
        "first_list_s": first_s,
        "reads_per_s": reads_per_s,
        "posts_per_s": posts_per_s,
        "at_rest": {kind: asdict(one) for kind, one in rest.items()},
        "with_posts": {kind: asdict(one) for kind, one in busy.items()},
    }


def main(artifacts: Path, params: Path, url: str, number: int, ready: Path) -> None:
    """Serve until the process is ended."""
    from serving.approvals.service import ApprovalsService
    from serving.decide.decision_service import DecisionService
    from serving.decide.worker import Worker
    from serving.http.app import create_app

    worker = Worker(DecisionService.load(artifacts, params), url)
    app = create_app(worker)
    # A folder of artefacts holds approvals as a release does.
    app.state.approvals = ApprovalsService.of_release(artifacts, worker.service.clock.now)
    serve(app, number, ready)


if __name__ == "__main__":
    import os

    from serving.clock import CLOCK

    os.environ[EVENTS_URL] = sys.argv[3].replace("ledger.sqlite", "events.sqlite")
    os.environ[CLOCK] = "2024-06-30"  # the last day of the simulated cases
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), Path(sys.argv[5]))
