"""What a receipt may say, whoever signed it; and every fault of a batch's consents in one answer."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from data.consents import Consent, sign_consent
from data.requests import GIVEN_BY_DEFAULT
from serving.consents.giving import new_consent
from tests.serving.conftest import NOW, PORTAL, PORTAL_KEY
from tests.serving.consents.test_check import ask, give, revoke, wheres

pytestmark = pytest.mark.law

FORMS = {
    "unknown data": ({"data_categories": ["nothing_at_all"]}, {"consent.data_categories"}),
    "unknown data beside known": (
        {"data_categories": ["credit_facts", "invoice_summary", "agency_records", "x"]}, {"consent.data_categories"},
    ),
    "not the data of the use": ({"data_categories": ["innovation_indicators"]}, {"consent.data_categories"}),
    "the law of another jurisdiction": ({"jurisdiction": "US"}, {"consent.jurisdiction"}),
    "a term of a century": ({"expires_at": "2126-01-01T00:00:00Z"}, {"consent.term"}),
    "all at once": (
        {"data_categories": ["x"], "jurisdiction": "US", "expires_at": "2126-01-01T00:00:00Z"},
        {"consent.data_categories", "consent.jurisdiction", "consent.term"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changed", "where"), FORMS.values(), ids=FORMS)
def test_a_portal_signs_no_more_than_the_service_would(shop, changed, where):
    """The signature holds over what it says; what it says is still refused, on both routes."""
    uscc, bank = shop.codes[0], shop.key("standard")
    text = Consent.model_validate_json(json.dumps(shop.consent(uscc) | changed))
    signed = sign_consent(text, PORTAL_KEY).model_dump(mode="json")
    quota = ask(shop, signed)
    points = shop.client.post("/v1/points", json={"uscc": uscc, "consent": signed}, headers=bank)
    assert (quota.status_code, wheres(quota)) == (403, where)
    assert (points.status_code, wheres(points)) == (403, where)
    for fault in quota.json()["faults"]:
        assert fault["allowed"].isascii()


def test_the_longest_term_is_the_services_own(shop):
    """1,096 days hold, a second more does not."""
    start = NOW.replace(microsecond=0) - timedelta(days=1)
    for more_s, status in ((0, 200), (1, 403)):
        end = start + timedelta(days=1096, seconds=more_s)
        made = new_consent(
            f"c{more_s}", shop.codes[0], "standard", GIVEN_BY_DEFAULT, ("innovation_points",), "the firm", start, end,
            PORTAL_KEY, PORTAL,
        )  # fmt: skip
        assert ask(shop, made.model_dump(mode="json"), request_id=f"r{more_s}").status_code == status


def test_a_batch_lists_what_is_against_every_consent(shop):
    """One revoked, one missing, one of another firm: three faults, each with the number of its request."""
    uscc = shop.codes[0]
    consent = give(shop, uscc).json()
    assert revoke(shop, uscc, consent["id"]).status_code == 200
    shop.worker.refresh()
    batch = [
        shop.body(0, consent=consent), shop.body(1), shop.body(2, consent=None),
        shop.body(3, consent=shop.consent(uscc)),
    ]  # fmt: skip
    answer = shop.client.post("/v1/quota/batch", json=batch, headers=shop.key("standard"))
    assert (answer.status_code, wheres(answer)) == (403, {"0.consent.revoked", "2.consent", "3.consent.uscc"})
    assert shop.worker.ledger.counts("decision") == {}
