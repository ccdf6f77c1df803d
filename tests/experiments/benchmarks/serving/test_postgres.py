"""The campaigns' PostgreSQL keeps what was committed when it is stopped as a crash would."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from experiments.benchmarks.serving import postgres as module
from experiments.benchmarks.serving.postgres import PostgresServer

pytestmark = pytest.mark.contract


def test_a_crash_keeps_what_was_committed_and_nothing_else(postgres: PostgresServer) -> None:
    """Row 1 was committed, row 2 was not; a second database is empty."""
    url = postgres.new_database("kept").replace("+psycopg", "")
    open_connection = psycopg.connect(url)
    with psycopg.connect(url) as connection:
        connection.execute("create table t (n int)")
        connection.execute("insert into t values (1)")
    open_connection.execute("insert into t values (2)")
    postgres.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    postgres.start()
    open_connection.close()
    with psycopg.connect(url) as connection:
        assert connection.execute("select n from t").fetchall() == [(1,)]
    with psycopg.connect(postgres.new_database("other").replace("+psycopg", "")) as connection:
        assert connection.execute("select to_regclass('t')").fetchone() == (None,)


def test_without_the_programs_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in Debian's folder nor on PATH."""
    monkeypatch.setattr(module.Path, "glob", lambda *_: iter(()))
    monkeypatch.setattr(module.shutil, "which", lambda _: None)
    with pytest.raises(RuntimeError, match="run the set-up"):
        PostgresServer(tmp_path)
