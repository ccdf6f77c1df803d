"""A budget over a bank's own decisions: never above a quota, never another bank's, nothing that is no longer valid."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from models.quota.policy import read_policy
from serving.contract.answers import PortfolioAnswer
from serving.decide.decisions import audit_id_of
from serving.http import portfolio as route

pytestmark = pytest.mark.contract


@pytest.fixture
def decided(shop):
    """The standard bank's decisions about sixty firms, its key, and a way to send requests."""
    key = shop.key("standard")
    answers = shop.client.post(
        "/v1/quota/batch", json=[shop.body(position) for position in range(60)], headers=key
    ).json()

    def ask(budget, ids=None, key=key, **more):
        given = [answer["audit_id"] for answer in answers] if ids is None else ids
        body = {"budget_wan": budget, "decisions": given, **more}
        return shop.client.post("/v1/portfolio", json=body, headers=key)

    ask.shop, ask.answers, ask.key = shop, answers, key
    ask.approved = [one for one in answers if one["outcome"] == "preapproved"]
    assert len(ask.approved) >= 4
    return ask


def test_with_money_enough_everybody_gets_the_quota(decided):
    """The profit is the sum of the decisions' own, the refused get nothing, and the budget has no price."""
    answer = PortfolioAnswer.model_validate_json(decided(1_000_000).content)
    quotas = {one["audit_id"]: one["quota"]["amount_wan"] for one in decided.answers}
    assert {one.audit_id: one.amount_wan for one in answer.loans} == quotas
    assert answer.amount_wan == sum(quotas.values())
    profit = sum(one["quota"]["expected_profit_cny"] for one in decided.approved)
    assert answer.expected_profit_cny == pytest.approx(profit, abs=1)
    assert [one.marginal_profit_cny for one in answer.limits] == [0.0]
    assert answer.policy == read_policy().version


def test_half_the_money_is_shared_within_every_limit(decided):
    """No amount above its quota or below the smallest; the budget and the start-ups' limit hold; more would earn."""
    full = decided(1_000_000).json()
    stages = {one["audit_id"]: one["points"]["growth_stage"] for one in decided.answers}
    stage = stages[decided.approved[0]["audit_id"]]
    limits = {"groups": [{"column": "growth_stage", "value": stage, "most_wan": 20}]}
    half = PortfolioAnswer.model_validate_json(decided(full["amount_wan"] / 2, limits=limits).content)
    assert half.amount_wan <= full["amount_wan"] / 2
    assert half.expected_profit_cny <= full["expected_profit_cny"]
    assert sum(one.amount_wan for one in half.loans if stages[one.audit_id] == stage) <= 20
    assert all(one.amount_wan == 0 or 10 <= one.amount_wan <= one.quota_wan for one in half.loans)
    assert len(half.limits) == 2


def test_another_banks_decisions_and_what_never_was_are_not_found(decided):
    """The same answer about both, naming each; nothing is shared."""
    other, own = decided.shop.key("growth"), decided.approved[0]["audit_id"]
    hidden = decided(100, [own], key=other)
    absent = decided(100, [audit_id_of("growth", "never")], key=other)
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["faults"][0]["where"] == "decisions.0"
    assert hidden.text.replace(own, "") == absent.text.replace(audit_id_of("growth", "never"), "")
    mixed = decided(100, [own, "dec-none", "x"]).json()
    assert [one["where"] for one in mixed["faults"]] == ["decisions.1", "decisions.2"]


def test_a_firm_twice_is_refused_whether_by_one_decision_or_two(decided):
    """Each later one is named with the first."""
    first = decided.approved[0]
    again = decided.shop.body(0, uscc=first["uscc"], request_id="again")
    second = decided.shop.client.post("/v1/quota", json=again, headers=decided.key).json()
    for ids in ([first["audit_id"]] * 2, [first["audit_id"], second["audit_id"]]):
        refused = decided(100, ids)
        assert (refused.status_code, refused.json()["faults"][0]["where"]) == (422, "decisions.1")
        assert first["audit_id"] in refused.json()["faults"][0]["allowed"]


@pytest.mark.parametrize("budget", [0, -1, "100", None, 1e9])
def test_a_budget_that_is_none_is_refused(decided, budget):
    """By the type of the request."""
    refused = decided(budget)
    assert (refused.status_code, refused.json()["faults"][0]["where"]) == (422, "budget_wan")


def test_unknown_groups_and_columns_are_refused(decided):
    """A column that is none of the contract's, a group that no decision belongs to, too many decisions, none."""
    for group in (
        {"column": "uscc", "value": "x", "most_wan": 1},
        {"column": "growth_stage", "value": "infant", "most_wan": 1},
    ):
        assert decided(100, limits={"groups": [group]}).status_code == 422
    assert "infant" in decided(100, limits={"groups": [group]}).json()["detail"]
    assert decided(100, []).status_code == decided(100, ["x"] * 501).status_code == 422


def test_what_a_person_lowered_stays_lowered(decided):
    """An active override to decline takes a loan out; one that approves less caps it."""
    taken, less = decided.approved[:2]
    later = f"{date.today() + timedelta(days=5)}T00:00:00Z"  # noqa: DTZ011
    for answer, decision, amount in ((taken, "declined", 0), (less, "approved", 100_000)):
        body = {"outcome": decision, "amount_cny": amount, "reason": "Visited.", "expires_at": later}
        path = f"/v1/decisions/{answer['audit_id']}/overrides"
        assert decided.shop.client.post(path, json=body, headers=decided.key).status_code == 201
    shares = {one["audit_id"]: one for one in decided(1_000_000).json()["loans"]}
    assert (shares[taken["audit_id"]]["quota_wan"], shares[taken["audit_id"]]["amount_wan"]) == (0, 0)
    assert (shares[less["audit_id"]]["quota_wan"], shares[less["audit_id"]]["amount_wan"]) == (10, 10)


def test_a_row_by_hand():
    """Approved 40 until a day; a person left 10: a quarter of 4,400, less 400 of cost, and a quarter of the loss."""
    content = {
        "answer": {
            "outcome": "preapproved",
            "quota": {
                "amount_wan": 40, "valid_until": "2026-03-31", "expected_profit_cny": 4_000.0,
                "marginal_profit_cny": 90.0,
            },
            "risk": {"expected_loss_cny": 800.0},
            "points": {"growth_stage": "growth"},
        },
        "request": {"uscc": "A", "product": "zheke"},
    }  # fmt: skip
    assert route._loan(content, [], date(2026, 3, 31), 400.0) == ("A", 40, 4_000.0, 90.0, 800.0, "growth", "zheke")
    assert route._loan(content, [], date(2026, 4, 1), 400.0) == ("A", 0, 0.0, 0.0, 0.0, "growth", "zheke")

    def person(decision, amount_cny):
        body = {"outcome": decision, "amount_cny": amount_cny, "expires_at": "2199-01-01T00:00:00+00:00", "by": "wang"}
        body["calculated"] = "preapproved"
        return SimpleNamespace(kind="override", content=body, recorded_at="2026-03-01")

    lowered = route._loan(content, [person("declined", 0), person("approved", 100_000)], date(2026, 3, 1), 400.0)
    assert lowered == ("A", 10, 700.0, 90.0, 200.0, "growth", "zheke")
    raised = route._loan(content, [person("approved", 900_000)], date(2026, 3, 1), 400.0)
    assert raised[:3] == ("A", 40, 4_000.0)
    assert route._loan(content, [person("manual_review", 0)], date(2026, 3, 1), 400.0)[1] == 0
