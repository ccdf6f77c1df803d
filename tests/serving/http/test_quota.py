"""The contract over HTTP: what is answered is what the engine decided, and every refusal says what is allowed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from data.requests import QuotaRequest
from data.uscc import fictitious_uscc
from models.quota.answer import answer_json
from serving.contract.answers import DecisionAnswer, QuotaAnswer
from serving.contract.points_answers import PointsAnswer
from serving.http.app import SECURITY_HEADERS, create_app
from serving.http.problems import MEDIA_TYPE

pytestmark = pytest.mark.contract
OUTSIDER = fictitious_uscc(88_888_888)
ENTERPRISE = {
    "industry": "iot",
    "size_rule": "software",
    "founded_on": "2019-01-01",
    "known_at": "2024-05-31",
    "indicators": {"rd_intensity": 0.2, "patent_quality_index": 0.7},
    "credit_facts": {"revenue_wan": 800.0, "headcount": 20.0},
}


def test_the_served_answer_is_the_engines_and_has_its_type(shop):
    """HTTP adds only audit_id and release, and loses nothing, alone and in a batch."""
    key, policy = shop.key("standard"), shop.worker.policies.policy_of("standard")
    bodies = [shop.body(position, tenor_months=36) for position in range(200)]
    batch = shop.client.post("/v1/quota/batch", json=bodies, headers=key)
    assert batch.status_code == 200, batch.text
    for body, answer in zip(bodies, batch.json(), strict=True):
        request = QuotaRequest.model_validate_json(json.dumps(body))
        expected = json.loads(answer_json(shop.worker.service.quota(request, policy)))
        assert answer | {"audit_id": None} == expected
        assert QuotaAnswer.model_validate_json(json.dumps(answer)).indicative is True
    alone = [shop.client.post("/v1/quota", json=body, headers=key).content for body in bodies[:20]]
    assert [json.loads(text) for text in alone] == batch.json()[:20]
    assert {answer["outcome"] for answer in batch.json()} >= {"preapproved", "declined"}


def test_an_enterprise_outside_the_snapshot_is_answered_from_the_request(shop):
    """Indicators in the request are enough for points; too few of them are never approved."""
    key = shop.key("standard")
    requested = {"uscc": OUTSIDER, "enterprise": ENTERPRISE, "consent": shop.consent(OUTSIDER)}
    points = shop.client.post("/v1/points", json=requested, headers=key)
    assert PointsAnswer.model_validate_json(points.content).points["total"] > 0
    quota = shop.client.post(
        "/v1/quota", json=requested | {"request_id": "r", "requested_amount_cny": 10**6}, headers=key
    )
    assert quota.json()["outcome"] == "insufficient_data"


def test_the_founder_tier_needs_the_keys_and_the_consents_scope(shop):
    """Personal data leaves only when both carry ``personal``; an enterprise's own key needs it as well."""
    uscc = next(code for code in shop.codes if shop.worker.service.snapshot.cases[code].row["founder_team_score"] >= 0)
    everything = ("points", "query", "personal")

    def shown(key: dict[str, str], scope: tuple[str, ...] | None) -> Any:
        body = {"uscc": uscc} | ({} if scope is None else {"consent": shop.consent(uscc, scope=scope)})
        rows = shop.client.post("/v1/points", json=body, headers=key).json()["indicators"]
        return next(row for row in rows if row["key"] == "founder_team_score")["value"]

    plain, wide = shop.key("standard"), shop.key("standard", scopes=("points", "personal"))
    assert shown(plain, everything) is None
    assert shown(wide, ("points", "query")) is None
    assert shown(wide, everything) is not None
    assert shown(shop.key(uscc, "enterprise"), None) is None
    assert shown(shop.key(uscc, "enterprise", ("points", "personal")), None) is not None


def test_no_answer_of_the_service_holds_the_founder_tier(shop):
    """Neither a quota nor a recorded decision holds a personal value."""
    key = shop.key("standard")
    personal = [item.key for item in shop.worker.service.models.engine.codebook if item.personal]
    answer = shop.client.post("/v1/quota", json=shop.body(), headers=key).json()
    result = shop.client.get(f"/v1/decisions/{answer['audit_id']}", headers=key)
    DecisionAnswer.model_validate_json(result.content)
    for reason in (*answer["reasons"], *result.json()["answer"]["reasons"]):
        assert reason["indicator"] not in personal
    assert "inputs" not in result.json()


