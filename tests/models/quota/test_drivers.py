"""Drivers of default risk as sentences: units that a person knows, no contradiction, nothing too small to matter."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from data.codebook import read_codebook
from data.texts.quantities import read_quantities
from features.invoices.features import INVOICE_FEATURES
from features.risk import monotone_signs, risk_feature_names
from models.quota.drivers import DRIVERS_EACH_WAY, LEAST_CONTRIBUTION, DriverBook, reason

pytestmark = pytest.mark.law
BOOK = read_codebook()
NAMES = risk_feature_names(BOOK)
SIGNS = monotone_signs(BOOK)
MEDIANS = {"growth": {"revenue_log_wan": math.log(1006.0), "debt_to_asset_ratio": 0.45, "debt_to_revenue_ratio": 0.2}}
KNOWN = {"revenue_log_wan": 3.443, "inv_months_seen": 24.0, "inv_purchases_active_months": 20.0}


def drivers(contributions, values, stage="growth", medians=MEDIANS):
    """Drivers of one firm: features left out contribute nothing; without values the invoices are known, others too."""
    given = {name: 0.5 if name in INVOICE_FEATURES else 1.0 for name in NAMES} | KNOWN | values
    return DriverBook(NAMES, SIGNS, medians).drivers(
        [contributions.get(name, 0.0) for name in NAMES], [given[name] for name in NAMES], stage
    )


@pytest.mark.parametrize(
    ("key", "contribution", "value", "zh", "en"),
    [
        (
            "revenue_log_wan", 0.12, 3.443,
            "营业收入 30 万元（同阶段中位数 1,005 万元），使违约概率上升，影响中等。",
            "Revenue: CNY 300,000 (median at this stage CNY 10,050,000). This raises the PD; moderate effect.",
        ),
        (
            "debt_to_asset_ratio", -0.21, 0.3,
            "资产负债率 30.0%（同阶段中位数 45.0%），使违约概率下降，影响较大。",
            "Debt-to-asset ratio: 30.0% (median at this stage 45.0%). This lowers the PD; strong effect.",
        ),
        (
            "debt_to_asset_ratio", 0.03, 0.3,  # better than the median and yet above the average loan's risk: no median
            "资产负债率 30.0%，使违约概率上升，影响较小。",
            "Debt-to-asset ratio: 30.0%. This raises the PD; slight effect.",
        ),
        (
            "stage_ordinal", 0.05, 1.0,
            "成长阶段为成长期，使违约概率上升，影响中等。",
            "Growth stage: growth. This raises the PD; moderate effect.",
        ),
        (
            "rd_expense", 0.3, math.nan,
            "缺少研发费用，按最不利情形计算，使违约概率上升。",
            "Missing: R&D expense. The least favourable value was assumed, which raises the PD.",
        ),
        (
            "inv_sales_growth_share", -0.3, 0.0598,
            "近 12 个月销项金额同比 +12.7%，使违约概率下降，影响较大。",
            "Sales, last 12 months on the 12 before: +12.7%. This lowers the PD; strong effect.",
        ),
    ],
)  # fmt: skip
def test_a_driver_is_a_sentence_in_the_unit_that_a_person_knows(key, contribution, value, zh, en):
    """The name of the trade, the figure behind a logarithm, and a median only where it points the same way."""
    (result,) = drivers({key: contribution}, {key: value})
    assert (result["text_zh"], result["text_en"]) == (zh, en)
    assert result["code"] == f"risk.{key}"
    assert result["contribution"] == contribution
    assert result["direction"] == ("negative" if contribution > 0 else "positive")


def test_a_ratio_to_revenue_names_the_amount_and_the_revenue_it_was_divided_by():
    """Debt of 36 万元 on a revenue of 120: 30.0 %. Below 30 万元 the model divides by 30, as the text has it."""
    revenue = {"revenue_log_wan": math.log(121.0)}
    (result,) = drivers({"debt_to_revenue_ratio": 0.1}, {**revenue, "debt_to_revenue_ratio": 0.3})
    assert (
        result["text_zh"]
        == "银行借款余额占营收比重 30.0%，即 36 万元（同阶段中位数 20.0%），使违约概率上升，影响中等。"
    )
    low = {"revenue_log_wan": math.log(11.0)}
    (result,) = drivers({"debt_to_revenue_ratio": 0.1}, {**low, "debt_to_revenue_ratio": 0.5})
    assert "50.0%（营业收入按 30 万元计），即 15 万元" in result["text_zh"]
    (result,) = drivers({"debt_to_revenue_ratio": 0.1}, {**revenue, "debt_to_revenue_ratio": 20.0})
    assert "超过 2,000.0%" in result["text_zh"]
    (tiny,) = drivers({"arrears_to_revenue_ratio": 0.1}, {**revenue, "arrears_to_revenue_ratio": 0.0002})
    assert tiny["text_zh"] == "社保欠缴占营收比重 低于 0.1%，使违约概率上升，影响中等。"
    assert "即" not in result["text_zh"]


def test_missing_invoices_are_one_driver_with_the_summed_contribution():
    """31 missing features, some raising and some lowering the risk: one sentence, none feature by feature."""
    rng = np.random.default_rng(2)
    shares = dict(zip(INVOICE_FEATURES, rng.normal(0.0, 0.2, len(INVOICE_FEATURES)), strict=True))
    result = drivers(shares, dict.fromkeys(INVOICE_FEATURES, math.nan))
    assert [one["code"] for one in result] == ["risk.invoices_missing"]
    assert result[0]["contribution"] == pytest.approx(sum(shares.values()), rel=1e-12)
    way = "上升" if result[0]["contribution"] > 0 else "下降"
    assert result[0]["text_zh"].startswith("未取得增值税发票数据，相关 31 项特征无法计算，按缺失处理，使违约概率" + way)


def test_a_partly_missing_invoice_feature_says_why_and_never_lowers_the_risk():
    """Growth without 24 months of invoices, supplier concentration without a purchase."""
    young = {"inv_months_seen": 12.0, "inv_sales_growth_share": math.nan}
    (result,) = drivers({"inv_sales_growth_share": 0.06}, young)
    assert result["text_zh"] == "近 12 个月销项金额同比无法计算（发票不足 24 个月），使违约概率上升。"
    none = {"inv_purchases_active_months": 0.0, "inv_supplier_hhi_share": math.nan}
    (result,) = drivers({"inv_supplier_hhi_share": 0.06}, none)
    assert "（无有效进项发票）" in result["text_zh"]
    assert drivers({"inv_sales_growth_share": 0.049}, young) == []
    assert drivers({"inv_sales_growth_share": -0.3}, young) == []


def test_no_driver_is_too_small_and_no_median_contradicts_for_any_mixture():
    """500 random firms: at most four each way by strength, each of .02 and more, a median only on the right side."""
    rng, shown = np.random.default_rng(5), read_quantities()
    medians = {"growth": {name: float(rng.normal(1.0, 1.0)) for name in NAMES}}
    for _ in range(500):
        shares = dict(zip(NAMES, rng.normal(0.0, 0.08, len(NAMES)), strict=True))
        values = dict(zip(NAMES, np.abs(rng.normal(0.3, 0.3, len(NAMES))), strict=True))
        hidden = rng.choice(NAMES, 6, replace=False)
        values |= dict.fromkeys(hidden, math.nan) | {"inv_months_seen": 24.0, "inv_purchases_active_months": 3.0}
        values |= {"revenue_log_wan": 5.0, "stage_ordinal": 1.0}
        result = drivers(shares, values, medians=medians)
        strengths = [one["contribution"] for one in result]
        raising, lowering = [x for x in strengths if x > 0], [x for x in strengths if x < 0]
        assert strengths == sorted(raising, reverse=True) + sorted(lowering)
        assert max(len(raising), len(lowering)) <= DRIVERS_EACH_WAY
        assert min(map(abs, strengths)) >= LEAST_CONTRIBUTION
        for one in result:
            key, raises = one["indicator"], one["direction"] == "negative"
            assert one["contribution"] == shares[key]
            if "中位数" in one["text_zh"]:
                above = bool(one["value"] > one["peer_median"])
                assert shown[key].worse in "LH"
                assert ((shown[key].worse == "H") is above) is raises
            assert not re.search(r"[A-Za-z]", one["text_zh"].replace("PCT", "").replace("HHI", ""))
            assert not re.search(r"[\u4e00-\u9fff]|nan|_", one["text_en"])
            assert one["value"] is not None or raises


def test_a_reason_counts_against_the_firm_unless_it_is_said_otherwise():
    """As a rule's: no contribution, no value, no median."""
    assert reason("rule.min_points", "min_points", ("积分。", "Points.")) == {
        "code": "rule.min_points", "indicator": "min_points", "direction": "negative",
        "contribution": 0.0, "value": None,
        "peer_median": None, "text_zh": "积分。", "text_en": "Points.",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("key", "contribution", "value", "median", "expected"),
    [
        ("debt_to_asset_ratio", 0.02, 0.5, 0.45, (0.5, 0.45, "slight")),  # the least that is listed
        ("debt_to_asset_ratio", -0.02, 0.4, 0.45, (0.4, 0.45, "slight")),
        ("debt_to_asset_ratio", 0.0199, 0.5, 0.45, None),
        ("debt_to_asset_ratio", 0.05, 0.5, 0.45, (0.5, 0.45, "moderate")),
        ("debt_to_asset_ratio", 0.2, 0.5, 0.45, (0.5, 0.45, "strong")),
        ("debt_to_asset_ratio", 0.2, 0.5, math.nan, (0.5, None, "strong")),
        ("debt_to_asset_ratio", 0.02, math.nan, 0.45, (None, 0.45, "Missing")),
        ("debt_to_asset_ratio", 0.02, math.nan, math.nan, (None, None, "Missing")),
        ("debt_to_asset_ratio", 0.0, math.nan, 0.45, None),
        ("debt_to_asset_ratio", -0.3, math.nan, 0.45, None),  # what is not known never lowers the risk
        ("inv_sales_growth_share", 0.05, math.nan, 0.1, (None, 0.1, "Not calculated")),
        ("inv_sales_growth_share", 0.0499, math.nan, 0.1, None),
        ("inv_sales_growth_share", 0.03, 0.05, 0.1, (0.05, 0.1, "slight")),  # shown and known: from .02
    ],
)  # fmt: skip
def test_the_least_that_is_listed_and_how_strong_it_is_called(key, contribution, value, median, expected):
    """From .02, .05 and .2 of the log-odds; a missing feature of shown invoices from .05."""
    result = drivers({key: contribution}, {key: value}, medians={"growth": {key: median}})
    if expected is None:
        assert result == []
        return
    (one,) = result
    assert (one["value"], one["peer_median"]) == expected[:2]
    assert expected[2] in one["text_en"]
    assert one["code"] == f"risk.{key}"


