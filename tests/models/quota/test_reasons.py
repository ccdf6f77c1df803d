"""Reasons, summary and advice of rules as whole sentences, on one firm and one bank whose figures are round.

Of tests/models/conftest.py: revenue 1,000 wan, growth 20 %, R&D 100, debt 100, PD 2 %, debt capacity 400 (cautious) and
600, 50 points; a request of 300 wan for 12 months. So the terms are, in wan: debt capacity 400 - 100 = 300; need
1,000 x 1.2 / 4 - 100 = 200, which limits; expected loss 4 / (2 % x 50 %) = 400; cap of the stage 300; points
50 / 60 x 300 = 250; exposure 2,000 - 100 = 1,900. Profit: gain (50 % x 3 % x 98 %) - 1 % = 0.47 %, bend 1 % / 500, so
its highest point is 235; the RAROC is 1 % at the roots of 0.39 % q - 0.002 % q^2 / 2 = 0.038: 10 and 380.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import pytest

from data.codebook import read_codebook
from models.quota.reasons import summary

pytestmark = pytest.mark.law
BOOK = read_codebook()

# A constraint, what differs from the round figures, and its sentence.
CONSTRAINTS = [
    ("debt_capacity", {},
     ("按预计经营现金流谨慎估计，可承受债务 400 万元，扣除现有银行借款 100 万元后，按 12 个月等额还款还可承受 300 "
      "万元。"),
     ("On a cautious estimate cash flow carries debt of CNY 4,000,000; after existing bank debt of CNY 1,000,000, "
      "it carries a further CNY 3,000,000 repaid in level instalments over 12 months.")),
    ("debt_capacity", {"row": {"existing_debt_wan": 450.0}},
     "按预计经营现金流谨慎估计，可承受债务 400 万元，现有银行借款 450 万元，已无余量。",
     ("On a cautious estimate cash flow carries debt of CNY 4,000,000; existing bank debt of CNY 4,500,000 leaves "
      "no room.")),
    ("need", {"row": {"revenue_wan": 100.0, "rd_expense": 20.0, "existing_debt_wan": 10.0}},
     ("按营收、增速和研发投入测算的资金需求为 50 万元（不低于基础需求 50 万元），扣除现有银行借款 10 万元，缺口 40 "
      "万元。"),
     ("Revenue, growth and R&D imply a need of CNY 500,000 (at least the base of CNY 500,000); after existing bank "
      "debt of CNY 100,000, CNY 400,000 is unmet.")),
    ("need", {"row": {"existing_debt_wan": 320.0}},
     "按营收、增速和研发投入测算的资金需求为 300 万元（不低于基础需求 50 万元），现有银行借款 320 万元已满足。",
     ("Revenue, growth and R&D imply a need of CNY 3,000,000 (at least the base of CNY 500,000), which existing "
      "bank debt of CNY 3,200,000 already meets.")),
    ("expected_loss_cap", {"requested": {"tenor_months": 24}},
     "24 个月内违约概率 3.96%、违约损失率 50.00% 时，额度不超过 202 万元，才能使预期损失不高于该行单户上限 4 万元。",
     ("At a PD of 3.96% over 24 months and an LGD of 50.00%, the bank's cap of CNY 40,000 on expected loss allows "
      "at most CNY 2,020,000.")),
    ("stage_cap", {},
     "该行创新积分贷对成长期企业的额度上限为 300 万元。",
     "The bank's cap for firms at the growth stage is CNY 3,000,000 (Innovation points loan)."),
    ("stage_cap", {"row": {"growth_stage": "stable"}, "requested": {"product": "zheke"}},
     "该行浙科贷对稳定期企业的额度上限为 500 万元。",
     "The bank's cap for firms at the stable stage is CNY 5,000,000 (Zheke loan)."),
    ("stage_cap", {"row": {"growth_stage": "startup"}, "certified": True, "pd_12m": 0.01},
     "该行创新积分贷对初创期企业的额度上限为 200 万元。",
     "The bank's cap for firms at the start-up stage is CNY 2,000,000 (Innovation points loan)."),
    ("points_cap", {},
     "积分 50.0 分，为满额所需 60.0 分的 83.3%，可用阶段上限 300 万元的 83.3%，即 250 万元。",
     ("50.0 points are 83.3% of the 60.0 needed for the full cap of CNY 3,000,000; 83.3% of the cap gives CNY "
      "2,500,000.")),
    ("points_cap", {"total": 75.0},
     "积分 75.0 分，为满额所需 60.0 分的 100.0%，可用阶段上限 300 万元的 100.0%，即 300 万元。",
     ("75.0 points are 100.0% of the 60.0 needed for the full cap of CNY 3,000,000; 100.0% of the cap gives CNY "
      "3,000,000.")),
    ("points_cap", {"certified": True, "pd_12m": 0.01},
     "积分 50.0 分，为满额所需 60.0 分的 83.3%，可用阶段上限 300 万元的 83.3%，即 250 万元。",
     ("50.0 points are 83.3% of the 60.0 needed for the full cap of CNY 3,000,000; 83.3% of the cap gives CNY "
      "2,500,000.")),
    ("exposure_cap", {"row": {"guarantees_wan": 50.0}},
     "该行单户授信敞口上限 2,000 万元，扣除现有银行借款 100 万元和对外担保 50 万元，尚余 1,850 万元。",
     ("The bank's single-name cap of CNY 20,000,000, less debt of CNY 1,000,000 and guarantees given of CNY "
      "500,000, leaves CNY 18,500,000.")),
    ("exposure_cap", {"row": {"guarantees_wan": 1900.0}},
     "该行单户授信敞口上限 2,000 万元，现有银行借款 100 万元和对外担保 1,900 万元已用完。",
     ("The bank's single-name cap of CNY 20,000,000 is used up by debt of CNY 1,000,000 and guarantees given of "
      "CNY 19,000,000.")),
    ("requested", {"requested": {"requested_amount_cny": 155500}},
     "测算额度已满足申请金额 15.55 万元。",
     "The quota meets the full request of CNY 155,500."),
    ("max_profit", {},
     "额度超过 235 万元后，新增额度的预期损失和成本高于预期收入。",
     "Above CNY 2,350,000, added lending costs the bank more than it earns."),
    ("max_profit", {"pd_12m": 0.03},
     "按当前违约概率、成本和银行借款，12 个月期限下任何额度的预期收入都不足以覆盖预期损失和成本。",
     "At today's PD, costs and bank debt, no amount over 12 months earns the bank more than it costs."),
    ("raroc", {},
     "额度超过 380 万元后，RAROC 低于该行最低要求 1.0%。",
     "Above CNY 3,800,000 the RAROC falls below the bank's minimum of 1.0%."),
    ("raroc", {"pd_12m": 0.03},
     "按当前违约概率、成本和银行借款，12 个月期限下任何额度的 RAROC 都达不到该行最低要求 1.0%。",
     "At today's PD, costs and bank debt, no amount over 12 months reaches the bank's minimum RAROC of 1.0%."),
    ("taper", {"certified": True, "pd_12m": 0.015},
     "违约概率 1.50% 高于 1.00%，额度按系数 0.50 递减至 100 万元；达到 2.00% 时为零。",
     "The PD of 1.50% is above 1.00%; the quota is tapered by 0.50 to CNY 1,000,000 and is zero at 2.00%."),
    ("taper", {"certified": True, "pd_12m": 0.02},
     "违约概率 2.00% 已达到 2.00%，递减后无可用额度。",
     "The PD of 2.00% has reached 2.00%, where the tapered quota is zero."),
    ("certified_amount", {"certified": True, "row": {"growth_stage": "startup"}, "pd_12m": 0.01},
     "该政策的损失率验证单笔以 150 万元为限。",
     "The policy's loss certificate covers each loan up to CNY 1,500,000."),
]  # fmt: skip

# What differs, then the one reason: code, indicator, direction, sentence.
AMOUNTS = [
    ({"requested": {"requested_amount_cny": 1000000}}, "constraint.requested", "requested", "positive",
     "测算额度已满足申请金额 100 万元。",
     "The quota meets the full request of CNY 1,000,000."),
    ({"requested": {"requested_amount_cny": 1555000}}, "constraint.requested", "requested", "negative",
     "申请 155.5 万元，额度以万元为单位向下取整，测算额度 155 万元。",
     "Requested CNY 1,555,000; quotas are whole multiples of CNY 10,000, so the quota is CNY 1,550,000."),
    ({}, "constraint.need", "need", "negative",
     ("申请 300 万元，测算额度 200 万元。按营收、增速和研发投入测算的资金需求为 300 万元（不低于基础需求 50 万元）"
      "，扣除现有银行借款 100 万元，缺口 200 万元。"),
     ("Requested CNY 3,000,000; quota CNY 2,000,000. Revenue, growth and R&D imply a need of CNY 3,000,000 (at "
      "least the base of CNY 500,000); after existing bank debt of CNY 1,000,000, CNY 2,000,000 is unmet.")),
    ({"certified": True, "pd_12m": 0.015}, "constraint.taper", "taper", "negative",
     ("申请 300 万元，测算额度 100 万元。违约概率 1.50% 高于 1.00%，额度按系数 0.50 递减至 100 万元；达到 2.00% 时"
      "为零。"),
     ("Requested CNY 3,000,000; quota CNY 1,000,000. The PD of 1.50% is above 1.00%; the quota is tapered by 0.50 "
      "to CNY 1,000,000 and is zero at 2.00%.")),
    ({"row": {"existing_debt_wan": 295.0}}, "rule.min_quota", "need", "negative",
     ("按营收、增速和研发投入测算的资金需求为 300 万元（不低于基础需求 50 万元），扣除现有银行借款 295 万元，缺口 "
      "5 万元。测算额度 5 万元，低于该行单笔最低额度 10 万元。"),
     ("Revenue, growth and R&D imply a need of CNY 3,000,000 (at least the base of CNY 500,000); after existing "
      "bank debt of CNY 2,950,000, CNY 50,000 is unmet. The calculated CNY 50,000 is below the bank's smallest "
      "quota of CNY 100,000.")),
    ({"requested": {"requested_amount_cny": 50000}}, "rule.min_quota", "requested", "negative",
     "申请金额 5 万元，低于该行单笔最低额度 10 万元。",
     "The request of CNY 50,000 is below the bank's smallest quota of CNY 100,000."),
    ({"requested": {"requested_amount_cny": 50000}, "bank": {"min_quota_wan": 1.0}}, "rule.min_raroc", "requested",
     "negative",
     "测算额度 5 万元，低于覆盖固定成本、达到 RAROC 最低要求所需的 10 万元。",
     "The calculated CNY 50,000 is below the CNY 100,000 needed to cover fixed costs at the minimum RAROC."),
    ({"row": {"existing_debt_wan": 295.0}, "bank": {"min_quota_wan": 1.0}}, "rule.min_raroc", "need", "negative",
     ("按营收、增速和研发投入测算的资金需求为 300 万元（不低于基础需求 50 万元），扣除现有银行借款 295 万元，缺口 "
      "5 万元。测算额度 5 万元，低于覆盖固定成本、达到 RAROC 最低要求所需的 11 万元。"),
     ("Revenue, growth and R&D imply a need of CNY 3,000,000 (at least the base of CNY 500,000); after existing "
      "bank debt of CNY 2,950,000, CNY 50,000 is unmet. The calculated CNY 50,000 is below the CNY 110,000 needed "
      "to cover fixed costs at the minimum RAROC.")),
    ({"row": {"existing_debt_wan": 320.0}}, "rule.min_quota", "need", "negative",
     "按营收、增速和研发投入测算的资金需求为 300 万元（不低于基础需求 50 万元），现有银行借款 320 万元已满足。",
     ("Revenue, growth and R&D imply a need of CNY 3,000,000 (at least the base of CNY 500,000), which existing "
      "bank debt of CNY 3,200,000 already meets.")),
    ({"row": {"existing_debt_wan": 320.0}, "bank": {"min_quota_wan": 0.0}}, "rule.min_raroc", "need", "negative",
     "按营收、增速和研发投入测算的资金需求为 300 万元（不低于基础需求 50 万元），现有银行借款 320 万元已满足。",
     ("Revenue, growth and R&D imply a need of CNY 3,000,000 (at least the base of CNY 500,000), which existing "
      "bank debt of CNY 3,200,000 already meets.")),
    ({"bank": {"operating_cost_wan": 10.0}}, "rule.min_raroc", "raroc", "negative",
     "按当前违约概率、成本和银行借款，12 个月期限下任何额度的 RAROC 都达不到该行最低要求 1.0%。",
     "At today's PD, costs and bank debt, no amount over 12 months reaches the bank's minimum RAROC of 1.0%."),
    ({"pd_12m": 0.03, "pd_high": 0.04}, "rule.min_quota", "max_profit", "negative",
     "按当前违约概率、成本和银行借款，12 个月期限下任何额度的预期收入都不足以覆盖预期损失和成本。",
     "At today's PD, costs and bank debt, no amount over 12 months earns the bank more than it costs."),
]  # fmt: skip


def reason(code, indicator, direction, value, zh, en):
    """A reason that is no driver."""
    return {
        "code": code, "indicator": indicator, "direction": direction, "contribution": 0.0, "value": value,
        "peer_median": None, "text_zh": zh, "text_en": en,
    }  # fmt: skip


@pytest.mark.parametrize(("name", "changed", "zh", "en"), CONSTRAINTS, ids=map(str, range(len(CONSTRAINTS))))
def test_a_constraint_says_what_it_allows_and_by_which_figures(explain, name, changed, zh, en):
    """What is offered is rounded down; where nothing is left the sentence offers nothing."""
    assert explain(**changed).constraint(name) == (zh, en)


@pytest.mark.parametrize(
    ("changed", "code", "indicator", "direction", "zh", "en"), AMOUNTS, ids=map(str, range(len(AMOUNTS)))
)
def test_the_amount_has_one_reason(explain, changed, code, indicator, direction, zh, en):
    """Met in full, rounded down, cut by a constraint, or too little: whatever rules were hit for it."""
    assert explain(**changed).reasons() == [reason(code, indicator, direction, None, zh, en)]


def test_an_approval_names_amount_rate_and_last_day(explain):
    """200 wan at 5 % a year, until the day that is given."""
    result = explain()
    assert result.summary(result.reasons(), date(2024, 9, 28)) == (
        "预授信通过：测算额度 200 万元，参考年利率 5.00%，有效期至 2024年9月28日。以银行尽职调查和审批结果为准。",
        "Pre-approved: indicative quota CNY 2,000,000, indicative rate 5.00% a year, valid until 28 September 2024. "
        "Subject to the bank's due diligence and approval.",
    )


@pytest.mark.parametrize(
    ("changed", "zh", "en"),
    [
        ({"total": 19.0}, "需人工审核：积分 19.0 分，低于该行准入线 20.0 分。系统未给出额度，由银行审核后决定。",
         "Manual review needed: 19.0 points; the bank requires 20.0. No quota was calculated; the bank decides."),
        ({"bank": {"exclusion_list": ("914403001922038216",)}},
         "未通过：企业在该行禁入名单内。如对数据或原因有异议，可向园区积分主管部门申请复核。",
         "Declined: The firm is on the bank's exclusion list. "
         "The firm may ask the zone's points office to check any figure or reason."),
        ({"row": {"growth_stage": "unknown"}, "total": math.nan}, "数据不足，未作测算：缺少 成立日期。",
         "Not assessed, because data are missing: founding date."),
        # Revenue is needed for the stage and for the calculation, and is named once.
        ({"row": {"growth_stage": "unknown", "revenue_wan": None, "guarantees_wan": math.nan}, "total": math.nan},
         "数据不足，未作测算：缺少 营业收入、对外担保余额。",
         "Not assessed, because data are missing: revenue, guarantees given."),
        ({"row": dict.fromkeys(BOOK.keys[:10]), "bank": {"min_coverage": 0.59}},
         "数据不足，未作测算：缺少 研发费用、研发费用占营收比重、研发费用近两年年均增速、科研人员占比、创始人团队背景、"
         "近三年技术合同成交额、有效发明专利、近三年发明专利申请、近三年 PCT 国际申请、"
         "其他知识产权（软著、实用新型等）。",
         "Not assessed, because data are missing: R&D expense, R&D expense to revenue, "
         "R&D expense growth a year (2-year), R&D staff share, background of founder and team, "
         "registered technology contracts in 3 years, valid invention patents, invention applications in 3 years, "
         "PCT applications in 3 years, other IP rights (software copyrights, utility models)."),
        # All is known, and yet the models' figures are not complete.
        ({"coverage": 0.5}, "数据不足，未作测算：缺少 测算所需的模型结果。",
         "Not assessed, because data are missing: model figures for the calculation."),
    ],
)  # fmt: skip
def test_the_summary_says_the_outcome_and_its_first_reason(explain, changed, zh, en):
    """Referred, declined, or not assessed and what is missing."""
    result = explain(**changed)
    assert result.summary(result.reasons(), None) == (zh, en)


def test_a_summary_without_a_reason_is_still_a_sentence(explain):
    """A safeguard that refers has its reason elsewhere."""
    en = "Manual review needed:  No quota was calculated; the bank decides."
    assert summary("manual_review")[1] == en
    assert explain(total=19.0).summary([], None) == summary("manual_review")
    with pytest.raises(KeyError, match="amount"):
        summary("preapproved")


def test_only_rules_that_lead_to_the_outcome_are_explained(explain):
    """A veto and no missing data; missing data and no figures that it makes void; a refusal and no referral."""
    veto = {"dishonest_debtor": 1.0}
    result = explain({**veto, "growth_stage": "unknown"}, total=math.nan, coverage=0.0)
    assert result.hit == ("veto", "coverage", "stage_unknown")
    assert result.explained == ("veto",)
    result = explain({"growth_stage": "unknown"}, total=math.nan, coverage=0.0)
    assert result.explained == ("stage_unknown",)  # coverage counts as 0 where the stage is unknown
    result = explain(veto, {"min_quota_wan": 500.0}, total=19.0)
    assert result.counted == ("veto", "min_points", "min_quota")
    assert result.explained == ("veto", "min_quota")
    assert [one["code"] for one in result.reasons()] == ["veto.dishonest_debtor", "rule.min_quota"]
    assert [one["constraint"] for one in result.advice()] == ["veto"]
    result = explain({"guarantees_wan": None}, {"pd_cutoff": 0.01}, total=19.0)
    assert result.hit == ("facts_missing", "pd_cutoff", "min_points")
    assert result.counted == result.explained == ("facts_missing",)
    result = explain({"rd_staff_ratio": 7.0}, {"pd_cutoff": 0.01})
    assert result.hit == ("out_of_range", "pd_cutoff")
    assert result.counted == result.hit
    assert result.explained == ("pd_cutoff",)
    assert result.decided.outcome[0] == "declined"
    result = explain({"overdue_days_max_24m": 30.0}, {"min_quota_wan": 500.0}, total=19.0)
    assert result.explained == ("min_quota",)
    assert explain({"overdue_days_max_24m": 30.0}, total=19.0).explained == ("overdue_refer", "min_points")


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"bank": {"pd_cutoff": 0.01}}, "pd_cutoff"), ({"bank": {"operating_cost_wan": 10.0}}, "min_quota")],
)
def test_a_refusal_by_figures_from_a_value_out_of_range_names_the_value(explain, changed, code):
    """Such figures say nothing of the firm: the value does, and to correct it is what the firm can do."""
    result = explain({"rd_staff_ratio": 7.0}, **changed)
    assert result.decided.outcome[0] == "declined"
    assert result.reasons() == [
        reason(f"rule.{code}", code, "negative", None,
               "按所提供的数据测算未达到该行要求，其中有数值超出合理范围。科研人员占比为 700.0%，超出合理范围 "
               "0.0%–100.0%，需核实。",
               "On the data given, some of them outside the plausible range, the bank's requirements are not met. "
               "R&D staff share: 700.0%, outside the plausible range 0.0%–100.0%; please verify.")
    ]  # fmt: skip
    assert [one["text_en"] for one in result.advice()] == [
        "Check and correct R&D staff share, with proof from the social-insurance agency if needed."
    ]


def test_a_refusal_for_its_raroc_gets_advice_on_it_and_not_on_rules_that_refer(explain):
    """Too few points and an interval across the cut-off would refer; what declines is what no amount can earn."""
    result = explain(bank={"operating_cost_wan": 10.0, "pd_cutoff": 0.03}, total=19.0)
    assert (result.counted, result.decided.outcome[0]) == (
        ("pd_interval", "min_points", "min_quota", "min_raroc"),
        "declined",
    )
    assert [(one["code"], one["indicator"]) for one in result.reasons()] == [("rule.min_raroc", "raroc")]
    assert [one["constraint"] for one in result.advice()] == ["raroc"]
    said = " ".join(one["text_en"] for one in (*result.reasons(), *result.advice()))
    assert "person" not in said
    assert "review" not in said


def test_at_most_three_pieces_of_advice_are_given(explain):
    """Four flags are four reasons."""
    flags = dict.fromkeys(("major_accident_3y", "dishonest_debtor", "research_misconduct", "abnormal_business"), 1.0)
    result = explain(flags)
    assert len(result.reasons()) == 4
    assert result.reasons()[0]["code"] == "veto.major_accident_3y"
    assert result.advice() == explain(dict(list(flags.items())[:3])).advice()
    assert len(result.advice()) == 3


def test_a_decline_for_the_amount_gets_advice_on_what_bounds_it(explain):
    """Debt of 295 leaves a need of 5: it has to be shown that 11 are needed, which covers the fixed costs."""
    (one,) = explain({"existing_debt_wan": 295.0}).advice()
    assert (one["constraint"], one["change"], one["now"], one["quota_wan"]) == ("need", "need_wan", 5.0, 105)


def test_without_figures_the_review_needs_nothing_from_the_firm(explain):
    """No debt capacity, all else known: the model's result is in doubt, and no amount can be named."""
    result = explain(capacity_low_wan=math.nan)
    assert (result.hit, result.bound) == (("invalid_result",), "")
    assert [one["constraint"] for one in result.advice()] == ["invalid_result"]


