"""What is advised where a bank does not offer the product, tenor or purpose: each of its own is tried, by hand.

The firm and the bank of tests/models/conftest.py: 12 months, need 200; innovation points loans of 3 to 24 months and
Zheke loans of 13 to 24, both for working capital and equipment.
"""

from __future__ import annotations

import numpy as np
import pytest

from models.quota.advice import _every_offer, _tenors, offer_advice

pytestmark = pytest.mark.law
ENDING = "其他条件不变，须重新测算确认。", "Other things equal; to be confirmed by a new calculation."
NEED_ZH = "测算额度可达 200 万元（之后受“资金需求缺口”约束）。"
NEED_EN = "the quota would be CNY 2,000,000 (then limited by: unmet funding need)."
BEYOND_ZH = (
    "该笔贷款超出损失率验证范围（限创新积分贷、期限不超过 12 个月、单笔以 150 万元为限），超出部分执行专家额度上限。"
)
BEYOND_EN = (
    "Such a loan goes beyond the loss certificate (innovation-points loans of up to 12 months, each up to CNY "
    "1,500,000); beyond it expert caps apply."
)
ACTUAL = "请按实际用途申请。", "Apply for the actual purpose."
COVERED_ZH = "实际用途属于该产品支持的用途（日常经营周转、设备购置与更新）时"
COVERED_EN = "With an actual purpose that this product covers (Working capital, Equipment)"
UNEARNING = {"operating_cost_wan": 10.0}  # no amount over any tenor reaches the hurdle

# What is requested, rule, sentences.
REASONS = [
    ({"tenor_months": 36}, "tenor", "该行创新积分贷的期限为 3–24 个月，申请期限为 36 个月。",
     "Innovation points loan: this bank lends for 3 to 24 months; a tenor of 36 months was requested."),
    ({"product": "zheke"}, "tenor", "该行浙科贷的期限为 13–24 个月，申请期限为 12 个月。",
     "Zheke loan: this bank lends for 13 to 24 months; a tenor of 12 months was requested."),
    ({"purpose": "export_orders"}, "purpose", "该行创新积分贷不支持此用途：出口订单备货。",
     "Innovation points loan: this bank does not lend for this purpose: Export orders."),
]  # fmt: skip

# Rule, what differs, change, now, needed, quota, sentences.
OFFERED = [
    ("tenor", {"requested": {"tenor_months": 36}}, "tenor_months", 36.0, 24.0, 200,
     f"将申请期限由 36 个月改为 24 个月，{NEED_ZH}", f"Apply for 24 months instead of 36: {NEED_EN}"),
    ("tenor", {"requested": {"tenor_months": 1}}, "tenor_months", 1.0, 11.0, 200,
     f"将申请期限由 1 个月改为 11 个月，{NEED_ZH}", f"Apply for 11 months instead of 1: {NEED_EN}"),
    ("tenor", {"requested": {"tenor_months": 36}, "certified": True, "pd_12m": 0.01}, "tenor_months", 36.0, 24.0, 200,
     f"将申请期限由 36 个月改为 24 个月，{NEED_ZH}{BEYOND_ZH}",
     f"Apply for 24 months instead of 36: {NEED_EN} {BEYOND_EN}"),
    ("tenor", {"requested": {"tenor_months": 36}, "total": 19.0}, "tenor_months", 36.0, 24.0, None,
     "将申请期限由 36 个月改为 24 个月，则由银行人工审核。",
     "Apply for 24 months instead of 36: the bank would then review the case."),
    ("tenor", {"requested": {"tenor_months": 36}, "row": {"guarantees_wan": None}}, "tenor_months", 36.0, 24.0, None,
     "将申请期限由 36 个月改为 24 个月，仍须补齐缺失的数据。",
     "Apply for 24 months instead of 36: the bank would then still need the missing data."),
    ("purpose", {"requested": {"purpose": "export_orders"}}, "purpose", None, None, 200,
     f"{COVERED_ZH}，{NEED_ZH}{ACTUAL[0]}", f"{COVERED_EN}: {NEED_EN} {ACTUAL[1]}"),
    ("purpose", {"requested": {"purpose": "export_orders"}, "total": 19.0}, "purpose", None, None, None,
     f"{COVERED_ZH}，则由银行人工审核。{ACTUAL[0]}",
     f"{COVERED_EN}: the bank would then review the case. {ACTUAL[1]}"),
]  # fmt: skip

