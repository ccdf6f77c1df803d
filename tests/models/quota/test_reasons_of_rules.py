"""Every rule's reason and advice as whole sentences, on the firm and the bank of tests/models/conftest.py.

Tenors and purposes that a bank does not offer are in test_offer_advice.py.

That firm breaks no rule: 50 points (20 needed), PD 2 % with odds between half and twice 1 : 49 at 90 %, cut-off 8 %, no
flag, nothing overdue (a human from 30 days, declined from 90), all 24 indicators known (60 % needed).
"""

from __future__ import annotations

import math

import pytest

from data.codebook import read_codebook

pytestmark = pytest.mark.law
BOOK = read_codebook()

# What differs, outcome, reasons (code, indicator, value, sentence), advice (constraint, unit, now, needed, sentence).
RULES_HIT = [
    ({"row": {"dishonest_debtor": 1.0}}, "declined", [
        ("veto.dishonest_debtor", "dishonest_debtor", 1.0,
         "企业被列入失信被执行人名单（人民法院），按该行政策不予授信。",
         "The firm is on the list of dishonest judgment debtors (court); the bank's policy excludes it."),
    ], [
        ("veto", "rule", None, None,
         "先在人民法院办理移出或结清，取得证明后重新申请。",
         "First have the entry removed or settled at the court; then apply again with proof."),
    ]),
    ({"row": {"major_accident_3y": 1.0, "abnormal_business": 1.0}}, "declined", [
        ("veto.major_accident_3y", "major_accident_3y", 1.0,
         "企业近三年发生过重大事故（应急管理部门），按该行政策不予授信。",
         "A major accident occurred within three years (emergency management office); the bank's policy excludes it."),
        ("veto.abnormal_business", "abnormal_business", 1.0,
         "企业被列入经营异常名录（市场监管部门），按该行政策不予授信。",
         "The firm is on the list of abnormal operations (market regulator); the bank's policy excludes it."),
    ], [
        ("veto", "rule", None, None,
         "重大事故记录满三年后，凭应急管理部门的证明重新申请。",
         ("Apply again once three years have passed since the accident, with proof from the emergency management "
          "office.")),
        ("veto", "rule", None, None,
         "先在市场监管部门办理移出或结清，取得证明后重新申请。",
         "First have the entry removed or settled at the market regulator; then apply again with proof."),
    ]),
    ({"bank": {"exclusion_list": ("914403001922038216",)}}, "declined", [
        ("rule.exclusion_list", "exclusion_list", None,
         "企业在该行禁入名单内。",
         "The firm is on the bank's exclusion list."),
    ], [
        ("exclusion_list", "rule", None, None,
         "该行政策限制，企业无法自行改变；可咨询该行或比较其他银行。",
         "A rule of this bank the firm cannot change; ask the bank or compare others."),
    ]),
    ({"bank": {"excluded_industries": ("software",)}}, "declined", [
        ("rule.industry", "industry", None,
         "该行授信政策不支持该行业（软件）。",
         "The bank does not lend to this industry (software)."),
    ], [
        ("industry", "rule", None, None,
         "该行政策限制，企业无法自行改变；可咨询该行或比较其他银行。",
         "A rule of this bank the firm cannot change; ask the bank or compare others."),
    ]),
    ({"row": {"industry": "mining"}, "bank": {"excluded_industries": ("mining",)}}, "declined", [
        ("rule.industry", "industry", None,
         "该行授信政策不支持该行业（mining）。",
         "The bank does not lend to this industry (mining)."),
    ], [
        ("industry", "rule", None, None,
         "该行政策限制，企业无法自行改变；可咨询该行或比较其他银行。",
         "A rule of this bank the firm cannot change; ask the bank or compare others."),
    ]),
    ({"bank": {"products": {}}}, "declined", [
        ("rule.product", "product", None,
         "该行未开办创新积分贷。",
         "The bank does not offer this product: Innovation points loan."),
    ], [
        ("product", "rule", None, None,
         "其他条件不变时，该行各产品在其支持的期限和用途内均不能给出额度；可比较其他银行的测算结果。",
         ("Other things equal, no product of this bank would give a quota over any tenor and for any purpose that it "
          "covers; compare the indications of other banks.")),
    ]),
    ({"row": {"overdue_days_max_24m": 90.0}}, "declined", [
        ("rule.overdue_decline", "overdue_decline", None,
         "近两年最长逾期 90 天，达到该行拒绝标准 90 天。",
         "The longest overdue period in 24 months was 90 days; the bank declines from 90 days."),
    ], [
        ("overdue_decline", "rule", None, None,
         "先结清逾期款项；近两年最长逾期低于 30 天后，凭征信机构的报告重新申请。",
         ("First clear the overdue amount; apply again once the longest overdue period in 24 months is below 30 "
          "days, with a report of the credit bureau.")),
    ]),
    # The bank's own finding stands in the case in place of the bureau's shorter one.
    ({"row": {"overdue_days_max_24m": 95.0, "bank_overdue_days": 95.0}}, "declined", [
        ("rule.overdue_decline", "overdue_decline", None,
         "近两年最长逾期 95 天，达到该行拒绝标准 90 天。",
         "The longest overdue period in 24 months was 95 days; the bank declines from 90 days."),
    ], [
        ("overdue_decline", "rule", None, None,
         ("先在该行结清逾期款项；该行自身记录的近两年最长逾期（现为 95 天）低于 30 天后重新申请。征信机构的报告"
          "不改变该行自身的记录。"),
         ("First clear the overdue amount at the bank; apply again once the longest overdue period in 24 months by the "
          "bank's own records, now 95 days, is below 30 days. A report of the credit bureau does not change these "
          "records.")),
    ]),
    # The bureau's is longer, and the bank's own would be in the way as well; below 30 days it would not.
    ({"row": {"overdue_days_max_24m": 100.0, "bank_overdue_days": 30.0}}, "declined", [
        ("rule.overdue_decline", "overdue_decline", None,
         "近两年最长逾期 100 天，达到该行拒绝标准 90 天。",
         "The longest overdue period in 24 months was 100 days; the bank declines from 90 days."),
    ], [
        ("overdue_decline", "rule", None, None,
         ("先结清逾期款项；近两年最长逾期低于 30 天后，凭征信机构的报告重新申请。该行自身记录的近两年最长"
          "逾期（现为 30 天）也须低于 30 天。"),
         ("First clear the overdue amount; apply again once the longest overdue period in 24 months is below 30 "
          "days, with a report of the credit bureau. The longest overdue period in 24 months by the bank's own "
          "records, now 30 days, must be below 30 days as well.")),
    ]),
    ({"row": {"overdue_days_max_24m": 100.0, "bank_overdue_days": 29.0}}, "declined", [
        ("rule.overdue_decline", "overdue_decline", None,
         "近两年最长逾期 100 天，达到该行拒绝标准 90 天。",
         "The longest overdue period in 24 months was 100 days; the bank declines from 90 days."),
    ], [
        ("overdue_decline", "rule", None, None,
         "先结清逾期款项；近两年最长逾期低于 30 天后，凭征信机构的报告重新申请。",
         ("First clear the overdue amount; apply again once the longest overdue period in 24 months is below 30 "
          "days, with a report of the credit bureau.")),
    ]),
    ({"row": {"overdue_days_max_24m": 89.0}}, "manual_review", [
        ("rule.overdue_refer", "overdue_refer", None,
         "近两年最长逾期 89 天，达到该行人工审核标准 30 天。",
         "The longest overdue period in 24 months was 89 days; the bank reviews from 30 days."),
    ], [
        ("overdue_refer", "rule", None, None,
         "企业无需采取措施，由银行人工审核。",
         "Nothing is needed from the firm; the bank reviews the case."),
    ]),
    ({"row": dict.fromkeys(BOOK.keys[6:17])}, "insufficient_data", [
        ("rule.coverage", "coverage", None,
         ("指标完整度 54.1%，低于该行要求的 60.0%。缺少：有效发明专利、近三年发明专利申请、近三年 PCT 国际申请、其"
          "他知识产权（软著、实用新型等）、专利质量指数（0–1）、高新技术产品（服务）收入占比、营业收入近两年年均增"
          "速、净利润率、参保人数同比增速、研发费用加计扣除减免税额、资产负债率。"),
         ("Indicator coverage is 54.1%; the bank requires 60.0%. Missing: valid invention patents, invention "
          "applications in 3 years, PCT applications in 3 years, other IP rights (software copyrights, utility "
          "models), patent quality index (0–1), high-tech product revenue share, revenue growth a year (2-year), "
          "net profit margin, growth of insured employees on the year before, tax relief from the R&D "
          "super-deduction, debt-to-asset ratio.")),
    ], [
        ("coverage", "rule", None, None,
         "补充专利质量指数（0–1）、营业收入近两年年均增速，由知识产权部门、税务部门核验。",
         ("Supply patent quality index (0–1), revenue growth a year (2-year), verified by: intellectual property "
          "office, tax authority.")),
    ]),
    ({"row": {"growth_stage": "unknown"}, "total": math.nan}, "insufficient_data", [
        ("rule.stage_unknown", "stage_unknown", None,
         "缺少营业收入或成立日期，无法判定成长阶段。",
         "Revenue or founding date is missing, so the growth stage is unknown."),
    ], [
        ("stage_unknown", "rule", None, None,
         "补充成立日期，由市场监管部门核验。",
         "Supply founding date, verified by: market regulator."),
    ]),
    ({"row": {"growth_stage": "unknown", "revenue_wan": None}, "total": math.nan}, "insufficient_data", [
        ("rule.stage_unknown", "stage_unknown", None,
         "缺少营业收入或成立日期，无法判定成长阶段。",
         "Revenue or founding date is missing, so the growth stage is unknown."),
        ("rule.facts_missing", "facts_missing", None,
         "缺少测算所需的信用信息：营业收入。",
         "Credit information needed for the calculation is missing: revenue."),
    ], [
        ("stage_unknown", "rule", None, None,
         "补充营业收入，由税务部门核验。",
         "Supply revenue, verified by: tax authority."),
        ("facts_missing", "rule", None, None,
         "补充营业收入，由税务部门核验。",
         "Supply revenue, verified by: tax authority."),
    ]),
    ({"row": {"guarantees_wan": None, "dishonest_debtor": math.nan}}, "insufficient_data", [
        ("rule.facts_missing", "facts_missing", None,
         "缺少测算所需的信用信息：对外担保余额、失信被执行人名单。",
         ("Credit information needed for the calculation is missing: guarantees given, list of dishonest judgment "
          "debtors.")),
    ], [
        ("facts_missing", "rule", None, None,
         "补充对外担保余额、失信被执行人名单，由征信机构、人民法院核验。",
         "Supply guarantees given, list of dishonest judgment debtors, verified by: credit bureau, court."),
    ]),
    ({"row": {"rd_staff_ratio": 7.0}}, "manual_review", [
        ("rule.out_of_range", "out_of_range", None,
         "科研人员占比为 700.0%，超出合理范围 0.0%–100.0%，需核实。",
         "R&D staff share: 700.0%, outside the plausible range 0.0%–100.0%; please verify."),
    ], [
        ("out_of_range", "rule", None, None,
         "请核对并更正科研人员占比，必要时由社会保险经办机构出具证明。",
         "Check and correct R&D staff share, with proof from the social-insurance agency if needed."),
    ]),
    ({"row": {"rd_staff_ratio": math.inf, "litigation_count_24m": -1.0}}, "manual_review", [
        ("rule.out_of_range", "out_of_range", None,
         "科研人员占比的数值超出合理范围，需核实。近两年被诉案件为 -1 件，超出合理范围 0 件–10,000 件，需核实。",
         ("R&D staff share: outside the plausible range; please verify. Lawsuits as defendant in 24 months: -1, "
          "outside the plausible range 0–10,000; please verify.")),
    ], [
        ("out_of_range", "rule", None, None,
         "请核对并更正科研人员占比，必要时由社会保险经办机构出具证明。",
         "Check and correct R&D staff share, with proof from the social-insurance agency if needed."),
        ("out_of_range", "rule", None, None,
         "请核对并更正近两年被诉案件，必要时由人民法院出具证明。",
         "Check and correct lawsuits as defendant in 24 months, with proof from the court if needed."),
    ]),
    ({"pd_low": 0.0}, "manual_review", [
        ("rule.invalid_result", "invalid_result", None,
         "模型结果无效，不能据此决策。",
         "The model result is invalid and cannot be used."),
    ], [
        ("invalid_result", "rule", None, None,
         "企业无需采取措施，由银行人工审核。",
         "Nothing is needed from the firm; the bank reviews the case."),
    ]),
    ({"bank": {"pd_cutoff": 0.01}}, "declined", [
        ("rule.pd_cutoff", "pd_cutoff", None,
         "12 个月违约概率 2.00%，其 90% 置信区间 1.01%–3.93% 的下端高于该行准入上限 1.00%。",
         ("The 12-month PD is 2.00%; the lower end of its 90% interval, 1.01%–3.93%, is above the bank's cut-off of "
          "1.00%.")),
    ], [
        ("pd_cutoff", "rule", None, None,
         "只有违约概率下降才能符合该行准入上限；主要影响因素见原因。",
         "Only a lower PD would meet the bank's cut-off; the reasons name what drives it."),
    ]),
    ({"bank": {"pd_cutoff": 0.03}}, "manual_review", [
        ("rule.pd_interval", "pd_interval", None,
         ("该行准入上限 3.00% 在 12 个月违约概率的 90% 置信区间 1.01%–3.93% 之内；只有区间下端也高于上限时才不予授"
          "信，因此由人工判断。"),
         ("The bank's cut-off of 3.00% lies within the 90% interval of the 12-month PD, 1.01%–3.93%; the bank declines "
          "only where the lower end is above it as well, so a person decides.")),
    ], [
        ("pd_interval", "rule", None, None,
         "由银行人工审核；违约概率下降即可免于审核而符合该行准入上限；主要影响因素见原因。",
         ("The bank reviews the case. A lower PD would meet its cut-off without a review; the reasons name what "
          "drives it.")),
    ]),
    ({"total": 19.0}, "manual_review", [
        ("rule.min_points", "min_points", None,
         "积分 19.0 分，低于该行准入线 20.0 分。",
         "19.0 points; the bank requires 20.0."),
    ], [
        ("min_points", "points", 19.0, 20.0,
         "积分由 19.0 分提高到 20.0 分（可改善的指标见提分建议）。",
         "Raise the points from 19.0 to 20.0 (see the points advice)."),
    ]),
    ({"row": {"overdue_days_max_24m": math.inf}}, "declined", [
        ("rule.overdue_decline", "overdue_decline", None,
         "近两年最长逾期超出合理范围，达到该行拒绝标准 90 天。",
         "The longest overdue period in 24 months is beyond the plausible range; the bank declines from 90 days."),
    ], [
        ("overdue_decline", "rule", None, None,
         "先结清逾期款项；近两年最长逾期低于 30 天后，凭征信机构的报告重新申请。",
         ("First clear the overdue amount; apply again once the longest overdue period in 24 months is below 30 "
          "days, with a report of the credit bureau.")),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "outcome", "reasons", "advice"), RULES_HIT, ids=map(str, range(len(RULES_HIT))))
def test_each_rule_has_its_reason_and_its_advice(explain, changed, outcome, reasons, advice):
    """What was found, what the bank allows, and what the firm can do about it; no amount is promised."""
    result = explain(**changed)
    assert result.decided.outcome[0] == outcome
    assert result.reasons() == [
        {
            "code": code, "indicator": indicator, "direction": "negative", "contribution": 0.0, "value": value,
            "peer_median": None, "text_zh": zh, "text_en": en,
        }
        for code, indicator, value, zh, en in reasons
    ]  # fmt: skip
    assert result.advice() == [
        {
            "constraint": constraint, "change": None, "unit": unit, "now": now and pytest.approx(now, rel=1e-12),
            "needed": needed, "quota_wan": None, "gain_wan": None, "text_zh": zh, "text_en": en,
        }
        for constraint, unit, now, needed, zh, en in advice
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("bureau", "bank", "zh", "en"),
    [
        (120.0, None, "{first}", "{first}"),
        (120.0, 29.0, "{first}", "{first}"),
        (120.0, 30.0, "{first}该行自身记录的近两年最长逾期（现为 30 天）也须低于 30 天。",
         "{first} The longest overdue period in 24 months by the bank's own records, now 30 days, must be below 30 "
         "days as well."),
        (120.0, 120.0, "{own} 120 {then}", "{own} 120 {then}"),
    ],
)  # fmt: skip
def test_advice_on_an_overdue_period_names_whose_figure_has_to_fall(explain, bureau, bank, zh, en):
    """The bureau's where the bank's own is below the limit of 30 days, both, or the bank's own where it is longest.

    A longer finding of the bank stands in the row in place of the bureau's.
    """
    row = {"overdue_days_max_24m": bureau} | ({} if bank is None else {"bank_overdue_days": bank})
    words = (
        {"first": "先结清逾期款项；近两年最长逾期低于 30 天后，凭征信机构的报告重新申请。",
         "own": "先在该行结清逾期款项；该行自身记录的近两年最长逾期（现为",
         "then": "天）低于 30 天后重新申请。征信机构的报告不改变该行自身的记录。"},
        {"first": "First clear the overdue amount; apply again once the longest overdue period in 24 months is below "
                  "30 days, with a report of the credit bureau.",
         "own": "First clear the overdue amount at the bank; apply again once the longest overdue period in 24 months "
                "by the bank's own records, now",
         "then": "days, is below 30 days. A report of the credit bureau does not change these records."},
    )  # fmt: skip
    (advice,) = (one for one in explain(row).advice() if one["constraint"] == "overdue_decline")
    assert (advice["text_zh"], advice["text_en"]) == (zh.format(**words[0]), en.format(**words[1]))


def test_a_bank_that_knows_of_no_overdue_day_is_never_the_one_to_report(explain):
    """Not even where it refers from the first day on."""
    result = explain({"overdue_days_max_24m": 120.0}, {"overdue_refer_days": 1})
    (advice,) = (one for one in result.advice() if one["constraint"] == "overdue_decline")
    assert "is below 1 day" in advice["text_en"]
    assert "the bank's own records" not in advice["text_en"]
