"""Expiry reads the bank applications that are due, however many there ever were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from serving.applications.bank_applications import (
    action_draft,
    application_drafts,
    expire_overdue,
    overdue_drafts,
    read_bank_application,
    read_bank_applications,
)
from serving.applications.listing import Wanted, page_of
from serving.consents.giving import revocation_draft
from serving.ledger.ledger import Draft, Ledger, canonical_json
from serving.ledger.store import migrate, open_engine

pytestmark = pytest.mark.law
CONSOLE_TABLES = ("console_accounts", "console_sessions", "console_lockouts", "jobs")  # of later schemas
NOW = datetime(2026, 1, 1, tzinfo=UTC)
N_ORDERS, N_DUE = 10_000, 7


def drafts_of(number: int, days: float) -> list[Draft]:
    """One application to one bank whose order ends after so many days."""
    end = NOW + timedelta(days=days)
    consent: Any = SimpleNamespace(model_dump=lambda mode: {})  # nothing of it is read here
    return application_drafts(f"U{number}", "r1", {"banks": ["bank-a"]}, {"bank-a": consent}, {}, end)


@pytest.fixture
def many(ledger: Ledger) -> Ledger:
    """Ten thousand bank applications of which seven are due on NOW, and a due one that the bank declined in time."""
    for start in range(0, N_ORDERS, 500):
        batch = [drafts_of(number, -1 if number < N_DUE else 30) for number in range(start, start + 500)]
        ledger.append([draft for drafts in batch for draft in drafts])
    declined = ledger.append(drafts_of(N_ORDERS, -1))[1][0].subject
    early = NOW - timedelta(days=2)
    ledger.append([action_draft(read_bank_application(ledger, declined), "decline", "bank-a", {}, early)])
    return ledger


def test_of_ten_thousand_bank_applications_only_the_due_ones_are_read(
    many: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement of a sweep returns the records of the seven due bank applications alone; the next one none."""
    read: list[str] = []
    select = Ledger._select

    def counted(connection: sa.Connection, *wanted: object) -> object:
        found = select(connection, *wanted)  # type: ignore[arg-type]
        read.extend(record.subject for record in found)
        return found

    monkeypatch.setattr(Ledger, "_select", staticmethod(counted))
    drafts = overdue_drafts(many, NOW)
    assert (len(drafts), len(read)) == (N_DUE, N_DUE)
    assert {draft.subject for draft in drafts} == set(read)
    read.clear()
    assert expire_overdue(many, NOW) == N_DUE
    assert len(read) == N_DUE
    read.clear()
    assert expire_overdue(many, NOW) == 0
    assert read == []


def test_the_store_finds_what_is_due_in_an_index(sqlite_ledger: Ledger) -> None:
    """Neither the deadlines nor the records are scanned."""
    statement = (
        "EXPLAIN QUERY PLAN SELECT * FROM records WHERE subject IN "
        "(SELECT subject FROM deadlines WHERE due_at <= 'x' ORDER BY due_at, subject LIMIT 500) ORDER BY seq"
    )
    with sqlite_ledger.engine.connect() as connection:
        plan = [row[-1] for row in connection.exec_driver_sql(statement)]
    assert any("deadlines_by_instant" in line for line in plan), plan
    assert not [line for line in plan if line.startswith("SCAN") and "SUBQUERY" not in line], plan


def test_an_order_that_ended_is_never_due_and_what_expires_expires_once(ledger: Ledger) -> None:
    """More than fit in one commit: all of them, once each; the chain holds."""
    for start in range(0, 1_200, 400):
        ledger.append([d for number in range(start, start + 400) for d in drafts_of(number, -1)])
    assert expire_overdue(ledger, NOW) == 1_200
    assert {bank_application.state for bank_application in read_bank_applications(ledger)} == {"expired"}
    assert expire_overdue(ledger, NOW) == 0
    assert ledger.verify().breaks == ()


def test_records_that_a_firm_makes_under_a_bank_applications_name_are_none_of_it(ledger: Ledger) -> None:
    """A firm may revoke a consent, or send a demand, of any name: the order is listed and expires as if it had not."""
    subject = ledger.append(drafts_of(1, -1))[1][0].subject
    ledger.append([
        revocation_draft(ledger, "U1", subject, "anything", "firm", "why"),
        Draft("demand", "U1", subject, canonical_json({"demand_id": subject}), f"demand:{subject}", "x"),
    ])  # fmt: skip
    due, count = page_of(ledger, Wanted("bank-a", due_before=NOW))
    assert ([one.bank_application_id for one in due], count) == ([subject], 1)
    assert expire_overdue(ledger, NOW) == 1
    assert read_bank_application(ledger, subject).state == "expired"


def test_a_ledger_of_the_first_schema_keeps_the_deadlines_of_open_bank_applications(ledger_url: str) -> None:
    """The deadlines of open bank applications are made from their records when an old store is brought up."""
    book = Ledger(ledger_url)
    as_before = {"bank_application_action": "order_step"}
    still_open, done = (
        book.append([draft._replace(kind=as_before.get(draft.kind, draft.kind)) for draft in drafts])[1][0].subject
        for drafts in (drafts_of(1, 5), drafts_of(2, 5))
    )
    declined = action_draft(read_bank_application(book, done), "decline", "bank-a", {}, NOW)
    book.append([declined._replace(kind="order_step")])
    book.close()
    engine = open_engine(ledger_url)
    with engine.execution_options(writes=True).begin() as connection:
        for later in ("deadlines", "write_trials", *CONSOLE_TABLES):
            connection.exec_driver_sql(f"DROP TABLE {later}")
        connection.exec_driver_sql("ALTER TABLE api_keys RENAME COLUMN caller TO principal")
        connection.exec_driver_sql("ALTER TABLE api_keys RENAME COLUMN permissions TO scopes")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    engine.dispose()
    migrate(ledger_url)
    again = Ledger(ledger_url)
    late = NOW + timedelta(days=6)
    assert [draft.subject for draft in overdue_drafts(again, late)] == [still_open]
    assert again.append([]) == []
    again.close()


def test_the_longest_subject_of_the_contract_fits_every_store(ledger: Ledger) -> None:
    """A bank's name and a version of 64 letters each: the record is written and found again."""
    subject = f"policy:{'b' * 64}:{'v' * 64}"
    ledger.append([Draft("release_proposed", "b" * 64, subject, canonical_json({}), f"proposed:{subject}")])
    found = ledger.by_key(f"proposed:{subject}")
    assert found is not None
    assert found.subject == subject


def test_a_text_that_no_store_holds_finds_nothing(ledger: Ledger) -> None:
    """NUL is no letter of PostgreSQL's texts; a look-up with one finds nothing on both stores."""
    assert ledger.by_key("decision:\0") is None
    assert ledger.find(subject="a\0b") == []
