"""Fail closed: whatever the engine says or does, nothing is approved that something speaks against."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from data.requests import QuotaRequest
from features.point_in_time import Cases
from models.quota.answer import answer_json
from models.quota.engine import read_policy
from models.quota.rules import RULES as ENGINE_RULES
from models.quota.rules import stricter
from serving.contract.answers import QuotaAnswer
from serving.decide.freshness import fresh_until
from serving.decide.own_values import OwnValues
from serving.decide.safeguard import RULES, findings, settle
from serving.decide.safeguard_facts import SafeguardFacts
from serving.decide.snapshot import read_rows

pytestmark = pytest.mark.law
FACTS = SafeguardFacts(
    today="2024-06-30", clock_set=False, drift_alarm=False, model_day="2024-06-30", model_age_days=548,
    reference_day="2022-06-30", reference_age_days=1096, data_age_days=548,
)  # fmt: skip
POLICY = read_policy()


class Saying:
    """An engine that says what it is told to, whatever the case."""

    def __init__(self, real: Any, change: Any) -> None:
        self.real, self.change = real, change
        self.codebook, self.points, self.risk, self.limit = real.codebook, real.points, real.risk, real.limit
        self.prepare, self.with_facts, self.beyond_training = real.prepare, real.with_facts, real.beyond_training

    def decide_prepared(self, *given: Any) -> dict[str, Any]:
        return self.change(self.real.decide_prepared(*given))


def approved(service, least_wan=0):
    """A case that the engine approves for at least so much, and its request."""
    for code, case in service.snapshot.cases.items():
        request = QuotaRequest(request_id="r", uscc=code, requested_amount_cny=3_000_000)
        answer = service.models.decide(case, request, POLICY, FACTS)
        if answer["outcome"] == "preapproved" and least_wan <= answer["quota"]["amount_wan"] < 250:
            return case, request, answer
    raise AssertionError("nobody is approved in the cohort")


def referred(answer, rule):
    """The answer refers to a human by this rule, grants nothing, says why, and still has its type."""
    assert answer["outcome"] == "manual_review"
    assert (answer["quota"]["amount_wan"], answer["quota"]["amount_cny"], answer["quota"]["valid_until"]) == (
        0,
        0,
        None,
    )
    assert answer["quota"]["limited_by"] == rule
    assert rule in answer["constraints_hit"]
    assert answer["reasons"][0]["code"] == f"safeguard.{rule}"
    assert not [one["code"] for one in answer["reasons"] if one["code"].startswith("constraint.")]
    assert not any(limit["limiting"] for limit in answer["quota_trace"])
    assert answer["loss_certificate"]["covered_wan"] == 0.0
    QuotaAnswer.model_validate_json(answer_json(answer | {"audit_id": "dec-0"}))


def quota_of(answer, **changed):
    return answer | {"quota": answer["quota"] | changed}


BROKEN = {
    "no reasons": (lambda a: a | {"reasons": []}, "no_reasons"),
    "an amount above every limit": (lambda a: quota_of(a, amount_wan=299, amount_cny=2_990_000), "invalid_result"),
    "more than was requested": (lambda a: quota_of(a, amount_wan=301, amount_cny=3_010_000), "rule_conflict"),
    "a probability that is none": (lambda a: a | {"risk": a["risk"] | {"pd_12m": math.nan}}, "invalid_result"),
    "a probability below zero": (lambda a: a | {"risk": a["risk"] | {"pd_low": -0.1}}, "invalid_result"),
    "an interval upside down": (lambda a: a | {"risk": a["risk"] | {"pd_high": 0.0001}}, "invalid_result"),
    "no risk at all": (lambda a: a | {"risk": None}, "invalid_result"),
    "low coverage": (lambda a: a | {"points": a["points"] | {"coverage": 0.1}}, "low_coverage"),
    "coverage that is no number": (lambda a: a | {"points": a["points"] | {"coverage": math.nan}}, "low_coverage"),
    "points below the bank's minimum": (lambda a: a | {"points": a["points"] | {"total": 3.0}}, "rule_conflict"),
    "amounts that differ": (lambda a: quota_of(a, amount_cny=1), "invalid_result"),
}


@pytest.mark.parametrize(("change", "rule"), BROKEN.values(), ids=BROKEN)
def test_a_broken_approval_is_referred(service, change, rule):
    """An approval that is unsound, unexplained or beyond the rules never leaves."""
    case, request, _ = approved(service)
    models = replace(service.models, engine=Saying(service.models.engine, change))
    referred(models.decide(case, request, POLICY, FACTS), rule)


@pytest.mark.parametrize(
    "fault", [ValueError("x"), KeyError("x"), ZeroDivisionError(), RecursionError(), MemoryError()]
)
def test_any_exception_of_the_engine_is_a_recorded_referral(shop, monkeypatch, fault):
    """A fault inside the models gives a decision with an audit_id, not an error and not an approval."""

    def fails(*_: Any) -> dict[str, Any]:
        raise fault

    monkeypatch.setattr(type(shop.worker.service.models.engine), "decide_prepared", fails)
    answer = shop.client.post("/v1/quota", json=shop.body(), headers=shop.key("standard"))
    assert answer.status_code == 200
    assert answer.json()["outcome"] == "manual_review"
    assert answer.json()["reasons"][0]["code"] == "safeguard.calculation_failed"
    assert shop.worker.ledger.find(subject=answer.json()["audit_id"])


def test_a_stale_model_or_reference_approves_nobody(service):
    """Beyond its age limit on the day of the request an approval goes to a human; on the limit it is issued."""
    case, request, _ = approved(service)
    for change in ({"model_day": "2022-06-30"}, {"reference_day": "2021-06-29"}, {"model_day": "2024-07-01"}):
        referred(service.models.decide(case, request, POLICY, replace(FACTS, **change)), "model_stale")
    edge = replace(FACTS, model_day="2022-12-30", reference_day="2021-06-30")  # 548 and 1,096 days
    assert service.models.decide(case, request, POLICY, edge)["outcome"] == "preapproved"


def test_stale_data_approve_nobody_and_an_approval_is_never_issued_expired(service):
    """The case's own day and each source are compared with the day of the request; validity counts from that day."""
    case, request, _ = approved(service)
    young = {"model_age_days": 10_000, "reference_age_days": 10_000, "data_age_days": 10_000}
    last = case.fresh_until
    fresh = service.models.decide(case, request, POLICY, replace(FACTS, **young, today=last.isoformat()))
    assert fresh["outcome"] == "preapproved"
    assert fresh["quota"]["valid_until"] == last + timedelta(days=POLICY.validity_days)
    later = (last + timedelta(days=1)).isoformat()
    referred(service.models.decide(case, request, POLICY, replace(FACTS, **young, today=later)), "data_stale")
    old = replace(FACTS, **young | {"data_age_days": 30}, today="2024-07-31")
    referred(service.models.decide(case, request, POLICY, old), "data_stale")
    before = replace(FACTS, **young, today="2024-06-29")  # a case from the future
    assert service.models.decide(case, request, POLICY, before)["outcome"] == "manual_review"


