"""A service that can be killed and is back in a tenth of a second.

A keeper process loads the models once. Each start forks a service process from it: its own process id, its own worker,
writer thread, connections and event loop, so ``SIGKILL`` hits what it hits in production. Only importing Python and
reading the models is saved. The HTTP server is uvicorn, as under BentoML, and the application the same.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from experiments.benchmarks.serving.world import free_port

START_LIMIT_S = 60.0


class ServiceError(RuntimeError):
    """The service did not come up in time."""


class Keeper:
    """Holds the models; ``start`` and ``kill`` the service at ``port`` as often as wanted. Ends with the block."""

    def __init__(self, artifacts: Path, params: Path, log: Path) -> None:
        self.port = free_port()
        self.pid: int | None = None
        self.log = log
        command = [sys.executable, "-m", "experiments.benchmarks.serving.process", str(artifacts), str(params)]
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            )

    def __enter__(self) -> Keeper:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.pid is not None:
            self.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=20)

    def start(self, url: str) -> float:
        """Start the service on the ledger at ``url``; returns the seconds until it was ready."""
        began = time.monotonic()
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise ServiceError("the keeper has no pipes")
        stdin.write(json.dumps({"url": url, "port": self.port}) + "\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            raise ServiceError(f"the keeper ended:\n{self.log.read_text(errors='replace')[-3000:]}")
        self.pid = int(line)
        self._wait_ready()
        return time.monotonic() - began

    def _wait_ready(self) -> None:
        """Return when ``/readyz`` answers 200."""
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                pass
            except http.client.HTTPException:
                pass
            finally:
                connection.close()
            time.sleep(0.02)
        raise ServiceError(f"not ready within {START_LIMIT_S:g} s:\n{self.log.read_text(errors='replace')[-3000:]}")

    def kill(self) -> None:
        """``kill -9`` the service, by its process id, and wait until it is gone."""
        if self.pid is None:
            raise ServiceError("the service was not started")
        os.kill(self.pid, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while Path(f"/proc/{self.pid}").exists():
            if time.monotonic() > deadline:
                raise ServiceError(f"process {self.pid} does not end")
            time.sleep(0.002)
        self.pid = None


def _serve(service: object, url: str, port: int) -> None:
    """The service process: open a worker on ``url`` and answer until killed."""
    import uvicorn

    from serving.decide.decision_service import DecisionService
    from serving.decide.worker import Worker
    from serving.http.app import create_app
    from serving.runtime.logs import log_as_json

    if not isinstance(service, DecisionService):
        raise TypeError(f"a DecisionService is served, not {type(service).__name__}")
    log_as_json()
    app = create_app(Worker(service, url))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False, timeout_keep_alive=60)


def main(artifacts: Path, params: Path) -> None:
    """Load the models, then fork one service for each line of standard input."""
    import uvicorn  # noqa: F401  # loaded before the forks

    from serving.decide.decision_service import DecisionService
    from serving.http import app  # noqa: F401  # loaded before the forks

    service = DecisionService.load(artifacts, params)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended children leave no zombie
    for line in sys.stdin:
        wanted = json.loads(line)
        pid = os.fork()
        if pid == 0:
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, 0)
            os.dup2(null, 1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                _serve(service, wanted["url"], wanted["port"])
            finally:
                os._exit(1)
        print(pid, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
