"""What a firm can move: the columns that each change moves, how far and in which steps, all by hand."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from models.quota.advice import LARGEST_REQUEST_CNY
from models.quota.levers import EVERY_LEVER, default_risk, lower_pd, more_capacity

pytestmark = pytest.mark.law
# Debt at 5 % over 12 months for each 10,000 yuan of yearly cash flow: .9734 / 1.2 (.9734 = 12 payments of 1 / 12).
CARRIED = sum((1 + 0.05 / 12) ** -month for month in range(1, 13)) / 12 / 1.2


def test_a_decision_is_tried_on_changed_columns_and_on_larger_requests(situation):
    """Debt of 100, 50 and none: need 200, 250, then profit 235 + .47 x 100 = 282 and points 250."""
    case = situation()
    assert case.decide({"existing_debt_wan": np.array([100.0, 50.0, 0.0])}).amount_wan.tolist() == [200, 250, 250]
    requested = np.array([500_000.0, 1_200_000.0, float(LARGEST_REQUEST_CNY)])
    decided = case.decide({}, requested_amount_cny=requested)
    assert decided.amount_wan.tolist() == [50, 120, 200]
    assert decided.limited_by.tolist() == ["requested", "requested", "need"]
    both = case.decide(
        {"existing_debt_wan": np.array([100.0, 50.0])}, requested_amount_cny=np.array([3_000_000.0, 1_200_000.0])
    )
    assert both.amount_wan.tolist() == [200, 120]
    assert both.requested["tenor_months"].tolist() == [12, 12]
    assert case.figure("existing_debt_wan") == 100.0


@pytest.mark.parametrize(
    ("change", "changed", "unit", "now", "steps", "first", "last"),
    [
        ("existing_debt_wan", {}, "wan_cny", 100.0, 100, 99.0, 0.0),
        ("existing_debt_wan", {"row": {"existing_debt_wan": 2.5}}, "wan_cny", 2.5, 3, 1.5, 0.0),
        ("need_wan", {}, "wan_cny", 200.0, 2000, 1.0, 2000.0),
        ("exposure_wan", {"row": {"guarantees_wan": 5.5}}, "wan_cny", 105.5, 106, 104.5, 0.0),
        ("points", {}, "points", 50.0, 100, 50.1, 60.0),
        ("points", {"total": 19.97}, "points", 19.97, 401, 20.0, 60.0),  # in tenths of a point
        ("points", {"total": 59.0, "bank": {"full_points": 60.04}}, "points", 59.0, 11, 59.1, 60.1),
    ],
)
def test_how_far_a_figure_can_be_moved_and_in_which_steps(situation, change, changed, unit, now, steps, first, last):
    """From today's figure by whole steps to nothing owed, to full points, or to all that the bank could lend."""
    levers = {lever.change: lever for lever in (make(situation(**changed)) for make in EVERY_LEVER)}
    assert list(levers) == ["existing_debt_wan", "need_wan", "points", "exposure_wan"]
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
    lever = default_risk(situation(**changed))
    assert (lever.change, lever.steps) == ("pd_12m", steps)
    assert lever.then(np.array([float(steps)])) == pytest.approx([last])
    assert "pd_12m" not in [make(situation(**changed)).change for make in EVERY_LEVER]


def test_a_tenor_product_or_purpose_is_tried_in_place_of_the_requested_one(situation):
    """24 months: need 200; 25 are not offered. The Zheke loan starts at 13 months; for export orders none."""
    case = situation()
    decided = case.decide({}, tenor_months=np.array([24, 25]))
    assert (decided.amount_wan.tolist(), decided.limited_by.tolist()) == ([200, 0], ["need", "tenor"])
    decided = case.decide({}, product=np.array(["innovation_points", "zheke"]))
    assert (decided.amount_wan.tolist(), decided.limited_by.tolist()) == ([200, 0], ["need", "tenor"])
    decided = case.decide({}, purpose=np.array(["equipment", "export_orders"]))
    assert (decided.amount_wan.tolist(), decided.limited_by.tolist()) == ([200, 0], ["need", "purpose"])


@pytest.mark.parametrize("revenue", [1_000.0, 39.0])
def test_more_capacity_is_what_a_tenth_of_revenue_carries_at_the_cover_of_its_label(situation, revenue):
    """Cautious 400 and usual 600, both by CARRIED for each wan of cash flow."""
    columns = more_capacity(situation({"revenue_wan": revenue}))
    assert columns == {
        "capacity_low_wan": pytest.approx([400.0 + revenue / 10 * CARRIED]),
        "capacity_median_wan": pytest.approx([600.0 + revenue / 10 * CARRIED]),
    }


@pytest.mark.parametrize(
    ("change", "row", "steps", "repaid"),
    [
        ("existing_debt_wan", {}, 30.0, 30.0),
        ("exposure_wan", {"guarantees_wan": 10.0}, 30.0, 20.0),
        ("exposure_wan", {"guarantees_wan": 40.0}, 30.0, 0.0),
        ("existing_debt_wan", {"existing_debt_wan": 29.5}, 30.0, 29.5),
        ("exposure_wan", {"existing_debt_wan": 19.5, "guarantees_wan": 10.0}, 30.0, 19.5),
        ("need_wan", {}, 30.0, 0.0),
        ("points", {}, 30.0, 0.0),
    ],
)
def test_what_a_change_repays_is_bank_debt_alone(situation, change, row, steps, repaid):
    """Guarantees are freed first, and cost nothing."""
    (lever,) = [lever for lever in (make(situation(row)) for make in EVERY_LEVER) if lever.change == change]
    assert lever.repays(steps) == repaid


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