def test_a_drift_alarm_approves_nobody(service):
    """While the alarm is, what would be approved is referred."""
    case, request, _ = approved(service)
    referred(service.models.decide(case, request, POLICY, replace(FACTS, drift_alarm=True)), "drift_alarm")


def test_a_set_clock_is_in_every_answer(service):
    """Approved, referred or failed: the answer says that the operator has set the day."""
    case, request, _ = approved(service)
    broken = replace(service.models, engine=Saying(service.models.engine, lambda _: {}))
    for models in (service.models, broken):
        for facts in (FACTS, replace(FACTS, drift_alarm=True)):
            for clock_set in (True, False):
                answer = models.decide(case, request, POLICY, replace(facts, clock_set=clock_set))
                said = [one for one in answer["warnings"] if "已将日期设为 2024年6月30日" in one["zh"]]
                assert len(said) == clock_set


@pytest.mark.parametrize("key", ["rd_intensity", "revenue_wan", "headcount"])
@pytest.mark.parametrize("value", [-1e12, 1e12, math.inf])
def test_a_value_out_of_its_range_approves_nobody(service, key, value):
    """Even in the packed snapshot, a value outside the codebook's range is never approved."""
    case, request, _ = approved(service)
    changed = Cases(pd.DataFrame([{**case.row, key: value}]), pd.DataFrame([dict(case.known)]))
    held = read_rows(changed, service.models.engine.codebook)[0]
    answer = service.models.decide(held, request, POLICY, FACTS)
    assert answer["outcome"] != "preapproved"


