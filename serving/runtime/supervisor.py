"""Several workers behind one listening socket, and a new release instead of them without a lost request.

The socket is opened once and inherited by every worker, so it takes connections whichever worker comes or goes. A
worker is ``serving.runtime.worker_process``, serving a built bento. On SIGHUP new workers are started from the newest
bento; only when all of them are ready do the old ones get SIGTERM, finish what they took, and end. When the new ones do
not become ready the old ones stay: a bad release changes nothing. A worker that ended by itself is replaced. An idle
keep-alive connection is closed by the worker that ends; a client whose request meets that close was answered nothing
and sends again, which its request_id makes safe.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import structlog
from prometheus_client import multiprocess

from serving.params import WORKERS
from serving.runtime.logs import log_as_json

BENTO = "innovation-points-service:latest"
SERVICE = "innovation-points-service"
SWAPPING, METRICS_DIR = "IP_SWAPPING", "PROMETHEUS_MULTIPROC_DIR"
READY_LIMIT_S = 60.0
FINISH_LIMIT_S = 30
_TICK_S = 0.2
_PROCESS = Path(__file__).with_name("worker_process.py")
log = structlog.get_logger("serving.runtime.supervisor")


class ServeError(RuntimeError):
    """The service cannot be started or found; the message gives the reason."""


@dataclass
class Process:
    """One worker's process, and the pipe on which it reports that it is ready."""

    process: subprocess.Popen[bytes]
    ready_fd: int

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None


class Supervisor:
    """Runs until SIGTERM or SIGINT.

    command : a worker's command line from three descriptors: the socket, the pipe on which it reports that it is ready,
    and the pipe whose other end closes with this process
    """

    def __init__(self, host: str, port: int, workers: int, command: Callable[[int, int, int], Sequence[str]]) -> None:
        if workers < 1:
            raise ServeError(f"{workers} workers; allowed: 1 or more")
        try:
            self.socket = socket.create_server((host, port), backlog=2048)
        except OSError as fault:
            raise ServeError(f"port {port} of {host} cannot be opened: {fault.strerror}") from fault
        self.socket.set_inheritable(True)
        self.address = f"http://{host}:{self.socket.getsockname()[1]}"
        self.n_workers = workers
        self.command = command
        self.workers: list[Process] = []
        self._upgrade = self._stop = False
        self._alive, self._held = os.pipe()  # the end that is held closes with this process alone
        self._metrics = tempfile.TemporaryDirectory(prefix="service-metrics-")

    def run(self) -> int:
        """Start the workers, look after them, end with them; 1 if they never became ready."""
        signal.signal(signal.SIGHUP, self._on_hup)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_term)
        try:
            self.workers = self._start()
            if not self.workers:
                log.error("not_started", reason="the workers did not become ready; see their own log lines")
                return 1
            log.info("serving", address=self.address, workers=len(self.workers), pid=os.getpid())
            while not self._stop:
                time.sleep(_TICK_S)
                if self._upgrade:
                    self._upgrade = False
                    self._renew()
                self._replace_fallen()
            return 0
        finally:
            self._finish(self.workers)
            self.socket.close()
            self._metrics.cleanup()
            os.close(self._held)
            os.close(self._alive)

    def _renew(self) -> None:
        fresh = self._start()
        if not fresh:
            log.error("upgrade_refused", reason="the new workers did not become ready; the old ones go on")
            return
        old, self.workers = self.workers, fresh
        self._finish(old)
        log.info("upgraded", workers=len(fresh))

    def _replace_fallen(self) -> None:
        for worker in [worker for worker in self.workers if not worker.alive]:
            log.error("worker_fell", pid=worker.process.pid, status=worker.process.returncode)
            self._forget(worker)
            self.workers.remove(worker)
        if len(self.workers) < self.n_workers:  # tried again until it succeeds
            self.workers += self._start(self.n_workers - len(self.workers))

    def _start(self, count: int | None = None) -> list[Process]:
        """So many new workers, all ready, or none."""
        fresh = [self._spawn() for _ in range(count or self.n_workers)]
        deadline = time.monotonic() + READY_LIMIT_S
        if all(self._wait_ready(worker, deadline) for worker in fresh):
            return fresh
        self._finish(fresh)
        return []

    def _spawn(self) -> Process:
        reading, ready = os.pipe()
        settings = {METRICS_DIR: self._metrics.name, "BENTOML_DO_NOT_TRACK": "true", WORKERS: str(self.n_workers)}
        if self.workers:
            settings[SWAPPING] = "1"
        descriptors = (self.socket.fileno(), ready, self._alive)
        process = subprocess.Popen(list(self.command(*descriptors)), pass_fds=descriptors, env=os.environ | settings)
        os.close(ready)
        return Process(process, reading)

    def _wait_ready(self, worker: Process, deadline: float) -> bool:
        while time.monotonic() < deadline and not self._stop:
            readable, _, _ = select.select([worker.ready_fd], [], [], _TICK_S)
            if readable:
                return os.read(worker.ready_fd, 1) == b"1"  # an end without it: it fell
        return False

    def _finish(self, workers: Sequence[Process]) -> None:
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

    def _forget(self, worker: Process) -> None:
        os.close(worker.ready_fd)
        multiprocess.mark_process_dead(worker.process.pid, self._metrics.name)  # type: ignore[no-untyped-call]

    def _on_hup(self, _: int, __: FrameType | None) -> None:
        self._upgrade = True

    def _on_term(self, _: int, __: FrameType | None) -> None:
        self._stop = True


