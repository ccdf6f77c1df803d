"""Fail closed: whatever the engine says or does, nothing is approved that something speaks against."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.requests import QuotaRequest
from features.snapshot import Cases
from models.quota import read_policy
from models.quota_answer import answer_json
from models.risk_drift import histogram
from serving.answers import QuotaAnswer
from serving.drift import DriftWatch
from serving.guard import RULES, GuardFacts
from serving.snapshot import read_rows

pytestmark = pytest.mark.law
FACTS = GuardFacts(False, "2024-06-30", 548)
POLICY = read_policy()


class Saying:
    """An engine that says what it is told to, whatever the case."""

    def __init__(self, real: Any, change: Any) -> None:
        self.real, self.change = real, change
        self.codebook, self.points, self.risk, self.limit = real.codebook, real.points, real.risk, real.limit
        self.prepare, self.with_facts = real.prepare, real.with_facts

    def decide_prepared(self, prepared: Any, request: Any, policy: Any) -> dict[str, Any]:
        return self.change(self.real.decide_prepared(prepared, request, policy))


def approved(counter):
    """A case that the engine approves, and its request."""
    for code, case in counter.snapshot.cases.items():
        request = QuotaRequest(request_id="r", uscc=code, requested_amount_cny=3_000_000)
        answer = counter.models.decide(case, request, POLICY, FACTS)
        if answer["decision"] == "indicative_approve" and answer["quota"]["amount_wan"] < 250:
            return case, request, answer
    raise AssertionError("nobody is approved in the cohort")


def referred(answer, rule):
    """The answer refers to a human by this rule, grants nothing, says why, and still has its type."""
    assert answer["decision"] == "refer_human"
    assert (answer["quota"]["amount_wan"], answer["quota"]["amount_cny"], answer["quota"]["valid_until"]) == (
        0,
        0,
        None,
    )
    assert answer["quota"]["limited_by"] == rule
    assert rule in answer["constraints_hit"]
    assert answer["reasons"][0]["code"] == f"guard.{rule}"
    QuotaAnswer.model_validate_json(answer_json(answer | {"audit_id": "dec-0"}))


def quota_of(answer, **changed):
    return answer | {"quota": answer["quota"] | changed}


BROKEN = {
    "no reasons": (lambda a: a | {"reasons": []}, "no_reasons"),
    "an amount above every limit": (lambda a: quota_of(a, amount_wan=299, amount_cny=2_990_000), "not_a_number"),
    "more than was asked": (lambda a: quota_of(a, amount_wan=301, amount_cny=3_010_000), "rules_floor"),
    "a probability that is none": (lambda a: a | {"risk": a["risk"] | {"pd_12m": math.nan}}, "not_a_number"),
    "a probability below zero": (lambda a: a | {"risk": a["risk"] | {"pd_low": -0.1}}, "not_a_number"),
    "an interval upside down": (lambda a: a | {"risk": a["risk"] | {"pd_high": 0.0001}}, "not_a_number"),
    "no risk at all": (lambda a: a | {"risk": None}, "not_a_number"),
    "low coverage": (lambda a: a | {"score": a["score"] | {"coverage": 0.1}}, "low_coverage"),
    "coverage that is no number": (lambda a: a | {"score": a["score"] | {"coverage": math.nan}}, "low_coverage"),
    "points below the bank's minimum": (lambda a: a | {"score": a["score"] | {"total": 3.0}}, "rules_floor"),
    "amounts that differ": (lambda a: quota_of(a, amount_cny=1), "not_a_number"),
}


@pytest.mark.parametrize(("change", "rule"), BROKEN.values(), ids=BROKEN)
def test_a_broken_approval_is_referred(counter, change, rule):
    """An approval that is unsound, unexplained or beyond the rules never leaves."""
    case, request, _ = approved(counter)
    models = replace(counter.models, engine=Saying(counter.models.engine, change))
    referred(models.decide(case, request, POLICY, FACTS), rule)


@pytest.mark.parametrize(
    "fault", [ValueError("x"), KeyError("x"), ZeroDivisionError(), RecursionError(), MemoryError()]
)
def test_any_exception_of_the_engine_is_a_recorded_referral(shop, monkeypatch, fault):
    """A fault inside the models gives a decision with an audit_id, not an error and not an approval."""

    def fails(*_: Any) -> dict[str, Any]:
        raise fault

    monkeypatch.setattr(type(shop.desk.counter.models.engine), "decide_prepared", fails)
    answer = shop.client.post("/v1/quota", json=shop.body(), headers=shop.key("standard"))
    assert answer.status_code == 200
    assert answer.json()["decision"] == "refer_human"
    assert answer.json()["reasons"][0]["code"] == "guard.engine_error"
    assert shop.desk.ledger.find(subject=answer.json()["audit_id"])


def test_a_stale_model_approves_nobody(counter):
    """Beyond the age limit every approval and every model's refusal goes to a human; a veto stays a veto."""
    case, request, _ = approved(counter)
    referred(counter.models.decide(case, request, POLICY, replace(FACTS, model_day="2022-06-30")), "model_stale")
    edge = replace(FACTS, model_day="2022-12-30")  # 548 days
    assert counter.models.decide(case, request, POLICY, edge)["decision"] == "indicative_approve"