def test_the_models_are_only_ever_stricter_than_the_banks_rules(service):
    """Whatever the models say, with a veto, an unknown veto, a listed firm or a barred trade nothing is approved."""
    case, request, good = approved(service)
    generous = replace(service.models, engine=Saying(service.models.engine, lambda _: dict(good)))
    assert generous.decide(case, request, POLICY, FACTS)["outcome"] == "preapproved"
    for row in ({"dishonest_debtor": 1.0}, {"abnormal_business": math.nan}):
        referred(generous.decide(replace(case, row={**case.row, **row}), request, POLICY, FACTS), "rule_conflict")
    caps = dict.fromkeys(POLICY.stage_cap_wan, 1.0)
    for change in (
        {"exclusion_list": (request.uscc,)},
        {"excluded_industries": (case.row["industry"],)},
        {"min_points": 130.0},
        {"stage_cap_wan": caps, "expert_cap_wan": caps, "min_quota_wan": 1.0},
    ):
        policy = POLICY.model_validate(POLICY.model_dump() | change)
        assert generous.decide(case, request, policy, FACTS)["outcome"] == "manual_review"


OUTCOMES = ("preapproved", "manual_review", "insufficient_data", "declined")
ORDER = {"preapproved": 0, "manual_review": 1, "declined": 2}


def evaluated(base, outcome, rule):
    """An engine's answer with this outcome, decided by this rule of the engine."""
    if outcome == "preapproved":
        return base
    empty = {"amount_wan": 0, "amount_cny": 0, "valid_until": None, "annual_rate": None, "limited_by": rule}
    return quota_of(base, **empty) | {"outcome": outcome, "constraints_hit": [rule]}


FOUND: dict[str, Any] = {
    "no_reasons": (lambda a: a | {"reasons": []}, {}),
    "model_stale": (lambda a: a, {"model_day": "2020-01-01"}),
    "data_stale": (lambda a: a, {"data_age_days": -1}),
    "drift_alarm": (lambda a: a, {"drift_alarm": True}),
    "out_of_range": (lambda a: a, {}),
    "contradiction": (lambda a: a, {}),
    "unchecked": (lambda a: a, {}),
    "low_coverage": (lambda a: a | {"points": a["points"] | {"coverage": 0.1}}, {}),
    "rule_conflict": (lambda a: a | {"points": a["points"] | {"total": 3.0}}, {}),
    "invalid_result": (lambda a: a | {"risk": a["risk"] | {"pd_12m": math.nan}}, {}),
    "calculation_failed": (lambda a: {}, {}),
    "nothing": (lambda a: a, {}),
}


@pytest.mark.parametrize("finding", FOUND)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_safeguard_only_moves_up_the_order_of_strictness(service, finding, outcome):
    """Every rule of the engine x every outcome x every finding: no decision gets milder, no approval survives one."""
    case, request, good = approved(service)
    change, facts = FOUND[finding]
    case = replace(case, outside=("rd_intensity",)) if finding == "out_of_range" else case
    if finding == "contradiction":
        row = {**case.row, "rd_super_deduction": case.row["rd_expense"] * 0.4 + 2.0}
        case = replace(case, row=row, own=OwnValues(("indicators.rd_super_deduction",)))
    if finding == "unchecked":
        row = {**case.row, "rd_super_deduction": math.nan}
        case = replace(case, row=row, own=OwnValues(("indicators.rd_expense",)))
    for rule in (*ENGINE_RULES, "") if outcome != "preapproved" else ("",):
        broken = change(evaluated(good, outcome, rule))
        models = replace(service.models, engine=Saying(service.models.engine, lambda _, said=broken: said))
        answer = models.decide(case, request, POLICY, replace(FACTS, **facts))
        after = answer["outcome"]
        if finding == "calculation_failed":  # there is no decision that could get milder
            assert after == "manual_review"
            continue
        if outcome == "insufficient_data":
            assert after == "insufficient_data"
        else:
            assert ORDER[after] >= ORDER[outcome]
        if finding == "nothing":
            assert after == outcome
            continue
        approval_only = finding in ("low_coverage", "rule_conflict")
        if outcome == "preapproved":
            referred(answer, finding)
        else:
            assert after == outcome
            assert answer["quota"]["limited_by"] == rule
            assert answer["quota"]["amount_wan"] == 0
        if outcome == "preapproved" or not approval_only:
            assert any(one["code"] == finding for one in answer["warnings"])
        assert answer["reasons"]
        QuotaAnswer.model_validate_json(answer_json(answer | {"audit_id": "dec-0"}))


def test_a_refusal_with_an_amount_grants_nothing(service):
    """Whatever the engine writes beside a refusal or a referral, no amount and no rate leave with it."""
    case, request, good = approved(service)
    for outcome in OUTCOMES[1:]:
        models = replace(service.models, engine=Saying(service.models.engine, lambda _: good | {"outcome": outcome}))  # noqa: B023  # called at once
        answer = models.decide(case, request, POLICY, FACTS)
        assert answer["outcome"] == outcome
        quota = answer["quota"]
        assert (quota["amount_wan"], quota["amount_cny"]) == (0, 0)
        assert (quota["annual_rate"], quota["valid_until"]) == (None, None)


