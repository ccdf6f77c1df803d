"""Jobs of an empty store: on SQLite, and on PostgreSQL where a test is given BOTH."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.jobs.claims import Claims
from serving.jobs.job import JobBounds
from serving.jobs.store import Jobs
from serving.ledger.ledger import Ledger
from serving.ledger.store import migrate
from tests.serving.conftest import Postgres

BOTH = pytest.mark.parametrize("jobs", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated store's file, which is copied for each test: making one takes longer than most of them."""
    path = tmp_path_factory.mktemp("store") / "ledger.sqlite"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def jobs(request: pytest.FixtureRequest, empty_store: Path, tmp_path: Path) -> Iterator[Jobs]:
    """An empty list of jobs."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    if getattr(request, "param", "sqlite") == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.new_database(f"jobs{abs(hash(request.node.nodeid)) % 10**12}")
        migrate(url)
    else:
        shutil.copyfile(empty_store, tmp_path / "ledger.sqlite")
    ledger = Ledger(url)
    yield Jobs(ledger, tmp_path / "jobs", JobBounds(open_per_account=3, stale_s=30.0))
    ledger.close()


@pytest.fixture
def one(jobs: Jobs) -> Claims:
    """A worker."""
    return Claims(jobs, "one", ["reform"])


@pytest.fixture
def other(jobs: Jobs) -> Claims:
    """Another worker of the same store."""
    return Claims(jobs, "other", ["reform"])
