"""Something that is too slow to be made inside a request: made beside the requests, and looked up by them.

One thread makes it, and makes it anew once it is wanted under another key, such as a newer event or the next hour.
Between two of them it rests nine times as long as the last took, so that it takes at most a tenth of one processor's
time from the requests, however fast events arrive.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

T = TypeVar("T")
RESTS = 9.0  # times as long as making took
SHORTEST_S = 0.02
RETRY_S = 10.0  # after a fault
log = structlog.get_logger("serving.approvals.beside")


@dataclass(frozen=True, slots=True)
class Made(Generic[T]):
    """What was made, and the key under which it was."""

    key: Hashable
    value: T


class Beside(Generic[T]):
    """One worker's; safe to use from several threads.

    make : what belongs to a key now, and that key; called on a thread of its own
    """

    def __init__(self, make: Callable[[], Made[T]]) -> None:
        self._make, self._lock = make, threading.Lock()
        self._made: Made[T] | None = None
        self._thread: threading.Thread | None = None
        self._not_before = float("-inf")

    def latest(self, key: Hashable) -> Made[T] | None:
        """What was made last, None where nothing was yet; where that is of another key, a new one is begun."""
        with self._lock:
            if (self._made is None or self._made.key != key) and self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            return self._made

    def wait(self, limit_s: float = 60.0) -> None:
        """Until what was begun is made."""
        if (thread := self._thread) is not None:
            thread.join(limit_s)

    def _run(self) -> None:
        time.sleep(max(0.0, self._not_before - time.monotonic()))
        begun = time.monotonic()
        try:
            made = self._make()
        except Exception as fault:  # noqa: BLE001  # on a thread of its own: what was made before goes on answering
            log.error("not_made_beside", fault=type(fault).__name__)
            made, rest_s = None, RETRY_S
        else:
            rest_s = max(SHORTEST_S, RESTS * (time.monotonic() - begun))
        with self._lock:
            self._made = made or self._made
            self._not_before, self._thread = time.monotonic() + rest_s, None