def bento_worker(bento: str) -> Callable[[int, int, int], list[str]]:
    """The command of a worker for one bento, whose newest version is found when it starts."""

    def command(*descriptors: int) -> list[str]:
        numbers = [*descriptors, FINISH_LIMIT_S - 5]
        return [sys.executable, "-P", str(_PROCESS), bento, *map(str, numbers)]

    return command


@contextmanager
def held(pid_file: Path) -> Iterator[None]:
    """This process is the one that serves, as long as it lives: a lock on ``pid_file``, which holds its number.

    The system frees the lock with the process, so a file that was left behind holds nothing, whatever its text.
    Raises ServeError when another process holds it.
    """
    pid_file.parent.mkdir(parents=True, exist_ok=True)
    with pid_file.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise ServeError(f"{pid_file.stem} is served already, by process {_number(pid_file) or '?'}") from fault
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)  # removing it would let two processes hold a file of one name


def holder_of(pid_file: Path) -> int:
    """The process that holds ``pid_file``; raises ServeError when none does, whatever its text."""
    nobody = ServeError(f"nothing is served on port {pid_file.stem} from here")
    try:
        with pid_file.open("r", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        number = _number(pid_file)
        if number is None:
            raise ServeError(f"the service on port {pid_file.stem} is starting; try again") from None
        return number
    except OSError as fault:
        raise nobody from fault
    raise nobody


def _number(pid_file: Path) -> int | None:
    """The number in the file; None when there is none."""
    text = pid_file.read_text(encoding="ascii", errors="replace").strip()
    return int(text) if text.isdecimal() and text.isascii() else None


def serve(port: int, workers: int, bento: str = BENTO, host: str = "127.0.0.1", pid_file: Path | None = None) -> int:
    """Serve a bento until SIGTERM; ``pid_file`` is where ``upgrade`` finds this process. Raises ServeError."""
    log_as_json()
    if pid_file is None:
        return Supervisor(host, port, workers, bento_worker(bento)).run()
    with held(pid_file):
        return Supervisor(host, port, workers, bento_worker(bento)).run()


def upgrade(pid_file: Path) -> int:
    """Let the service that holds ``pid_file`` start new workers; returns its process. Raises ServeError."""
    number = holder_of(pid_file)
    try:
        os.kill(number, signal.SIGHUP)
    except OSError as fault:
        raise ServeError(f"process {number} cannot be signalled: {fault.strerror}") from fault
    return number
