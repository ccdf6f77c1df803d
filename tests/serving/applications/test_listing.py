"""Bank applications page by page: the same list in parts, by state, by deadline, and no other's records read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from data.uscc import fictitious_uscc
from serving.applications.bank_applications import (
    Action,
    action_draft,
    application_drafts,
    read_bank_application,
    read_bank_applications,
)
from serving.applications.listing import Wanted, page_of
from serving.consents.giving import new_consent
from serving.ledger.ledger import Ledger

pytestmark = pytest.mark.behaviour
KEY, NOW = Ed25519PrivateKey.from_private_bytes(bytes(32)), datetime(2026, 1, 1, tzinfo=UTC)


def apply(ledger: Ledger, number: int, *banks: str, days: int = 30) -> str:
    """One firm's application; the first bank's copy."""
    firm, end = fictitious_uscc(number), NOW + timedelta(days=days)
    consents = {
        bank: new_consent("c", firm, bank, ("points",), ("zheke",), "li", NOW, end, KEY) for bank in banks or ("a",)
    }
    request = {"amount": number, "banks": list(consents)}
    return ledger.append(application_drafts(firm, f"r{number}", request, consents, {}, end))[1][0].subject


def act(ledger: Ledger, subject: str, *names: Action) -> None:
    for name in names:
        ledger.append([action_draft(read_bank_application(ledger, subject), name, "a", {}, NOW)])


def numbers(ledger: Ledger, **wanted: Any) -> tuple[list[int], int | None]:
    """The amounts of the page, and how many there are in all."""
    found, whole = page_of(ledger, Wanted(**{"bank_id": "a"} | wanted))
    return [int(one.request["amount"]) for one in found], whole


@pytest.fixture
def seven(ledger: Ledger) -> Ledger:
    """Seven applications to bank a, 2 and 5 to b as well; 1 and 4 declined, 3 under due diligence."""
    subjects = {
        number: apply(ledger, number, *(("a", "b") if number in (2, 5) else ("a",)), days=number)
        for number in range(1, 8)
    }  # fmt: skip
    act(ledger, subjects[1], "decline")
    act(ledger, subjects[3], "record_due_diligence", "record_due_diligence")
    act(ledger, subjects[4], "record_due_diligence", "decline")
    return ledger


def test_pages_put_together_are_the_list(seven: Ledger) -> None:
    """In both orders, for pages of every size, each once; actions make no second line."""
    whole = [one.bank_application_id for one in read_bank_applications(seven, bank_id="a")]
    for newest, ordered in ((False, whole), (True, whole[::-1])):
        for size in (1, 2, 3, 7, 8):
            seen: list[str] = []
            while part := page_of(seven, Wanted("a", newest=newest, after=len(seen), count=size))[0]:
                seen += [one.bank_application_id for one in part]
            assert seen == ordered
    assert numbers(seven) == ([1, 2, 3, 4, 5, 6, 7], 7)
    assert numbers(seven, newest=True, after=2, count=3) == ([5, 4, 3], 7)
    assert numbers(seven, after=9, count=3) == ([], 7)
    assert numbers(seven, bank_id="b", count=10) == ([2, 5], 2)


def test_each_is_folded_from_all_its_actions(seven: Ledger) -> None:
    states = {int(one.request["amount"]): one.state for one in page_of(seven, Wanted("a", count=4))[0]}
    assert states == {1: "declined", 2: "sent", 3: "due_diligence", 4: "declined"}


def test_a_page_of_one_state_is_filled_from_further_on(seven: Ledger) -> None:
    """How many there are is known with the last page."""
    assert numbers(seven, state="sent", count=2) == ([2, 5], None)
    assert numbers(seven, state="sent", after=2, count=2) == ([6, 7], 4)
    assert numbers(seven, state="sent", after=4, count=2) == ([], 4)
    assert numbers(seven, state="declined", newest=True, count=5) == ([4, 1], 2)
    assert numbers(seven, state="granted", count=5) == ([], 0)
    assert numbers(seven, state="sent", after=4, count=0) == ([], 4)


def test_the_number_is_given_by_the_same_rule_to_a_bank_an_enterprise_and_of_what_is_due(seven: Ledger) -> None:
    """Of the firm's two applications one is sent to b, one to a: a full page of one state has no number."""
    firm = fictitious_uscc(2)
    for state, after, count, found in (("", 0, 1, ([2], 2)), ("sent", 0, 1, ([2], None)), ("sent", 1, 1, ([2], 2)),
                                       ("sent", 0, None, ([2, 2], 2))):  # fmt: skip
        assert numbers(seven, bank_id=None, uscc=firm, state=state, after=after, count=count) == found
    due = NOW + timedelta(days=40)
    assert numbers(seven, due_before=due, state="sent", count=2) == ([2, 5], None)
    assert numbers(seven, due_before=due, state="sent", after=2, count=2) == ([6, 7], 4)
    assert numbers(seven, due_before=due, count=2)[1] == 5  # open ones


def test_what_is_open_and_expires_by_an_instant(seven: Ledger) -> None:
    """Closed ones are due no more; another bank's copies are not there."""
    by = NOW + timedelta(days=5)
    assert numbers(seven, due_before=by) == ([2, 3, 5], 3)
    assert numbers(seven, due_before=by, state="sent", count=1) == ([2], None)
    assert numbers(seven, due_before=by, state="sent", count=2) == ([2, 5], 2)
    assert numbers(seven, bank_id="b", due_before=by) == ([2, 5], 2)
    assert numbers(seven, due_before=by - timedelta(seconds=1)) == ([2, 3], 2)


def test_an_enterprise_has_its_own_from_every_bank(seven: Ledger) -> None:
    mine = {"bank_id": None, "uscc": fictitious_uscc(2)}
    assert numbers(seven, **mine) == ([2, 2], 2)
    assert numbers(seven, **mine, after=1, count=5) == ([2], 2)
    assert numbers(seven, **mine, due_before=NOW + timedelta(days=1)) == ([], 0)
    assert numbers(seven, bank_id=None, uscc=fictitious_uscc(4), state="declined") == ([4], 1)


def test_a_page_reads_its_own_records_and_no_body_of_another(sqlite_ledger: Ledger) -> None:
    """Of three hundred applications a page of five reads five bodies, found by the index of kinds."""
    for number in range(300):
        apply(sqlite_ledger, number)
    read: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        read.append(statement)

    sa.event.listen(sqlite_ledger.engine, "before_cursor_execute", note)
    found, whole = page_of(sqlite_ledger, Wanted("a", newest=True, after=100, count=5))
    sa.event.remove(sqlite_ledger.engine, "before_cursor_execute", note)
    assert ([one.request["amount"] for one in found], whole) == ([199, 198, 197, 196, 195], 300)
    with_bodies = [one for one in read if "body" in one.partition("FROM")[0]]
    assert len(with_bodies) == 1
    assert "subject IN" in with_bodies[0]
    with sqlite_ledger.engine.connect() as connection:
        query = (
            "EXPLAIN QUERY PLAN SELECT subject FROM records WHERE kind IN ('bank_application_action', 'order_step') "
            "AND owner = 'a' AND unique_key LIKE '%:0' ORDER BY seq DESC LIMIT 5"
        )
        plan = " ".join(str(row) for row in connection.exec_driver_sql(query))
    assert "records_by_kind" in plan