def test_a_stage_without_medians_compares_with_nothing():
    """An unknown stage: the value is alone."""
    (result,) = drivers({"debt_to_asset_ratio": 0.3}, {"debt_to_asset_ratio": 0.9}, stage="unknown")
    assert (result["value"], result["peer_median"]) == (0.9, None)
    assert result["text_en"] == "Debt-to-asset ratio: 90.0%. This raises the PD; strong effect."


@pytest.mark.parametrize(
    ("share", "way", "zh", "en"),
    [(0.01, "negative", "上升", "raises"), (-0.01, "positive", "下降", "lowers")],
)
def test_missing_invoices_as_one_whole_reason(share, way, zh, en):
    """31 x .01 = .31 of the log-odds, either way."""
    (result,) = drivers(dict.fromkeys(INVOICE_FEATURES, share), dict.fromkeys(INVOICE_FEATURES, math.nan))
    assert result == {
        "code": "risk.invoices_missing", "indicator": "invoices_missing", "direction": way,
        "contribution": pytest.approx(31 * share), "value": None, "peer_median": None,
        "text_zh": f"未取得增值税发票数据，相关 31 项特征无法计算，按缺失处理，使违约概率{zh}，影响较大。",
        "text_en": "No VAT invoice data were available; the 31 invoice features were treated as missing, which "
        f"{en} the PD; strong effect.",
    }  # fmt: skip
    # The least that is listed is that of their sum.
    single = {INVOICE_FEATURES[0]: 2 * share}
    assert len(drivers(single, dict.fromkeys(INVOICE_FEATURES, math.nan))) == 1
    assert drivers({INVOICE_FEATURES[0]: 1.9 * share}, dict.fromkeys(INVOICE_FEATURES, math.nan)) == []


