"""The packed forecasts with what has ended since they were fitted: labels that come late keep the intervals' coverage.

It is made beside the requests, at most once an hour, from the messages of the zone's side; until the first is made, and
where one cannot be made, the packed forecasts answer.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable

import structlog

from models.clearance.forecast import ClearanceModel
from models.clearance.labels import learned_since
from models.clearance.table import ClearanceTables

EVERY_S = 3_600.0
log = structlog.get_logger("serving.clearance.learned")


class Learned:
    """One worker's; safe to use from several threads.

    tables : every declaration of the zone's side, as of ``Board.current``
    """

    def __init__(self, tables: Callable[[], ClearanceTables], every_s: float = EVERY_S) -> None:
        self._tables, self._every_s = tables, every_s
        self._lock = threading.Lock()
        self._made: ClearanceModel | None = None
        self._begun_at = float("-inf")
        self._thread: threading.Thread | None = None

    def model(self, packed: ClearanceModel, now: dt.datetime) -> ClearanceModel:
        """What was made last, else ``packed``; a new one is begun where the last is older than an hour."""
        with self._lock:
            if time.monotonic() - self._begun_at > self._every_s:
                self._begun_at = time.monotonic()
                self._thread = threading.Thread(target=self._make, args=(packed, now), daemon=True)
                self._thread.start()
        return self._made or packed

    def wait(self, limit_s: float = 60.0) -> None:
        """Until what was begun is made."""
        if self._thread is not None:
            self._thread.join(limit_s)

    def _make(self, packed: ClearanceModel, now: dt.datetime) -> None:
        try:
            made = self._tables()
            self._made = learned_since(packed, made.events, made.declarations, now)
        except Exception as fault:  # noqa: BLE001  # on a thread of its own: the packed forecasts go on answering
            log.error("late_labels_not_learned", fault=type(fault).__name__)
