"""A claimed job and its process: heartbeats while it works, its end when that is wanted, and what came of it."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from experiments.worker.child import Kind, Setting, run_child
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


class CarriedOut:
    """A claimed job in its process. carry : what its kind does; stopping : whether the worker is to end

    ``run`` returns when the process has ended, and has written what came of it unless the claim was lost.
    """

    def __init__(
        self, claims: Claims, claim: Claim, carry: Kind, setting: Setting, bounds: ChildBounds,
        stopping: Callable[[], bool],
    ) -> None:  # fmt: skip
        self.claims, self.claim, self.bounds, self.stopping = claims, claim, bounds, stopping
        self.pipe, other = _START.Pipe(duplex=False)
        arguments = (other, carry, dict(claim.job.body), claim.folder, setting, bounds.memory_mb)
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
