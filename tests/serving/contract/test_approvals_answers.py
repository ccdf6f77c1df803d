"""What approvals answer is what the contract says: nothing extra, nothing missing, no officer."""

import json

import pytest
from pydantic import TypeAdapter

from serving.contract import approvals_answers
from serving.http.approvals_routes import APPROVALS
from tests.serving.approvals.planted_release import ENDED, NUMBER

pytestmark = pytest.mark.contract
ANSWERED = [one for one in APPROVALS if one.method == "GET" and one.answer and not one.path.endswith("/alerts")]


@pytest.mark.parametrize("route", ANSWERED, ids=lambda route: route.path)
def test_every_answer_is_of_its_type(shop, route):
    operator = shop.key("zone", "operator", holder="wang")
    shop.client.post("/v1/approvals/events", json={"kind": "applied"}, headers=operator)  # one row of quarantine
    for number in (NUMBER, ENDED):
        answer = shop.client.get(route.path.format(number=number), headers=operator)
        assert answer.status_code == 200
        TypeAdapter(route.answer).validate_json(answer.content)


def test_what_is_posted_is_answered_by_its_type(shop):
    operator = shop.key("zone", "operator", holder="wang")
    event = {"case_number": "C", "kind": "applied", "at": "2024-06-03T09:00:00+08:00"}
    answer = shop.client.post("/v1/approvals/events", json=[event, {}], headers=operator)
    approvals_answers.EventsAnswer.model_validate_json(answer.content)
    log = b"case_id,activity,timestamp\nL,intake,2024-06-03T09:00:00Z\n,x,\n"
    answer = shop.client.post("/v1/approvals/logs", content=log, headers=operator | {"content-type": "text/csv"})
    approvals_answers.LogAnswer.model_validate_json(answer.content)


def test_no_answer_has_a_member_for_an_officer():
    models = [model for model in vars(approvals_answers).values() if hasattr(model, "model_json_schema")]
    assert len(models) > 10
    members = {name for model in models for name in json.dumps(model.model_json_schema()["properties"]).split('"')}
    assert not members & {"officer", "resource", "clerk"}