NONE_HELPS = (
    "其他条件不变时，该行各产品在其支持的期限和用途内均不能给出额度；可比较其他银行的测算结果。",
    "Other things equal, no product of this bank would give a quota over any tenor and for any purpose that it covers; "
    "compare the indications of other banks.",
)
# Rule, what differs.
NO_OFFER_HELPS = [
    ("tenor", {"requested": {"tenor_months": 36}, "bank": UNEARNING}),
    ("tenor", {"requested": {"tenor_months": 36}, "row": {"dishonest_debtor": 1.0}}),
    ("purpose", {"requested": {"purpose": "export_orders"}, "bank": UNEARNING}),
    ("product", {"requested": {"product": "other"}, "bank": UNEARNING}),
    ("product", {"bank": {"products": {}}}),
]


def advised(result, rule):
    """The one piece of advice on the rule."""
    assert rule in result.explained
    assert result.decided.outcome[0] == "declined"
    (one,) = [one for one in result.advice() if one["constraint"] == rule]
    return one


@pytest.mark.parametrize(("requested", "rule", "zh", "en"), REASONS, ids=map(str, range(len(REASONS))))
def test_what_is_not_offered_is_the_one_reason(explain, requested, rule, zh, en):
    """What was requested, and what the bank lends for."""
    (one,) = explain(requested=requested).reasons()
    assert (one["code"], one["indicator"], one["text_zh"], one["text_en"]) == (f"rule.{rule}", rule, zh, en)


@pytest.mark.parametrize(
    ("rule", "changed", "change", "now", "needed", "quota", "zh", "en"), OFFERED, ids=map(str, range(len(OFFERED)))
)
def test_what_the_bank_offers_instead_is_tried_and_promised(explain, rule, changed, change, now, needed, quota, zh, en):
    """The best tenor, of several the nearest; any purpose that is covered; a review promises no amount."""
    assert advised(explain(**changed), rule) == {
        "constraint": rule, "change": change, "unit": "rule" if now is None else "months", "now": now,
        "needed": needed, "quota_wan": quota, "gain_wan": quota, "text_zh": zh + ENDING[0],
        "text_en": f"{en} {ENDING[1]}",
    }  # fmt: skip


@pytest.mark.parametrize(("rule", "changed"), NO_OFFER_HELPS, ids=map(str, range(len(NO_OFFER_HELPS))))
def test_where_all_that_the_bank_offers_is_declined_this_is_said(explain, rule, changed):
    """Costs that no amount covers, a flag, nothing on offer: every product, tenor and purpose tried one by one."""
    result = explain(**changed)
    one = advised(result, rule)
    assert (one["change"], one["unit"], one["quota_wan"]) == (None, "rule", None)
    assert (one["text_zh"], one["text_en"]) == NONE_HELPS
    for name, offer in result.case.policy.products.items():
        for purpose in offer.purposes:
            months = np.arange(offer.min_tenor_months, offer.max_tenor_months + 1)
            terms = {"product": np.full(len(months), name), "purpose": np.full(len(months), purpose)}
            assert set(result.case.decide({}, tenor_months=months, **terms).outcome) == {"declined"}


@pytest.mark.parametrize("month", range(3, 25))
def test_no_tenor_that_is_offered_gives_more_than_the_advised_one(explain, month):
    """Each of 3 to 24 months tried alone, for a request of 36."""
    result = explain(pd_12m=0.03, pd_high=0.05, requested={"tenor_months": 36})
    one = advised(result, "tenor")
    assert (one["needed"], one["quota_wan"]) == (21.0, 154)
    assert result.case.decide({}, tenor_months=np.array([month])).amount_wan[0] <= 154


