"""Ledgers of both kinds for the campaigns, and a PostgreSQL that may be stopped and started."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from data.uscc import fictitious_uscc
from experiments.benchmarks.serving.postgres import PostgresServer
from experiments.benchmarks.serving.world import World


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running server; without its programs the test is skipped and counted."""
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:  # its path must be short, and open to another account
        try:
            server = PostgresServer(Path(folder))
        except RuntimeError:
            pytest.skip("PostgreSQL's server programs were not found: `make postgres` says how to get them")
        server.start()
        yield server
        server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once for each kind of store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database(f"t{abs(hash(request.node.nodeid)) % 10**12}")


@pytest.fixture
def small_world(tmp_path: Path) -> World:
    """Three enterprises on file and an empty ledger; there are no models."""
    (tmp_path / "snapshot").mkdir()
    firms = pd.DataFrame({"uscc": [fictitious_uscc(number) for number in (1, 2, 3)]})
    firms.to_parquet(tmp_path / "snapshot/cases.parquet")
    return World.make(f"sqlite:///{tmp_path / 'small.sqlite'}", tmp_path)
