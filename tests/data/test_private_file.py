"""A store's file, its log and its index are their owner's alone, whatever the umask."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from data.event_database import open_engine as open_events
from data.private_file import make_private
from serving.console.console_key import open_key
from serving.ledger.ledger import Ledger
from serving.ledger.store import migrate, open_engine


@pytest.fixture(params=[0o000, 0o022, 0o177], autouse=True)
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """From one that takes nothing away to one that takes what the owner has no need of."""
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_ledger_its_log_and_index_and_the_consoles_key_are_their_owners_alone(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    migrate(url)
    open_key(url)
    ledger = Ledger(url)
    with ledger.engine.execution_options(writes=True).begin() as connection:
        connection.execute(sa.text("CREATE TABLE kept (x INTEGER)"))
        found = {path.name: mode(path) for path in tmp_path.iterdir()}
    ledger.close()
    assert found == dict.fromkeys(
        ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "ledger.sqlite.console-key"), 0o600
    )


def test_the_event_store_is_its_owners_alone(tmp_path: Path):
    path = tmp_path / "events.sqlite"
    engine = open_events(f"sqlite:///{path}", ValueError, must_exist=False)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE kept (x INTEGER)"))
        assert {mode(one) for one in tmp_path.iterdir()} == {0o600}
    engine.dispose()


def test_an_engine_alone_makes_no_file(tmp_path: Path):
    """Only a connection does: whether a store is there is seen from its file."""
    open_engine(f"sqlite:///{tmp_path / 'ledger.sqlite'}").dispose()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_keeps_mode_and_content(tmp_path: Path):
    """Its owner may have given it to a group."""
    path = tmp_path / "there"
    path.write_text("kept", encoding="utf-8")
    path.chmod(0o640)
    make_private(path)
    assert (path.read_text(encoding="utf-8"), mode(path)) == ("kept", 0o640)
