"""A SQLite connection whose readers and writers do not wait for each other, as every store opens one."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

BUSY_MS = 15_000  # how long a statement waits for another process's lock
_PAUSE_S = 0.01


def set_write_ahead(connection: Any) -> None:
    """Set a new connection up: each change is on disk before its transaction ends, and BEGIN is not said by itself.

    A database's first connections may come at one moment from several processes; SQLite lets one of them change the
    journal and answers the others at once that it is locked, whatever ``busy_timeout`` says. They wait here.
    """
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    end = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(_PAUSE_S)
    connection.execute("PRAGMA synchronous=FULL")
