"""Where a ledger lies: SQLite in WAL mode or PostgreSQL, opened so that a commit is durable, and its schema brought up.

The schema is in ``serving/migrations``; several workers may bring it up at once. A ledger that is only read is opened
so that nothing can be written, also from a folder that cannot be written.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

import alembic.command
import alembic.config
import sqlalchemy as sa
from sqlalchemy.engine import URL

from data.private_file import keep_private
from data.store_url import read_store_url
from data.write_ahead import set_write_ahead

# Any number that no other program on the same PostgreSQL server takes for its advisory lock.
CHAIN_LOCK = 7_310_2020
LEDGER_URL = "IP_LEDGER_URL"
DEFAULT_LEDGER = "artifacts/ledger/ledger.sqlite"
_MIGRATING = threading.Lock()  # Alembic keeps its context in the module's globals


class LedgerError(RuntimeError):
    """The store refused or could not be reached; nothing of the batch may be answered."""


def ledger_url() -> str:
    """Where the ledger is: IP_LEDGER_URL, or a SQLite file under the working directory."""
    return os.environ.get(LEDGER_URL) or f"sqlite:///{Path(DEFAULT_LEDGER).resolve()}"


def checkpoint_folder(url: str) -> Path:
    """Where checkpoints lie when no folder is named: beside a SQLite file, else where the default ledger would be."""
    parsed = read_url(url)
    file = parsed.database if parsed.get_backend_name() == "sqlite" else DEFAULT_LEDGER
    return Path(str(file)).parent / "checkpoints"


def read_url(url: str) -> URL:
    """The parsed URL of a ledger; raises LedgerError for any other kind of store. It never repeats a password."""
    return read_store_url(url, "ledger", LedgerError)


def exists(url: str) -> bool:
    """Whether there is a store at ``url``: a file for SQLite; a PostgreSQL database is found out by connecting."""
    parsed = read_url(url)
    return parsed.get_backend_name() != "sqlite" or Path(str(parsed.database)).is_file()


def open_engine(url: str, *, reading: bool = False) -> sa.Engine:
    """A SQLAlchemy engine whose commits are durable; the SQLite file's folder is made when missing,
    and the file by the first connection, for its owner alone.

    reading : nothing can be written over this engine, and a store that is not there is a LedgerError
    """
    parsed = read_url(url)
    if parsed.get_backend_name() != "sqlite":
        connect: dict[str, Any] = {"connect_timeout": 3}
        if reading:
            connect["options"] = "-c default_transaction_read_only=on"
        return sa.create_engine(parsed, pool_size=4, pool_pre_ping=True, connect_args=connect)
    path = Path(str(parsed.database))
    if reading:
        address = _read_only_address(path)
        return sa.create_engine(
            parsed, creator=lambda: sqlite3.connect(address, uri=True, timeout=15, check_same_thread=False)
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(parsed, pool_pre_ping=True, connect_args={"timeout": 15, "check_same_thread": False})
    keep_private(engine, path)
    sa.event.listen(engine, "connect", lambda made, _: set_write_ahead(made))
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _read_only_address(path: Path) -> str:
    """The URI under which SQLite reads ``path`` without writing; raises LedgerError when it cannot be read whole.

    SQLite reads a file in WAL mode only where it may write the log's index. Where it may not, the file is read as one
    that nobody changes, which leaves out what only the log holds; so a log with content is an error there.
    """
    if not path.is_file():
        raise LedgerError(f"there is no ledger at {path}")
    plain = f"file:{quote(str(path.resolve()))}?mode=ro"
    for address in (plain, f"{plain}&immutable=1"):
        log = path.with_name(f"{path.name}-wal")
        if address != plain and log.exists() and log.stat().st_size:
            raise LedgerError(f"{log.name} holds records that can be read only where its folder can be written")
        try:
            connection = sqlite3.connect(address, uri=True)
            try:
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            finally:
                connection.close()
        except sqlite3.OperationalError:
            continue
        except sqlite3.DatabaseError as fault:
            raise LedgerError(f"{path} is no ledger: {fault}") from fault
        return address
    raise LedgerError(f"{path} cannot be opened for reading")


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def migrate(url: str, *, create: bool = True) -> None:
    """Bring the store's schema to the newest revision; safe to call at every start and from any thread.

    create : make a store that is not there; without it, that is a LedgerError
    """
    if not create and not exists(url):
        raise LedgerError(f"there is no ledger at {read_url(url).database}; --create makes an empty one")
    engine = open_engine(url)
    config = alembic.config.Config()
    config.set_main_option("script_location", str(files("serving") / "migrations").replace("%", "%%"))
    try:
        with _MIGRATING, engine.execution_options(writes=True).begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(CHAIN_LOCK)))
            config.attributes["connection"] = connection
            alembic.command.upgrade(config, "head")
    except sa.exc.SQLAlchemyError as fault:
        raise LedgerError(f"the ledger could not be opened: {fault}") from fault
    finally:
        engine.dispose()
