"""What is advised where the terms alone give no more: another product, and less debt as the models see it; by hand."""

from __future__ import annotations

import numpy as np
import pytest

from data.requests import QuotaRequest
from models.quota.advice import amount_advice, less
from models.quota.levers import exposure

pytestmark = pytest.mark.law
ENDING = "其他条件不变，须重新测算确认。", "Other things equal; to be confirmed by a new calculation."


@pytest.fixture
def owing(situation, bank):
    """The bank lends for 12 months alone; its models give a PD of 1 % and .01 % for each wan of a fact.

    The terms are those at 2 %, an expected loss of 1: 1 / (2 % x 50 %) = 100.
    """
    loan = bank.products["innovation_points"].model_copy(update={"min_tenor_months": 12, "max_tenor_months": 12})

    def make(fact, row, **terms):
        case = situation(row, {"el_budget_wan": 1.0, "products": {"innovation_points": loan}} | terms)

        def again(facts):
            return case.again(facts).with_columns(pd_12m=0.01 + 0.0001 * facts[fact], pd_low=facts[fact] * 0.0 + 0.005)

        return case._replace(again=again)

    return make


def test_less_debt_is_advised_for_the_default_risk_that_the_models_then_see(owing):
    """1 / ((1 % + .01 % x debt) x 50 %): 100 for a debt of 100, 200 for none, so the last yuan counts."""
    (one,) = amount_advice(owing("existing_debt_wan", {}), 100, "expected_loss_cap", 10.0)
    assert one == {
        "constraint": "expected_loss_cap", "change": "existing_debt_wan", "unit": "wan_cny", "now": 100.0,
        "needed": 0.0, "quota_wan": 200, "gain_wan": 100,
        "text_zh": (
            f"还清全部银行借款 100 万元，测算额度可由 100 万元提高到 200 万元（之后受“预期损失上限”约束）。{ENDING[0]}"
        ),
        "text_en": (
            "Repay all CNY 1,000,000 of bank debt: the quota would rise from CNY 1,000,000 to CNY 2,000,000 (then "
            f"limited by: expected-loss cap). {ENDING[1]}"
        ),
    }  # fmt: skip


def test_the_smallest_repayment_is_named_after_which_something_else_bounds(owing):
    """Points of 36 allow 180, which a PD of 1.11 % does; a debt of 11 gives 180.2."""
    case = owing("existing_debt_wan", {})
    case = case._replace(again=lambda facts: owing("existing_debt_wan", {}).again(facts).with_columns(
        total=np.full(len(facts["existing_debt_wan"]), 36.0)
    ))  # fmt: skip
    (one,) = amount_advice(case, 100, "expected_loss_cap", 10.0)
    assert (one["needed"], one["quota_wan"], one["gain_wan"]) == (11.0, 180, 80)
    assert "The debt repaid is more than the quota gained" in one["text_en"]


def test_fewer_guarantees_are_advised_where_debt_gives_nothing(owing):
    """Nothing owed, guarantees of 100.5, the last half of one too: 1 / (1 % x 50 %) = 200."""
    row = {"existing_debt_wan": 0.0, "guarantees_wan": 100.5}
    (one,) = amount_advice(owing("guarantees_wan", row), 100, "expected_loss_cap", 10.0)
    assert (one["change"], one["now"], one["needed"], one["quota_wan"]) == ("exposure_wan", 100.5, 0.0, 200)
    assert one["text_en"].startswith("End all CNY 1,000,000 of guarantees: ")  # shown as every figure of it is


@pytest.mark.parametrize(
    ("row", "steps", "said"),
    [
        ({"existing_debt_wan": 500.0, "guarantees_wan": 500.0}, 988.0,
         ("解除全部对外担保 500 万元并减少银行借款 488 万元",
          "End all CNY 5,000,000 of guarantees and repay CNY 4,880,000 of bank debt")),
        ({"existing_debt_wan": 500.0, "guarantees_wan": 500.0}, 499.0,
         ("减少对外担保 499 万元", "End CNY 4,990,000 of guarantees")),
        ({"existing_debt_wan": 500.0, "guarantees_wan": 500.0}, 500.0,
         ("解除全部对外担保 500 万元", "End all CNY 5,000,000 of guarantees")),
        ({"existing_debt_wan": 8.7197, "guarantees_wan": 0.0}, 8.0,
         ("减少银行借款 8 万元", "Repay CNY 80,000 of bank debt")),
        # As the reason has it: 现有银行借款 8.7 万元.
        ({"existing_debt_wan": 8.7197, "guarantees_wan": 0.0}, 9.0,
         ("还清全部银行借款 8.7 万元", "Repay all CNY 87,000 of bank debt")),
        ({"existing_debt_wan": 8.7197, "guarantees_wan": 5.3}, 15.0,
         ("解除全部对外担保 5.3 万元并还清全部银行借款 8.7 万元",
          "End all CNY 53,000 of guarantees and repay all CNY 87,000 of bank debt")),
    ],
)  # fmt: skip
def test_it_is_said_which_of_debt_and_guarantees_is_lowered_by_how_much(situation, row, steps, said):
    """In the order in which it was tried, for debt and guarantees are not alike to the models."""
    case = situation(row)
    assert less(case, exposure(case), steps) == said


