from __future__ import annotations

import json

import pytest
from starlette.testclient import TestClient

from data.requests import QuotaRequest
from data.uscc import fictitious_uscc
from serving.api import BODY_LIMIT_BYTES, Counter, create_app
from serving.gate import Gate

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def counter(trained):
    return Counter.load(trained.folder)


@pytest.fixture(scope="module")
def client(counter):
    app = create_app()
    app.state.counter = counter
    with TestClient(Gate(app, BODY_LIMIT_BYTES), raise_server_exceptions=False) as open_client:
        yield open_client


@pytest.fixture
def body(trained):
    return {"request_id": "r1", "uscc": trained.snapshot.frame["uscc"].iloc[3], "requested_amount_cny": 3_000_000}


ENTERPRISE = {
    "industry": "iot",
    "size_rule": "software",
    "founded_on": "2019-01-01",
    "known_at": "2024-05-31",
    "indicators": {"rd_intensity": 0.2, "patent_quality_index": 0.7},
    "credit_facts": {"revenue_wan": 800.0, "headcount": 20.0},
}


def test_the_served_answer_is_the_engines(client, counter, trained, body):
    """HTTP adds nothing and loses nothing, alone and in a batch."""
    expected = json.loads(counter.quota([QuotaRequest(**body)])[0].model_dump_json())
    assert client.post("/v1/quota", json=body).json() == expected
    others = [body | {"uscc": code} for code in trained.snapshot.frame["uscc"].head(40)]
    batch = client.post("/v1/quota/batch", json=others).json()
    assert batch == [client.post("/v1/quota", json=other).json() for other in others]


def test_an_enterprise_outside_the_snapshot_is_answered_from_the_request(client):
    """Indicators in the request are enough for points; too few of them are never approved."""
    asked = {"uscc": fictitious_uscc(88_888_888), "enterprise": ENTERPRISE}
    points = client.post("/v1/points", json=asked)
    assert points.status_code == 200
    assert points.json()["score"]["total"] > 0
    quota = client.post("/v1/quota", json=asked | {"request_id": "r", "requested_amount_cny": 1_000_000})
    assert quota.json()["decision"] == "insufficient_data"


def test_the_founder_tier_is_never_shown(client, body):
    """Personal data does not leave without its scope."""
    rows = client.post("/v1/points", json={"uscc": body["uscc"]}).json()["indicators"]
    assert next(row for row in rows if row["key"] == "founder_team_score")["value"] is None


def enterprise(**changed):
    return {"uscc": fictitious_uscc(88_888_888), "enterprise": ENTERPRISE | changed}


BAD = {
    "wrong check digit": ({"uscc": "914403001922038217"}, 400, "expected 6"),
    "unknown enterprise": ({"uscc": fictitious_uscc(99_999_999)}, 404, "one of"),
    "negative revenue": (enterprise(credit_facts={"revenue_wan": -1.0}), 422, "[0, 5e+07] wan_cny"),
    "ratio in percent": (enterprise(indicators={"rd_staff_ratio": 30.0}), 422, "[0, 1] ratio"),
    "date in the future": (enterprise(known_at="2099-01-01"), 422, "not after"),
    "string in a number": (enterprise(indicators={"rd_staff_ratio": "many"}), 422, "number"),
    "unknown indicator": (enterprise(indicators={"charm": 1.0}), 422, "one of"),
    "amount in words": ({"requested_amount_cny": "three million"}, 422, "integer"),
    "unknown member": ({"colour": "red"}, 422, "Extra inputs"),
    "other policy": ({"policy_version": "never-1"}, 422, "standard-2024.2"),
    "other day": ({"as_of": "2020-01-01"}, 422, "2024-06-30"),
}


@pytest.mark.parametrize(("change", "status", "told"), BAD.values(), ids=BAD)
def test_bad_input_is_a_problem_that_says_what_is_allowed(client, body, change, status, told):
    """Status, media type, and the allowed values stand in every refusal; nothing is ever approved."""
    answer = client.post("/v1/quota", json=body | change)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert told in answer.text


def test_all_faults_are_told_at_once(client):
    """Three faults, one answer."""
    asked = enterprise(indicators={"rd_staff_ratio": 30.0, "charm": 1.0}, industry="magic")
    answer = client.post("/v1/points", json=asked)
    assert len(answer.json()["faults"]) == 3


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"uscc": NaN}', "\x00", "1" * 9_000])
def test_a_body_that_is_no_request_is_refused(client, text):
    """Not JSON or not an object: 400 or 422, never 500."""
    assert client.post("/v1/quota", content=text).status_code in (400, 422)


def test_nan_is_no_number(client, body):
    """JSON has no NaN, and an indicator that is one is refused."""
    asked = json.dumps(body | enterprise(indicators={"rd_intensity": float("nan")}))
    assert client.post("/v1/quota", content=asked).status_code == 422


def test_fifty_megabytes_are_refused_without_being_read(client):
    """A huge body costs the service nothing."""
    answer = client.post("/v1/quota", content=b"x" * 50_000_000)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_unknown_route_and_method_are_problems_too(client):
    """Even a wrong address is answered in the one form."""
    assert client.get("/v1/nowhere").headers["content-type"] == "application/problem+json"
    assert client.get("/v1/quota").status_code == 405


def test_a_service_without_models_is_not_ready():
    """Before the models are loaded every question is 503."""
    with TestClient(create_app()) as empty:
        answer = empty.post("/v1/points", json={"uscc": fictitious_uscc(1)})
    assert answer.status_code == 503
