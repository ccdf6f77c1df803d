"""The book holds each bank's decisions as they were recorded, read on from where it ended."""

from __future__ import annotations

from datetime import UTC, datetime

from serving.console.pages.bank.decision_book import DecisionBook, book_of


def test_a_bank_finds_its_own_decisions_and_new_ones(people):
    """Figures are the answer's; the other bank's book holds its own; a later decision is found too."""
    worker = people.shop.worker
    mine, theirs = people.apply(0, "standard", "growth")
    book = book_of(worker)
    assert book is book_of(worker)
    assert book.decided("standard") == []
    answer, other = people.quota(mine), people.quota(theirs)
    (one,), (another,) = book.decided("standard"), book.decided("growth")
    assert (one.audit_id, another.audit_id) == (answer["audit_id"], other["audit_id"])
    assert (one.amount_wan, one.requested_wan) == (answer["quota"]["amount_wan"], 300.0)
    assert (one.pd_12m, one.limited_by) == (answer["risk"]["pd_12m"], answer["quota"]["limited_by"])
    assert one.fresh_until == worker.service.snapshot.cases[one.uscc].fresh_until
    people.quota(people.apply(1)[0])
    assert [item.uscc for item in book.decided("standard")] == people.shop.codes[:2]


def test_overrides_are_those_of_the_api(people):
    """Beside each decision what the API sends, whether it counts included."""
    worker = people.shop.worker
    audit_id = people.quota(people.apply()[0])["audit_id"]
    view = people.view()
    body = {"outcome": "declined", "amount_cny": 0, "reason": "停产", "expires_at": "2026-12-31T00:00:00Z"}
    body["expires_at"] = f"{people.today.replace(year=people.today.year + 1, day=1)}T00:00:00Z"
    view.api.post(f"/v1/decisions/{audit_id}/overrides", body)
    book = DecisionBook(worker.ledger, worker.service.models.engine.codebook)
    found = book.overrides("standard", datetime.now(UTC))
    assert found == view.api.get(f"/v1/decisions/{audit_id}")["overrides"]
    assert found[0]["active"]
    assert book.overrides("growth", datetime.now(UTC)) == []
    assert (book.overridden("standard"), book.overridden("growth")) == (1, 0)
