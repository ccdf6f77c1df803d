"""One job's process and its other end: progress comes over a pipe, the end is a result, a problem or nothing."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from experiments.worker.kinds import KINDS, JobProblem, Setting
from serving.contract.refusals import Refusal
from serving.jobs.claims import Claim, Claims, LostClaimError

Outcome = Literal["done", "broken", "cancelled", "given_back", "lost"]
_START = multiprocessing.get_context("spawn")  # a forked copy of a process with threads may hang


@dataclass(frozen=True)
class ChildBounds:
    """memory_mb : of a job's data; seconds : a job may take; beat_s : between heartbeats; end_s : to end when wanted"""

    memory_mb: int = 4_096
    seconds: float = 3_600.0
    beat_s: float = 1.0
    end_s: float = 5.0


def run_child(
    pipe: Connection, kind: str, body: Mapping[str, Any], folder: Path, setting: Setting, memory_mb: int
) -> None:
    """The child's whole life: bound memory, carry the job out, send what came of it. It ends when its parent does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches both; the parent ends the child
    threading.Thread(target=_end_with_parent, daemon=True).start()
    most = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    try:
        sent = "done", KINDS[kind](body, folder, setting, lambda at, doing: pipe.send(("at", (at, dict(doing)))))
    except JobProblem as problem:
        sent = "broken", problem.words
    except MemoryError:
        sent = "broken", {"key": "jobs.problem.memory", "megabytes": memory_mb}
    except Exception:  # noqa: BLE001 - whatever it is, its owner gets words and the operator the trace
        traceback.print_exc(file=sys.stderr)
        sent = "broken", {}
    pipe.send(sent)
    pipe.close()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # a parent that was killed ends nobody, and the job will be begun again


class CarriedOut:
    """A claimed job in its process. stopping : whether the worker is to end

    ``run`` returns when the process has ended, and has written what came of it unless the claim was lost.
    """

    def __init__(
        self, claims: Claims, claim: Claim, setting: Setting, bounds: ChildBounds, stopping: Callable[[], bool]
    ) -> None:
        self.claims, self.claim, self.bounds, self.stopping = claims, claim, bounds, stopping
        self.pipe, other = _START.Pipe(duplex=False)
        job = claim.job
        arguments = (other, job.kind, dict(job.body), claim.folder, setting, bounds.memory_mb)
        self.process = _START.Process(target=run_child, args=arguments, daemon=True)
        self.process.start()
        other.close()
        self.progress, self.doing = 0.0, {"key": "jobs.doing.reading"}

    def run(self) -> Outcome:
        """What came of it."""
        ends, next_beat = time.monotonic() + self.bounds.seconds, 0.0
        try:
            while True:
                if (sent := self._received()) is not None:
                    return self._ended(*sent)
                if self.stopping():
                    self._kill()
                    self.claims.give_back(self.claim)
                    return "given_back"
                if time.monotonic() > ends:
                    return self._broken({"key": "jobs.problem.time", "minutes": round(self.bounds.seconds / 60)})
                if time.monotonic() >= next_beat:
                    next_beat = time.monotonic() + self.bounds.beat_s
                    if self._end_is_wanted():
                        self._kill()
                        self.claims.cancelled(self.claim)
                        return "cancelled"
        except LostClaimError:
            return "lost"
        finally:
            self._kill()

    def _received(self) -> tuple[str, dict[str, Any]] | None:
        """The last message of the child, or None while it works; progress is kept."""
        try:
            if not self.pipe.poll(0.1):
                return None
            kind, content = self.pipe.recv()
        except (EOFError, OSError):  # ended without a last message: killed, or out of memory inside a library
            return "broken", {"key": "jobs.problem.ended"}
        if kind == "at":
            self.progress, self.doing = content
            return None
        return kind, content

    def _ended(self, kind: str, content: dict[str, Any]) -> Outcome:
        if kind == "broken":
            return self._broken(content or {"key": "jobs.problem.fault", "job": self.claim.job.job_id})
        self.claims.done(self.claim, content)
        return "done"

    def _broken(self, words: Mapping[str, Any]) -> Outcome:
        self._kill()
        self.claims.broken(self.claim, words)
        return "broken"

    def _end_is_wanted(self) -> bool:
        with suppress(Refusal):  # a store that is away for a moment; the job goes on, and is lost if it stays away
            return self.claims.beat(self.claim, self.progress, self.doing)
        return False

    def _kill(self) -> None:
        if self.process.is_alive():
            self.process.terminate()
            self.process.join(self.bounds.end_s)
        if self.process.is_alive():
            self.process.kill()
        self.process.join()