@pytest.mark.parametrize(
    ("key", "value", "revenue", "zh"),
    [
        ("debt_to_revenue_ratio", 0.3, 30.0, "银行借款余额占营收比重 30.0%，即 9 万元"),  # 30 wan is not too low
        ("debt_to_revenue_ratio", 0.3, 29.0, "银行借款余额占营收比重 30.0%（营业收入按 30 万元计），即 9 万元"),
        ("debt_to_revenue_ratio", 0.0, 29.0, "银行借款余额占营收比重 0.0%"),
        ("debt_to_revenue_ratio", 1.0, 120.0, "银行借款余额占营收比重 100.0%，即 120 万元"),
        ("debt_to_revenue_ratio", 0.001, 30.0, "银行借款余额占营收比重 0.1%"),  # 300 yuan is no amount in wan
        ("debt_to_revenue_ratio", 0.001, 2000.0, "银行借款余额占营收比重 0.1%，即 2 万元"),
        ("debt_to_revenue_ratio", 0.0009, 2000.0, "银行借款余额占营收比重 低于 0.1%，即 1.8 万元"),
        ("debt_to_revenue_ratio", 0.0009, 29.0, "银行借款余额占营收比重 低于 0.1%（营业收入按 30 万元计）"),
        ("debt_to_revenue_ratio", 20.0, 120.0, "银行借款余额占营收比重 超过 2,000.0%"),
        ("debt_to_revenue_ratio", 19.0, 120.0, "银行借款余额占营收比重 1,900.0%，即 2,280 万元"),
        ("debt_to_revenue_ratio", math.inf, 120.0, "银行借款余额占营收比重 无效"),
        ("debt_to_revenue_ratio", 0.3, math.nan, "银行借款余额占营收比重 30.0%"),
        ("cash_flow_ratio", -0.2, 29.0, "经营现金流占营收比重 -20.0%（营业收入按 30 万元计）"),
        ("cash_flow_ratio", -0.2, 120.0, "经营现金流占营收比重 -20.0%"),
        ("debt_to_asset_ratio", 0.3, 29.0, "资产负债率 30.0%"),  # not to revenue
    ],
)
def test_a_ratio_to_revenue_is_shown_with_what_it_was_divided_by(key, value, revenue, zh):
    """Revenue counts as 30 wan at least; an amount is named where it is one."""
    (result,) = drivers({key: 0.3}, {key: value, "revenue_log_wan": math.log1p(revenue)}, medians={})
    assert result["text_zh"] == f"{zh}，使违约概率上升，影响较大。"


