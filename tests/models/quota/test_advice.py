"""What a firm can change: whole sentences and figures worked out by hand, on the firm of tests/models/conftest.py.

Terms in wan (see test_quota_reasons.py): debt capacity 300, need 200, expected loss 400, cap 300, points 250, exposure
1,900, profit 235, RAROC 380. Repaying d of the debt of 100 adds d to capacity, need and exposure, .47 d to profit.
"""

from __future__ import annotations

import numpy as np
import pytest

from models.quota.levers import EVERY_LEVER

pytestmark = pytest.mark.law
MORE_CASH_FLOW = (
    "提高经营现金流可能增加可承受债务；能增加多少须按新数据重新测算，不作承诺。",
    "More operating cash flow may raise the debt capacity; by how much, only a new calculation on the new figures "
    "says.",
)
# All that is tried.
ALONE_ZH = "其他条件不变时，单独改变期限、改用该行其他产品、减少银行借款或对外担保、提高积分或证明更大的资金需求，"
ALONE_EN = "another tenor or product of this bank, less bank debt, fewer guarantees, more points, a larger proven need."
NONE_RAISES = (
    f"{ALONE_ZH}均不能提高额度；可比较其他银行的测算结果。",
    f"Other things equal, none of these alone would raise the quota: {ALONE_EN} "
    "Compare the indications of other banks.",
)