def enterprise(**changed):
    return {"uscc": OUTSIDER, "enterprise": ENTERPRISE | changed}


BAD = {
    "wrong check digit": ({"uscc": "914403001922038217"}, 400, "position 18, the check digit, is 6, not 7"),
    "unknown enterprise": ({"uscc": fictitious_uscc(99_999_999)}, 404, "one of"),
    "negative revenue": (enterprise(credit_facts={"revenue_wan": -1.0}), 422, "0 to 50,000,000 (in CNY 10,000)"),
    "ratio in percent": (enterprise(indicators={"rd_staff_ratio": 30.0}), 422, "0 to 1 (a ratio, 1 is 100%)"),
    "date in the future": (enterprise(known_at="2099-01-01"), 422, "not after"),
    "string in a number": (enterprise(indicators={"rd_staff_ratio": "many"}), 422, "number"),
    "unknown indicator": (enterprise(indicators={"charm": 1.0}), 422, "one of"),
    "amount in words": ({"requested_amount_cny": "three million"}, 422, "integer"),
    "amount as text": ({"requested_amount_cny": "3000000"}, 422, "integer"),
    "unknown member": ({"colour": "red"}, 422, "no such member"),
    "other policy": ({"policy_version": "never-1"}, 422, "standard-2024.3"),
    "other day": ({"as_of": "2020-01-01"}, 422, "30 June 2024"),
    "another bank": ({"bank_id": "bank-b"}, 403, "standard"),
    "no consent": ({"consent": None}, 403, "a consent with"),
}


@pytest.mark.parametrize(("change", "status", "result"), BAD.values(), ids=BAD)
def test_bad_input_is_a_problem_that_says_what_is_allowed(shop, change, status, result):
    """Status, media type, and the allowed values are in every refusal; nothing is recorded."""
    answer = shop.client.post("/v1/quota", json=shop.body(**change), headers=shop.key("standard"))
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert result in answer.text
    assert shop.worker.ledger.counts("decision") == {}


BAD_CONSENTS = {
    "for something else": ({"scope": ("points",)}, "consent.scope"),
    "over": ({"start": -9, "end": -1}, "consent.expires_at"),
    "not yet": ({"start": 1, "end": 2}, "consent.granted_at"),
    "for another bank": ({"bank": "bank-b"}, "consent.bank_id"),
}


@pytest.mark.parametrize(("given", "where"), BAD_CONSENTS.values(), ids=BAD_CONSENTS)
def test_a_consent_covers_one_bank_one_enterprise_one_use_and_a_time(shop, given, where):
    """Each way in which a consent does not cover the request is a 403 that names it."""
    consent = shop.consent(shop.codes[0], **given)
    answer = shop.client.post("/v1/quota", json=shop.body(consent=consent), headers=shop.key("standard"))
    assert answer.status_code == 403
    assert where in [fault["where"] for fault in answer.json()["faults"]]


def test_a_widened_or_prolonged_consent_is_not_the_one_that_was_given(shop):
    """Its signature covers every member, so none can be edited."""
    key, good = shop.key("standard"), shop.consent(shop.codes[0])
    for change in ({"scope": ["quota", "query", "personal"]}, {"expires_at": "2099-01-01T00:00:00Z"}, {"id": "c2"}):
        answer = shop.client.post("/v1/quota", json=shop.body(consent=good | change), headers=key)
        assert "consent.signature" in [fault["where"] for fault in answer.json()["faults"]]
    other = shop.body(position=1, consent=good)
    assert shop.client.post("/v1/quota", json=other, headers=key).status_code == 403


def test_all_faults_are_reported_at_once(shop):
    """Three faults, one answer."""
    requested = enterprise(indicators={"rd_staff_ratio": 30.0, "charm": 1.0}, industry="magic")
    requested["consent"] = shop.consent(OUTSIDER)
    answer = shop.client.post("/v1/points", json=requested, headers=shop.key("standard"))
    assert len(answer.json()["faults"]) == 3


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"uscc": NaN}', "\x00", "1" * 9_000, "[" * 9_000])
def test_a_body_that_is_no_request_is_refused(shop, text):
    """Not JSON or not an object: 400 or 422, never 500."""
    headers = shop.key("standard") | {"content-type": "application/json"}
    for path in ("/v1/quota", "/v1/quota/batch", "/v1/points"):
        assert shop.client.post(path, content=text, headers=headers).status_code in (400, 422)


