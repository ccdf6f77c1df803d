"""The record holds what was sent, in the order in which it is read again."""

from __future__ import annotations

import asyncio
import json

import orjson
import pytest

from data.requests import QuotaRequest
from models.quota.answer import answer_json
from models.quota.policy import read_policy
from serving.consents.check import NO_RIGHTS
from serving.contract.refusals import Refusal
from serving.decide.decisions import answer_of, decision_draft
from serving.decide.worker import CheckedRequest
from serving.http.examples import examples
from serving.ledger.store import LedgerError

pytestmark = pytest.mark.law


def test_the_record_gives_the_answer_byte_for_byte(any_shop):
    """Answer, request, case, the safeguard's facts, release, code, form of dates, in order; the answer is as sent."""
    key = any_shop.key("standard")
    for number in range(20):
        sent = any_shop.client.post("/v1/quota", json=any_shop.body(number), headers=key)
        (record,) = any_shop.worker.ledger.find(subject=sent.json()["audit_id"])
        assert answer_of(record) == sent.content
        assert list(record.content) == ["answer", "request", "inputs", "safeguard", "release", "code", "dates"]
        assert any_shop.client.post("/v1/quota", json=any_shop.body(number), headers=key).content == sent.content


def test_a_draft_is_what_its_parts_are(service):
    """Its JSON has no member that was written before, and its fingerprint leaves the consent out."""
    policy, facts = read_policy(), service.facts("standard")
    uscc, case = next(iter(service.snapshot.cases.items()))
    request = QuotaRequest(request_id="r", uscc=uscc, requested_amount_cny=3_000_000)
    answer = service.decide(case, request, policy, facts)
    draft = decision_draft(request, answer, case.inputs, facts)
    content = orjson.loads(draft.body)
    assert content["answer"] == json.loads(answer_json(answer))
    assert content["request"] == json.loads(request.model_dump_json())
    assert content["safeguard"] == facts.as_dict()
    assert content["release"] == service.models.release
    assert decision_draft(request, answer, case.inputs, facts) == draft


def test_a_worker_that_cannot_read_what_was_granted_under_certificates_answers_nothing(any_shop, monkeypatch):
    """Its last count would be too small in the end: once that is too old, nothing is answered by it."""
    worker = any_shop.worker
    worker.upkeep[0].stop()

    def away(*_):
        raise LedgerError("away")

    monkeypatch.setattr(worker.covered_grants, "refresh", away)
    with pytest.raises(LedgerError, match="away"):
        worker.refresh()
    assert worker.facts("standard").covered_grants == {}
    monkeypatch.setattr("serving.decide.worker.STALE_S", 0.0)
    with pytest.raises(Refusal) as caught:
        worker.facts("standard")
    assert caught.value.key == "ledger-unavailable"


def test_one_refused_request_of_many_answers_none_and_records_none(shop):
    """And the refusal names it by its number."""
    good = QuotaRequest(request_id="a", uscc=shop.codes[0], requested_amount_cny=3_000_000)
    bad = good.model_copy(update={"request_id": "b", "policy_version": "never"})
    checked = [CheckedRequest(good, NO_RIGHTS, "0."), CheckedRequest(bad, NO_RIGHTS, "1.")]
    with pytest.raises(Refusal) as caught:
        asyncio.run(shop.worker.decide(checked))
    assert [fault.where for fault in caught.value.faults] == ["1.policy_version"]
    assert shop.worker.ledger.counts("decision") == {}


def test_what_an_enterprise_is_shown_is_recorded_once(any_shop):
    """The same request again gets the recorded bytes; another body under its id is refused."""
    key, given = any_shop.key(any_shop.codes[0], "enterprise"), examples()["/v1/indications"]
    first, again = (any_shop.client.post("/v1/indications", json=given, headers=key) for _ in range(2))
    assert (first.status_code, again.content) == (200, first.content)
    (record,) = any_shop.worker.ledger.find(kind="indications")
    assert answer_of(record) == first.content
    other = any_shop.client.post("/v1/indications", json=given | {"tenor_months": 24}, headers=key)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency-conflict")
