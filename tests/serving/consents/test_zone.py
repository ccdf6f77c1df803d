"""A consent for the zone: signed, in force, its own; no bank can use it, and it opens nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from data.consents import SERVICE, is_signed_by, public_key_text
from data.uscc import fictitious_uscc
from serving.consents.check import REVOKED, ConsentBook
from serving.consents.giving import consent_draft, new_consent, revocation_draft, uses_of
from serving.consents.key import ended_draft, issuer_draft
from serving.consents.zone import new_zone_consent, quotas_seen_draft, zone_consent_of
from serving.contract.answers import ConsentsAnswer

pytestmark = pytest.mark.behaviour
KEY, STRANGE = (Ed25519PrivateKey.from_private_bytes(bytes([number] * 32)) for number in (1, 2))
USCC, OTHER = fictitious_uscc(1), fictitious_uscc(2)
NOW = datetime.now(UTC)


@pytest.fixture
def ledger(sqlite_ledger):
    """A ledger that knows the service's key."""
    sqlite_ledger.append([issuer_draft(SERVICE, "this service", public_key_text(KEY.public_key()), "wang")])
    return sqlite_ledger


def given(name="z1", days=1, uscc=USCC, key=KEY):
    return new_zone_consent(name, uscc, "the firm", NOW - timedelta(days=9), NOW + timedelta(days=days), key)


def held(ledger, uscc=USCC):
    book = ConsentBook()
    book.refresh(ledger)
    found = zone_consent_of(ledger, uscc, book)
    return None if found is None else found.id


def test_the_receipt_names_the_zone_one_scope_and_no_bank():
    """Signed like the others: a changed member breaks the signature."""
    made = given()
    assert is_signed_by(made, KEY.public_key())
    assert not is_signed_by(made.model_copy(update={"uscc": OTHER}), KEY.public_key())
    assert (made.recipients, made.scope, made.data_categories) == (("zone",), ("bank_quotas",), ("bank_quotas",))
    assert not {"bank_id", "products", "purposes"} & set(made.model_dump())


def test_of_several_the_one_that_ends_last_counts(ledger):
    ledger.append([consent_draft(given("short", 1), "f"), consent_draft(given("long", 3), "f")])
    assert held(ledger) == "long"
    ledger.append([revocation_draft(ledger, USCC, "long", SERVICE, "firm", "why")])
    assert held(ledger) == "short"


def test_none_of_another_firm_expired_revoked_of_an_ended_key_or_signed_by_a_stranger(ledger):
    bank = new_consent("b1", USCC, "standard", ("quota",), ("zheke",), "the firm", NOW, NOW + timedelta(days=1), KEY)
    drafts = [given(uscc=OTHER), given("old", -1), given("gone"), given("forged", key=STRANGE), bank]
    ledger.append([consent_draft(one, one.id) for one in drafts])
    ledger.append([revocation_draft(ledger, USCC, "gone", SERVICE, "firm", "why")])
    assert held(ledger) is None
    assert held(ledger, OTHER) == "z1"
    ledger.append([ended_draft(SERVICE, given().key_id, "wang", "lost")])
    assert held(ledger, OTHER) is None


def test_a_consent_of_another_firm_that_lies_among_ones_own_does_not_count(ledger):
    """The receipt's own firm decides, not who is said to own the record."""
    draft = consent_draft(given(uscc=OTHER), "f")
    ledger.append([draft._replace(owner=USCC)])
    assert held(ledger) is None


def test_a_look_is_recorded_once_an_officer_and_day_and_never_after_the_revocation(ledger):
    consent = given()
    ledger.append([consent_draft(consent, "f")])
    looks = [quotas_seen_draft(consent, who, day) for who, day in
             (("li", "2026-01-01"), ("li", "2026-01-01"), ("li", "2026-01-02"), ("wu", "2026-01-02"))]  # fmt: skip
    assert [new for _, new in ledger.append(looks)] == [True, False, True, True]
    used = uses_of(ledger, USCC, SERVICE, consent.id)
    assert [(one["kind"], one["bank_id"]) for one in used] == [("quotas_seen", None)] * 3
    ledger.append([revocation_draft(ledger, USCC, consent.id, SERVICE, "firm", "why")])
    ((record, new),) = ledger.append([quotas_seen_draft(consent, "li", "2026-01-03")])
    assert (record.kind, new) == (REVOKED, False)


def test_over_http_it_is_listed_and_no_bank_can_use_it(shop):
    """Neither for a quota nor for points; an officer's key opens no decision with it."""
    uscc = shop.codes[0]
    firm, bank = shop.key(uscc, "enterprise"), shop.key("standard")
    made = shop.client.post("/v1/consents/zone", json={"request_id": "z"}, headers=firm)
    assert made.status_code == 201
    listed = ConsentsAnswer.model_validate_json(shop.client.get("/v1/consents", headers=firm).content)
    assert [(one.consent.id, one.state) for one in listed.consents] == [(made.json()["id"], "in_force")]
    for path, body in (
        ("/v1/quota", shop.body(0) | {"consent": made.json()}),
        ("/v1/points", {"uscc": uscc, "consent": made.json()}),
    ):
        refused = shop.client.post(path, json=body, headers=bank)
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid-request"), path
    dressed = made.json() | {"schema_version": "consent-1", "bank_id": "standard", "recipients": ["standard"]}
    dressed |= {"scope": ["points", "query"], "products": ["zheke"], "purposes": ["equipment"]}
    dressed |= {"data_categories": ["innovation_indicators"]}
    refused = shop.client.post("/v1/points", json={"uscc": uscc, "consent": dressed}, headers=bank)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/consent-invalid")
    answer = shop.client.post("/v1/quota", json=shop.body(0), headers=bank).json()
    officer = shop.key("zone", "zone_officer", holder="zhao")
    for path in (f"/v1/decisions/{answer['audit_id']}", "/v1/bank-applications", "/v1/consents"):
        assert shop.client.get(path, headers=officer).status_code == 403


def test_the_same_request_again_is_the_same_consent_and_another_term_a_conflict(shop):
    """A request_id of a bank's consent is another consent."""
    key = shop.key(shop.codes[1], "enterprise")
    first, again, other = (
        shop.client.post("/v1/consents/zone", json={"request_id": "z", "valid_days": days}, headers=key)
        for days in (5, 5, 6)
    )
    assert first.json() == again.json()
    assert other.status_code == 409
    bank = shop.client.post("/v1/consents", json={"request_id": "z", "bank_id": "standard"}, headers=key)
    assert bank.status_code == 201
    assert bank.json()["id"] != first.json()["id"]
