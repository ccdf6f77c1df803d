"""Orders move only along their rules, and two people are needed for a release."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from data.uscc import fictitious_uscc
from serving.consent_giving import new_consent
from serving.ledger import Ledger
from serving.orders import FINAL, RULES, Step, application_drafts, overdue_drafts, read_order, read_orders, step_draft
from serving.problems import ProblemError
from serving.releases import activation, in_force, proposal, release_id

pytestmark = pytest.mark.law
FIRM, KEY = fictitious_uscc(19), Ed25519PrivateKey.from_private_bytes(bytes(32))
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LEGAL = [
    ("decline",),
    ("withdraw",),
    ("record_due_diligence", "grant"),
    ("record_due_diligence", "record_due_diligence", "decline"),
    ("record_due_diligence", "withdraw"),
]


def sent(ledger: Ledger) -> str:
    """An application to two banks; the first one's order."""
    end = NOW + timedelta(days=30)
    consents = {
        bank: new_consent("c", FIRM, bank, ("points",), ("zheke",), "li", NOW, end, KEY)
        for bank in ("bank-a", "bank-b")
    }
    request = {"amount": 1, "banks": list(consents)}
    drafts = application_drafts(FIRM, "r1", request, consents, {"total": 80.0}, end)
    return ledger.append(drafts)[1][0].subject


def step(ledger: Ledger, order_id: str, name: Step) -> None:
    """Take one step."""
    order = read_order(ledger, order_id)
    ledger.append([step_draft(order, name, order.bank_id, {"reason": "r"}, NOW)])


@pytest.mark.parametrize("steps", LEGAL)
def test_legal_steps_reach_their_state(sqlite_ledger: Ledger, steps: tuple[Step, ...]) -> None:
    """Each step of a legal path is recorded and seen."""
    order_id = sent(sqlite_ledger)
    for name in steps:
        step(sqlite_ledger, order_id, name)
    order = read_order(sqlite_ledger, order_id)
    assert order.state == RULES[steps[-1]].leads_to
    assert len(order.steps) == len(steps) + 1


def test_every_step_from_every_other_state_is_refused(sqlite_ledger: Ledger) -> None:
    """Nothing happens after an end, and no grant without due diligence."""
    order_id = sent(sqlite_ledger)
    with pytest.raises(ProblemError) as caught:
        step(sqlite_ledger, order_id, "grant")
    assert caught.value.kind.status == 409
    step(sqlite_ledger, order_id, "decline")
    for name in RULES:
        with pytest.raises(ProblemError):
            step(sqlite_ledger, order_id, name)


def test_of_two_raced_steps_one_wins(sqlite_ledger: Ledger) -> None:
    """Both are made from the same state; the second finds its number taken."""
    order = read_order(sqlite_ledger, sent(sqlite_ledger))
    ((_, first),) = sqlite_ledger.append([step_draft(order, "decline", "bank-a", {}, NOW)])
    ((record, second),) = sqlite_ledger.append([step_draft(order, "withdraw", FIRM, {}, NOW)])
    assert (first, second) == (True, False)
    assert record.content["step"] == "decline"


def test_overdue_orders_expire_and_take_no_other_step(sqlite_ledger: Ledger) -> None:
    """Past its date an order can only expire, and the sweep lets it."""
    order_id = sent(sqlite_ledger)
    late = NOW + timedelta(days=31)
    with pytest.raises(ProblemError):
        step_draft(read_order(sqlite_ledger, order_id), "withdraw", FIRM, {}, late)
    sqlite_ledger.append(overdue_drafts(sqlite_ledger, late))
    assert {order.state for order in read_orders(sqlite_ledger)} == {"expired"}
    assert overdue_drafts(sqlite_ledger, late) == []
    assert "expired" in FINAL


def test_a_bank_lists_only_its_own_orders(sqlite_ledger: Ledger) -> None:
    """One application makes one order for each bank, and each sees one."""
    sent(sqlite_ledger)
    assert [order.bank_id for order in read_orders(sqlite_ledger, bank_id="bank-b")] == ["bank-b"]
    assert len(read_orders(sqlite_ledger, uscc=FIRM)) == 2


def test_the_proposer_cannot_activate(sqlite_ledger: Ledger) -> None:
    """Four eyes: the same holder is a 403, another one is not; nothing unproposed can be activated."""
    subject = release_id("policy", "*", "p2")
    with pytest.raises(ProblemError) as missing:
        activation(sqlite_ledger, subject, "wang", date(2026, 1, 1), "r")
    assert missing.value.kind.status == 404
    sqlite_ledger.append([proposal("policy", "*", "p2", {"cap": 1}, "li", "r")])
    with pytest.raises(ProblemError) as caught:
        activation(sqlite_ledger, subject, "li", date(2026, 1, 1), "r")
    assert caught.value.kind.status == 403
    sqlite_ledger.append([activation(sqlite_ledger, subject, "wang", date(2026, 1, 1), "r")])
    found = in_force(sqlite_ledger, "policy", "bank-a", date(2026, 5, 1))
    assert found is not None
    assert (found.version, found.proposed_by, found.activated_by) == ("p2", "li", "wang")


def test_in_force_answers_for_every_day(sqlite_ledger: Ledger) -> None:
    """Before the first date nothing; then the latest; a bank's own release goes before everybody's."""
    for version, owner, day in (("p1", "*", 1), ("p2", "*", 10), ("own", "bank-a", 5)):
        sqlite_ledger.append([proposal("policy", owner, version, {}, "li", "r")])
        subject = release_id("policy", owner, version)
        sqlite_ledger.append([activation(sqlite_ledger, subject, "wang", date(2026, 1, day), "r")])

    def version_on(bank: str, day: date) -> str | None:
        found = in_force(sqlite_ledger, "policy", bank, day)
        return found.version if found else None

    assert version_on("bank-b", date(2025, 12, 31)) is None
    assert [version_on("bank-b", date(2026, 1, day)) for day in (1, 9, 10)] == ["p1", "p1", "p2"]
    assert [version_on("bank-a", date(2026, 1, day)) for day in (4, 5, 20)] == ["p1", "own", "own"]