def test_what_is_not_missing_is_not_requested(explain, firm_row):
    """Another firm's row beside the same decision: no sentence says that something is missing."""
    result = replace(explain({"guarantees_wan": None}), row=firm_row)
    assert result.hit == ("facts_missing",)
    assert result.reasons() == []
    (one,) = result.advice()
    assert one["constraint"] == "facts_missing"
    assert one["text_en"] == "Nothing is needed from the firm; the bank reviews the case."


def test_what_is_missing_for_each_rule_is_requested_by_its_rule(explain):
    """Ten indicators and a guarantee: both are in the summary; debt is not what the stage lacks."""
    result = explain(dict.fromkeys(BOOK.keys[14:]) | {"guarantees_wan": None})
    assert result.hit == ("coverage", "facts_missing")
    assert result.summary(result.reasons(), None)[1].endswith("highest qualification, guarantees given.")
    result = explain({"growth_stage": "unknown", "existing_debt_wan": None}, total=math.nan)
    assert [one["text_en"] for one in result.advice()] == [
        "Supply founding date, verified by: market regulator.",
        "Supply bank debt, verified by: credit bureau.",
    ]


@pytest.mark.parametrize(
    ("missing", "least", "requested_count"),
    [(11, 15 / 24, 2), (10, 15 / 24, 1), (11, 0.6, 2), (12, 0.6, 3), (10, 0.59, 1)],
)
def test_as_many_indicators_are_requested_as_the_coverage_takes(explain, missing, least, requested_count):
    """Of 24: 15 / 24 takes 15, 60 % takes 14.4 and so 15; those that weigh most in the stage come first."""
    absent = BOOK.keys[24 - missing :]
    (one,) = explain(dict.fromkeys(absent), {"min_coverage": least}).advice()
    heaviest = sorted((BOOK[key] for key in absent), key=lambda item: -item.weights["growth"])[:requested_count]
    assert one["text_zh"].startswith(f"补充{'、'.join(item.zh for item in heaviest)}，由")
