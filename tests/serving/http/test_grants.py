"""A grant is checked against what the bank knows and found, as it is when the grant is recorded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from data.requests import QuotaRequest
from models.quota.engine import read_policy
from serving.applications.bank_applications import action_draft
from serving.http import applications
from tests.serving.http.test_applications import GRANT, Flow, visit

pytestmark = pytest.mark.contract


def test_what_the_bank_reported_bounds_the_grant_of_who_did_the_due_diligence(any_shop):
    """Debt that only the bank knows leaves no quota: its visitor grants nothing, another person against a warning.

    The newest calculation counts: once the debt is repaid, the visitor may grant.
    """
    policy, service = read_policy(), any_shop.worker.service
    amounts = {"requested_amount_cny": 3_000_000, "request_id": "x"}
    requests = [QuotaRequest(uscc=code, **amounts) for code in any_shop.codes]
    outcomes = enumerate(service.quota(one, policy)["outcome"] for one in requests)
    flow = Flow(any_shop, next(position for position, outcome in outcomes if outcome == "preapproved"))
    bank, second = (any_shop.key("standard", holder=name) for name in ("li", "wang"))
    made = [flow.apply("standard", request_id=f"a{number}").json()["bank_applications"][0] for number in range(2)]
    numbers = [one["bank_application_id"] for one in made]
    quota = {"uscc": flow.uscc, "requested_amount_cny": 3_000_000, "consent": made[0]["consent"]}
    for number in numbers:
        flow.action(number, "due-diligence", None, bank)

    def calculated(request_id, debt_wan):
        body = quota | {"request_id": request_id, "bank_facts": {"existing_debt_wan": debt_wan}}
        return any_shop.client.post("/v1/quota", json=body, headers=bank).json()["quota"]["amount_cny"]

    assert calculated("q1", 9_000_000.0) == 0
    least = GRANT | {"amount_cny": 10_000}
    refused = flow.action(numbers[0], "grant", least, bank)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/four-eyes")
    granted = flow.action(numbers[0], "grant", least, second).json()
    assert "grant_above_quota" in [one["code"] for one in granted["warnings"]]
    assert "certificate" not in granted["actions"][-1]
    assert calculated("q2", 0.0) >= 20_000  # the first grant runs
    assert flow.action(numbers[1], "grant", least, bank).json()["state"] == "granted"


def test_a_finding_that_comes_after_a_grant_was_begun_is_not_passed_over(any_shop, monkeypatch):
    """It comes after the application was read and before the grant is calculated, which nothing interrupts."""
    flow, ledger = Flow(any_shop), any_shop.worker.ledger
    number = flow.apply("standard").json()["bank_applications"][0]["bank_application_id"]
    flow.action(number, "due-diligence", None, any_shop.key("standard", holder="wang"))
    reported = applications._reported

    def meanwhile(kept, found):
        if len(found.actions) == 2:
            against = visit(recommended=False)
            ledger.append([action_draft(found, "record_due_diligence", "li", against, datetime.now(UTC))])
        return reported(kept, found)

    monkeypatch.setattr(applications, "_reported", meanwhile)
    li = any_shop.key("standard", holder="li")
    raced, again = (flow.action(number, "grant", GRANT, li) for _ in range(2))
    assert (raced.status_code, raced.json()["type"]) == (409, "/problems/illegal-action")
    assert (again.status_code, again.json()["type"]) == (403, "/problems/four-eyes")


def preapproved(shop):
    """The first firm that the standard policy lends 100 to 250 wan of 300, with that quota in CNY."""
    for position, code in enumerate(shop.codes):
        request = QuotaRequest(uscc=code, requested_amount_cny=3_000_000, request_id="x")
        answer = shop.worker.service.quota(request, read_policy())
        if answer["outcome"] == "preapproved" and 1_000_000 <= answer["quota"]["amount_cny"] <= 2_500_000:
            return position, answer["quota"]["amount_cny"]
    raise AssertionError("no such firm")


def ready_for_grant(flow, request_id, visitor):
    """A bank application of the flow's firm with due diligence, by its id."""
    (one,) = flow.apply("standard", request_id=request_id).json()["bank_applications"]
    assert flow.action(one["bank_application_id"], "due-diligence", None, visitor).status_code == 200
    return one["bank_application_id"]