@pytest.mark.parametrize("certified", [False, True])
def test_a_product_that_the_bank_does_not_offer_is_answered_by_one_that_gives_a_quota(explain, bank, certified):
    """Zheke loans alone, from 3 months: need 200, and no certificate covers them."""
    offer = {"zheke": bank.products["innovation_points"]}
    one = advised(explain(bank={"products": offer}, certified=certified, pd_12m=0.01), "product")
    beyond = (BEYOND_ZH, f" {BEYOND_EN}") if certified else ("", "")
    assert one == {
        "constraint": "product", "change": "product", "unit": "rule", "now": None, "needed": None,
        "quota_wan": 200, "gain_wan": 200,
        "text_zh": f"改为申请该行的浙科贷，{NEED_ZH}{beyond[0]}{ENDING[0]}",
        "text_en": f"Apply for the bank's Zheke loan instead: {NEED_EN}{beyond[1]} {ENDING[1]}",
    }  # fmt: skip


def test_another_product_is_named_only_where_it_does_not_decline(explain, bank):
    """One that costs more than it earns declines; with too few points a person decides on it."""
    dear = {"zheke": bank.products["innovation_points"].model_copy(update={"annual_rate": 0.01})}
    assert advised(explain(bank={"products": dear, "max_annual_rate": 0.01}), "product")["text_en"] == NONE_HELPS[1]
    short = {"zheke": bank.products["innovation_points"]}
    one = advised(explain(bank={"products": short}, total=19.0), "product")
    assert (one["change"], one["quota_wan"]) == ("product", None)
    assert one["text_en"] == (
        f"Apply for the bank's Zheke loan instead: the bank would then review the case. {ENDING[1]}"
    )


def test_of_several_products_the_one_with_the_largest_amount_is_named(situation, bank):
    """A product whose caps are half as large gives 150, half of 300; the other one the need of 200."""
    whole = bank.products["innovation_points"]
    half = whole.model_copy(update={"cap_share": 0.5})
    for terms in ({"zheke": whole, "innovation_points": half}, {"zheke": half, "innovation_points": whole}):
        one = offer_advice(situation(bank={"products": terms}, requested={"product": "other"}), "product")
        assert one["quota_wan"] == 200
        named = "浙科贷" if terms["zheke"] is whole else "创新积分贷"
        assert one["text_zh"].startswith(f"改为申请该行的{named}，")


