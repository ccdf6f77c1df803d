"""The service of a folder of artefacts with customs clearance, in a process of its own, for the measurement of time.

The application, its keys, stores and streams are those that are served; only the HTTP server is started without BentoML
before it.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from experiments.benchmarks.clearance.live import measure
from experiments.benchmarks.serving.world import World, free_port
from serving.matching.event_store import EVENTS_URL

BAR_S = 0.2  # at the 99th percentile, from the POST
START_LIMIT_S = 120.0


class LiveServiceError(RuntimeError):
    """The service did not come up."""


@contextmanager
def service(artifacts: Path, params: Path, folder: Path, module: str = __name__) -> Iterator[tuple[str, str]]:
    """Address and operator's key of a service that writes to ``folder``; it ends with the block.

    module : that serves when it is run with the artefacts, the parameters, the URL of the ledger and a port
    """
    url, port = f"sqlite:///{folder / 'ledger.sqlite'}", free_port()
    world = World.make(url, artifacts)
    command = [sys.executable, "-m", module, str(artifacts), str(params), url, str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_ready(address, process, folder / "log")
        yield address, world.keys["operator"]
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{address}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise LiveServiceError(f"not ready within {START_LIMIT_S:g} s:\n{log.read_text(errors='replace')[-2000:]}")


def run(artifacts: Path, params: Path, seconds: float, rate_per_s: float = 50.0) -> dict[str, Any]:
    """Post for so many seconds.

    ``holds``: every message becomes visible in state and stream, at the 99th percentile within BAR_S, and the rate was
    reached to 2 %.
    """
    with tempfile.TemporaryDirectory() as made, service(artifacts, params, Path(made)) as (address, key):
        asyncio.run(measure(address, key, rate_per_s=rate_per_s, seconds=min(2.0, seconds), first=1_000_000))  # warm
        report = asyncio.run(measure(address, key, rate_per_s=rate_per_s, seconds=seconds))
    parts = (report.state, report.stream)
    holds = report.rate_per_s >= 0.98 * rate_per_s and all(not one.missing and one.p99_s <= BAR_S for one in parts)
    return {"holds": holds, "bar_s": BAR_S, "wanted_rate_per_s": rate_per_s, **report.as_dict()}


def main(artifacts: Path, params: Path, url: str, port: int) -> None:
    """Serve until the process is ended."""
    import uvicorn

    from serving.clearance.service import ClearanceService
    from serving.decide.decision_service import DecisionService
    from serving.decide.worker import Worker
    from serving.http.app import create_app
    from serving.matching.packed import settle_memory

    worker = Worker(DecisionService.load(artifacts, params), url)
    app = create_app(worker)
    release = Path(tempfile.mkdtemp(prefix="release-"))  # laid out as one that was packed
    if (artifacts / "clearance/model").is_dir():
        (release / "clearance").symlink_to((artifacts / "clearance/model").resolve())
        (release / "params.yaml").symlink_to(params.resolve())
    app.state.clearance = ClearanceService.of_release(release, worker.service.clock.today)
    settle_memory()  # as a served worker does once everything is loaded
    # Connections stay open for longer than a measurement, so that none is closed while it is used again.
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False, timeout_keep_alive=600)


if __name__ == "__main__":
    import os

    os.environ[EVENTS_URL] = sys.argv[3].replace("ledger.sqlite", "events.sqlite")
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
