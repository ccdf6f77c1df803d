"""Warnings beside a decision: which values raise one, at each end of each range, and the whole sentence."""

from __future__ import annotations

import math

import numpy as np
import pytest

from data.codebook import read_codebook
from models.quota.measure import ranges
from models.quota.peers import Peers
from models.quota.warnings import (
    beyond_training,
    brought_warnings,
    of_the_case,
    outside_texts,
    outside_training,
    warning,
)

pytestmark = pytest.mark.law
BOOK = read_codebook()
NAMES = ("revenue_log_wan", "debt_to_asset_ratio", "headcount_log")
LEARNED = Peers(
    median={"growth": {"patent_quality_index": 0.4}},
    p95={"growth": {"other_ip_count": 20.0}},
    low={"revenue_log_wan": math.log(11.0), "debt_to_asset_ratio": 0.1},
    high={"revenue_log_wan": math.log(1001.0), "debt_to_asset_ratio": 0.9},
)
GAMING = {
    "code": "points_padding",
    "zh": "其他知识产权 21 件，多于同阶段 95% 的企业，而专利质量指数未达同阶段中位数或缺失，请核实其真实性。",
    "en": "21 other IP rights, more than 95% of firms at this stage, without a patent quality index at the median; "
    "please verify.",
}
LEGACY = {
    "code": "legacy_micro",
    "zh": "企业成立已超过 8 年，营业收入仍低于 500 万元，按成长期评价。",
    "en": "The firm is over 8 years old with revenue under CNY 5,000,000; it is assessed at the growth stage.",
}


def outside(*keys):
    """Which ranges the values of these keys lie beyond."""
    return np.array([one.key in keys for one in ranges(BOOK)])


def test_a_warning_is_a_code_and_a_sentence_in_two_languages():
    """As the answer's contract has it."""
    assert warning("outside_training", ("甲。", "A.")) == {"code": "outside_training", "zh": "甲。", "en": "A."}


@pytest.mark.parametrize(
    ("key", "value", "zh", "en"),
    [
        ("rd_staff_ratio", 7.0, "科研人员占比为 700.0%，超出合理范围 0.0%–100.0%，需核实。",
         "R&D staff share: 700.0%, outside the plausible range 0.0%–100.0%; please verify."),
        ("revenue_wan", -3.0, "营业收入为 -3 万元，超出合理范围 0 万元–50,000,000 万元，需核实。",
         "Revenue: CNY -30,000, outside the plausible range CNY 0–CNY 500,000,000,000; please verify."),
        ("tax_credit_grade", 9.0, "纳税信用级别为 9，超出合理范围 0–4，需核实。",
         "Taxpayer credit level: 9, outside the plausible range 0–4; please verify."),
        ("revenue_wan", math.inf, "营业收入的数值超出合理范围，需核实。",
         "Revenue: outside the plausible range; please verify."),
        ("revenue_wan", -math.inf, "营业收入的数值超出合理范围，需核实。",
         "Revenue: outside the plausible range; please verify."),
        ("founder_team_score", 9.0, "创始人团队背景的数值超出合理范围，需核实。",
         "Background of founder and team: outside the plausible range; please verify."),
    ],
)  # fmt: skip
def test_a_value_beyond_the_codebook_is_named_with_its_range(firm_row, key, value, zh, en):
    """A value about a person is not shown, nor one that is endless."""
    assert outside_texts(firm_row | {key: value}, outside(key), BOOK) == [(zh, en)]


def test_every_value_out_of_range_has_a_sentence_in_the_order_of_the_codebook(firm_row):
    """None without one; two for two, an endless or personal one does not end the list."""
    assert outside_texts(firm_row, outside(), BOOK) == []
    row = firm_row | {"founder_team_score": 9.0, "rd_staff_ratio": 7.0, "litigation_count_24m": -1.0}
    result = outside_texts(row, outside("founder_team_score", "rd_staff_ratio", "litigation_count_24m"), BOOK)
    assert [zh.partition("为")[0] for zh, _ in result] == [
        "科研人员占比", "创始人团队背景的数值超出合理范围，需核实。", "近两年被诉案件",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((math.log(501.0), 0.5, 3.0), []),
        ((math.log(11.0), 0.9, math.inf), []),  # the ends were seen; headcount has no range
        ((math.nan, math.nan, math.nan), []),
        ((math.log(1001.4), 0.5, 3.0), []),  # 1,000.4 is shown as 1,000, which was seen
        ((math.log(10.96), 0.5, 3.0), []),
        ((math.log(2001.0), 0.5, 3.0), [
            ("营业收入为 2,000 万元，超出建模样本范围 10 万元–1,000 万元，结果仅供参考。",
             "Revenue: CNY 20,000,000, outside the range the model learned from (CNY 100,000–CNY 10,000,000); "
             "treat the result with care."),
        ]),
        ((math.log(6.0), 0.05, 3.0), [
            ("营业收入为 5 万元，超出建模样本范围 10 万元–1,000 万元，结果仅供参考。",
             "Revenue: CNY 50,000, outside the range the model learned from (CNY 100,000–CNY 10,000,000); "
             "treat the result with care."),
            ("资产负债率为 5.0%，超出建模样本范围 10.0%–90.0%，结果仅供参考。",
             "Debt-to-asset ratio: 5.0%, outside the range the model learned from (10.0%–90.0%); "
             "treat the result with care."),
        ]),
        ((math.nan, 1.1, 3.0), [
            ("资产负债率为 110.0%，超出建模样本范围 10.0%–90.0%，结果仅供参考。",
             "Debt-to-asset ratio: 110.0%, outside the range the model learned from (10.0%–90.0%); "
             "treat the result with care."),
        ]),
    ],
)  # fmt: skip
def test_a_feature_beyond_training_is_named_with_what_was_seen(values, expected):
    """In the figures that a person knows, and only where they differ."""
    assert outside_training(NAMES, values, LEARNED) == [
        {"code": "outside_training", "zh": zh, "en": en} for zh, en in expected
    ]
    flags = beyond_training(NAMES, np.array([values, (math.nan,) * 3]), LEARNED)
    assert flags.shape == (2, 3)
    assert not flags[1].any()
    assert flags[0].sum() == len(expected)


