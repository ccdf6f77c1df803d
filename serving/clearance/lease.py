"""One process at a time for a piece of work on one event store.

Beside a SQLite store it is a lock on a file, in PostgreSQL a lock of the session; both end with the process, however
that ended, so the next one need not wait or be helped.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from data.events import EventStoreError
from data.store_url import read_store_url

_LOCK = 7_310_2025  # beside the number of the event store's own lock


class HeldElsewhereError(RuntimeError):
    """Another process does this work."""


@contextmanager
def held(url: str, work: str) -> Iterator[Callable[[], bool]]:
    """Hold the lease for ``work``; gives a function that says whether it is held still.

    raises : HeldElsewhereError, EventStoreError
    """
    parsed = read_store_url(url, "event store", EventStoreError)
    if parsed.get_backend_name() == "sqlite":
        path = Path(f"{parsed.database}.{work}.lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            os.close(descriptor)
            raise HeldElsewhereError(f"another process does this already: {path.name} is locked") from fault
        try:
            yield lambda: True
        finally:
            os.close(descriptor)
        return
    engine = sa.create_engine(parsed, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            number = _LOCK + sum(work.encode())
            if not connection.execute(sa.select(sa.func.pg_try_advisory_lock(number))).scalar():
                raise HeldElsewhereError("another process does this already: it holds the lock of the database")
            yield lambda: _answers(connection)
    except sa.exc.SQLAlchemyError as fault:
        raise EventStoreError(f"the event store failed ({type(fault).__name__})") from fault
    finally:
        engine.dispose()


def _answers(connection: sa.Connection) -> bool:
    """Whether the session lives, and with it the lock."""
    try:
        return bool(connection.execute(sa.text("SELECT 1")).scalar())
    except sa.exc.SQLAlchemyError:
        return False
