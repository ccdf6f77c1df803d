"""Where a ledger lies: SQLite in WAL mode or PostgreSQL, opened so that a commit is durable, and its schema brought up.

The schema is in ``serving/migrations``; several workers may bring it up at once.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
import sqlalchemy as sa
from sqlalchemy.engine import make_url

# Any number that no other program on the same PostgreSQL server takes for its advisory lock.
CHAIN_LOCK = 7_310_2020


class LedgerError(RuntimeError):
    """The store refused or could not be reached; nothing of the batch may be answered."""


def open_engine(url: str) -> sa.Engine:
    """A SQLAlchemy engine whose commits are durable; the SQLite file's folder is made when missing."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(parsed, pool_size=4, pool_pre_ping=True, connect_args={"connect_timeout": 3})
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(parsed, connect_args={"timeout": 15, "check_same_thread": False})
    sa.event.listen(engine, "connect", _set_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the begin event below opens transactions
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=15000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def migrate(url: str) -> None:
    """Bring the store's schema to the newest revision; safe to call at every start."""
    engine = open_engine(url)
    config = alembic.config.Config()
    config.set_main_option("script_location", str(files("serving") / "migrations"))
    try:
        with engine.execution_options(writes=True).begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(CHAIN_LOCK)))
            config.attributes["connection"] = connection
            alembic.command.upgrade(config, "head")
    except sa.exc.SQLAlchemyError as fault:
        raise LedgerError(f"the ledger could not be opened: {fault}") from fault
    finally:
        engine.dispose()