def none_reaches(wan, cny):
    """Nothing that is tried gives what the bank needs at least."""
    return (
        f"{ALONE_ZH}均不能使额度达到该行至少所需 {wan} 万元；可比较其他银行的测算结果。",
        f"Other things equal, none of these alone would raise the quota to the CNY {cny} that the bank needs at least: "
        f"{ALONE_EN} Compare the indications of other banks.",
    )


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
    ({"capacity_low_wan": 250.0, "total": 45.0}, [
        (("debt_capacity", "existing_debt_wan", "wan_cny", 100.0, 25.0, 225, 75),
         ("减少银行借款 75 万元，测算额度可由 150 万元提高到 225 万元（之后受“积分对应额度”约束）。其他条件不变，须"
          "重新测算确认。"),
         ("Repay CNY 750,000 of bank debt: the quota would rise from CNY 1,500,000 to CNY 2,250,000 (then limited "
          "by: quota by points). Other things equal; to be confirmed by a new calculation.")),
        (("debt_capacity", "tenor_months", "months", 12.0, 17.0, 200, 50),
         ("将申请期限由 12 个月改为 17 个月，测算额度可由 150 万元提高到 200 万元（之后受“资金需求缺口”约束）。其他"
          "条件不变，须重新测算确认。"),
         ("Apply for 17 months instead of 12: the quota would rise from CNY 1,500,000 to CNY 2,000,000 (then "
          "limited by: unmet funding need). Other things equal; to be confirmed by a new calculation.")),
        (("debt_capacity", None, "rule", None, None, None, None), *MORE_CASH_FLOW),
    ]),
    ({"row": {"existing_debt_wan": 0.5}, "capacity_low_wan": 150.5}, [
        (("debt_capacity", "tenor_months", "months", 12.0, 20.0, 241, 91),
         ("将申请期限由 12 个月改为 20 个月，测算额度可由 150 万元提高到 241 万元（之后受“预期损失上限”约束）。其他"
          "条件不变，须重新测算确认。"),
         ("Apply for 20 months instead of 12: the quota would rise from CNY 1,500,000 to CNY 2,410,000 (then "
          "limited by: expected-loss cap). Other things equal; to be confirmed by a new calculation.")),
        (("debt_capacity", None, "rule", None, None, None, None), *MORE_CASH_FLOW),
    ]),
    ({"row": {"existing_debt_wan": 1.0}, "capacity_low_wan": 151.0}, [
        (("debt_capacity", "existing_debt_wan", "wan_cny", 1.0, 0.0, 151, 1),
         ("还清全部银行借款 1 万元，测算额度可由 150 万元提高到 151 万元（之后受“可承受债务余量”约束）。其他条件不变，"
          "须重新测算确认。"),
         ("Repay all CNY 10,000 of bank debt: the quota would rise from CNY 1,500,000 to CNY 1,510,000 (then limited "
          "by: debt capacity left). Other things equal; to be confirmed by a new calculation.")),
        (("debt_capacity", "tenor_months", "months", 12.0, 20.0, 241, 91),
         ("将申请期限由 12 个月改为 20 个月，测算额度可由 150 万元提高到 241 万元（之后受“预期损失上限”约束）。其他"
          "条件不变，须重新测算确认。"),
         ("Apply for 20 months instead of 12: the quota would rise from CNY 1,500,000 to CNY 2,410,000 (then "
          "limited by: expected-loss cap). Other things equal; to be confirmed by a new calculation.")),
        (("debt_capacity", None, "rule", None, None, None, None), *MORE_CASH_FLOW),
    ]),
    ({"total": 20.0}, [
        (("points_cap", "points", "points", 20.0, 40.0, 200, 100),
         ("积分由 20.0 分提高到 40.0 分（可改善的指标见提分建议），测算额度可由 100 万元提高到 200 万元（之后受“资"
          "金需求缺口”约束）。其他条件不变，须重新测算确认。"),
         ("Raise the points from 20.0 to 40.0 (see the points advice): the quota would rise from CNY 1,000,000 to "
          "CNY 2,000,000 (then limited by: unmet funding need). Other things equal; to be confirmed by a new "
          "calculation.")),
    ]),
    ({"total": 19.97, "bank": {"min_points": 10.0}}, [
        (("points_cap", "points", "points", 19.97, 40.0, 200, 101),
         ("积分由 19.9 分提高到 40.0 分（可改善的指标见提分建议），测算额度可由 99 万元提高到 200 万元（之后受“资"
          "金需求缺口”约束）。其他条件不变，须重新测算确认。"),
         ("Raise the points from 19.9 to 40.0 (see the points advice): the quota would rise from CNY 990,000 to "
          "CNY 2,000,000 (then limited by: unmet funding need). Other things equal; to be confirmed by a new "
          "calculation.")),
    ]),
    ({"row": {"existing_debt_wan": 20.0, "guarantees_wan": 150.0}, "bank": {"exposure_cap_wan": 400.0}}, [
        (("exposure_cap", "exposure_wan", "wan_cny", 170.0, 150.0, 250, 20),
         ("减少对外担保 20 万元，测算额度可由 230 万元提高到 250 万元（之后受“积分对应额度”约束）。"
          "其他条件不变，须重新测算确认。"),
         ("End CNY 200,000 of guarantees: the quota would rise from CNY 2,300,000 to CNY "
          "2,500,000 (then limited by: quota by points). Other things equal; to be confirmed by a new calculation.")),
    ]),
    ({"row": {"guarantees_wan": 10.0}, "bank": {"exposure_cap_wan": 240.0}}, [
        (("exposure_cap", "exposure_wan", "wan_cny", 110.0, 0.0, 240, 110),
         ("解除全部对外担保 10 万元并还清全部银行借款 100 万元，测算额度可由 130 万元提高到 240 万元（之后受"
          "“单户敞口余量”约束）。其他条件不变，须重新测算确认。"),
         ("End all CNY 100,000 of guarantees and repay all CNY 1,000,000 of bank debt: the quota would rise from CNY "
          "1,300,000 to CNY 2,400,000 (then limited by: exposure left). Other things equal; to be confirmed by a new "
          "calculation.")),
    ]),
    ({"bank": {"el_budget_wan": 1.0}}, [
        (("expected_loss_cap", "tenor_months", "months", 12.0, 8.0, 149, 49),
         ("将申请期限由 12 个月改为 8 个月，测算额度可由 100 万元提高到 149 万元（之后受“预期损失上限”约束）。其他"
          "条件不变，须重新测算确认。"),
         ("Apply for 8 months instead of 12: the quota would rise from CNY 1,000,000 to CNY 1,490,000 (then "
          "limited by: expected-loss cap). Other things equal; to be confirmed by a new calculation.")),
    ]),
    ({"capacity_median_wan": 400.0}, [
        (("max_profit", "tenor_months", "months", 12.0, 15.0, 200, 59),
         ("将申请期限由 12 个月改为 15 个月，测算额度可由 141 万元提高到 200 万元（之后受“资金需求缺口”约束）。其他"
          "条件不变，须重新测算确认。"),
         ("Apply for 15 months instead of 12: the quota would rise from CNY 1,410,000 to CNY 2,000,000 (then "
          "limited by: unmet funding need). Other things equal; to be confirmed by a new calculation.")),
        (("max_profit", "existing_debt_wan", "wan_cny", 100.0, 0.0, 188, 47),
         ("还清全部银行借款 100 万元，测算额度可由 141 万元提高到 188 万元（之后受“预期收益最高点”约束）。"
          "偿还的借款多于增加的额度，企业可用资金总额反而减少。其他条件不变"
          "，须重新测算确认。"),
         ("Repay all CNY 1,000,000 of bank debt: the quota would rise from CNY 1,410,000 to CNY 1,880,000 (then "
          "limited by: amount of highest expected profit). "
          "The debt repaid is more than the quota gained, so the firm then has less money in all. "
          "Other things equal; to be confirmed by a new "
          "calculation.")),
    ]),
    ({"bank": {"min_raroc": 0.05, "operating_cost_wan": 0.002}}, [
        (("raroc", "tenor_months", "months", 12.0, 15.0, 200, 133),
         ("将申请期限由 12 个月改为 15 个月，测算额度可由 67 万元提高到 200 万元（之后受“资金需求缺口”约束）。其他"
          "条件不变，须重新测算确认。"),
         ("Apply for 15 months instead of 12: the quota would rise from CNY 670,000 to CNY 2,000,000 (then limited "
          "by: unmet funding need). Other things equal; to be confirmed by a new calculation.")),
        (("raroc", "existing_debt_wan", "wan_cny", 100.0, 0.0, 81, 14),
         ("还清全部银行借款 100 万元，测算额度可由 67 万元提高到 81 万元（之后受“资本收益率要求”约束）。"
          "偿还的借款多于增加的额度，企业可用资金总额反而减少。其他条件不变，"
          "须重新测算确认。"),
         ("Repay all CNY 1,000,000 of bank debt: the quota would rise from CNY 670,000 to CNY 810,000 (then limited "
          "by: RAROC requirement). "
          "The debt repaid is more than the quota gained, so the firm then has less money in all. "
          "Other things equal; to be confirmed by a new calculation.")),
    ]),
    ({"certified": True, "pd_12m": 0.015}, [
        (("taper", "tenor_months", "months", 12.0, 13.0, 200, 100),
         ("将申请期限由 12 个月改为 13 个月，测算额度可由 100 万元提高到 200 万元（之后受“资金需求缺口”约束）。该笔贷款"
          "超出损失率验证范围（限创新积分贷、期限不超过 12 个月、单笔以 150 万元为限），超出部分执行专家额度上限"
          "。其他条件不变，须重新测算确认。"),
         ("Apply for 13 months instead of 12: the quota would rise from CNY 1,000,000 to CNY 2,000,000 (then "
          "limited by: unmet funding need). Such a loan goes beyond the loss certificate (innovation-points loans "
          "of up to 12 months, each up to CNY 1,500,000); beyond it expert caps apply. Other things equal; to be "
          "confirmed by a new calculation.")),
        (("taper", "existing_debt_wan", "wan_cny", 100.0, 0.0, 150, 50),
         ("还清全部银行借款 100 万元，测算额度可由 100 万元提高到 150 万元（之后受“高风险递减额度”约束）。"
          "偿还的借款多于增加的额度，企业可用资金总额反而减少。其他条件不变"
          "，须重新测算确认。"),
         ("Repay all CNY 1,000,000 of bank debt: the quota would rise from CNY 1,000,000 to CNY 1,500,000 (then "
          "limited by: taper for higher risk). "
          "The debt repaid is more than the quota gained, so the firm then has less money in all. "
          "Other things equal; to be confirmed by a new calculation.")),
    ]),
    ({"requested": {"requested_amount_cny": 1000000}}, [
        (("requested", "requested_wan", "wan_cny", 100.0, 200.0, 200, 100),
         "申请金额低于可测算额度；如确有需要，最高可申请 200 万元。其他条件不变，须重新测算确认。",
         ("The request is below what could be calculated; up to CNY 2,000,000 may be requested if needed. Other "
          "things equal; to be confirmed by a new calculation.")),
    ]),
    ({"requested": {"requested_amount_cny": 50000}}, [
        (("requested", "requested_wan", "wan_cny", 5.0, 200.0, 200, 200),
         "申请金额低于可测算额度；如确有需要，最高可申请 200 万元。其他条件不变，须重新测算确认。",
         ("The request is below what could be calculated; up to CNY 2,000,000 may be requested if needed. Other "
          "things equal; to be confirmed by a new calculation.")),
    ]),
    ({"requested": {"requested_amount_cny": 2000000}}, [
        (("need", None, "rule", None, None, None, None),
         *NONE_RAISES),
    ]),
    ({"requested": {"requested_amount_cny": 50000}, "bank": {"min_quota_wan": 500.0}}, [
        (("requested", None, "rule", None, None, None, None),
         *none_reaches("500", "5,000,000")),
    ]),
    ({"row": {"growth_stage": "startup"}, "total": 75.0}, [
        (("stage_cap", None, "rule", None, None, None, None),
         "已达该行对初创期企业的额度上限，企业无法自行提高，该行其他产品在其他条件不变时也不能给出更高额度；可比较其他银行的测算结果。",
         ("The bank's cap for firms at the start-up stage is reached; the firm cannot raise it, and other things equal "
          "no other product of this bank would give more. Compare the indications of other banks.")),
    ]),
    ({"row": {"growth_stage": "startup"}, "certified": True, "pd_12m": 0.01}, [
        (("certified_amount", None, "rule", None, None, None, None),
         "该政策的损失率验证单笔以 150 万元为限，企业无法自行提高；可比较其他银行的测算结果。",
         ("The policy's loss certificate covers each loan up to CNY 1,500,000; the firm cannot raise it. Compare "
          "the indications of other banks.")),
    ]),
    ({"total": 40.0}, [
        (("need", None, "rule", None, None, None, None),
         *NONE_RAISES),
    ]),
    ({"row": {"existing_debt_wan": 295.0}, "bank": {"min_quota_wan": 300.0}}, [
        (("need", None, "rule", None, None, None, None),
         *none_reaches("300", "3,000,000")),
    ]),
    ({"row": {"existing_debt_wan": 320.0}}, [
        (("need", "need_wan", "wan_cny", 0.0, 80.0, 80, 80),
         ("提供合同、订单或研发预算，证明资金需求缺口达到 80 万元，测算额度可达 80 万元（之后受“可承受债务余量”约"
          "束）。其他条件不变，须重新测算确认。"),
         ("Show by contracts or an R&D budget an unmet need of CNY 800,000: the quota would be CNY 800,000 (then "
          "limited by: debt capacity left). Other things equal; to be confirmed by a new calculation.")),
    ]),
    ({"row": {"existing_debt_wan": 400.0}}, [
        (("debt_capacity", "existing_debt_wan", "wan_cny", 400.0, 289.0, 11, 11),
         ("减少银行借款 111 万元，测算额度可达 11 万元（之后受“资金需求缺口”约束）。"
          "偿还的借款多于增加的额度，企业可用资金总额反而减少。其他条件不变，须重新测算确认。"),
         ("Repay CNY 1,110,000 of bank debt: the quota would be CNY 110,000 (then limited by: unmet funding need). "
          "The debt repaid is more than the quota gained, so the firm then has less money in all. "
          "Other things equal; to be confirmed by a new calculation.")),
    ]),
    ({"pd_12m": 0.03, "pd_high": 0.05}, [
        (("max_profit", "tenor_months", "months", 12.0, 21.0, 154, 154),
         ("将申请期限由 12 个月改为 21 个月，测算额度可达 154 万元（之后受“预期损失上限”约束）。其他条件不变，须重"
          "新测算确认。"),
         ("Apply for 21 months instead of 12: the quota would be CNY 1,540,000 (then limited by: expected-loss "
          "cap). Other things equal; to be confirmed by a new calculation.")),
    ]),
    ({"row": {"existing_debt_wan": 395.0}}, [
        (("need", "existing_debt_wan", "wan_cny", 395.0, 50.0, 250, 250),
         ("减少银行借款 345 万元，测算额度可达 250 万元（之后受“积分对应额度”约束）。"
          "偿还的借款多于增加的额度，企业可用资金总额反而减少。其他条件不变，须重新测算确认。"),
         ("Repay CNY 3,450,000 of bank debt: the quota would be CNY 2,500,000 (then limited by: quota by points). "
          "The debt repaid is more than the quota gained, so the firm then has less money in all. "
          "Other things equal; to be confirmed by a new calculation.")),
    ]),
    ({"capacity_low_wan": 105.0, "row": {"guarantees_wan": 1900.0}}, [
        (("exposure_cap", "exposure_wan", "wan_cny", 2000.0, 94.0, 11, 11),
         ("解除全部对外担保 1,900 万元并减少银行借款 6 万元，测算额度可达 11 万元（之后受“可承受债务余量”约束）。"
          "其他条件不变，须重新测算确认。"),
         ("End all CNY 19,000,000 of guarantees and repay CNY 60,000 of bank debt: the quota would be CNY 110,000 "
          "(then limited by: debt capacity left). Other things equal; to be confirmed by a new calculation.")),
    ]),
    # Of 170 freed 150 are repaid: more than the quota of 100.
    ({"row": {"existing_debt_wan": 150.0, "guarantees_wan": 20.0}, "bank": {"exposure_cap_wan": 100.0}}, [
        (("exposure_cap", "exposure_wan", "wan_cny", 170.0, 0.0, 100, 100),
         ("解除全部对外担保 20 万元并还清全部银行借款 150 万元，测算额度可达 100 万元（之后受“单户敞口余量”约束）。"
          "偿还的借款多于增加的额度，企业可用资金总额反而减少。其他条件不变，须重新测算确认。"),
         ("End all CNY 200,000 of guarantees and repay all CNY 1,500,000 of bank debt: the quota would be CNY "
          "1,000,000 (then limited by: exposure left). The debt repaid is more than the quota gained, so the firm "
          "then has less money in all. Other things equal; to be confirmed by a new calculation.")),
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


@pytest.mark.parametrize(
    ("changed", "zh", "en"),
    [
        ({"capacity_median_wan": 400.0, "row": {"existing_debt_wan": 100.5}},
         "还清全部银行借款 100 万元，", "Repay all CNY 1,000,000 of bank debt:"),
        ({"row": {"existing_debt_wan": 150.25, "guarantees_wan": 20.0}, "bank": {"exposure_cap_wan": 100.0}},
         "解除全部对外担保 20 万元并还清全部银行借款 150 万元，",
         "End all CNY 200,000 of guarantees and repay all CNY 1,500,000 of bank debt:"),
    ],
)  # fmt: skip
def test_no_more_is_to_be_repaid_than_there_is(explain, changed, zh, en):
    """The whole of a debt of 100.5 is all of it, as its reason has it, and not 101; of 170.25 likewise."""
    found = [one for one in explain(**changed).advice() if one["unit"] == "wan_cny"]
    assert any(one["text_zh"].startswith(zh) and one["text_en"].startswith(en) for one in found)


def test_a_request_that_is_met_in_full_and_could_not_be_larger_needs_no_advice(explain):
    """RequestPart for 199.5 where the need is 199.8: 199 either way."""
    met = explain({"existing_debt_wan": 100.2}, requested={"requested_amount_cny": 1_995_000})
    assert (met.bound, met.decided.amount_wan[0]) == ("requested", 199)
    assert met.advice() == []


@pytest.mark.parametrize("changed", [changed for changed, _ in ADVICE], ids=map(str, range(len(ADVICE))))
def test_one_action_less_gives_less_and_one_more_never_takes_away(explain, changed):
    """Every step of every change that was advised, tried one by one."""
    result = explain(**changed)
    for one in result.advice():
        for lever in (make(result.case) for make in EVERY_LEVER):
            if lever.change == one["change"]:
                steps = np.arange(1.0, lever.steps + 1.0)
                amounts = result.case.decide(lever.columns(steps)).amount_wan
                first = int(np.argmax(amounts >= one["quota_wan"]))
                assert lever.then(steps)[first] == one["needed"]
                assert amounts[first] == one["quota_wan"]
                assert (np.diff(amounts) >= 0).all()


def test_where_no_advice_is_given_no_change_of_any_figure_raises_the_amount(explain):
    """Every step of every lever: the sentence that there is none is true."""
    tried = 0
    for changed, expected in ADVICE:
        result = explain(**changed)
        if [figures[1] for figures, *_ in expected] != [None] or result.bound in ("requested", "certified_amount"):
            continue
        for lever in (make(result.case) for make in EVERY_LEVER):
            if lever.steps > 0:
                amounts = result.case.decide(lever.columns(np.arange(1.0, lever.steps + 1.0))).amount_wan
                assert (amounts <= result.decided.amount_wan[0]).all(), (changed, lever.change)
                tried += 1
    assert tried >= 15
