"""Consents over HTTP: what is refused before the ledger is read, and who may sign."""

from __future__ import annotations

import pytest

from data.consents import SERVICE
from serving.contract.answers import ConsentsAnswer, IssuersAnswer
from serving.http.examples import examples

pytestmark = pytest.mark.contract


@pytest.mark.parametrize("consent_id", ["x" * 65, "企业", "a b", "con-none"])
def test_what_is_no_consent_of_the_callers_is_not_found(shop, consent_id):
    """A name that no consent can have, and one that nobody gave."""
    key = shop.key(shop.codes[0], "enterprise")
    address = f"/v1/consents/{consent_id}/revoke"
    answer = shop.client.post(address, json=examples()["/v1/consents/{consent_id}/revoke"], headers=key)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


def test_the_same_request_id_with_another_body_is_a_conflict(shop):
    """The same body again is the same consent."""
    key, given = shop.key(shop.codes[0], "enterprise"), examples()["/v1/consents"]
    first, again = (shop.client.post("/v1/consents", json=given, headers=key) for _ in range(2))
    assert (first.status_code, again.content) == (201, first.content)
    other = shop.client.post("/v1/consents", json=given | {"valid_days": 29}, headers=key)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency-conflict")
    listed = ConsentsAnswer.model_validate_json(shop.client.get("/v1/consents", headers=key).content)
    assert [item.state for item in listed.consents] == ["in_force"]


def test_whoever_has_a_key_sees_the_public_keys(shop):
    """The service's own, and the portal that is registered."""
    answer = shop.client.get("/v1/consent-issuers", headers=shop.key("standard"))
    found = IssuersAnswer.model_validate_json(answer.content).issuers
    assert {(item.issuer, item.service) for item in found} == {(SERVICE, True), ("portal", False)}


def test_a_consent_for_a_bank_that_is_none_is_refused_with_the_banks_there_are(shop):
    """Nothing is signed or recorded."""
    key = shop.key(shop.codes[0], "enterprise")
    refused = shop.client.post("/v1/consents", json={"request_id": "c", "bank_id": "standrad"}, headers=key)
    (fault,) = refused.json()["faults"]
    assert (refused.status_code, fault["where"], fault["found"]) == (422, "bank_id", "standrad")
    assert "standard" in fault["allowed"]
    assert shop.worker.ledger.counts("consent") == {}
