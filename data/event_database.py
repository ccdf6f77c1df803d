"""The database of events: a SQLite file that forgets what is overwritten, or PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data.private_file import keep_private
from data.store_url import read_store_url
from data.write_ahead import set_write_ahead

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
    sa.Index("ix_events_stream_sequence", "stream", "sequence"),  # the newest of a stream is looked for at each request
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

_LOCK = 7_310_2024  # any number that no other program on the same PostgreSQL server takes for its advisory lock


def make_tables(connection: sa.Connection) -> None:
    """Make the tables and indexes that are missing, also in a database of an earlier version."""
    METADATA.create_all(connection)
    for index in EVENTS.indexes:
        index.create(connection, checkfirst=True)


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
    keep_private(engine, path)
    sa.event.listen(engine, "connect", _set_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_sqlite(connection: Any, _: Any) -> None:
    set_write_ahead(connection)  # the begin event below opens transactions
    connection.execute("PRAGMA secure_delete=ON")


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Transaction:
    """One transaction; what SQLAlchemy raises becomes ``error`` without the URL.

    One writes at a time, so that a reader who goes on behind a sequence misses none with a lower one.
    """

    def __init__(self, engine: sa.Engine, error: type[Exception], *, writes: bool) -> None:
        self._error = error
        self._engine, self._writes = engine.execution_options(writes=writes), writes

    def __enter__(self) -> sa.Connection:
        try:
            self._begun = self._engine.begin()
            connection = self._begun.__enter__()
            if self._writes and connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        except sa.exc.SQLAlchemyError as fault:
            raise self._error(f"the event store cannot be reached ({type(fault).__name__})") from fault
        return connection

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: Any) -> None:
        try:
            self._begun.__exit__(kind, value, trace)
        except sa.exc.SQLAlchemyError as fault:
            raise self._error(f"the event store could not be written ({type(fault).__name__})") from fault
        if isinstance(value, sa.exc.SQLAlchemyError):
            raise self._error(f"the event store failed ({type(value).__name__})") from value


def blank_events(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> int:
    """Blank the events that meet one of the conditions and are not blank yet; returns how many."""
    gone = sa.select(EVENTS.c.sequence).where(sa.or_(*conditions))
    connection.execute(sa.delete(KEYS).where(KEYS.c.sequence.in_(gone)))
    found = sa.update(EVENTS).where(sa.or_(*conditions), EVENTS.c.payload.is_not(None))
    return int(connection.execute(found.values(subject=None, payload=None, digest=None)).rowcount)


SHORT = 8  # characters; those of a shorter identifier occur in figures and other identifiers too


def mention(subject: str) -> str:
    """What a payload that names a subject holds: its characters anywhere, of a short one as a whole JSON text."""
    return subject if len(subject) >= SHORT else json.dumps(subject, ensure_ascii=False)


def withdrawn_subjects(connection: sa.Connection) -> frozenset[str]:
    """Subjects that have withdrawn and did not come back."""
    last = sa.select(sa.func.max(WITHDRAWALS.c.sequence)).group_by(WITHDRAWALS.c.subject)
    found = sa.select(WITHDRAWALS.c.subject).where(WITHDRAWALS.c.sequence.in_(last), WITHDRAWALS.c.withdrawn)
    return frozenset(connection.execute(found).scalars())


def stored_under(
    connection: sa.Connection, rows: Iterable[Mapping[str, Any]], column: sa.Column[Any]
) -> dict[tuple[str, str], Any]:
    """A column of the events that are stored under the streams and identifiers of these rows."""
    wanted: dict[str, set[str]] = {}
    for row in rows:
        wanted.setdefault(row["stream"], set()).add(row["event_id"])
    return {
        (stream, event_id): value
        for stream, identifiers in wanted.items()
        for event_id, value in connection.execute(
            sa.select(EVENTS.c.event_id, column).where(EVENTS.c.stream == stream, EVENTS.c.event_id.in_(identifiers))
        )
    }
