"""The applications that somebody who tries the console finds: several states, by the API's checks, made once."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from serving.consents.zone import zone_consent_of
from serving.console.demo_applications import demo_codes, fill_demo_applications
from serving.decide.bank_quotas import bank_quotas

pytestmark = pytest.mark.surface
OFFICERS = ("demo bank officer", "second bank officer")


class Calls:
    """The API over HTTP as one caller."""

    def __init__(self, shop, caller):
        self.shop, self.key = shop, shop.key(caller.name, caller.role, holder=caller.holder)

    def get(self, path, **query):
        answer = self.shop.client.get(path, params=query, headers=self.key)
        assert answer.is_success, answer.text
        return answer.json()

    def post(self, path, body=None):
        answer = self.shop.client.post(path, json=body, headers=self.key)
        assert answer.is_success, answer.text
        return answer.json()


def test_several_states_are_found_and_a_second_run_adds_nothing(shop):
    """New, under due diligence, granted by the second person, declined; the ledger does not grow with another run."""
    kept = {}

    def api_of(caller):
        return kept.setdefault((caller.name, caller.holder), Calls(shop, caller))

    began = time.process_time()  # of every thread: the machine may be busy
    states = fill_demo_applications(shop.worker, api_of, "standard", OFFICERS)
    assert time.process_time() - began < 5.0
    counted = Counter(states.values())
    assert {"sent", "due_diligence", "granted", "declined"} <= set(counted)
    assert len(states) == len(demo_codes(shop.worker, "standard"))
    tip = shop.worker.ledger.tip()
    assert fill_demo_applications(shop.worker, api_of, "standard", OFFICERS) == states
    assert shop.worker.ledger.tip() == tip
    overrides = shop.worker.ledger.find(kind="override")
    assert [record.content["outcome"] for record in overrides] == ["approved"]  # waits for a second person


def test_the_application_of_an_enterprise_that_is_named_stays_new(shop):
    """Its application is the one that the bank has not begun."""
    api_of = lambda caller: Calls(shop, caller)  # noqa: E731
    code = demo_codes(shop.worker, "standard")[-1]
    for _ in range(2):  # the second run adds nothing
        fill_demo_applications(shop.worker, api_of, "standard", OFFICERS, [code])
    read = api_of(type("C", (), {"name": "standard", "role": "bank", "holder": "li"})).get("/v1/bank-applications")
    assert {one["uscc"]: one["state"] for one in read["bank_applications"]}[code] == "sent"
    consent = zone_consent_of(shop.worker.ledger, code, shop.worker.consents)
    assert consent is not None  # the officer sees every bank's indication of this enterprise
    seen = bank_quotas(shop.worker.ledger, code, datetime.now(UTC))
    assert {one.bank_id for one in seen} == set(shop.worker.policies.banks)
    given = [one for one in shop.worker.ledger.find(kind="consent", owner=code) if "bank_id" not in one.content]
    assert len(given) == 1
