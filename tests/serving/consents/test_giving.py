"""Giving a consent, ending it, and the list of what it was used for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from data.consents import SERVICE, is_signed_by, public_key_text
from data.uscc import fictitious_uscc
from serving.consents.check import ConsentBook
from serving.consents.giving import (
    consent_draft,
    consent_id_of,
    consents_of,
    end_of,
    new_consent,
    revocation_draft,
    revocation_of,
    uses_draft,
    uses_of,
)
from serving.consents.key import ended_draft, issuer_draft
from serving.contract.refusals import Refusal
from serving.ledger.chain import DECISION, Draft, canonical_json

pytestmark = pytest.mark.behaviour
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
USCC, OTHER = fictitious_uscc(1), fictitious_uscc(2)
NOW = datetime.now(UTC)


def consent(name="c1", days=1, uscc=USCC, scope=("quota", "points", "quota")):
    start = NOW - timedelta(days=9)
    return new_consent(name, uscc, "bank-a", scope, ("zheke",), "the firm", start, NOW + timedelta(days=days), KEY)


def used(uscc=USCC, name="c1", issuer=SERVICE, subject="d1"):
    """A decision's record as far as a list of uses reads it."""
    request = {"uscc": uscc, "consent": {"id": name, "issuer": issuer}}
    return Draft(DECISION, "bank-a", subject, canonical_json({"request": request, "answer": {}}), subject)


@pytest.fixture
def ledger(sqlite_ledger):
    """A ledger that knows the service's key and one consent."""
    sqlite_ledger.append([issuer_draft(SERVICE, "this service", public_key_text(KEY.public_key()), "wang")])
    sqlite_ledger.append([consent_draft(consent(), "f")])
    return sqlite_ledger


def states(ledger):
    book = ConsentBook()
    book.refresh(ledger)
    return {item["consent"]["id"]: item["state"] for item in consents_of(ledger, USCC, book)["consents"]}


def test_a_receipt_is_signed_and_in_one_order():
    """Scopes once, sorted, with their data; the same parts give the same identity, others another."""
    made = consent()
    assert is_signed_by(made, KEY.public_key())
    assert not is_signed_by(made.model_copy(update={"bank_id": "bank-b"}), KEY.public_key())
    assert made.scope == ("points", "quota")
    assert made.data_categories == ("innovation_indicators", "credit_facts", "invoice_summary")
    assert consent_id_of("a", "b") == consent_id_of("a", "b") != consent_id_of("ab")
    start, end = end_of(30)
    assert ((end - start).days, start.microsecond) == (30, 0)


def test_each_consent_has_its_state(ledger):
    """In force, over, revoked; and once the key has ended, what was in force is no longer."""
    ledger.append([consent_draft(consent("old", -1), "f"), consent_draft(consent("gone"), "f")])
    ledger.append([revocation_draft(ledger, USCC, "gone", SERVICE, "firm", "why")])
    assert states(ledger) == {"c1": "in_force", "old": "expired", "gone": "revoked"}
    ledger.append([ended_draft(SERVICE, consent().key_id, "wang", "lost")])
    assert states(ledger) == {"c1": "key_ended", "old": "expired", "gone": "revoked"}


def test_only_the_giver_can_end_a_consent(ledger):
    """Another enterprise's is not found; what a portal signed is not known here and can be ended unseen."""
    for uscc, name in ((OTHER, "c1"), (USCC, "c2")):
        with pytest.raises(Refusal) as found:
            revocation_draft(ledger, uscc, name, SERVICE, "firm", "why")
        assert (found.value.key, found.value.faults[0].where) == ("not-found", "consent_id")
    assert revocation_draft(ledger, USCC, "c2", "portal", "firm", "why").owner == USCC


def test_a_revocation_lists_what_was_done_under_its_consent_and_nothing_else(ledger):
    """Not another firm's, another consent's or another issuer's of the same name."""
    ledger.append([
        used(subject="mine"), used(OTHER, subject="firm"), used(name="c11", subject="name"),
        used(issuer="portal", subject="issuer"),
    ])  # fmt: skip
    ((ended, _),) = ledger.append([revocation_draft(ledger, USCC, "c1", SERVICE, "firm", "why")])
    ((uses, _),) = ledger.append([uses_draft(ledger, ended)])
    sent = revocation_of(ended, uses)
    assert [(use["kind"], use["bank_id"], use["id"]) for use in sent["used"]] == [(DECISION, "bank-a", "mine")]
    assert (sent["consent_id"], sent["by"], sent["revoked_at"]) == ("c1", "firm", ended.recorded_at)


def test_a_consent_of_any_name_that_a_firm_ends_reads_records_of_that_firm_alone(ledger, monkeypatch):
    """A name of one letter is in every record; those of others are not read for it."""
    ledger.append([used(OTHER, name=f"c{number}", subject=f"d{number}") for number in range(20)])
    ledger.append([used(issuer="portal", name="c", subject="mine")])
    read, find = [], ledger.find

    def noted(**wanted):
        found = find(**wanted)
        read.extend(found)
        return found

    monkeypatch.setattr(ledger, "find", noted)
    assert [use["id"] for use in uses_of(ledger, USCC, "portal", "c")] == ["mine"]
    assert {record.subject for record in read} == {"mine"}