@pytest.mark.law
def test_one_person_lends_a_firm_no_more_than_its_quota_however_many_applications_there_are(any_shop):
    """The quota twice is refused; another person grants it, against a warning, and not beyond the stage's cap."""
    position, quota = preapproved(any_shop)
    flow, li, wang = Flow(any_shop, position), *(any_shop.key("standard", holder=name) for name in ("li", "wang"))
    first, second, third = (ready_for_grant(flow, f"a{number}", li) for number in range(3))
    assert flow.action(first, "grant", GRANT | {"amount_cny": quota}, li).json()["state"] == "granted"
    refused = flow.action(second, "grant", GRANT | {"amount_cny": 10_000}, li)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/four-eyes")
    assert f"running loans of CNY {quota:,} to the firm" in refused.json()["faults"][0]["allowed"]
    granted = flow.action(second, "grant", GRANT | {"amount_cny": quota}, wang).json()
    assert [one["code"] for one in granted["warnings"]] == ["grant_above_quota"]
    stage = granted["points"]["growth_stage"]
    cap = read_policy().stage_cap_wan[stage] * 10_000
    beyond = flow.action(third, "grant", GRANT | {"amount_cny": int(cap) - 2 * quota + 10_000}, wang)
    assert (beyond.status_code, beyond.json()["faults"][0]["where"]) == (422, "amount_cny")
    assert f"CNY {2 * quota:,}" in beyond.json()["faults"][0]["allowed"]


@pytest.mark.law
def test_the_quota_of_a_long_tenor_is_not_lent_over_a_short_one(any_shop):
    """What can be repaid in 36 months is more than what can be in 6: the visitor grants what six months allow."""
    service, policy = any_shop.worker.service, read_policy()

    def quota(code, tenor):
        asked = QuotaRequest(uscc=code, requested_amount_cny=3_000_000, tenor_months=tenor, request_id="x")
        answer = service.quota(asked, policy)
        return answer["quota"]["amount_cny"] if answer["outcome"] == "preapproved" else 0

    position = next(at for at, code in enumerate(any_shop.codes) if 10_000 <= quota(code, 6) <= quota(code, 36) / 2)
    flow, li = Flow(any_shop, position), any_shop.key("standard", holder="li")
    short, long = quota(flow.uscc, 6), quota(flow.uscc, 36)
    (made,) = flow.apply("standard", tenor_months=36).json()["bank_applications"]
    number = made["bank_application_id"]
    flow.action(number, "due-diligence", None, li)
    refused = flow.action(number, "grant", GRANT | {"amount_cny": long, "tenor_months": 6}, li)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/four-eyes")
    assert f"quota of CNY {short:,} calculated that day for the granted tenor" in refused.json()["faults"][0]["allowed"]
    granted = flow.action(number, "grant", GRANT | {"amount_cny": short, "tenor_months": 6}, li).json()
    assert granted["state"] == "granted"


@pytest.mark.law
def test_grants_of_one_moment_see_each_other(any_shop):
    """Eight applications granted at once by the visitor, each of the whole quota: one goes through."""
    position, quota = preapproved(any_shop)
    flow, li = Flow(any_shop, position), any_shop.key("standard", holder="li")
    numbers = [ready_for_grant(flow, f"a{number}", li) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        body = GRANT | {"amount_cny": quota}
        answers = list(pool.map(lambda number: flow.action(number, "grant", body, li).status_code, numbers))
    assert sorted(answers) == [200] + [403] * 7
