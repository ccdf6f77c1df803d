"""What a firm can change: whole sentences and figures worked out by hand, on the firm of tests/models/conftest.py.

Terms in wan (see test_quota_reasons.py): debt capacity 300, need 200, expected loss 400, cap 300, points 250, exposure
1,900, profit 235, RAROC 380. Repaying d of the debt of 100 adds d to capacity, need and exposure, .47 d to profit.
"""

from __future__ import annotations

from math import log
from pathlib import Path

import numpy as np
import pytest
import yaml

from models.quota.advice import (
    DEBT_SERVICE_COVER,
    EVERY_LEVER,
    LARGEST_REQUEST_CNY,
    MAX_ADVICE,
    _pd,
    lower_pd,
    plain_advice,
)

pytestmark = pytest.mark.law
# Debt at 5 % over 12 months for each 10,000 yuan of yearly cash flow: .9734 / 1.2 (.9734 = 12 payments of 1 / 12).
CARRIED = sum((1 + 0.05 / 12) ** -month for month in range(1, 13)) / 12 / 1.2

# What differs from the round figures, then each piece of advice: constraint, change, unit, now, needed, quota, gain.
ADVICE = [
    ({}, [
        (("need", "need_wan", "wan_cny", 200.0, 235.0, 235, 35),
         ("提供合同、订单或研发预算，证明资金需求缺口达到 235 万元，测算额度可由 200 万元提高到 235 万元（之后受“"
          "预期收益最高点”约束）。其他条件不变，须重新测算确认。"),
         ("Show by contracts or an R&D budget an unmet need of CNY 2,350,000: the quota would rise from CNY "
          "2,000,000 to CNY 2,350,000 (then limited by: amount of highest expected profit). Other things equal; to "
          "be confirmed by a new calculation.")),
    ]),
    ({"limit_low_wan": 250.0, "total": 45.0}, [
        (("learned_limit", "existing_debt_wan", "wan_cny", 100.0, 25.0, 225, 75),
         ("减少银行借款 75 万元，测算额度可由 150 万元提高到 225 万元（之后受“积分对应额度”约束）。其他条件不变，须"
          "重新测算确认。"),
         ("Repay CNY 750,000 of bank debt: the quota would rise from CNY 1,500,000 to CNY 2,250,000 (then limited "
          "by: quota by points). Other things equal; to be confirmed by a new calculation.")),
        (("learned_limit", "tenor_months", "months", 12.0, 17.0, 200, 50),
         ("将申请期限由 12 个月改为 17 个月，测算额度可由 150 万元提高到 200 万元（之后受“资金需求缺口”约束）。其他"
          "条件不变，须重新测算确认。"),
         ("Apply for 17 months instead of 12: the quota would rise from CNY 1,500,000 to CNY 2,000,000 (then "
          "limited by: unmet funding need). Other things equal; to be confirmed by a new calculation.")),
        (("learned_limit", "debt_capacity_wan", "wan_cny", 250.0, 300.294150296, 200, 50),
         ("使经营现金流每年持续增加 62 万元（约可多承受债务 50 万元），测算额度可由 150 万元提高到 200 万元（之后受"
          "“资金需求缺口”约束）。其他条件不变，须重新测算确认。"),
         ("Raise operating cash flow lastingly by CNY 620,000 a year (it carries about CNY 500,000 more debt): the "
          "quota would rise from CNY 1,500,000 to CNY 2,000,000 (then limited by: unmet funding need). Other "
          "things equal; to be confirmed by a new calculation.")),
    ]),
    ({"row": {"existing_debt_wan": 0.5}, "limit_low_wan": 150.5}, [
        (("learned_limit", "tenor_months", "months", 12.0, 20.0, 241, 91),
         ("将申请期限由 12 个月改为 20 个月，测算额度可由 150 万元提高到 241 万元（之后受“预期损失上限”约束）。其他"
          "条件不变，须重新测算确认。"),
         ("Apply for 20 months instead of 12: the quota would rise from CNY 1,500,000 to CNY 2,410,000 (then "
          "limited by: expected-loss cap). Other things equal; to be confirmed by a new calculation.")),
        (("learned_limit", "debt_capacity_wan", "wan_cny", 150.5, 231.619597252, 231, 81),
         ("使经营现金流每年持续增加 100 万元（约可多承受债务 81 万元），测算额度可由 150 万元提高到 231 万元（之后"
          "受“可承受债务余量”约束）。其他条件不变，须重新测算确认。"),
         ("Raise operating cash flow lastingly by CNY 1,000,000 a year (it carries about CNY 810,000 more debt): "
          "the quota would rise from CNY 1,500,000 to CNY 2,310,000 (then limited by: debt capacity left). Other "
          "things equal; to be confirmed by a new calculation.")),
    ]),
    ({"row": {"existing_debt_wan": 1.0}, "limit_low_wan": 151.0}, [
        (("learned_limit", "existing_debt_wan", "wan_cny", 1.0, 0.0, 151, 1),
         ("减少银行借款 1 万元，测算额度可由 150 万元提高到 151 万元（之后受“可承受债务余量”约束）。其他条件不变，"
          "须重新测算确认。"),
         ("Repay CNY 10,000 of bank debt: the quota would rise from CNY 1,500,000 to CNY 1,510,000 (then limited "
          "by: debt capacity left). Other things equal; to be confirmed by a new calculation.")),
        (("learned_limit", "tenor_months", "months", 12.0, 20.0, 241, 91),
         ("将申请期限由 12 个月改为 20 个月，测算额度可由 150 万元提高到 241 万元（之后受“预期损失上限”约束）。其他"
          "条件不变，须重新测算确认。"),
         ("Apply for 20 months instead of 12: the quota would rise from CNY 1,500,000 to CNY 2,410,000 (then "
          "limited by: expected-loss cap). Other things equal; to be confirmed by a new calculation.")),
        (("learned_limit", "debt_capacity_wan", "wan_cny", 151.0, 232.119597252, 231, 81),
         ("使经营现金流每年持续增加 100 万元（约可多承受债务 81 万元），测算额度可由 150 万元提高到 231 万元（之后"
          "受“可承受债务余量”约束）。其他条件不变，须重新测算确认。"),
         ("Raise operating cash flow lastingly by CNY 1,000,000 a year (it carries about CNY 810,000 more debt): "
          "the quota would rise from CNY 1,500,000 to CNY 2,310,000 (then limited by: debt capacity left). Other "
          "things equal; to be confirmed by a new calculation.")),
    ]),
    ({"total": 20.0}, [
        (("points", "points", "points", 20.0, 40.0, 200, 100),
         ("积分由 20.0 分提高到 40.0 分（可改善的指标见提分建议），测算额度可由 100 万元提高到 200 万元（之后受“资"
          "金需求缺口”约束）。其他条件不变，须重新测算确认。"),
         ("Raise the points from 20.0 to 40.0 (see the points advice): the quota would rise from CNY 1,000,000 to "
          "CNY 2,000,000 (then limited by: unmet funding need). Other things equal; to be confirmed by a new "
          "calculation.")),
    ]),
    ({"total": 19.97, "bank": {"min_points": 10.0}}, [
        (("points", "points", "points", 19.97, 40.0, 200, 101),
         ("积分由 19.9 分提高到 40.0 分（可改善的指标见提分建议），测算额度可由 99 万元提高到 200 万元（之后受“资"
          "金需求缺口”约束）。其他条件不变，须重新测算确认。"),
         ("Raise the points from 19.9 to 40.0 (see the points advice): the quota would rise from CNY 990,000 to "
          "CNY 2,000,000 (then limited by: unmet funding need). Other things equal; to be confirmed by a new "
          "calculation.")),
    ]),
    ({"row": {"existing_debt_wan": 20.0, "guarantees_wan": 150.0}, "bank": {"exposure_cap_wan": 400.0}}, [
        (("exposure", "exposure_wan", "wan_cny", 170.0, 150.0, 250, 20),
         ("减少银行借款或对外担保合计 20 万元，测算额度可由 230 万元提高到 250 万元（之后受“积分对应额度”约束）。"
          "其他条件不变，须重新测算确认。"),
         ("Reduce bank debt or guarantees by CNY 200,000 in total: the quota would rise from CNY 2,300,000 to CNY "
          "2,500,000 (then limited by: quota by points). Other things equal; to be confirmed by a new calculation.")),
    ]),
    ({"row": {"guarantees_wan": 10.0}, "bank": {"exposure_cap_wan": 240.0}}, [
        (("exposure", "exposure_wan", "wan_cny", 110.0, 0.0, 240, 110),
         ("减少银行借款或对外担保合计 110 万元，测算额度可由 130 万元提高到 240 万元（之后受“单户敞口余量”约束）"
          "。其他条件不变，须重新测算确认。"),
         ("Reduce bank debt or guarantees by CNY 1,100,000 in total: the quota would rise from CNY 1,300,000 to "
          "CNY 2,400,000 (then limited by: exposure left). Other things equal; to be confirmed by a new "
          "calculation.")),
    ]),
    ({"bank": {"el_budget_wan": 1.0}}, [
        (("expected_loss", "tenor_months", "months", 12.0, 8.0, 149, 49),
         ("将申请期限由 12 个月改为 8 个月，测算额度可由 100 万元提高到 149 万元（之后受“预期损失上限”约束）。其他"
          "条件不变，须重新测算确认。"),
         ("Apply for 8 months instead of 12: the quota would rise from CNY 1,000,000 to CNY 1,490,000 (then "
          "limited by: expected-loss cap). Other things equal; to be confirmed by a new calculation.")),
    ]),
    ({"limit_median_wan": 400.0}, [
        (("margin", "existing_debt_wan", "wan_cny", 100.0, 0.0, 188, 47),
         ("减少银行借款 100 万元，测算额度可由 141 万元提高到 188 万元（之后受“预期收益最高点”约束）。其他条件不变"
          "，须重新测算确认。"),
         ("Repay CNY 1,000,000 of bank debt: the quota would rise from CNY 1,410,000 to CNY 1,880,000 (then "
          "limited by: amount of highest expected profit). Other things equal; to be confirmed by a new "
          "calculation.")),
        (("margin", "tenor_months", "months", 12.0, 15.0, 200, 59),
         ("将申请期限由 12 个月改为 15 个月，测算额度可由 141 万元提高到 200 万元（之后受“资金需求缺口”约束）。其他"
          "条件不变，须重新测算确认。"),
         ("Apply for 15 months instead of 12: the quota would rise from CNY 1,410,000 to CNY 2,000,000 (then "
          "limited by: unmet funding need). Other things equal; to be confirmed by a new calculation.")),
    ]),
    ({"bank": {"hurdle_raroc": 0.05, "operating_cost_wan": 0.002}}, [
        (("hurdle", "existing_debt_wan", "wan_cny", 100.0, 0.0, 81, 14),
         ("减少银行借款 100 万元，测算额度可由 67 万元提高到 81 万元（之后受“资本收益率要求”约束）。其他条件不变，"
          "须重新测算确认。"),
         ("Repay CNY 1,000,000 of bank debt: the quota would rise from CNY 670,000 to CNY 810,000 (then limited "
          "by: RAROC requirement). Other things equal; to be confirmed by a new calculation.")),
        (("hurdle", "tenor_months", "months", 12.0, 15.0, 200, 133),
         ("将申请期限由 12 个月改为 15 个月，测算额度可由 67 万元提高到 200 万元（之后受“资金需求缺口”约束）。其他"
          "条件不变，须重新测算确认。"),
         ("Apply for 15 months instead of 12: the quota would rise from CNY 670,000 to CNY 2,000,000 (then limited "
          "by: unmet funding need). Other things equal; to be confirmed by a new calculation.")),
    ]),
    ({"certified": True, "pd_12m": 0.015}, [
        (("warranty", "existing_debt_wan", "wan_cny", 100.0, 0.0, 150, 50),
         ("减少银行借款 100 万元，测算额度可由 100 万元提高到 150 万元（之后受“高风险递减额度”约束）。其他条件不变"
          "，须重新测算确认。"),
         ("Repay CNY 1,000,000 of bank debt: the quota would rise from CNY 1,000,000 to CNY 1,500,000 (then "
          "limited by: taper for higher risk). Other things equal; to be confirmed by a new calculation.")),
        (("warranty", "tenor_months", "months", 12.0, 13.0, 200, 100),
         ("将申请期限由 12 个月改为 13 个月，测算额度可由 100 万元提高到 200 万元（之后受“资金需求缺口”约束）。该笔贷款"
          "超出损失率验证范围（限创新积分贷、期限不超过 12 个月、单笔以 150 万元为限），超出部分执行专家额度上限"
          "。其他条件不变，须重新测算确认。"),
         ("Apply for 13 months instead of 12: the quota would rise from CNY 1,000,000 to CNY 2,000,000 (then "
          "limited by: unmet funding need). Such a loan goes beyond the loss certificate (innovation-points loans "
          "of up to 12 months, each up to CNY 1,500,000); beyond it expert caps apply. Other things equal; to be "
          "confirmed by a new calculation.")),
    ]),
    ({"asked": {"requested_amount_cny": 1000000}}, [
        (("requested", "requested_wan", "wan_cny", 100.0, 200.0, 200, 100),
         "申请金额低于可测算额度；如确有需要，最高可申请 200 万元。其他条件不变，须重新测算确认。",
         ("The request is below what could be calculated; up to CNY 2,000,000 may be requested if needed. Other "
          "things equal; to be confirmed by a new calculation.")),
    ]),
    ({"asked": {"requested_amount_cny": 50000}}, [
        (("requested", "requested_wan", "wan_cny", 5.0, 200.0, 200, 200),
         "申请金额低于可测算额度；如确有需要，最高可申请 200 万元。其他条件不变，须重新测算确认。",
         ("The request is below what could be calculated; up to CNY 2,000,000 may be requested if needed. Other "
          "things equal; to be confirmed by a new calculation.")),
    ]),
    ({"asked": {"requested_amount_cny": 2000000}}, [
        (("need", None, "rule", None, None, None, None),
         "没有企业可单独采取、能提高额度的措施；可比较其他银行的测算结果。",
         "There is no single change by the firm that would raise the quota; compare the indications of other banks."),
    ]),
    ({"asked": {"requested_amount_cny": 50000}, "bank": {"min_quota_wan": 500.0}}, [
        (("requested", None, "rule", None, None, None, None),
         "没有企业可单独采取、能使额度达到该行至少所需 500 万元的措施；可比较其他银行的测算结果。",
         ("There is no single change by the firm that would raise the quota to the CNY 5,000,000 that the bank "
          "needs at least; compare the indications of other banks.")),
    ]),
    ({"row": {"stage3": "startup"}, "total": 75.0}, [
        (("stage_cap", None, "rule", None, None, None, None),
         "已达该行对初创期企业的额度上限，企业无法自行提高；可比较其他银行的测算结果。",
         ("The bank's cap for firms at the start-up stage is reached; the firm cannot raise it. Compare the "
          "indications of other banks.")),
    ]),
    ({"row": {"stage3": "startup"}, "certified": True, "pd_12m": 0.01}, [
        (("certified_amount", None, "rule", None, None, None, None),
         "该政策的损失率验证单笔以 150 万元为限，企业无法自行提高；可比较其他银行的测算结果。",
         ("The policy's loss certificate covers each loan up to CNY 1,500,000; the firm cannot raise it. Compare "
          "the indications of other banks.")),
    ]),
    ({"total": 40.0}, [
        (("need", None, "rule", None, None, None, None),
         "没有企业可单独采取、能提高额度的措施；可比较其他银行的测算结果。",
         "There is no single change by the firm that would raise the quota; compare the indications of other banks."),
    ]),
    ({"row": {"existing_debt_wan": 295.0}, "bank": {"min_quota_wan": 300.0}}, [
        (("need", None, "rule", None, None, None, None),
         "没有企业可单独采取、能使额度达到该行至少所需 300 万元的措施；可比较其他银行的测算结果。",
         ("There is no single change by the firm that would raise the quota to the CNY 3,000,000 that the bank "
          "needs at least; compare the indications of other banks.")),
    ]),
    ({"row": {"existing_debt_wan": 320.0}}, [
        (("need", "need_wan", "wan_cny", 0.0, 80.0, 80, 80),
         ("提供合同、订单或研发预算，证明资金需求缺口达到 80 万元，测算额度可达 80 万元（之后受“可承受债务余量”约"
          "束）。其他条件不变，须重新测算确认。"),
         ("Show by contracts or an R&D budget an unmet need of CNY 800,000: the quota would be CNY 800,000 (then "
          "limited by: debt capacity left). Other things equal; to be confirmed by a new calculation.")),
    ]),
    ({"row": {"existing_debt_wan": 400.0}}, [
        (("learned_limit", "existing_debt_wan", "wan_cny", 400.0, 289.0, 11, 11),
         "减少银行借款 111 万元，测算额度可达 11 万元（之后受“资金需求缺口”约束）。其他条件不变，须重新测算确认。",
         ("Repay CNY 1,110,000 of bank debt: the quota would be CNY 110,000 (then limited by: unmet funding need). "
          "Other things equal; to be confirmed by a new calculation.")),
    ]),
    ({"pd_12m": 0.03, "pd_high": 0.05}, [
        (("margin", "tenor_months", "months", 12.0, 21.0, 154, 154),
         ("将申请期限由 12 个月改为 21 个月，测算额度可达 154 万元（之后受“预期损失上限”约束）。其他条件不变，须重"
          "新测算确认。"),
         ("Apply for 21 months instead of 12: the quota would be CNY 1,540,000 (then limited by: expected-loss "
          "cap). Other things equal; to be confirmed by a new calculation.")),
    ]),
    ({"row": {"existing_debt_wan": 395.0}}, [
        (("need", "existing_debt_wan", "wan_cny", 395.0, 50.0, 250, 250),
         "减少银行借款 345 万元，测算额度可达 250 万元（之后受“积分对应额度”约束）。其他条件不变，须重新测算确认。",
         ("Repay CNY 3,450,000 of bank debt: the quota would be CNY 2,500,000 (then limited by: quota by points). "
          "Other things equal; to be confirmed by a new calculation.")),
    ]),
    ({"limit_low_wan": 105.0, "row": {"guarantees_wan": 1900.0}}, [
        (("exposure", "exposure_wan", "wan_cny", 2000.0, 94.0, 11, 11),
         ("减少银行借款或对外担保合计 1,906 万元，测算额度可达 11 万元（之后受“可承受债务余量”约束）。其他条件不"
          "变，须重新测算确认。"),
         ("Reduce bank debt or guarantees by CNY 19,060,000 in total: the quota would be CNY 110,000 (then limited "
          "by: debt capacity left). Other things equal; to be confirmed by a new calculation.")),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "expected"), ADVICE, ids=map(str, range(len(ADVICE))))
def test_advice_names_the_smallest_change_and_what_it_gives(explain, changed, expected):
    """Until something else bounds; rounded to what is shown; or the one sentence that there is none."""
    found = explain(**changed).advice()
    keys = ("constraint", "change", "unit", "now", "needed", "quota_wan", "gain_wan", "text_zh", "text_en")
    assert [tuple(one) for one in found] == [keys] * len(expected)
    for one, (figures, zh, en) in zip(found, expected, strict=True):
        assert (one["text_zh"], one["text_en"]) == (zh, en)
        for key, figure in zip(keys, figures, strict=False):
            assert one[key] == (pytest.approx(figure, rel=1e-9) if isinstance(figure, float) else figure), key


@pytest.fixture
def only_12_months(bank):
    """The bank's products where it lends for 12 months alone."""
    one = bank.products["innovation_points"]
    return {"innovation_points": one.model_copy(update={"min_tenor_months": 12, "max_tenor_months": 12})}


def test_only_a_lower_pd_is_said_where_nothing_else_helps_and_no_amount_is_promised_for_it(explain, only_12_months):
    """The bank lends for 12 months alone, and nothing is owed: expected loss 1 / (2 % x 50 %) = 100 bounds."""
    told = explain({"existing_debt_wan": 0.0}, {"el_budget_wan": 1.0, "products": only_12_months})
    assert (told.bound, told.decided.amount_wan[0]) == ("expected_loss", 100)
    assert told.advice() == [
        plain_advice("expected_loss", (
            "只有违约概率下降才能提高额度；主要影响因素见原因。",
            "Only a lower PD would raise the quota; the reasons name what drives it.",
        ))
    ]  # fmt: skip
    assert told.case.decide(lower_pd(told.case.measured, np.array([0.019]))).amount_wan.tolist() == [105]


def test_where_no_amount_earns_enough_only_debt_and_tenor_promise_any(explain, only_12_months):
    """The reason names PD, costs, debt and tenor: more cash flow would help as well, and would contradict it."""
    # .0039 q - bend q^2 / 2 reaches a cost of .4 where the room is .4 / (.0039 ^ 2 / 2 / .01) = 526 or more, not 500.
    told = explain(bank={"operating_cost_wan": 0.4, "products": only_12_months})
    assert told.reasons()[0]["text_en"].startswith("At today's PD, costs and bank debt, no amount over 12 months")
    more = {"limit_low_wan": np.array([400.0 + 81.0]), "limit_median_wan": np.array([600.0 + 81.0])}
    assert told.case.decide(more).amount_wan[0] > 0
    assert [one["change"] for one in told.advice()] == ["existing_debt_wan"]
    freed = told.case.decide({"existing_debt_wan": np.array([100.0 - 25.0, told.advice()[0]["needed"]])})
    assert freed.outcome.tolist() == ["decline", "indicative_approve"]


@pytest.mark.parametrize(
    ("now", "needed", "amount"),
    [(12, 8, 149), (24, 8, 149), (8, None, None)],
)
def test_the_best_tenor_that_the_bank_offers_is_named_as_a_promise(explain, now, needed, amount):
    """Every tenor from 3 to 24 months tried one by one: none gives more, and a nearer one less."""
    told = explain(bank={"el_budget_wan": 1.0}, asked={"tenor_months": now})
    amounts = {month: int(told.case.decide({}, tenor_months=np.array([month])).amount_wan[0]) for month in range(3, 25)}
    named = [one for one in told.advice() if one["change"] == "tenor_months"]
    assert [(one["now"], one["needed"], one["quota_wan"]) for one in named] == (
        [(float(now), float(needed), amount)] if needed else []
    )
    best = max(amounts.values())
    assert best == 149
    assert min((abs(month - now), month) for month, one in amounts.items() if one == best)[1] == 8


def test_a_tenor_that_turns_a_refusal_into_a_review_says_so_and_promises_no_amount(explain):
    """Declined at 12 months by its margin; over another tenor only the points refer, and a person decides."""
    told = explain(pd_12m=0.03, pd_high=0.05, total=19.0)
    assert told.decided.outcome[0] == "decline"
    (one,) = told.advice()
    assert (one["constraint"], one["change"], one["quota_wan"]) == ("margin", "tenor_months", None)
    assert one["text_en"].startswith("Apply for ")
    assert "the bank would then review the case" in one["text_en"]
    tried = told.case.decide({}, tenor_months=np.array([12, int(one["needed"])]))
    assert tried.outcome.tolist() == ["decline", "refer_human"]


def test_no_change_is_said_against_all_that_a_quota_needs(explain, only_12_months):
    """The bank's smallest is 10; a fixed cost of .25 takes .5 / (.0039 + (.0039 ^ 2 - .5 x .01 / 600) ^ .5) = 76.7."""
    asked = {"requested_amount_cny": 3_000_000}
    for cost, needed in ((0.0, "CNY 100,000"), (0.25, "CNY 770,000")):
        bank = {"operating_cost_wan": cost, "products": only_12_months, "exposure_cap_wan": 5.0, "rd_need_share": 0.0}
        told = explain({"existing_debt_wan": 0.0}, bank, asked)
        assert told.decided.outcome[0] == "decline"
        (one,) = told.advice()
        assert one["text_en"].startswith(
            f"There is no single change by the firm that would raise the quota to the {needed} that the bank needs"
        )
        assert told.decided.least_wan[0] <= float(needed.removeprefix("CNY ").replace(",", "")) / 10_000


def test_a_promise_beyond_the_loss_certificate_says_so(explain):
    """Covered up to 150 wan; up to 200 may be requested, and the answer to that is no longer covered."""
    told = explain(asked={"requested_amount_cny": 1_000_000}, certified=True, pd_12m=0.01)
    assert bool(told.decided.within[0])
    (one,) = told.advice()
    assert one["quota_wan"] == 200
    assert not told.case.decide({}, np.array([2_000_000.0])).within[0]
    assert (
        "Such a loan goes beyond the loss certificate (innovation-points loans of up to 12 months, each up to CNY "
        "1,500,000); beyond it expert caps apply." in one["text_en"]
    )
    inside = explain({"existing_debt_wan": 200.0}, asked={"requested_amount_cny": 500_000}, certified=True, pd_12m=0.01)
    (one,) = inside.advice()
    assert (one["quota_wan"], "certificate" in one["text_en"]) == (100, False)


def test_the_cover_of_debt_service_is_that_of_the_label():
    """The debt capacity is learned from labels at this ratio."""
    params = yaml.safe_load((Path(__file__).parents[3] / "params.yaml").read_text(encoding="utf-8"))
    assert params["quota"]["dscr_ratio"] == DEBT_SERVICE_COVER


def test_a_request_that_is_met_in_full_and_could_not_be_larger_needs_no_advice(explain):
    """Asked for 199.5 where the need is 199.8: 199 either way."""
    met = explain({"existing_debt_wan": 100.2}, asked={"requested_amount_cny": 1_995_000})
    assert (met.bound, met.decided.amount_wan[0]) == ("requested", 199)
    assert met.advice() == []


@pytest.mark.parametrize("changed", [changed for changed, _ in ADVICE], ids=map(str, range(len(ADVICE))))
def test_one_step_less_gives_less_and_one_more_never_takes_away(explain, changed):
    """Every step of every change that was advised, tried one by one."""
    told = explain(**changed)
    for one in told.advice():
        for lever in (make(told.case) for make in EVERY_LEVER):
            if lever.change == one["change"]:
                steps = np.arange(1.0, lever.steps + 1.0)
                amounts = told.case.decide(lever.columns(steps)).amount_wan
                first = int(np.argmax(amounts >= one["quota_wan"]))
                assert lever.then(steps)[first] == one["needed"]
                assert amounts[first] == one["quota_wan"]
                assert (np.diff(amounts) >= 0).all()


def test_where_no_advice_is_given_no_change_of_any_figure_raises_the_amount(explain):
    """Every step of every lever: the sentence that there is none is true."""
    tried = 0
    for changed, expected in ADVICE:
        told = explain(**changed)
        if [figures[1] for figures, *_ in expected] != [None] or told.bound in ("requested", "certified_amount"):
            continue
        for lever in (make(told.case) for make in EVERY_LEVER):
            if lever.steps > 0:
                amounts = told.case.decide(lever.columns(np.arange(1.0, lever.steps + 1.0))).amount_wan
                assert (amounts <= told.decided.amount_wan[0]).all(), (changed, lever.change)
                tried += 1
    assert tried >= 15


def test_a_decision_is_tried_on_changed_columns_and_on_larger_requests(situation):
    """Debt of 100, 50 and none: need 200, 250, then profit 235 + .47 x 100 = 282 and points 250."""
    case = situation()
    assert case.decide({"existing_debt_wan": np.array([100.0, 50.0, 0.0])}).amount_wan.tolist() == [200, 250, 250]
    asked = np.array([500_000.0, 1_200_000.0, float(LARGEST_REQUEST_CNY)])
    decided = case.decide({}, asked)
    assert decided.amount_wan.tolist() == [50, 120, 200]
    assert decided.limited_by.tolist() == ["requested", "requested", "need"]
    both = case.decide({"existing_debt_wan": np.array([100.0, 50.0])}, np.array([3_000_000.0, 1_200_000.0]))
    assert both.amount_wan.tolist() == [200, 120]
    assert both.asked["tenor_months"].tolist() == [12, 12]
    assert case.figure("existing_debt_wan") == 100.0


@pytest.mark.parametrize(
    ("change", "changed", "unit", "now", "steps", "first", "last"),
    [
        ("existing_debt_wan", {}, "wan_cny", 100.0, 100, 99.0, 0.0),
        ("existing_debt_wan", {"row": {"existing_debt_wan": 2.5}}, "wan_cny", 2.5, 2, 1.5, 0.5),
        # 100 wan a year, a tenth of revenue, each carrying CARRIED; or what debt of 100 and an exposure of 2,000 take
        ("debt_capacity_wan", {}, "wan_cny", 400.0, 100, 400.0 + CARRIED, 400.0 + 100 * CARRIED),
        (
            "debt_capacity_wan",
            {"row": {"revenue_wan": 39.0}},
            "wan_cny",
            400.0,
            3,
            400.0 + CARRIED,
            400.0 + 3 * CARRIED,
        ),
        (
            "debt_capacity_wan",
            {"row": {"revenue_wan": 1e6}},
            "wan_cny",
            400.0,
            2589,
            400.0 + CARRIED,
            400.0 + 2589 * CARRIED,
        ),
        ("need_wan", {}, "wan_cny", 200.0, 2000, 1.0, 2000.0),
        ("exposure_wan", {"row": {"guarantees_wan": 5.5}}, "wan_cny", 105.5, 105, 104.5, 0.5),
        ("points", {}, "points", 50.0, 100, 50.1, 60.0),
        ("points", {"total": 19.97}, "points", 19.97, 401, 20.0, 60.0),  # in tenths of a point
        ("points", {"total": 59.0, "bank": {"full_points": 60.04}}, "points", 59.0, 11, 59.1, 60.1),
    ],
)
def test_how_far_a_figure_can_be_moved_and_in_which_steps(situation, change, changed, unit, now, steps, first, last):
    """From today's figure by whole steps to nothing owed, to full points, or to all that the bank could lend."""
    levers = {lever.change: lever for lever in (make(situation(**changed)) for make in EVERY_LEVER)}
    assert list(levers) == ["existing_debt_wan", "debt_capacity_wan", "need_wan", "points", "exposure_wan"]
    lever = levers[change]
    assert (lever.unit, lever.now, lever.steps) == (unit, pytest.approx(now), steps)
    assert lever.then(np.array([1.0, float(steps)])) == pytest.approx([first, last])


@pytest.mark.parametrize(
    ("changed", "steps", "last"),
    [
        ({}, 199, 0.0001),
        ({"pd_12m": 0.0201}, 200, 0.0001),
        ({"pd_12m": 0.02004}, 200, 0.0001),  # in hundredths of a per cent
    ],
)
def test_a_pd_is_tried_in_hundredths_of_a_per_cent_and_never_promised(situation, changed, steps, last):
    """The PD is no change of the firm's: it is tried only to say that nothing else would help."""
    lever = _pd(situation(**changed))
    assert (lever.change, lever.steps) == ("pd_12m", steps)
    assert lever.then(np.array([float(steps)])) == pytest.approx([last])
    assert "pd_12m" not in [make(situation(**changed)).change for make in EVERY_LEVER]


def test_a_lower_pd_moves_its_interval_with_it(measured, firm_row):
    """From 2 % to 1 %: both ends by half, and the log-odds by ln(1/99) - ln(1/49); no end above 1."""
    case = measured(firm_row, pd_high=0.6)
    moved = lower_pd(case, np.array([0.01, 0.04]))
    assert list(moved) == ["pd_low", "pd_12m", "pd_high", "log_odds_mid", "log_odds_hidden_mid"]
    assert moved["pd_low"] == pytest.approx([0.005, 0.02])
    assert moved["pd_12m"].tolist() == [0.01, 0.04]
    assert moved["pd_high"] == pytest.approx([0.3, 1.0])
    assert moved["log_odds_mid"] == pytest.approx([-log(99.0), -log(24.0)])
    assert moved["log_odds_hidden_mid"] == pytest.approx([9.0 - log(99 / 49), 9.0 + log(49 / 24)])


def test_plain_advice_promises_no_amount():
    """As long as nothing else is said it is about a rule."""
    assert plain_advice("industry", ("行业。", "Industry.")) == {
        "constraint": "industry", "change": None, "unit": "rule", "now": None, "needed": None, "quota_wan": None,
        "gain_wan": None, "text_zh": "行业。", "text_en": "Industry.",
    }  # fmt: skip
    told = plain_advice("points", ("", ""), "points", 19.0, 20.0)
    assert (told["unit"], told["now"], told["needed"]) == ("points", 19.0, 20.0)
    assert MAX_ADVICE == 3
