"""A ledger is read where nothing can be written, and a mistyped path is an error and no new ledger."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from serving.ledger.ledger import Draft, Ledger
from serving.ledger.store import LedgerError, migrate, open_engine, read_url

pytestmark = pytest.mark.contract


def filled(path: Path) -> Ledger:
    """A ledger of three records."""
    url = f"sqlite:///{path}"
    migrate(url)
    book = Ledger(url)
    book.append([Draft("x", "o", f"s{number}", b"{}") for number in range(3)])
    return book


@pytest.fixture
def read_only_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder mounted read-only over a consistent copy of a ledger, even for root; else one without write rights."""
    source, position = tmp_path / "source", tmp_path / "copy"
    source.mkdir()
    position.mkdir()
    book = filled(source / "live.sqlite")
    with sqlite3.connect(source / "live.sqlite") as live:
        live.execute("VACUUM INTO ?", [str(position / "ledger.sqlite")])
    with sqlite3.connect(position / "ledger.sqlite") as copy:
        copy.execute("PRAGMA journal_mode=WAL")  # as a copy of the file itself would be
    copy.close()
    book.close()
    mounted = os.geteuid() == 0 and not subprocess.run(["mount", "--bind", "-o", "ro", position, position]).returncode
    if mounted:
        subprocess.run(["mount", "-o", "remount,bind,ro", position], check=False)
    else:
        position.chmod(0o500)
    yield position
    if mounted:
        subprocess.run(["umount", position], check=True)
    position.chmod(0o700)


def test_a_consistent_copy_is_verified_where_nothing_can_be_written(read_only_folder: Path) -> None:
    """All records, no breaks, and no file is left beside the copy."""
    book = Ledger(f"sqlite:///{read_only_folder / 'ledger.sqlite'}", reading=True)
    assert (book.verify().n_records, book.verify().breaks) == (3, ())
    book.close()
    if os.geteuid() != 0:
        assert [path.name for path in read_only_folder.iterdir()] == ["ledger.sqlite"]


def test_a_copy_that_only_immutable_mode_can_read_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where SQLite cannot make the log's index the file is read as one that nobody changes."""
    filled(tmp_path / "l.sqlite").close()
    connect = sqlite3.connect

    def refuses(address: str, **options: object) -> sqlite3.Connection:
        if "immutable" not in address:
            raise sqlite3.OperationalError("unable to open database file")
        return connect(address, **options)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr("serving.ledger.store.sqlite3.connect", refuses)
    assert Ledger(f"sqlite:///{tmp_path / 'l.sqlite'}", reading=True).verify().n_records == 3
    (tmp_path / "l.sqlite-wal").write_bytes(b"records that are not in the file yet")
    with pytest.raises(LedgerError, match="wal holds records"):
        Ledger(f"sqlite:///{tmp_path / 'l.sqlite'}", reading=True)


def test_a_live_ledger_is_read_with_its_newest_records_and_cannot_be_written(ledger_url: str) -> None:
    """Reading sees what was just committed; the store itself refuses to write over this connection."""
    book, reader = Ledger(ledger_url), None
    book.append([Draft("x", "o", "s1", b"{}")])
    reader = Ledger(ledger_url, reading=True)
    assert reader.verify().n_records == 1
    book.append([Draft("x", "o", "s2", b"{}")])
    assert reader.verify().n_records == 2
    with pytest.raises(LedgerError, match=r"(?i)read.?only"):
        reader.append([Draft("x", "o", "s3", b"{}")])
    with pytest.raises(sa.exc.DatabaseError), reader.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE api_keys")
    reader.close()
    book.close()


def test_what_is_not_there_is_an_error_and_is_not_made(tmp_path: Path) -> None:
    """Reading or bringing up a store at a mistyped path names it and makes nothing."""
    url = f"sqlite:///{tmp_path / 'typo' / 'ledger.sqlite'}"
    with pytest.raises(LedgerError, match="no ledger at"):
        Ledger(url, reading=True)
    with pytest.raises(LedgerError, match="--create"):
        migrate(url, create=False)
    assert list(tmp_path.iterdir()) == []
    migrate(url)
    migrate(url, create=False)


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    """Anything else under the name of a ledger is an error of ours, not of the driver."""
    (tmp_path / "l.sqlite").write_bytes(b"no database at all, only words" * 50)
    with pytest.raises(LedgerError, match="no ledger"):
        Ledger(f"sqlite:///{tmp_path / 'l.sqlite'}", reading=True)


@pytest.mark.parametrize("url", ["mysql://u:secret@h/d", "postgresql+asyncpg://u:secret@h/d", "sqlite://", "x", ""])
def test_another_kind_of_store_is_refused_without_its_password(url: str) -> None:
    """The message lists what is allowed."""
    with pytest.raises(LedgerError, match="sqlite:///path") as caught:
        open_engine(url)
    assert "secret" not in str(caught.value)


def test_postgresql_may_be_written_short() -> None:
    """The scheme that everybody writes means the driver that is installed."""
    assert read_url("postgresql://u@h/d").drivername == "postgresql+psycopg"


def test_a_path_with_a_space_or_a_per_cent_sign_is_a_path(tmp_path: Path) -> None:
    """The address for reading quotes what a file's name may hold."""
    folder = tmp_path / "my bank 项目?#"
    folder.mkdir()
    path = folder / "l.sqlite"
    shutil.copy(_made(tmp_path), path)
    parsed = sa.engine.URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)
    assert Ledger(parsed, reading=True).verify().n_records == 3


def _made(folder: Path) -> Path:
    path = folder / "made.sqlite"
    filled(path).close()
    return path
