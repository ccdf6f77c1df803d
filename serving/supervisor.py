"""Several workers behind one listening socket, and a new release let in without a lost request.

The socket is opened once and inherited by every worker, so it takes connections whichever worker comes or goes. A
worker is BentoML's own, serving a built bento. On SIGHUP new workers are started from the newest bento; only when
all of them are ready do the old ones get SIGTERM, finish what they took, and end; a connection that was just taken
and has sent nothing yet is given ``PATIENCE_S`` to send it. When the new ones do not become ready the old ones stay: a
bad release changes nothing. An idle keep-alive connection is closed by the worker that
ends; a client whose request meets that close was answered nothing and sends again, which its request_id makes safe.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import structlog
from prometheus_client import multiprocess
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from serving.logs import log_as_json

BENTO = "innovation-points-counter:latest"
SERVICE = "innovation-points-counter"
READY_FD, SWAPPING, METRICS_DIR = "IP_READY_FD", "IP_SWAPPING", "PROMETHEUS_MULTIPROC_DIR"
READY_LIMIT_S = 60.0
FINISH_LIMIT_S = 30
PATIENCE_S = 1.0
_TICK_S = 0.2
log = structlog.get_logger("serving.supervisor")


def tell_ready() -> None:
    """Called by a worker that can answer; without a supervisor nobody listens."""
    if READY_FD in os.environ:
        fd = int(os.environ.pop(READY_FD))
        os.write(fd, b"1")
        os.close(fd)


def be_patient() -> None:
    """Let a worker that ends wait for the first request of each connection it has taken.

    uvicorn closes a connection without a request at once, and a request already on its way is then reset.
    """
    protocol: Any = AutoHTTPProtocol
    shutdown = protocol.shutdown

    def close(connection: Any) -> None:
        if not connection.transport.is_closing():
            shutdown(connection)

    def wait_for_the_first(connection: Any) -> None:
        if connection.cycle is None:
            connection.loop.call_later(PATIENCE_S, close, connection)
        else:
            shutdown(connection)

    protocol.shutdown = wait_for_the_first


@dataclass
class Worker:
    """One process, and the pipe on which it says that it is ready."""

    process: subprocess.Popen[bytes]
    ready_fd: int

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None


class Supervisor:
    """Runs until SIGTERM or SIGINT. ``command`` makes a worker's command line from the socket's descriptor."""

    def __init__(self, host: str, port: int, workers: int, command: Callable[[int, int], Sequence[str]]) -> None:
        self.socket = socket.create_server((host, port), backlog=2048)
        self.socket.set_inheritable(True)
        self.address = f"http://{host}:{self.socket.getsockname()[1]}"
        self.n_workers = workers
        self.command = command
        self.workers: list[Worker] = []
        self._swap = self._stop = False
        self._metrics = tempfile.TemporaryDirectory(prefix="counter-metrics-")

    def run(self) -> int:
        """Start the workers, look after them, end with them; 1 if they never became ready."""
        signal.signal(signal.SIGHUP, self._on_hup)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_term)
        try:
            self.workers = self._start()
            if not self.workers:
                return 1
            log.info("serving", address=self.address, workers=len(self.workers), pid=os.getpid())
            while not self._stop:
                time.sleep(_TICK_S)
                if self._swap:
                    self._swap = False
                    self._renew()
                self._replace_fallen()
            return 0
        finally:
            self._finish(self.workers)
            self.socket.close()
            self._metrics.cleanup()

    def _renew(self) -> None:
        fresh = self._start()
        if not fresh:
            log.error("swap_refused", reason="the new workers did not become ready; the old ones go on")
            return
        old, self.workers = self.workers, fresh
        self._finish(old)
        log.info("swapped", workers=len(fresh))

    def _replace_fallen(self) -> None:
        fallen = [worker for worker in self.workers if not worker.alive]
        for worker in fallen:
            log.error("worker_fell", pid=worker.process.pid, status=worker.process.returncode)
            self._forget(worker)
            self.workers.remove(worker)
        if fallen:
            self.workers += self._start(len(fallen))

    def _start(self, count: int | None = None) -> list[Worker]:
        """So many new workers, all ready, or none."""
        fresh = [self._spawn(number + 1) for number in range(count or self.n_workers)]
        deadline = time.monotonic() + READY_LIMIT_S
        if all(self._wait_ready(worker, deadline) for worker in fresh):
            return fresh
        self._finish(fresh)
        return []

    def _spawn(self, number: int) -> Worker:
        told, tell = os.pipe()
        os.set_inheritable(tell, True)
        told_all = {READY_FD: str(tell), METRICS_DIR: self._metrics.name, "BENTOML_DO_NOT_TRACK": "true"}
        swapping = {SWAPPING: "1"} if self.workers else {}
        descriptor = self.socket.fileno()
        process = subprocess.Popen(
            list(self.command(descriptor, number)), pass_fds=(descriptor, tell), env=os.environ | told_all | swapping
        )
        os.close(tell)
        return Worker(process, told)

    def _wait_ready(self, worker: Worker, deadline: float) -> bool:
        while time.monotonic() < deadline and not self._stop:
            readable, _, _ = select.select([worker.ready_fd], [], [], _TICK_S)
            if readable:
                return os.read(worker.ready_fd, 1) == b"1"  # an end without a word: it fell
        return False

    def _finish(self, workers: Sequence[Worker]) -> None:
        """Let them finish what they took, then end; what does not end is killed."""
        for worker in workers:
            if worker.alive:
                worker.process.send_signal(signal.SIGTERM)
        for worker in workers:
            try:
                worker.process.wait(FINISH_LIMIT_S)
            except subprocess.TimeoutExpired:
                log.error("worker_killed", pid=worker.process.pid)
                worker.process.kill()
                worker.process.wait()
            self._forget(worker)

    def _forget(self, worker: Worker) -> None:
        os.close(worker.ready_fd)
        multiprocess.mark_process_dead(worker.process.pid, self._metrics.name)  # type: ignore[no-untyped-call]

    def _on_hup(self, _: int, __: FrameType | None) -> None:
        self._swap = True

    def _on_term(self, _: int, __: FrameType | None) -> None:
        self._stop = True


def bento_worker(bento: str) -> Callable[[int, int], list[str]]:
    """The command of BentoML's own worker for one bento, resolved when it starts."""

    def command(descriptor: int, number: int) -> list[str]:
        return [
            sys.executable, "-m", "_bentoml_impl.worker.service", bento, "--service-name", SERVICE,
            "--fd", str(descriptor), "--worker-id", str(number), "--timeout-graceful-shutdown", str(FINISH_LIMIT_S - 5),
        ]  # fmt: skip

    return command


def serve(port: int, workers: int, bento: str = BENTO, host: str = "127.0.0.1", pid_file: Path | None = None) -> int:
    """Serve a bento until told to stop; ``pid_file`` is where ``swap`` finds this process."""
    log_as_json()
    if pid_file is not None:
        pid_file.parent.mkdir(parents=True, exist_ok=True)
        pid_file.write_text(f"{os.getpid()}\n", encoding="ascii")
    try:
        return Supervisor(host, port, workers, bento_worker(bento)).run()
    finally:
        if pid_file is not None:
            pid_file.unlink(missing_ok=True)
