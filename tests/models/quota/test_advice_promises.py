"""What advice promises and what it does not: tenors, a lower PD, the loss certificate, the cover of debt service."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from models.quota.advice import MAX_ADVICE, _other_terms, _tenors, amount_advice, plain_advice
from models.quota.levers import DEBT_SERVICE_COVER, lower_pd

pytestmark = pytest.mark.law
MORE_CASH_FLOW = (
    "提高经营现金流可能增加可承受债务；能增加多少须按新数据重新测算，不作承诺。",
    "More operating cash flow may raise the debt capacity; by how much, only a new calculation on the new figures "
    "says.",
)


@pytest.fixture
def only_12_months(bank):
    """The bank's products where it lends for 12 months alone."""
    one = bank.products["innovation_points"]
    return {"innovation_points": one.model_copy(update={"min_tenor_months": 12, "max_tenor_months": 12})}


def test_only_a_lower_pd_is_said_where_nothing_else_helps_and_no_amount_is_promised_for_it(explain, only_12_months):
    """The bank lends for 12 months alone, and nothing is owed: expected loss 1 / (2 % x 50 %) = 100 bounds."""
    result = explain({"existing_debt_wan": 0.0}, {"el_budget_wan": 1.0, "products": only_12_months})
    assert (result.bound, result.decided.amount_wan[0]) == ("expected_loss_cap", 100)
    assert result.advice() == [
        plain_advice("expected_loss_cap", (
            ("其他条件不变时，单独改变期限、改用该行其他产品、减少银行借款或对外担保、提高积分或证明更大的资金需求，均不能"
             "提高额度；违约概率下降可提高额度，主要影响因素见原因。"),
            ("Other things equal, none of these alone would raise the quota: another tenor or product of this bank, "
             "less bank debt, fewer guarantees, more points, a larger proven need. A lower PD would; the reasons name "
             "what drives it."),
        ))
    ]  # fmt: skip
    assert result.case.decide(lower_pd(result.case.measured, np.array([0.019]))).amount_wan.tolist() == [105]


def test_where_no_amount_earns_enough_only_debt_and_tenor_promise_any(explain, only_12_months):
    """The reason names PD, costs, debt and tenor: more cash flow would help as well, and would contradict it."""
    # .0039 q - bend q^2 / 2 reaches a cost of .4 where the room is .4 / (.0039 ^ 2 / 2 / .01) = 526 or more, not 500.
    result = explain(bank={"operating_cost_wan": 0.4, "products": only_12_months})
    assert result.reasons()[0]["text_en"].startswith("At today's PD, costs and bank debt, no amount over 12 months")
    more = {"capacity_low_wan": np.array([400.0 + 81.0]), "capacity_median_wan": np.array([600.0 + 81.0])}
    assert result.case.decide(more).amount_wan[0] > 0
    assert [one["change"] for one in result.advice()] == ["existing_debt_wan"]
    freed = result.case.decide({"existing_debt_wan": np.array([100.0 - 25.0, result.advice()[0]["needed"]])})
    assert freed.outcome.tolist() == ["declined", "preapproved"]


def test_where_no_amount_earns_enough_and_nothing_is_owed_no_other_figure_is_advised(explain, only_12_months):
    """Of a room of 500 and a cost of .4 none earns enough; more cash flow may help."""
    bank = {"operating_cost_wan": 0.4, "products": only_12_months}
    result = explain({"existing_debt_wan": 0.0}, bank, capacity_median_wan=500.0)
    assert (result.bound, result.decided.amount_wan[0]) == ("raroc", 0)
    assert [one["change"] for one in result.advice()] == [None]
    # Where the reason does not speak of costs, what helps is named, without an amount.
    assert amount_advice(result.case, 0, "raroc", 10.0) == [plain_advice("raroc", MORE_CASH_FLOW)]


def test_where_the_room_is_too_small_to_earn_anything_no_other_figure_is_advised_either(explain, only_12_months):
    """A room of .1 earns most at .047, shown as none; 100 wan more a year carry 81 more, and .47 x 81 is 38."""
    bank = {"operating_cost_wan": 0.0, "min_raroc": 0.0, "products": only_12_months}
    result = explain({"existing_debt_wan": 0.0}, bank, capacity_low_wan=0.09, capacity_median_wan=0.1)
    assert (result.bound, result.decided.amount_wan[0]) == ("max_profit", 0)
    assert [one["change"] for one in result.advice()] == [None]
    assert amount_advice(result.case, 0, "max_profit", 10.0) == [plain_advice("max_profit", MORE_CASH_FLOW)]


