"""How an advice tries a change: the columns that it moves, how far and in which steps, all by hand."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from models.quota.advice import (
    EVERY_LEVER,
    LARGEST_REQUEST_CNY,
    MAX_ADVICE,
    _pd,
    amount_advice,
    lower_pd,
    plain_advice,
)
from tests.models.quota.test_advice import CARRIED

pytestmark = pytest.mark.law


def test_a_decision_is_tried_on_changed_columns_and_on_larger_requests(situation):
    """Debt of 100, 50 and none: need 200, 250, then profit 235 + .47 x 100 = 282 and points 250."""
    case = situation()
    assert case.decide({"existing_debt_wan": np.array([100.0, 50.0, 0.0])}).amount_wan.tolist() == [200, 250, 250]
    requested = np.array([500_000.0, 1_200_000.0, float(LARGEST_REQUEST_CNY)])
    decided = case.decide({}, requested)
    assert decided.amount_wan.tolist() == [50, 120, 200]
    assert decided.limited_by.tolist() == ["requested", "requested", "need"]
    both = case.decide({"existing_debt_wan": np.array([100.0, 50.0])}, np.array([3_000_000.0, 1_200_000.0]))
    assert both.amount_wan.tolist() == [200, 120]
    assert both.requested["tenor_months"].tolist() == [12, 12]
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


def test_more_cash_flow_moves_the_cautious_and_the_usual_debt_capacity_alike(situation):
    """1 and 100 wan a year more: from 400 and 600 both by CARRIED a wan, the debt served by it."""
    (lever,) = [lever for lever in (make(situation()) for make in EVERY_LEVER) if lever.change == "debt_capacity_wan"]
    assert lever.columns(np.array([1.0, 100.0])) == {
        "capacity_low_wan": pytest.approx([400.0 + CARRIED, 400.0 + 100 * CARRIED]),
        "capacity_median_wan": pytest.approx([600.0 + CARRIED, 600.0 + 100 * CARRIED]),
    }


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
