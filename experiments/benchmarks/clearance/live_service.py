"""The service of a folder of artefacts with customs clearance, in processes of its own, for the measurement of time.

The application, its keys, stores and streams are those that are served; only the HTTP server is started without BentoML
before it. As many processes take connections from one socket as ``python -m serving serve --workers`` would start.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from experiments.benchmarks.clearance.live import measure
from experiments.benchmarks.serving.world import World
from serving.matching.event_store import EVENTS_URL

if TYPE_CHECKING:
    from starlette.applications import Starlette

BAR_S = 0.2  # at the 99th percentile, from the POST
START_LIMIT_S = 120.0
WORKERS = 2  # processes, one for each core of the machine that the bars are stated for


class LiveServiceError(RuntimeError):
    """The service did not come up."""


@contextmanager
def service(artifacts: Path, params: Path, folder: Path, module: str = __name__) -> Iterator[tuple[str, str]]:
    """Address and operator's key of a service that writes to ``folder``; it ends with the block.

    module : that serves when it is run with the artefacts, the parameters, the URL of the ledger, the number of an
        open socket and a file to write once it has loaded
    """
    url = f"sqlite:///{folder / 'ledger.sqlite'}"
    world = World.make(url, artifacts)
    ready = [folder / f"ready-{number}" for number in range(WORKERS)]
    with socket.create_server(("127.0.0.1", 0), backlog=1_024) as port, (folder / "log").open("wb") as log:
        given, number = [str(artifacts), str(params), url], port.fileno()
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", module, *given, str(number), str(file)],
                stdout=log, stderr=subprocess.STDOUT, pass_fds=[number],
            )
            for file in ready
        ]  # fmt: skip
        try:
            address = f"http://127.0.0.1:{port.getsockname()[1]}"
            _wait_ready(address, processes, ready, folder / "log")
            yield address, world.keys["operator"]
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(timeout=30)


def _wait_ready(address: str, processes: Sequence[subprocess.Popen[bytes]], ready: Sequence[Path], log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and all(process.poll() is None for process in processes):
        if all(file.exists() for file in ready):
            try:
                if httpx.get(f"{address}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
        time.sleep(0.1)
    raise LiveServiceError(f"not ready within {START_LIMIT_S:g} s:\n{log.read_text(errors='replace')[-2000:]}")


def serve(app: Starlette, number: int, ready: Path) -> None:
    """Take connections from the open socket of this number until the process is ended."""
    import uvicorn

    # Connections stay open for longer than a measurement, so that none is closed while it is used again.
    config = uvicorn.Config(app, log_level="error", access_log=False, timeout_keep_alive=600)
    ready.touch()
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=number)])


def run(artifacts: Path, params: Path, seconds: float, rate_per_s: float = 50.0) -> dict[str, Any]:
    """Post for so many seconds to a service of WORKERS processes.

    ``holds``: every message becomes visible in state and stream, at the 99th percentile within BAR_S, and the rate was
    reached to 2 %.
    """
    with tempfile.TemporaryDirectory() as made, service(artifacts, params, Path(made)) as (address, key):
        asyncio.run(measure(address, key, rate_per_s=rate_per_s, seconds=min(2.0, seconds), first=1_000_000))  # warm
        report = asyncio.run(measure(address, key, rate_per_s=rate_per_s, seconds=seconds))
    parts = (report.state, report.stream)
    holds = report.rate_per_s >= 0.98 * rate_per_s and all(not one.missing and one.p99_s <= BAR_S for one in parts)
    return {"holds": holds, "bar_s": BAR_S, "workers": WORKERS, "wanted_rate_per_s": rate_per_s, **report.as_dict()}


def main(artifacts: Path, params: Path, url: str, number: int, ready: Path) -> None:
    """Serve until the process is ended."""
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
    serve(app, number, ready)


if __name__ == "__main__":
    import os

    os.environ[EVENTS_URL] = sys.argv[3].replace("ledger.sqlite", "events.sqlite")
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), Path(sys.argv[5]))