@pytest.mark.parametrize(
    ("now", "needed", "amount"),
    [(12, 8, 149), (24, 8, 149), (8, None, None)],
)
def test_the_best_tenor_that_the_bank_offers_is_named_as_a_promise(explain, now, needed, amount):
    """Every tenor from 3 to 24 months tried one by one: none gives more, and a nearer one less."""
    result = explain(bank={"el_budget_wan": 1.0}, requested={"tenor_months": now})
    amounts = {
        month: int(result.case.decide({}, tenor_months=np.array([month])).amount_wan[0]) for month in range(3, 25)
    }
    named = [one for one in result.advice() if one["change"] == "tenor_months"]
    assert [(one["now"], one["needed"], one["quota_wan"]) for one in named] == (
        [(float(now), float(needed), amount)] if needed else []
    )
    best = max(amounts.values())
    assert best == 149
    assert min((abs(month - now), month) for month, one in amounts.items() if one == best)[1] == 8


@pytest.mark.parametrize(
    ("shortest", "longest", "changed", "needed", "amount"),
    [
        # An expected loss of 1 allows 149 over 8 months, and less over more: 1 / (2 % x 50 %) x 12 / 9 is 132 over 9.
        (9, 24, {"bank": {"el_budget_wan": 1.0}}, 9, 132),
        # A debt capacity of 150 for 12 payments carries more over more of them, up to 241 over 20 months.
        (3, 15, {"row": {"existing_debt_wan": 0.5}, "capacity_low_wan": 150.5}, 15, 186),
        (3, 21, {"row": {"existing_debt_wan": 0.5}, "capacity_low_wan": 150.5}, 20, 241),
        # Points of 24 allow 120, over 6 to 9 months alike: the nearest to the 24 that were applied for is 9.
        (3, 24, {"bank": {"el_budget_wan": 1.0}, "total": 24.0, "requested": {"tenor_months": 24}}, 9, 120),
        (3, 24, {"bank": {"el_budget_wan": 1.0}, "total": 24.0, "requested": {"tenor_months": 3}}, 6, 120),
    ],
)
def test_a_tenor_is_named_of_those_that_the_bank_offers_and_the_nearest_of_the_best(
    explain, bank, shortest, longest, changed, needed, amount
):
    """From the shortest to the longest, both of them offered; no other gives more."""
    offer = bank.products["innovation_points"].model_copy(
        update={"min_tenor_months": shortest, "max_tenor_months": longest}
    )
    terms = changed.get("bank", {}) | {"products": {"innovation_points": offer}}
    result = explain(**changed | {"bank": terms})
    (one,) = [one for one in result.advice() if one["change"] == "tenor_months"]
    assert (one["needed"], one["quota_wan"]) == (needed, amount)


def test_no_tenor_is_named_for_a_product_that_the_bank_does_not_offer(situation):
    """No change of one figure makes the bank offer it; another product of the bank's gives the need of 200."""
    (one,) = amount_advice(situation(requested={"product": "other"}), 100, "expected_loss_cap", 10.0)
    assert (one["change"], one["quota_wan"]) == ("product", 200)
    (one,) = amount_advice(situation(requested={"product": "other"}), 200, "expected_loss_cap", 10.0)
    assert one["change"] is None
    assert one["text_en"].startswith("Other things equal, none of these alone would raise the quota:")


def test_a_tenor_that_turns_a_refusal_into_a_review_says_so_and_promises_no_amount(explain):
    """Declined at 12 months by its profit; over another tenor only the points refer, and a person decides."""
    result = explain(pd_12m=0.03, pd_high=0.05, total=19.0)
    assert result.decided.outcome[0] == "declined"
    (one,) = result.advice()
    # From 19 months on the profit passes; the nearest of them is named.
    assert one == {
        "constraint": "max_profit", "change": "tenor_months", "unit": "months", "now": 12.0, "needed": 19.0,
        "quota_wan": None, "gain_wan": None,
        "text_zh": "将申请期限由 12 个月改为 19 个月，则由银行人工审核。其他条件不变，须重新测算确认。",
        "text_en": (
            "Apply for 19 months instead of 12: the bank would then review the case. Other things equal; to be "
            "confirmed by a new calculation."
        ),
    }  # fmt: skip
    tried = result.case.decide({}, tenor_months=np.array([12, 18, 19, 20]))
    assert tried.outcome.tolist() == ["declined", "declined", "manual_review", "manual_review"]
    (found,) = _other_terms(result.case, "max_profit", 0, _tenors(result.case))
    assert found.costly is False


def test_no_change_is_said_against_all_that_a_quota_needs(explain, only_12_months):
    """The bank's smallest is 10; a fixed cost of .25 takes .5 / (.0039 + (.0039 ^ 2 - .5 x .01 / 600) ^ .5) = 76.7."""
    requested = {"requested_amount_cny": 3_000_000}
    for cost, needed in ((0.0, "CNY 100,000"), (0.25, "CNY 770,000")):
        bank = {"operating_cost_wan": cost, "products": only_12_months, "exposure_cap_wan": 5.0, "rd_need_share": 0.0}
        result = explain({"existing_debt_wan": 0.0}, bank, requested)
        assert result.decided.outcome[0] == "declined"
        (one,) = result.advice()
        assert one["text_en"].startswith(
            "Other things equal, none of these alone would raise the quota to the "
            f"{needed} that the bank needs at least:"
        )
        assert result.decided.least_wan[0] <= float(needed.removeprefix("CNY ").replace(",", "")) / 10_000


