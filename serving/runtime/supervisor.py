"""Several workers behind one listening socket, and a new release let in without a lost request.

The socket is opened once and inherited by every worker, so it takes connections whichever worker comes or goes. A
worker is BentoML's own, serving a built bento. On SIGHUP new workers are started from the newest bento; only when
all of them are ready do the old ones get SIGTERM, finish what they took, and end; a connection that was just taken
and has sent nothing yet is given ``PATIENCE_S`` to send it. When the new ones do not become ready the old ones stay: a
bad release changes nothing. A worker ends with its supervisor, however that ended. An idle keep-alive connection is
closed by the worker that ends; a client whose request meets that close was answered nothing and sends again, which its
request_id makes safe.
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
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import structlog
from prometheus_client import multiprocess
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from serving.runtime.logs import log_as_json

BENTO = "innovation-points-counter:latest"
SERVICE = "innovation-points-counter"
READY_FD, SWAPPING, METRICS_DIR = "IP_READY_FD", "IP_SWAPPING", "PROMETHEUS_MULTIPROC_DIR"
ALIVE_FD = "IP_SUPERVISOR_FD"
READY_LIMIT_S = 60.0
FINISH_LIMIT_S = 30
PATIENCE_S = 1.0
_TICK_S = 0.2
log = structlog.get_logger("serving.runtime.supervisor")


class ServeError(RuntimeError):
    """The service cannot be started or found; the message says why."""


def tell_ready() -> None:
    """Called by a worker that can answer; without a supervisor nobody listens."""
    if READY_FD in os.environ:
        fd = int(os.environ.pop(READY_FD))
        os.write(fd, b"1")
        os.close(fd)


def end_with_supervisor(limit_s: float = FINISH_LIMIT_S) -> None:
    """Called by a worker when it starts: it ends as on SIGTERM when its supervisor is gone, however that ended.

    The supervisor holds the other end of a pipe, which the system closes with the process. A worker that has not
    ended after ``limit_s`` is ended at once.
    """
    if ALIVE_FD not in os.environ:
        return
    fd = int(os.environ.pop(ALIVE_FD))

    def watch() -> None:
        os.read(fd, 1)  # nobody writes: it comes back when the other end is closed
        log.error("supervisor_gone", pid=os.getpid())
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(limit_s)
        os._exit(1)

    threading.Thread(target=watch, name="supervisor-watch", daemon=True).start()


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
        self.workers: list[Worker] = []
        self._swap = self._stop = False
        self._alive, self._held = os.pipe()  # the end that is held closes with this process alone
        self._metrics = tempfile.TemporaryDirectory(prefix="counter-metrics-")

    def run(self) -> int:
        """Start the workers, look after them, end with them; 1 if they never became ready."""
        signal.signal(signal.SIGHUP, self._on_hup)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_term)
        try:
            self.workers = self._start()
            if not self.workers:
                log.error("not_started", reason="the workers did not become ready; their own lines say why")
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
            os.close(self._held)
            os.close(self._alive)

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
        told_all = {
            READY_FD: str(tell),
            ALIVE_FD: str(self._alive),
            METRICS_DIR: self._metrics.name,
            "BENTOML_DO_NOT_TRACK": "true",
        }
        swapping = {SWAPPING: "1"} if self.workers else {}
        descriptor = self.socket.fileno()
        process = subprocess.Popen(
            list(self.command(descriptor, number)),
            pass_fds=(descriptor, tell, self._alive),
            env=os.environ | told_all | swapping,
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
    """Serve a bento until told to stop; ``pid_file`` is where ``swap`` finds this process. Raises ServeError."""
    log_as_json()
    if pid_file is None:
        return Supervisor(host, port, workers, bento_worker(bento)).run()
    with held(pid_file):
        return Supervisor(host, port, workers, bento_worker(bento)).run()


def swap(pid_file: Path) -> int:
    """Ask the service that holds ``pid_file`` for new workers; returns its process. Raises ServeError."""
    number = holder_of(pid_file)
    try:
        os.kill(number, signal.SIGHUP)
    except OSError as fault:
        raise ServeError(f"process {number} cannot be asked: {fault.strerror}") from fault
    return number
