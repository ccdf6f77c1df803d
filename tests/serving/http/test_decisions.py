"""A recorded decision over HTTP, and a person's own beside it."""

from __future__ import annotations

import pytest

from serving.contract.answers import DecisionAnswer, OverrideAnswer
from serving.http.examples import examples

pytestmark = pytest.mark.contract


def test_a_decision_is_read_as_it_was_sent_with_every_override(shop):
    """The answer is the very one, and each override names its person; no input of the decision is shown."""
    key = shop.key("standard", holder="li")
    sent = shop.client.post("/v1/quota", json=shop.body(), headers=key)
    address = f"/v1/decisions/{sent.json()['audit_id']}"
    given = examples()["/v1/decisions/{audit_id}/overrides"]
    made = shop.client.post(f"{address}/overrides", json=given, headers=key)
    assert made.status_code == 201, made.text
    OverrideAnswer.model_validate_json(made.content)
    read = shop.client.get(address, headers=key)
    found = DecisionAnswer.model_validate_json(read.content)
    assert read.json()["answer"] == sent.json()
    assert [(item.by, item.outcome, item.active) for item in found.overrides] == [("li", "declined", True)]
    assert set(read.json()) == set(DecisionAnswer.model_fields)


def test_the_enterprise_and_the_zone_read_it_and_nobody_else(shop):
    """Whoever may not see a decision gets a 404."""
    sent = shop.client.post("/v1/quota", json=shop.body(), headers=shop.key("standard")).json()
    keys = {
        200: (shop.key(shop.codes[0], "enterprise"), shop.key("zone", "operator")),
        404: (shop.key("growth"), shop.key(shop.codes[1], "enterprise")),
    }
    for status, callers in keys.items():
        for key in callers:
            assert shop.client.get(f"/v1/decisions/{sent['audit_id']}", headers=key).status_code == status
