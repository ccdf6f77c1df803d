from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.quota.measure import measure
from models.reform.evaluate import MICRO, PACKED, BankOutcome, Evaluator, Outcome, Requested
from models.reform.levers import read_levers
from models.reform.rules import Rules

LEVERS = {
    "weights": {"growth": {"rd_intensity": 15}},
    "policies": {"standard": {"expert_cap_wan": {"growth": 200}, "min_points": 40}},
}


@pytest.mark.law
def test_a_reform_s_decisions_are_those_of_an_engine_that_has_its_card_and_policy(packed, firms):
    """The same engine, as if the reform were the release; only the growth stage of the firms is given."""
    levers = {**LEVERS, "stages": {"startup_below_wan": 800}}
    rules = Rules.of(read_levers(levers, packed), packed)
    evaluator = Evaluator(packed, {PACKED: firms}, Requested())
    engine = replace(packed.engine, points=rules.card(packed.engine.points))
    requested = Requested().columns(len(firms))
    import pandas as pd

    staged = firms.assign(growth_stage=rules.stages.stages(firms["revenue_wan"], firms["age_years"]))
    whole = engine.decide_table(staged, pd.DataFrame(requested), rules.policies["standard"])
    ours = evaluator.outcome(rules, ("standard",))
    np.testing.assert_array_equal(ours.banks["standard"].quota_cny, whole["amount_wan"].to_numpy() * 10_000)
    np.testing.assert_array_equal(ours.points, np.rint(whole["points"].to_numpy() * MICRO))
    np.testing.assert_array_equal(ours.banks["standard"].approved, (whole["outcome"] == "preapproved").to_numpy())
    profit = np.nan_to_num(whole["expected_profit_cny"].to_numpy())
    np.testing.assert_allclose(ours.banks["standard"].profit_cents / 100, profit, atol=1e-6)
    assert (staged["growth_stage"] != firms["growth_stage"]).any()


@pytest.mark.law
def test_firms_are_measured_once_whatever_the_levers(packed, firms, monkeypatch):
    """Weights, stages and policies cost no second run of the models."""
    from models.reform import evaluate

    runs = []

    def spied(*args):
        runs.append(len(args[0]["uscc"]))
        return measure(*args)

    monkeypatch.setattr(evaluate, "measure", spied)
    evaluator = Evaluator(packed, {PACKED: firms}, Requested())
    for levers in ({}, LEVERS, {"stages": {"startup_below_wan": 700}}):
        evaluator.outcome(Rules.of(read_levers(levers, packed), packed), ("standard", "science"))
    assert runs == [len(firms)]


@pytest.mark.law
def test_a_firm_of_unknown_stage_has_no_points_and_no_quota(packed, firms):
    unknown = firms.head(3).assign(revenue_wan=np.nan, growth_stage="unknown")
    outcome = Evaluator(packed, {PACKED: unknown}, Requested()).outcome(
        Rules.of(read_levers({}, packed), packed), ("standard",)
    )
    assert outcome.points.tolist() == [-1, -1, -1]
    assert outcome.banks["standard"].quota_cny.tolist() == [0, 0, 0]


@pytest.mark.behaviour
def test_parts_are_joined_in_their_order():
    def part(value: int) -> Outcome:
        one = np.array([value])
        return Outcome(one, {"a": BankOutcome(one, one, one, one)})

    joined = Outcome.joined([part(1), part(2)])
    assert joined.points.tolist() == joined.banks["a"].loss_cents.tolist() == [1, 2]