def test_a_drift_alarm_approves_nobody(counter):
    """While the alarm stands, what would be approved is referred."""
    case, request, _ = approved(counter)
    referred(counter.models.decide(case, request, POLICY, replace(FACTS, drift_alarm=True)), "drift_alarm")


@pytest.mark.parametrize("key", ["rd_intensity", "revenue_wan", "headcount"])
@pytest.mark.parametrize("value", [-1e12, 1e12, math.inf])
def test_a_value_out_of_its_range_approves_nobody(counter, key, value):
    """Even in the packed snapshot, a value outside the codebook's range is never approved."""
    case, request, _ = approved(counter)
    changed = Cases(pd.DataFrame([{**case.row, key: value}]), pd.DataFrame([dict(case.known)]))
    held = read_rows(changed, counter.models.engine.codebook)[0]
    answer = counter.models.decide(held, request, POLICY, FACTS)
    assert answer["decision"] in ("refer_human", "insufficient_data")


def test_the_models_are_only_ever_stricter_than_the_banks_rules(counter):
    """Whatever the models say, with a veto, an unknown veto, a listed firm or a barred trade nothing is approved."""
    case, request, good = approved(counter)
    generous = replace(counter.models, engine=Saying(counter.models.engine, lambda _: dict(good)))
    assert generous.decide(case, request, POLICY, FACTS)["decision"] == "indicative_approve"
    for row in ({"dishonest_debtor": 1.0}, {"abnormal_business": math.nan}):
        referred(generous.decide(replace(case, row={**case.row, **row}), request, POLICY, FACTS), "rules_floor")
    caps = dict.fromkeys(POLICY.stage_cap_wan, 1.0)
    for change in (
        {"blacklist": (request.uscc,)},
        {"excluded_industries": (case.row["industry"],)},
        {"min_points": 130.0},
        {"stage_cap_wan": caps, "expert_cap_wan": caps},
    ):
        policy = POLICY.model_validate(POLICY.model_dump() | change)
        assert generous.decide(case, request, policy, FACTS)["decision"] == "refer_human"


def test_the_guard_never_makes_a_decision_milder(counter):
    """Over the cohort, under every finding at once: no approval, and vetoes and missing data stay as they were."""
    bad = GuardFacts(True, "2000-01-01", 548)
    for code, case in list(counter.snapshot.cases.items())[:400]:
        request = QuotaRequest(request_id="r", uscc=code, requested_amount_cny=3_000_000)
        free, held = (counter.models.decide(case, request, POLICY, facts) for facts in (FACTS, bad))
        assert held["decision"] != "indicative_approve"
        if free["decision"] == "insufficient_data" or free["quota"]["limited_by"] == "veto":
            assert held["decision"] == free["decision"]
        else:
            assert held["decision"] == "refer_human"


def test_the_watch_counts_an_enterprise_once_and_says_nothing_of_few():
    """A thousand questions about one bad firm are no drift; five hundred bad firms are."""
    watch = DriftWatch(histogram(np.linspace(0.001, 0.05, 5_000)), window=2_000, minimum=300, limit=0.25)
    for _ in range(2_000):
        watch.see("U1", 0.5)
    assert watch.psi is None
    for number in range(512):
        watch.see(f"U{number}", 0.5)
    assert watch.alarm


def test_the_watch_forgets_whom_it_saw_longest_ago():
    """Its counts are those of the last distinct enterprises, each with its newest value."""
    rng = np.random.default_rng(3)
    watch = DriftWatch(histogram(rng.random(1_000)), window=100, minimum=10, limit=9.0)
    last: dict[str, float] = {}
    for number, value in zip(rng.integers(0, 250, 4_000).tolist(), rng.random(4_000).tolist(), strict=True):
        last.pop(f"U{number}", None)
        last[f"U{number}"] = value
        watch.see(f"U{number}", value)
    watch.look()
    newest = np.array(list(last.values())[-100:])
    assert watch._counts == watch.reference.count(newest).tolist()


def test_the_watch_is_quiet_on_its_own_population_and_hears_another():
    """Planted truth: 200 streams drawn from the reference raise no alarm; streams of twice the risk all do."""
    rng = np.random.default_rng(7)
    reference = histogram(rng.lognormal(-3.5, 0.7, 7_310))

    def alarms(shift: float) -> int:
        count = 0
        for _ in range(200):
            watch = DriftWatch(reference, 2_000, 500, 0.25)
            for number, value in enumerate(rng.lognormal(-3.5 + shift, 0.7, 576)):
                watch.see(f"U{number}", float(value))
            count += watch.alarm
        return count

    assert alarms(0.0) == 0
    assert alarms(float(np.log(2))) == 200


def test_every_rule_of_the_guard_is_reached():
    """No rule is written that no test trips."""
    tripped = {rule for _, rule in BROKEN.values()} | {"engine_error", "model_stale", "drift_alarm", "out_of_range"}
    assert tripped == set(RULES)