# Requested of the bank that offers those products: change, now, needed, beginning and end of the sentences.
TOGETHER = [
    ({"tenor_months": 36, "purpose": "export_orders"}, ("innovation_points", "zheke"), ("tenor_months", 36.0, 24.0),
     "将申请期限由 36 个月改为 24 个月，",
     "用途也须属于该产品支持的用途（日常经营周转、设备购置与更新）。请按实际用途申请。",
     "Apply for 24 months instead of 36: ",
     " The purpose also has to be one that this product covers (Working capital, Equipment). Apply for the actual "
     "purpose."),
    ({}, ("zheke",), ("product", None, None),
     "改为申请该行的浙科贷，", "期限也须改为 13 个月。",
     "Apply for the bank's Zheke loan instead: ", " The tenor also has to be 13 months."),
    ({"product": "other", "purpose": "export_orders"}, ("innovation_points",), ("product", None, None),
     "改为申请该行的创新积分贷，", "用途也须属于该产品支持的用途（日常经营周转、设备购置与更新）。请按实际用途申请。",
     "Apply for the bank's Innovation points loan instead: ",
     " The purpose also has to be one that this product covers (Working capital, Equipment). Apply for the actual "
     "purpose."),
    ({"product": "other", "purpose": "export_orders"}, ("zheke",), ("product", None, None),
     "改为申请该行的浙科贷，",
     "期限也须改为 13 个月。用途也须属于该产品支持的用途（日常经营周转、设备购置与更新）。请按实际用途申请。",
     "Apply for the bank's Zheke loan instead: ",
     " The tenor also has to be 13 months. The purpose also has to be one that this product covers (Working capital, "
     "Equipment). Apply for the actual purpose."),
    ({"product": "zheke", "purpose": "export_orders", "tenor_months": 13}, ("innovation_points",),
     ("product", None, None),
     "改为申请该行的创新积分贷，", "用途也须属于该产品支持的用途（日常经营周转、设备购置与更新）。请按实际用途申请。",
     "Apply for the bank's Innovation points loan instead: ",
     " The purpose also has to be one that this product covers (Working capital, Equipment). Apply for the actual "
     "purpose."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("requested", "offered", "figures", "zh", "zh_also", "en", "en_also"), TOGETHER, ids=map(str, range(len(TOGETHER)))
)
def test_terms_that_have_to_change_together_are_all_said_and_no_member_promises_the_amount(
    explain, bank, requested, offered, figures, zh, zh_also, en, en_also
):
    """Either alone would leave the other: the text has the need of 200 that they give together, no member has it."""
    result = explain(requested=requested, bank={"products": {name: bank.products[name] for name in offered}})
    (one,) = result.advice()
    assert (one["change"], one["now"], one["needed"], one["quota_wan"], one["gain_wan"]) == (*figures, None, None)
    assert one["text_zh"] == f"{zh}{NEED_ZH}{zh_also}{ENDING[0]}"
    assert one["text_en"] == f"{en}{NEED_EN}{en_also} {ENDING[1]}"
    offer = "innovation_points" if "innovation_points" in offered else "zheke"
    asked = result.case.requested["tenor_months"]
    months = 24 if asked == 36 else max(asked, bank.products[offer].min_tenor_months)
    purpose = asked_for if (asked_for := result.case.requested["purpose"]) != "export_orders" else "equipment"
    terms = {"product": offer, "tenor_months": months, "purpose": purpose}
    assert result.case.decide({}, **{name: np.array([to]) for name, to in terms.items()}).amount_wan.tolist() == [200]
    for name, to in terms.items():
        if to != result.case.requested[name]:
            assert result.case.decide({}, **{name: np.array([to])}).amount_wan.tolist() == [0]


def test_of_all_that_the_bank_offers_the_fewest_changes_come_first_and_then_the_largest_amount(situation, bank):
    """For 30 months: 24 of the same product give half of 300, though another product would give 200 over them."""
    whole = bank.products["innovation_points"]
    half = whole.model_copy(update={"cap_share": 0.5})
    terms = {"innovation_points": half, "zheke": whole}
    one = offer_advice(situation(bank={"products": terms}, requested={"tenor_months": 30}, total=60.0), "tenor")
    assert (one["change"], one["needed"], one["quota_wan"]) == ("tenor_months", 24.0, 150)
    # A product that is offered over the 30 months is as near as a tenor, and gives more: 4 / ((1 - .98^2.5) x .5).
    longer = {"innovation_points": half, "zheke": whole.model_copy(update={"max_tenor_months": 30})}
    one = offer_advice(situation(bank={"products": longer}, requested={"tenor_months": 30}, total=60.0), "tenor")
    assert (one["change"], one["needed"], one["quota_wan"]) == ("product", None, 162)


NEAREST = [11, 13, 10, 14, 9, 15, 8, 16, 7, 17, 6, 18, 5, 19, 4, 20, 3, 21, 22, 23, 24]  # to 12, of 3 to 24


def test_all_that_the_bank_offers_is_tried_the_nearest_first(situation):
    """The product as it is before another one, its tenors by their distance; the purpose stays where it is covered."""
    case = situation()
    assert [one["tenor_months"] for one in _tenors(case)] == NEAREST
    offers = _every_offer(case)
    assert [(one["product"], one["tenor_months"]) for one in offers] == [
        *(("innovation_points", months) for months in (12, *NEAREST)),
        *(("zheke", months) for months in range(13, 25)),
    ]
    for purpose, tried in (("working_capital", "working_capital"), ("equipment", "equipment"),
                           ("export_orders", "working_capital")):  # fmt: skip
        assert {one["purpose"] for one in _every_offer(situation(requested={"purpose": purpose}))} == {tried}
