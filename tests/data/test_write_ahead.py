"""Connections that come at one moment."""

import sqlite3
import threading

import pytest

from data import write_ahead
from data.write_ahead import set_write_ahead


def opened(path):
    return sqlite3.connect(path, timeout=15, check_same_thread=False)


def test_connections_that_open_and_close_at_one_moment_all_work(tmp_path):
    """Eight at once on ten new databases, fifteen times each."""
    faults, start = [], threading.Barrier(8)

    def write(path):
        start.wait()
        for _ in range(15):
            connection = opened(path)
            try:
                set_write_ahead(connection)
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("CREATE TABLE IF NOT EXISTS one (x)")
                connection.execute("COMMIT")
            except sqlite3.OperationalError as fault:
                faults.append(fault)
            connection.close()

    for number in range(10):
        threads = [threading.Thread(target=write, args=(tmp_path / f"{number}.sqlite",)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not faults


def test_a_database_that_answers_at_once_that_it_is_locked_is_asked_again():
    """As SQLite does while another connection changes the journal, whatever its ``busy_timeout``."""
    statements, answers = [], [sqlite3.OperationalError("database is locked")] * 2

    class Busy:
        def execute(self, statement):
            statements.append(statement)
            if "WAL" in statement and answers:
                raise answers.pop()

    set_write_ahead(Busy())
    assert statements.count("PRAGMA journal_mode=WAL") == 3
    assert statements[-1] == "PRAGMA synchronous=FULL"


def test_it_gives_up_after_the_time_of_any_other_statement(tmp_path, monkeypatch):
    """Another process that holds the whole database is not waited for without an end."""
    monkeypatch.setattr(write_ahead, "BUSY_MS", 50)
    holder = opened(tmp_path / "held.sqlite")
    holder.isolation_level = None
    holder.execute("CREATE TABLE one (x)")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        set_write_ahead(opened(tmp_path / "held.sqlite"))
    holder.execute("COMMIT")
    later = opened(tmp_path / "held.sqlite")
    set_write_ahead(later)
    assert later.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert later.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