def test_which_features_lie_beyond_training_by_case_and_feature():
    """Revenue of 5, 10, 1,000 and 2,000 wan and ratios of .05, .1, .9 and .95: the first and the last of both."""
    values = np.array([[math.log(x + 1), y, 0.0] for x, y in [(5, 0.05), (10, 0.1), (1000, 0.9), (2000, 0.95)]])
    assert beyond_training(NAMES, values, LEARNED).tolist() == [
        [True, True, False],
        [False, False, False],
        [False, False, False],
        [True, True, False],
    ]


@pytest.mark.parametrize("end", ["low", "high"])
def test_a_feature_that_has_one_end_alone_has_no_other(end):
    """No smallest value on file: nothing is too small; no largest: nothing is too large."""
    learned = Peers({}, {}, **({"low": {}, "high": {}} | {end: {"debt_to_asset_ratio": 0.5}}))
    below, above = (outside_training(NAMES[1:2], [value], learned) for value in (0.1, 0.9))
    assert (len(below), len(above)) == ((1, 0) if end == "low" else (0, 1))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"other_ip_count": 21.0, "patent_quality_index": 0.39}, [GAMING]),
        ({"other_ip_count": 21.0, "patent_quality_index": 0.4}, []),  # at the median
        ({"other_ip_count": 21.0, "patent_quality_index": None}, [GAMING]),
        ({"other_ip_count": 21.0, "patent_quality_index": math.nan}, [GAMING]),
        ({"other_ip_count": 20.0, "patent_quality_index": 0.1}, []),  # as many as 95 % have
        ({"other_ip_count": None, "patent_quality_index": 0.1}, []),
        ({"other_ip_count": math.nan, "patent_quality_index": 0.1}, []),
        ({"other_ip_count": math.inf, "patent_quality_index": 0.1}, []),  # out of range, as is said elsewhere
        ({"other_ip_count": 21.0, "patent_quality_index": 0.1, "growth_stage": "stable"}, []),  # no peers on file
        ({"legacy_micro": True}, [LEGACY]),
        ({"legacy_micro": True, "other_ip_count": 20.0, "patent_quality_index": 0.1}, [LEGACY]),
        ({"legacy_micro": True, "other_ip_count": 21.0, "patent_quality_index": 0.1}, [LEGACY, GAMING]),
    ],
)
def test_odd_rights_and_an_old_small_firm_are_warned_of(firm_row, changed, expected):
    """More rights than 95 % of the stage and no patent quality at its median; over 8 years and under 5 m yuan."""
    assert of_the_case(firm_row | changed, LEARNED) == expected


@pytest.mark.parametrize(
    "lacking",
    [Peers({}, LEARNED.p95, {}, {}), Peers(LEARNED.median, {}, {}, {}), Peers({"growth": {}}, {"growth": {}}, {}, {})],
)
def test_rights_that_have_nothing_to_compare_with_are_not_warned_of(firm_row, lacking):
    """Without a median or a 95th percentile of the stage nothing is odd."""
    assert of_the_case(firm_row | {"other_ip_count": 21.0, "patent_quality_index": 0.1}, lacking) == []
    row = {"legacy_micro": False, "growth_stage": "growth"}
    assert of_the_case(row, LEARNED) == []


def test_values_that_no_agency_delivered_are_said_to_be_so():
    """Only where a caller alone vouches for the firm."""
    assert brought_warnings(brought=False) == []
    assert brought_warnings(brought=True) == [
        {
            "code": "brought",
            "zh": "本企业不在部门登记数据中：所用数据均由请求方报送，没有一项由部门提供。",
            "en": "No agency's record holds this firm: every value was sent by the caller, and no agency delivered any "
            "of them.",
        }
    ]