def test_a_body_must_say_that_it_is_json(shop):
    """Another content type is 415."""
    headers = shop.key("standard") | {"content-type": "text/plain"}
    answer = shop.client.post("/v1/quota", content=json.dumps(shop.body()), headers=headers)
    assert answer.status_code == 415


def test_fifty_megabytes_are_refused_without_being_read(shop):
    """A huge body costs the service nothing, declared or sent in chunks."""
    headers = shop.key("standard") | {"content-type": "application/json"}
    declared = shop.client.post("/v1/quota", content=b"x" * 50_000_000, headers=headers)
    chunks = (b"x" * 100_000 for _ in range(500))
    chunked = shop.client.post("/v1/quota", content=chunks, headers=headers)
    assert (declared.status_code, chunked.status_code) == (413, 413)
    assert declared.headers["content-type"] == MEDIA_TYPE


def test_an_unknown_route_and_method_are_problems_too(shop):
    """Even a wrong address is answered in the one form, and every answer has the security headers."""
    missing, wrong = shop.client.get("/v1/nowhere"), shop.client.get("/v1/quota")
    assert missing.headers["content-type"] == wrong.headers["content-type"] == MEDIA_TYPE
    assert (missing.status_code, wrong.status_code, wrong.headers["allow"]) == (404, 405, "POST")
    for answer in (missing, wrong, shop.client.get("/healthz")):
        assert all(answer.headers[name.decode()] == value.decode() for name, value in SECURITY_HEADERS)


def test_a_service_without_models_is_alive_and_not_ready():
    """Before the models are loaded every question is 503; the process runs."""
    with TestClient(create_app()) as empty:
        assert empty.get("/healthz").status_code == 200
        assert empty.get("/readyz").status_code == 503
        assert empty.post("/v1/points", json={}).status_code == 503


@pytest.mark.parametrize("query", ["?&", "?a", "?a=1", "?what=policy", "?=", "?%00=1"])
def test_a_query_that_the_route_does_not_know_is_refused(shop, query):
    """Nothing in the address is passed over in silence, however malformed."""
    answer = shop.client.post(f"/v1/quota{query}", json=shop.body(), headers=shop.key("standard"))
    assert answer.status_code == 422
    twice = "/v1/releases/in-force?what=policy&what=model"
    assert shop.client.get(twice, headers=shop.key("standard")).status_code == 422


def test_an_answer_that_is_not_recorded_says_so(open_shop, tmp_path):
    """With the ledger off there is no audit_id, and every answer carries the warning."""
    shop = open_shop(f"sqlite:///{tmp_path / 'off.sqlite'}", recording=False)
    answer = shop.client.post("/v1/quota", json=shop.body(), headers=shop.key("standard")).json()
    assert answer["audit_id"] is None
    assert answer["warnings"][-1]["code"] == "ledger_off"
    assert shop.worker.ledger.counts("decision") == {}


def test_the_rate_limit_is_each_banks_own(shop):
    """One bank at its limit gets the seconds to wait; another one is not touched."""
    one, other = shop.key("standard"), shop.key("growth")
    shop.worker.limit.burst, shop.worker.limit.rate_per_s = 2.0, 0.01
    answers = [shop.client.post("/v1/quota", json=shop.body(), headers=one) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert shop.client.post("/v1/quota", json=shop.body(bank="growth"), headers=other).status_code == 200


def test_a_batch_costs_each_of_its_requests(shop):
    """Five hundred requests in one body are five hundred, and the same request_id twice is refused."""
    key = shop.key("standard")
    shop.worker.limit.burst, shop.worker.limit.rate_per_s = 10.0, 0.01
    bodies = [shop.body(position) for position in range(20)]
    assert shop.client.post("/v1/quota/batch", json=bodies, headers=key).status_code == 429
    twice = [shop.body(0), shop.body(0)]
    assert "another than" in shop.client.post("/v1/quota/batch", json=twice, headers=key).text
