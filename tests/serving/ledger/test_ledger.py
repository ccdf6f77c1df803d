"""The book is append-only, its chain shows every change, and it holds over two kinds of store."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from serving.ledger.ledger import GENESIS, Draft, Ledger, canonical_json, record_digest
from serving.ledger.store import LedgerError, migrate
from serving.ledger.writer import LedgerWriter

pytestmark = pytest.mark.law


def draft(number: int, key: str | None = None) -> Draft:
    """A decision-like draft."""
    return Draft("decision", "bank-a", f"d{number}", canonical_json({"number": number, "x": 0.1 * number}), key)


def test_an_empty_book_verifies(ledger: Ledger) -> None:
    """No records is a whole chain whose tip is the genesis digest."""
    verdict = ledger.verify()
    assert (verdict.n_records, verdict.tip, verdict.breaks) == (0, GENESIS, ())


def test_records_come_back_as_they_went_in(ledger: Ledger) -> None:
    """BankApplication, body and chain survive the store."""
    ledger.append([draft(number) for number in range(5)])
    ledger.append([draft(5)])
    records = list(ledger.scan())
    assert [record.content["number"] for record in records] == list(range(6))
    assert [record.previous for record in records[1:]] == [record.digest for record in records[:-1]]
    assert ledger.verify(records[-1].digest).breaks == ()


def test_a_batch_of_any_length_is_one_whole_chain(ledger: Ledger) -> None:
    """More records than one statement takes keep their order and their chain."""
    receipt = ledger.append([draft(number, f"k{number}") for number in range(450)])
    assert [record.seq for record, fresh in receipt if fresh] == list(range(1, 451))
    assert [record.content["number"] for record in ledger.scan()] == list(range(450))
    assert ledger.verify().breaks == ()


@pytest.mark.parametrize("length", [2, 1_999, 2_000, 2_001, 12_345])
def test_a_digest_is_of_every_column_and_its_length_however_long_the_body(length: int) -> None:
    """Hashing a body piece by piece is hashing the whole text that an auditor would write down."""
    body = b"x" * length
    one = Draft("kind", "owner", "subject", body, "key", "f" * 64)
    parts = [b"7", b"kind", b"owner", b"subject", b"+key", b"f" * 64, b"2026-01-01", body, GENESIS.encode()]
    text = b"".join(str(len(part)).encode() + b":" + part for part in parts)
    assert record_digest(7, one, "2026-01-01", GENESIS) == hashlib.sha256(text).hexdigest()


def test_a_key_is_taken_once(ledger: Ledger) -> None:
    """The same unique key, in one batch or in two, gives the first record again."""
    (first, fresh), (again, repeated) = ledger.append([draft(1, "k"), draft(2, "k")])
    (later, also_repeated) = ledger.append([draft(3, "k")])[0]
    assert (fresh, repeated, also_repeated) == (True, False, False)
    assert first == again == later
    assert ledger.verify().n_records == 1


def test_a_connection_that_broke_is_replaced(ledger: Ledger) -> None:
    """Whoever closed it, the next batch is written over a new one."""
    ledger.append([draft(1)])
    with ledger.engine.connect() as connection:
        held = connection.connection.dbapi_connection
    held.close()
    ledger.append([draft(2)])
    assert [record.content["number"] for record in ledger.scan()] == [1, 2]
    assert ledger.verify().breaks == ()


def test_of_several_records_of_a_subject_in_one_batch_the_last_sets_the_deadline(ledger: Ledger) -> None:
    """A later one moves it, a closing one ends it, one that is no news changes nothing."""
    first, second, third = (f"2026-0{month}-01T00:00:00+00:00" for month in (1, 2, 3))
    moved, closed, kept = (draft(number)._replace(subject=name) for number, name in enumerate("abc"))
    ledger.append([kept._replace(due_at=first, unique_key="kept")])
    ledger.append([
        moved._replace(due_at=first), closed._replace(due_at=first),
        moved._replace(due_at=second), closed._replace(closes=True),
        kept._replace(due_at=third, unique_key="kept"),
    ])  # fmt: skip
    until = datetime(2026, 2, 1, tzinfo=UTC)
    assert [record.subject for record in ledger.due(moved.kind, until)] == ["c", "a", "a"]
    assert [record.subject for record in ledger.due(moved.kind, until - timedelta(days=1))] == ["c"]
    assert ledger.due("another kind", until) == []


def test_a_failed_batch_keeps_no_lock(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was refused leaves the store to others at once, and nothing of it is written."""
    ledger.append([draft(1)])
    columns = [sa.Column(name, sa.String(240)) for name in ("subject", "due_at")]
    with monkeypatch.context() as broken:
        broken.setattr("serving.ledger.ledger.deadlines_table", sa.Table("nowhere", sa.MetaData(), *columns))
        with pytest.raises(LedgerError):  # after its records were inserted
            ledger.append([draft(2), draft(3)._replace(due_at="2026-01-01T00:00:00+00:00")])
    other = Ledger(ledger.url)
    other.append([draft(4)])
    other.close()
    assert [record.content["number"] for record in ledger.scan()] == [1, 4]


