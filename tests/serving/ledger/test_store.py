"""Where a ledger lies: which addresses are taken, what is opened only for reading, and how its schema comes up."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from data.store_url import SCHEMES
from serving.ledger import store
from serving.ledger.store import LEDGER_URL, LedgerError, checkpoint_folder, exists, migrate, open_engine, read_url

pytestmark = pytest.mark.contract


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://user:s3cret@host/db", "begins with 'mysql'"),
        ("postgresql+asyncpg://user:s3cret@host/db", "begins with 'postgresql"),
        ("sqlite://", "names no file"),
        ("s3cret", "cannot be read"),
    ],
)
def test_an_address_of_another_kind_is_refused_without_its_password(url, said):
    """What is wrong, what is allowed, and never the secret."""
    with pytest.raises(LedgerError, match=said) as found:
        read_url(url)
    assert SCHEMES in str(found.value)
    assert "s3cret" not in str(found.value)


def test_the_address_comes_from_the_environment_or_is_a_file_here(monkeypatch):
    """An empty variable is as none."""
    for value in (None, ""):
        monkeypatch.delenv(LEDGER_URL, raising=False)
        if value is not None:
            monkeypatch.setenv(LEDGER_URL, value)
        assert store.ledger_url() == f"sqlite:///{Path.cwd() / 'artifacts/ledger/ledger.sqlite'}"
    monkeypatch.setenv(LEDGER_URL, "postgresql://h/d")
    assert read_url(store.ledger_url()).drivername == "postgresql+psycopg"


def test_checkpoints_lie_beside_a_file_and_else_at_the_default():
    """A database has no folder of its own."""
    assert checkpoint_folder("sqlite:////a/b/ledger.sqlite") == Path("/a/b/checkpoints")
    assert checkpoint_folder("postgresql://h/d") == Path("artifacts/ledger/checkpoints")


def test_a_ledger_is_made_only_where_one_is_requested(tmp_path):
    """Without ``create`` nothing is written; twice is as once."""
    url = f"sqlite:///{tmp_path / 'new' / 'ledger.sqlite'}"
    with pytest.raises(LedgerError, match="--create"):
        migrate(url, create=False)
    assert (exists(url), list(tmp_path.iterdir())) == (False, [])
    migrate(url)
    migrate(url, create=False)
    engine = open_engine(url)
    assert {"records", "deadlines", "api_keys", "alembic_version"} <= set(sa.inspect(engine).get_table_names())
    engine.dispose()


def test_a_commit_is_durable_and_a_reader_cannot_write(tmp_path):
    """The write-ahead log is synced at every commit; over a reading engine a write is the store's own error."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    migrate(url)
    for reading in (False, True):
        engine = open_engine(url, reading=reading)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            if reading:
                with pytest.raises(sa.exc.OperationalError, match="readonly"):
                    connection.exec_driver_sql("CREATE TABLE t (x INTEGER)")
            else:
                assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        engine.dispose()
