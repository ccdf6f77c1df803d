"""Stores for the serving tests: SQLite in a temporary folder, and a PostgreSQL server of the session's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments.benchmarks.serving_postgres import PostgresServer
from serving.ledger import Ledger, migrate


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running PostgreSQL for the whole session; without the server programs this fails, it never skips."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        server = PostgresServer(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty, migrated ledger, once for each kind of store."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.new_database(f"t{abs(hash(request.node.nodeid)) % 10**12}")
    migrate(url)
    return url


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """An empty ledger."""
    book = Ledger(ledger_url)
    yield book
    book.close()


@pytest.fixture
def sqlite_ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger where the kind of store does not matter."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    migrate(url)
    book = Ledger(url)
    yield book
    book.close()