def test_the_store_itself_refuses_changes(ledger: Ledger) -> None:
    """UPDATE and DELETE are stopped by triggers, whoever sends them."""
    ledger.append([draft(1)])
    for statement in ("UPDATE records SET body = '{}'", "DELETE FROM records"):
        with (
            pytest.raises(sa.exc.DatabaseError, match="append-only"),
            ledger.engine.execution_options(writes=True).begin() as connection,
        ):
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize("column", ["kind", "owner", "subject", "unique_key", "fingerprint", "recorded_at", "body"])
def test_one_changed_byte_is_found(sqlite_ledger: Ledger, column: str) -> None:
    """With the triggers taken away, a change in any column of any record is named by its number."""
    sqlite_ledger.append([draft(number, f"k{number}") for number in range(9)])
    with sqlite_ledger.engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER records_no_update")
        connection.exec_driver_sql(f"UPDATE records SET {column} = {column} || '!' WHERE seq = 5")
    breaks = sqlite_ledger.verify().breaks
    assert breaks
    assert breaks[0].startswith("record 5:")


def test_a_removed_record_and_a_cut_tail_are_found(sqlite_ledger: Ledger) -> None:
    """A hole shows by itself; a cut end shows against a tip noted elsewhere."""
    sqlite_ledger.append([draft(number) for number in range(9)])
    tip = sqlite_ledger.verify().tip
    with sqlite_ledger.engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER records_no_delete")
        connection.exec_driver_sql("DELETE FROM records WHERE seq = 9")
    assert sqlite_ledger.verify().breaks == ()
    assert "cut or rewritten" in sqlite_ledger.verify(tip).breaks[0]
    with sqlite_ledger.engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql("DELETE FROM records WHERE seq = 4")
    assert any("missing before it" in fault for fault in sqlite_ledger.verify().breaks)


def test_two_processes_share_one_chain(ledger_url: str) -> None:
    """Writers that know nothing of each other never fork the chain."""
    books = [Ledger(ledger_url) for _ in range(4)]

    def write(book: Ledger, start: int) -> None:
        for number in range(start, start + 10):
            book.append([draft(number)])

    threads = [threading.Thread(target=write, args=(book, 100 * index)) for index, book in enumerate(books)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verdict = books[0].verify()
    for book in books:
        book.close()
    assert (verdict.n_records, verdict.breaks) == (40, ())


def test_the_writer_answers_each_group_with_its_own_records(ledger: Ledger) -> None:
    """Group commit keeps groups together and in the order of their drafts."""
    writer = LedgerWriter(ledger, largest_batch=16)
    futures = [writer.submit([draft(2 * number), draft(2 * number + 1)]) for number in range(40)]
    answers = [[record.content["number"] for record, _ in future.result(timeout=20)] for future in futures]
    writer.close()
    assert answers == [[2 * number, 2 * number + 1] for number in range(40)]
    assert ledger.verify().n_records == 80


def test_a_store_that_is_away_is_an_error_not_an_answer(sqlite_ledger: Ledger) -> None:
    """When the commit fails every waiting request fails, and a closed writer takes nothing."""
    with sqlite_ledger.engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql("ALTER TABLE records RENAME TO gone")
    writer = LedgerWriter(sqlite_ledger, largest_batch=4)
    with pytest.raises(LedgerError):
        writer.submit([draft(1)]).result(timeout=20)
    writer.close()
    with pytest.raises(LedgerError, match="closed"):
        writer.submit([draft(2)]).result(timeout=20)


def test_migrating_twice_changes_nothing(ledger_url: str) -> None:
    """Every start may migrate."""
    migrate(ledger_url)
    book = Ledger(ledger_url)
    book.append([draft(1)])
    migrate(ledger_url)
    assert book.verify().n_records == 1
    book.close()