def test_the_order_of_strictness_by_hand():
    """Approve < refer < decline; missing data lie beside a referral, and grant as little as a refusal."""
    table = {
        ("preapproved", "manual_review"): "manual_review",
        ("preapproved", "insufficient_data"): "insufficient_data",
        ("manual_review", "insufficient_data"): "insufficient_data",
        ("insufficient_data", "manual_review"): "insufficient_data",
        ("declined", "manual_review"): "declined",
        ("declined", "insufficient_data"): "declined",
        ("manual_review", "declined"): "declined",
        ("insufficient_data", "declined"): "declined",
    }
    for (first, second), strict in table.items():
        assert stricter(first, second) == strict
    decisions = np.array(OUTCOMES, dtype=object)
    hit = np.ones(4, dtype=bool)
    assert settle(decisions, {"drift_alarm": hit}).tolist() == ["manual_review", *OUTCOMES[1:]]
    assert settle(decisions, {"drift_alarm": ~hit}).tolist() == list(OUTCOMES)


def test_each_source_is_fresh_as_long_as_the_codebook_says():
    """Of an agency the newest value counts, with its most lasting indicator's months; a credit fact has 18 months."""
    book = read_codebook()
    known: dict[str, date | None] = dict.fromkeys(book.keys)
    assert fresh_until(known, book) is None
    known |= {"rd_staff_ratio": date(2023, 1, 1), "headcount_growth": date(2020, 1, 1)}  # one agency, 18 and 15 months
    assert fresh_until(known, book) == date(2023, 1, 1) + timedelta(days=548)
    assert fresh_until(known | {"dishonest_debtor": date(2021, 1, 1)}, book) == date(2021, 1, 1) + timedelta(days=548)


def test_every_rule_of_the_safeguard_is_reached():
    """No rule is written that no test trips."""
    assert set(FOUND) - {"nothing"} == set(RULES)


def test_what_a_bank_does_not_offer_and_long_overdue_spells_are_never_approved():
    """Approvals of an engine, row by row against the policy: which of them the bank's own rules refer."""
    offer = POLICY.products["innovation_points"]
    rows = [  # product, tenor, purpose, overdue days, whether the bank's rules allow it
        ("innovation_points", offer.max_tenor_months, offer.purposes[0], 0, True),
        ("innovation_points", offer.max_tenor_months + 1, offer.purposes[0], 0, False),
        ("innovation_points", offer.min_tenor_months, "speculation", 0, False),
        ("overdraft", offer.min_tenor_months, offer.purposes[0], 0, False),
        ("innovation_points", offer.min_tenor_months, offer.purposes[0], POLICY.overdue_refer_days - 1, True),
        ("innovation_points", offer.min_tenor_months, offer.purposes[0], POLICY.overdue_refer_days, False),
        ("innovation_points", offer.min_tenor_months, offer.purposes[0], POLICY.overdue_decline_days, False),
        ("innovation_points", offer.min_tenor_months, offer.purposes[0], math.nan, False),
    ]
    n, day = len(rows), np.datetime64("2024-06-30", "D")
    numbers = {
        "coverage": 1.0, "points": POLICY.full_points, "pd_low": 0.01, "pd_12m": 0.02, "pd_high": 0.03,
        "amount_wan": 50.0, "amount_cny": 500_000.0, "requested_cny": 500_000.0, "least_constraint_wan": 50.0,
    }  # fmt: skip
    columns = {
        **{name: np.full(n, value) for name, value in numbers.items()},
        **{name: np.full(n, value) for name, value in (("explained", True), ("has_risk", True))},
        **{name: np.full(n, False) for name in ("outside", "contradicts", "unchecked", "veto")},
        **{name: np.full(n, day) for name in ("as_of", "fresh_until")},
        **{name: np.full(n, value, dtype=object) for name, value in (
            ("outcome", "preapproved"), ("uscc", "X"), ("industry", "iot"), ("growth_stage", "growth"),
        )},
        "product": np.array([row[0] for row in rows], dtype=object),
        "tenor_months": np.array([row[1] for row in rows], dtype=float),
        "purpose": np.array([row[2] for row in rows], dtype=object),
        "overdue_days": np.array([row[3] for row in rows], dtype=float),
    }  # fmt: skip
    found = findings(columns, POLICY, FACTS)
    assert (~found["rule_conflict"]).tolist() == [row[4] for row in rows]
    assert not np.any([hit for rule, hit in found.items() if rule != "rule_conflict"])