@pytest.mark.parametrize(
    ("key", "known", "zh", "en"),
    [
        ("headcount_log", {},
         "缺少参保人数，按最不利情形计算，使违约概率上升。",
         "Missing: insured employees. The least favourable value was assumed, which raises the PD."),
        ("debt_to_asset_ratio", {},
         "缺少资产负债率，按最不利情形计算，使违约概率上升。",  # a sign of +1
         "Missing: debt-to-asset ratio. The least favourable value was assumed, which raises the PD."),
        ("age_years", {},
         "缺少成立年限，按缺失处理，使违约概率上升。",  # no sign
         "Missing: years since founding. It was treated as missing, which raises the PD."),
        ("inv_sales_growth_share", {"inv_months_seen": 23.0},
         "近 12 个月销项金额同比无法计算（发票不足 24 个月），使违约概率上升。",
         "Not calculated: sales, last 12 months on the 12 before "
         "(fewer than 24 months of invoices). This raises the PD."),
        ("inv_sales_growth_share", {"inv_sales_active_months": 0.0},
         "近 12 个月销项金额同比无法计算（无有效销项发票），使违约概率上升。",
         "Not calculated: sales, last 12 months on the 12 before "
         "(no valid sales invoices). This raises the PD."),
        ("inv_sales_growth_share", {"inv_purchases_active_months": 0.0},
         "近 12 个月销项金额同比无法计算（发票数据不足），使违约概率上升。",
         "Not calculated: sales, last 12 months on the 12 before "
         "(too few invoice data). This raises the PD."),
        ("inv_purchases_growth_share", {"inv_purchases_active_months": 0.0},
         "近 12 个月进项金额同比无法计算（无有效进项发票），使违约概率上升。",
         "Not calculated: purchases, last 12 months on the 12 before "
         "(no valid purchase invoices). This raises the PD."),
        ("inv_purchases_growth_share", {"inv_sales_active_months": 0.0},
         "近 12 个月进项金额同比无法计算（发票数据不足），使违约概率上升。",
         "Not calculated: purchases, last 12 months on the 12 before "
         "(too few invoice data). This raises the PD."),
        ("inv_supplier_top_share", {"inv_purchases_active_months": 0.0, "inv_months_seen": 12.0},
         "第一大供应商占比无法计算（无有效进项发票），使违约概率上升。",
         "Not calculated: share of the largest supplier (no valid purchase invoices). This raises the PD."),
    ],
)  # fmt: skip
def test_what_is_missing_says_why(key, known, zh, en):
    """The least favourable value where the effect has a sign; of invoices what it would have taken."""
    (result,) = drivers({key: 0.3}, {key: math.nan} | known)
    assert (result["text_zh"], result["text_en"]) == (zh, en)