def test_where_the_models_see_no_more_either_this_is_said(owing):
    """Points of 20 allow 100 whatever the PD: neither debt nor guarantees nor a PD raises it, points would."""
    case = owing("existing_debt_wan", {}, full_points=150.0)
    found = amount_advice(case, 100, "expected_loss_cap", 10.0)
    assert [one["change"] for one in found] == [None]
    assert found[0]["text_en"].startswith("Other things equal, none of these alone would raise the quota:")


def test_a_stage_cap_of_one_product_is_answered_by_another_of_the_bank(explain, bank):
    """A Zheke loan has half of 300 here; an innovation points loan the need of 200."""
    whole = bank.products["innovation_points"]
    products = {"innovation_points": whole, "zheke": whole.model_copy(update={"cap_share": 0.5})}
    result = explain(bank={"products": products}, requested={"product": "zheke"}, total=60.0)
    assert (result.bound, result.decided.amount_wan[0]) == ("stage_cap", 150)
    (one,) = result.advice()
    assert one == {
        "constraint": "stage_cap", "change": "product", "unit": "rule", "now": None, "needed": None,
        "quota_wan": 200, "gain_wan": 50,
        "text_zh": (
            "改为申请该行的创新积分贷，测算额度可由 150 万元提高到 200 万元（之后受“资金需求缺口”约束）。"
            f"{ENDING[0]}"
        ),
        "text_en": (
            "Apply for the bank's Innovation points loan instead: the quota would rise from CNY 1,500,000 to CNY "
            f"2,000,000 (then limited by: unmet funding need). {ENDING[1]}"
        ),
    }  # fmt: skip
    instead = result.case.decide({}, product=np.array(["innovation_points"]))
    assert instead.amount_wan.tolist() == [200]


def test_a_firm_that_owes_too_much_for_the_cut_of_its_risk_is_advised_by_its_own_models(
    quick_engine, quick_policy, quick_case, quick_known
):
    """The same case with what is advised in place of its debt, decided anew: the amount is the promised one."""
    policy = quick_policy.model_copy(update={"el_budget_wan": 0.2, "products": {
        name: offer.model_copy(update={"min_tenor_months": 12, "max_tenor_months": 12})
        for name, offer in quick_policy.products.items() if name == "innovation_points"
    }})  # fmt: skip
    request = QuotaRequest(request_id="r", uscc=quick_case()["uscc"], requested_amount_cny=10_000_000)

    def decided(**change):
        return quick_engine.decide_row(quick_case(**change), quick_known, request, policy)

    before = decided()
    (one,) = before["advice"]
    assert (before["quota"]["limited_by"], one["change"]) == ("expected_loss_cap", "existing_debt_wan")
    after = decided(existing_debt_wan=one["needed"])
    assert after["quota"]["amount_wan"] == one["quota_wan"] > before["quota"]["amount_wan"]
    assert decided(existing_debt_wan=one["needed"] + 1.0)["quota"]["amount_wan"] < one["quota_wan"]
    assert after["risk"]["pd_12m"] < before["risk"]["pd_12m"]


def test_a_debt_of_a_single_step_is_tried_as_well(owing):
    """1 / ((1 % + .01 %) x 50 %) = 198 for a debt of 1, and 200 for none."""
    (one,) = amount_advice(owing("existing_debt_wan", {"existing_debt_wan": 1.0}), 198, "expected_loss_cap", 10.0)
    assert (one["change"], one["needed"], one["quota_wan"]) == ("existing_debt_wan", 0.0, 200)
