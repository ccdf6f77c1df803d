"""The commands that make a checkpoint key and sign the ledger's end with it."""

from __future__ import annotations

import stat

import pytest
from typer.testing import CliRunner

from serving.__main__ import app
from serving.ledger.chain import Draft
from serving.ledger.checkpoint import KEY_FILE
from serving.ledger.store import LEDGER_URL

pytestmark = pytest.mark.surface


@pytest.fixture
def ledger_of_two(sqlite_ledger, monkeypatch):
    """A ledger of two records, which the commands read; no key comes from the environment."""
    sqlite_ledger.append([Draft("x", "o", f"s{number}", b"{}") for number in range(2)])
    monkeypatch.setenv(LEDGER_URL, sqlite_ledger.url)
    monkeypatch.delenv(KEY_FILE, raising=False)
    return sqlite_ledger


def run(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


def test_a_note_has_the_name_the_count_and_a_signature(ledger_of_two, tmp_path):
    """Origin, number of records and digest, one a line, then the signature; the same note to a file."""
    key = tmp_path / "key"
    made = run("checkpoint-key", key, "--name", "bank.example/ledger")
    assert made.exit_code == 0, made.output
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    printed = run("checkpoint", "--key", key)
    assert printed.stdout.splitlines()[:2] == ["bank.example/ledger", "2"]
    assert run("checkpoint", "--key", key, "--out", tmp_path / "note").stdout == ""
    assert (tmp_path / "note").read_text(encoding="utf-8") == printed.stdout


def test_the_key_may_come_from_the_environment(ledger_of_two, tmp_path, monkeypatch):
    """Without ``--key`` the variable names it; without both there is no note."""
    key = tmp_path / "key"
    run("checkpoint-key", key)
    without = run("checkpoint")
    assert (without.exit_code, KEY_FILE in without.output) == (2, True)
    monkeypatch.setenv(KEY_FILE, str(key))
    assert run("checkpoint").exit_code == 0


def test_a_key_is_never_written_over(tmp_path):
    """The second make of the same file is refused and leaves the first."""
    key = tmp_path / "key"
    run("checkpoint-key", key)
    before = key.read_bytes()
    assert run("checkpoint-key", key).exit_code == 2
    assert key.read_bytes() == before
