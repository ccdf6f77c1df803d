"""Work that a worker repeats on threads of its own, and whether it goes on: no thread ends or fails unseen.

Whatever a piece of work raises is logged once, by its type and, of ``LOGGED_IN_FULL``, with its text. It makes the
worker not ready, and is tried again soon; when it goes well again the worker is ready again. Work that does not come
back is a fault as well.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence

import structlog

from serving.ledger.checkpoint import CheckpointError

LOGGED_IN_FULL = (CheckpointError,)  # say which record, note or key, and nothing of a person
RETRY_S = 1.0  # after a fault
PATIENCE_S = 60.0  # a single piece of work that takes longer is a fault
log = structlog.get_logger("serving.decide.upkeep")


class Repeated:
    """One piece of work, done every ``every_s`` seconds until stopped.

    at_once : the first time right away, else after ``every_s``
    """

    def __init__(self, name: str, work: Callable[[], object], every_s: float, *, at_once: bool = False) -> None:
        self.name = name
        self.work = work
        self.every_s = every_s
        self.raised: BaseException | None = None  # by the latest round
        self._fault: str | None = None
        self._said: Mapping[str, str] = {}
        self._begun_at: float | None = None  # of the work that is being done
        self._stop = threading.Event()
        self._first_s = 0.0 if at_once else every_s
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def fault(self) -> str | None:
        """What is wrong with this work now, in one line without values; None when it goes well."""
        if self._fault is not None:
            return f"{self.name}: {self._fault}"
        begun_at = self._begun_at
        if begun_at is not None and time.monotonic() - begun_at > PATIENCE_S:
            return f"{self.name}: not back for more than {PATIENCE_S:g} s"
        if not self._thread.is_alive() and not self._stop.is_set():
            return f"{self.name}: its thread has ended"
        return None

    def stop(self, wait_s: float = 5.0) -> None:
        """Do it no more; waits for the work that is being done, at most ``wait_s``."""
        self._stop.set()
        self._thread.join(timeout=wait_s)

    def _run(self) -> None:
        pause_s = self._first_s
        while not self._stop.wait(pause_s):
            self._begun_at = time.monotonic()
            try:
                self.work()
            except BaseException as fault:  # noqa: BLE001  # also SystemExit: on a thread it would end it without a message
                self._note(fault)
                pause_s = min(RETRY_S, self.every_s)
            else:
                self._note(None)
                pause_s = self.every_s
            self._begun_at = None

    def _note(self, raised: BaseException | None) -> None:
        fault = None if raised is None else type(raised).__name__
        said = {"detail": str(raised)} if isinstance(raised, LOGGED_IN_FULL) else {}
        if fault != self._fault or said != self._said:
            if fault is None:
                log.info("upkeep_recovered", work=self.name)
            else:
                log.error("upkeep_failed", work=self.name, fault=fault, **said)
        self.raised, self._fault, self._said = raised, fault, said


def faults_of(works: Sequence[Repeated]) -> list[str]:
    """What is wrong now, one line for each work that does not go well."""
    return [work.fault for work in works if work.fault is not None]
