"""Which databases the ledger and the event store may lie in: a SQLite file, or PostgreSQL."""

from __future__ import annotations

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

SCHEMES = "sqlite:///path/to/file or postgresql://user:password@host/database"


class UnavailableError(RuntimeError):
    """A database that is needed does not answer."""


def read_store_url(url: str, store: str, error: type[Exception]) -> URL:
    """The parsed URL, PostgreSQL by psycopg; raises ``error`` for any other kind of store. It never repeats a password.

    store : what the message calls the store
    """
    try:
        parsed = make_url(url)
    except ArgumentError as fault:
        raise error(f"the {store}'s URL cannot be read; allowed: {SCHEMES}") from fault
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise error(f"the {store}'s URL begins with {parsed.drivername!r}; allowed: {SCHEMES}")
    if parsed.get_backend_name() == "sqlite" and not parsed.database:
        raise error(f"the {store}'s URL names no file; allowed: {SCHEMES}")
    return parsed
