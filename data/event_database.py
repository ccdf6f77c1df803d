"""The database of events: a SQLite file that forgets what is overwritten, or PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data.store_url import read_store_url

METADATA = sa.MetaData()
EVENTS = sa.Table(
    "events",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("stream", sa.String(64), nullable=False),
    sa.Column("event_id", sa.String(200), nullable=False),
    sa.Column("subject", sa.String(64), nullable=True, index=True),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("payload", sa.Text, nullable=True),
    sa.Column("digest", sa.String(64), nullable=True),
    sa.UniqueConstraint("stream", "event_id"),
    sqlite_autoincrement=True,
)
WITHDRAWALS = sa.Table(
    "withdrawals",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("subject", sa.String(64), nullable=False, index=True),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("withdrawn", sa.Boolean, nullable=False),
    sa.Column("blanked", sa.Integer, nullable=False),
    sqlite_autoincrement=True,
)
KEYS = sa.Table(
    "event_keys",
    METADATA,
    sa.Column("stream", sa.String(64), primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("sequence", sa.Integer, primary_key=True),
)

BUSY_MS = 15_000  # how long a statement waits for another process's lock


def open_engine(url: str, error: type[Exception], *, must_exist: bool) -> sa.Engine:
    """Connections to the database, none opened yet; a missing folder of a SQLite file is made.

    must_exist : raise ``error`` where a SQLite file is missing, for opening would make it
    """
    parsed = read_store_url(url, "event store", error)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(parsed, pool_pre_ping=True, connect_args={"connect_timeout": 3})
    path = Path(str(parsed.database))
    if must_exist and not path.is_file():
        raise error(f"found no file {path}; allowed: one that a service has written to")
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(parsed, connect_args={"timeout": 15, "check_same_thread": False})
    sa.event.listen(engine, "connect", _set_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the begin event below opens transactions
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", f"busy_timeout={BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