def test_a_promise_beyond_the_loss_certificate_says_so(explain):
    """Covered up to 150 wan; up to 200 may be requested, and the answer to that is no longer covered."""
    result = explain(requested={"requested_amount_cny": 1_000_000}, certified=True, pd_12m=0.01)
    assert bool(result.decided.within[0])
    (one,) = result.advice()
    assert one["quota_wan"] == 200
    assert not result.case.decide({}, requested_amount_cny=np.array([2_000_000.0])).within[0]
    assert (
        "Such a loan goes beyond the loss certificate (innovation-points loans of up to 12 months, each up to CNY "
        "1,500,000); beyond it expert caps apply." in one["text_en"]
    )
    inside = explain(
        {"existing_debt_wan": 200.0}, requested={"requested_amount_cny": 500_000}, certified=True, pd_12m=0.01
    )
    (one,) = inside.advice()
    assert (one["quota_wan"], "certificate" in one["text_en"]) == (100, False)


def test_for_more_cash_flow_no_amount_is_promised_whatever_else_is(explain, only_12_months):
    """Nothing owed, a capacity of 150 for 12 payments: what the models make of more cash flow only they can say."""
    result = explain({"existing_debt_wan": 0.0}, {"products": only_12_months}, capacity_low_wan=150.0)
    assert (result.bound, result.decided.amount_wan[0]) == ("debt_capacity", 150)
    assert result.advice() == [plain_advice("debt_capacity", MORE_CASH_FLOW)]


def test_more_cash_flow_is_only_named_where_more_capacity_would_raise_the_quota(explain, only_12_months):
    """400 and 81.1 that a tenth of revenue carries, less a debt of 470 or 471: 11.1 or 10.1, where costs take 10.4.

    A capacity of 300 less a debt of 100 allows as much as the need of 200 does: more of it alone raises nothing.
    """
    bank = {"base_need_wan": 900.0, "products": only_12_months}
    found = [explain({"existing_debt_wan": debt}, bank) for debt in (470.0, 471.0)]
    assert [one.bound for one in found] == ["debt_capacity", "debt_capacity"]
    assert [[one["change"] for one in result.advice()] for result in found] == [
        ["existing_debt_wan", None],
        ["existing_debt_wan"],
    ]
    assert found[0].advice()[1] == plain_advice("debt_capacity", MORE_CASH_FLOW)
    result = explain(bank={"products": only_12_months}, capacity_low_wan=300.0)
    assert (result.bound, result.decided.amount_wan[0]) == ("debt_capacity", 200)
    assert [one["change"] for one in result.advice()] == ["existing_debt_wan"]


def test_the_cover_of_debt_service_is_that_of_the_label():
    """The debt capacity is learned from labels at this ratio."""
    params = yaml.safe_load((Path(__file__).parents[3] / "params.yaml").read_text(encoding="utf-8"))
    assert params["quota"]["dscr_ratio"] == DEBT_SERVICE_COVER


@pytest.mark.parametrize("gap", [2.0, 10.0, 17.0, 300.0, 3_923.0, 5_000.0])
def test_the_smallest_change_is_found_among_a_million_steps(situation, gap):
    """Guarantees of 999,900 wan leave 200 - gap of the exposure, where the need is 200; the bank's smallest is 1."""
    row = {"guarantees_wan": 999_900.0}
    terms = {"exposure_cap_wan": 100.0 + 999_900.0 + 200.0 - gap, "min_quota_wan": 1.0}
    amount = max(int(200.0 - gap), 0)
    (one,) = amount_advice(situation(row, terms), amount, "exposure_cap", 1.0)
    assert (one["change"], one["quota_wan"], one["gain_wan"]) == ("exposure_wan", 200, 200 - amount)
    assert (one["now"], one["needed"]) == (1_000_000.0, 1_000_000.0 - gap)


def test_plain_advice_promises_no_amount():
    """As long as nothing else is said it is about a rule."""
    assert plain_advice("industry", ("行业。", "Industry.")) == {
        "constraint": "industry", "change": None, "unit": "rule", "now": None, "needed": None, "quota_wan": None,
        "gain_wan": None, "text_zh": "行业。", "text_en": "Industry.",
    }  # fmt: skip
    result = plain_advice("min_points", ("", ""), "points", 19.0, 20.0)
    assert (result["unit"], result["now"], result["needed"]) == ("points", 19.0, 20.0)
    assert MAX_ADVICE == 3
