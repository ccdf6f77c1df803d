"""Figures with two digits of their error, and one sentence for each of the four results."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from experiments.compare.sentences import decimals, needed, number, p_value, rounded, sentence, signed
from models.comparison.paired import Interval
from models.comparison.params import ComparisonParams
from models.comparison.verdict import Comparison

PARAMS = ComparisonParams(**yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))["comparison"])
TABLE = PARAMS.table()


@pytest.mark.law
@pytest.mark.parametrize(
    ("error", "digits"), [(0.0123, 3), (0.00051, 5), (4.2, 1), (42.0, 0), (1e-9, 6), (0.0, 4), (float("nan"), 4)]
)
def test_two_digits_of_the_error(error, digits):
    assert decimals(error) == digits


@pytest.mark.law
def test_figures():
    assert (number(-1234.5, 1), number(-0.0001, 2), number(float("nan"), 2)) == ("−1,234.5", "0.00", "–")
    assert (signed(0.5, 2), signed(-0.5, 2), signed(0.0, 2)) == ("+0.50", "−0.50", "0.00")
    assert (p_value(0.0004), p_value(0.04), p_value(1.0)) == ("p < .001", "p = .040", "p = 1.000")
    assert needed(66_949) == ("约 67,000 ", "about 67,000")
    assert needed(100_000_000) == ("约 100,000,000 ", "about 100,000,000")
    assert needed(3_200_000_000) == ("超过 100,000,000 ", "more than 100,000,000")
    assert (rounded(66_949), rounded(92), rounded(101), rounded(7)) == ("67,000", "92", "110", "7")


def pair(verdict, metric="auc", gain=0.02, firms_for_difference=4_321, firms_for_equivalence=None):
    away = Interval(gain, gain - 0.03, gain + 0.03, 0.0153)
    return Comparison(
        "run", metric, 0.7, 0.7 + gain, away, away, PARAMS.margins[metric], 0.01, 0.04, 0.3, 0.6, verdict, 500,
        firms_for_difference, firms_for_equivalence, 0.05,
    )  # fmt: skip


@pytest.mark.law
@pytest.mark.parametrize(
    ("one", "text"),
    [
        (
            pair("better"),
            "AUC 0.720 against 0.700 (+0.020, 95 % interval −0.010 to +0.050): better (p = .040 after Holm).",
        ),
        (
            pair("worse", gain=-0.02),
            "AUC 0.680 against 0.700 (−0.020, 95 % interval −0.050 to +0.010): worse (p = .040 after Holm).",
        ),
        (
            pair("equivalent"),
            "AUC 0.720 against 0.700 (+0.020, 95 % interval −0.010 to +0.050): equivalent, what is gained or "
            "lost lies within the margin of 0.01 (p = .600 after Holm).",
        ),
        (
            replace(pair("equivalent", gain=0.0), difference=Interval(0.0, 0.0, 0.0, 0.0)),
            "AUC 0.7000 against 0.7000 (0.0000, 95 % interval 0.0000 to 0.0000): equivalent, no resample of firms "
            "shows any difference.",
        ),
        (
            pair("not_distinguishable"),
            "AUC 0.720 against 0.700 (+0.020, 95 % interval −0.010 to +0.050): not distinguishable on 500 firms "
            "(p = .040 after Holm). A gain of this size would be shown by about 4,400 firms with 80 % probability.",
        ),
        (
            pair("not_distinguishable", gain=0.004, firms_for_equivalence=900),
            "AUC 0.704 against 0.700 (+0.004, 95 % interval −0.026 to +0.034): not distinguishable on 500 firms "
            "(p = .040 after Holm). That the two are within the margin of 0.01 would be shown by about 900 firms with "
            "80 % probability.",
        ),
        (
            pair("not_distinguishable", gain=-0.02),
            "AUC 0.680 against 0.700 (−0.020, 95 % interval −0.050 to +0.010): not distinguishable on 500 firms "
            "(p = .040 after Holm). A loss of this size would be shown by about 4,400 firms with 80 % probability.",
        ),
        (
            replace(pair("worse", "calibration_slope", 0.2), gain=Interval(-0.3, -0.6, -0.1, 0.12)),
            "Calibration slope 0.900 against 0.700 (+0.200, 95 % interval +0.170 to +0.230; distance from 1 larger by "
            "0.30, interval 0.10 to 0.60): worse (p = .040 after Holm).",
        ),
        (
            pair("not_distinguishable", gain=0.004),
            "AUC 0.704 against 0.700 (+0.004, 95 % interval −0.026 to +0.034): not distinguishable on 500 firms "
            "(p = .040 after Holm). No number of firms can be stated.",
        ),
        (
            pair("better", "calibration_slope", 0.2),
            "Calibration slope 0.900 against 0.700 (+0.200, 95 % interval +0.170 to +0.230; distance from 1 smaller "
            "by 0.200, interval 0.170 to 0.230): better (p = .040 after Holm).",
        ),
    ],
)
def test_one_sentence_for_each_result(one, text):
    assert sentence(one, TABLE[one.metric], PARAMS)[1] == text


@pytest.mark.law
@pytest.mark.parametrize(
    ("one", "text"),
    [
        (
            pair("better"),
            "AUC 0.720，基准 0.700（差 +0.020，95% 区间 −0.010 至 +0.050）：更好（Holm 校正后 p = .040）。",
        ),
        (
            pair("equivalent", "expected_profit"),
            "预期收益 0.720，基准 0.700（差 +0.020 元/年（每万元），95% 区间 −0.010 至 +0.050）：等效，"
            "优劣之差在界值 10 元/年（每万元） 以内（Holm 校正后 p = .600）。",
        ),
        (
            pair("not_distinguishable"),
            "AUC 0.720，基准 0.700（差 +0.020，95% 区间 −0.010 至 +0.050）：以 500 家企业的样本"
            "无法区分（Holm 校正后 p = .040）。"
            "这样大小的改善，需要约 4,400 家企业的样本才能以 80% 的概率显示。",
        ),
        (
            pair("better", "calibration_slope", 0.2),
            "校准斜率 0.900，基准 0.700（差 +0.200，95% 区间 +0.170 至 +0.230；与 1 的距离缩小 0.200，"
            "区间 0.170 至 0.230）："
            "更好（Holm 校正后 p = .040）。",
        ),
    ],
)
def test_the_same_sentence_in_chinese(one, text):
    assert sentence(one, TABLE[one.metric], PARAMS)[0] == text
