"""The chain part by part finds what the whole finds, and checkpoints show what was cut."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from serving.console import ledger_check
from serving.console.ledger_check import CheckpointState, check_part, checkpoint_state, signed_digests
from serving.ledger.chain import Draft
from serving.ledger.checkpoint import FOLDER, KEY_FILE, Signer
from serving.ledger.ledger import Ledger

pytestmark = pytest.mark.contract


@pytest.fixture
def book(sqlite_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """Ten records, verified three at a time."""
    monkeypatch.setattr(ledger_check, "PART", 3)
    sqlite_ledger.append([Draft("x", "o", f"s{number}", b"{}") for number in range(10)])
    return sqlite_ledger


def gone_through(book, known=None):
    """Every break and how many parts there were."""
    after, breaks, parts = 0, [], 0
    while True:
        part = check_part(book, after, known)
        after, breaks, parts = part.done, [*breaks, *part.breaks], parts + 1
        if part.ended:
            return breaks, parts, after


def break_record(book, statement):
    with book.engine.execution_options(writes=True).begin() as connection:
        for trigger in ("records_no_update", "records_no_delete"):
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        connection.exec_driver_sql(statement)


def test_a_whole_chain_has_no_break(book):
    assert gone_through(book) == ([], 4, 10)
    assert check_part(book, 0).whole == 10


@pytest.mark.parametrize("number", [1, 3, 4, 10])
def test_a_changed_record_is_found_wherever_a_part_begins(book, number):
    break_record(book, f"UPDATE records SET subject = 'other' WHERE seq = {number}")
    breaks, _, _ = gone_through(book)
    assert [line.split(":")[0] for line in breaks] == [f"record {number}"]


@pytest.mark.parametrize("number", [2, 3, 4])
def test_a_removed_record_is_found(book, number):
    break_record(book, f"DELETE FROM records WHERE seq = {number}")
    assert gone_through(book)[0]


def test_a_cut_end_shows_by_a_checkpoint(book):
    known = {10: book.digest_at(10)}
    assert gone_through(book, known)[0] == []
    break_record(book, "DELETE FROM records WHERE seq > 8")
    assert gone_through(book)[0] == []  # the chain alone cannot know
    assert gone_through(book, known)[0] == ["record 10: was signed and is missing"]


def test_checkpoints_are_read_with_the_services_key(book, tmp_path, monkeypatch):
    monkeypatch.delenv(KEY_FILE, raising=False)
    assert checkpoint_state(book) == CheckpointState(signs=False, n_records=None, at=None, fault="")
    assert signed_digests(book) == {}
    Signer.make("test").save(tmp_path / "key")
    monkeypatch.setenv(KEY_FILE, str(tmp_path / "key"))
    monkeypatch.setenv(FOLDER, str(tmp_path / "notes"))
    ledger_check.notary_of(book).sign()
    state = checkpoint_state(book)
    assert (state.signs, state.n_records, state.fault) == (True, 10, "")
    assert signed_digests(book) == {10: book.digest_at(10)}
    (tmp_path / "notes" / "checkpoint-000000000000010.txt").write_text("another\n", encoding="utf-8")
    assert checkpoint_state(book).fault


def test_a_checkpoint_is_overdue_after_twice_its_time():
    now = datetime(2026, 3, 1, tzinfo=UTC)
    signed = CheckpointState(signs=True, n_records=5, at=now - timedelta(hours=2), fault="")
    assert not signed.is_overdue(3_600, now)
    assert signed.is_overdue(3_599, now)
    assert CheckpointState(signs=True, n_records=None, at=None, fault="").is_overdue(3_600, now)
    assert not CheckpointState(signs=False, n_records=None, at=None, fault="").is_overdue(3_600, now)
