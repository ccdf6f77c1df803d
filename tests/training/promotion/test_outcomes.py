"""Checks against outcomes: by hand, and on planted truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtri

from models.comparison.metrics import Profit, metrics_table
from models.comparison.paired import Resamples, statistics
from models.comparison.rows import RunRows
from training.params import read_section
from training.promotion.outcomes import (
    Ratio,
    calibration,
    discrimination,
    fairness,
    group_name,
    promise,
    ratios,
    slope_ratio,
)
from training.promotion.verdict import PromotionParams, suffices

METRICS = metrics_table(Profit(0.045, 0.4))
N = 6_000


def planted(shift: float = 0.0, seed: int = 0) -> tuple[RunRows, np.ndarray]:
    """Firms of two stages with right probabilities, but for a shift of the log-odds in the stable stage."""
    rng = np.random.default_rng(seed)
    stage = np.where(rng.random(N) < 0.5, "startup", "stable").astype(object)
    odds = rng.normal(-2.0, 1.0, N)
    y = (rng.random(N) < 1 / (1 + np.exp(-odds))).astype(float)
    predicted = 1 / (1 + np.exp(-odds - shift * (stage == "stable")))
    return RunRows(np.arange(N), y, predicted, np.ones(N)), stage


@pytest.mark.law
@pytest.mark.parametrize(
    ("ratio", "half_width", "status"),
    [(1.1, 0.2, "passed"), (1.25, 0.2, "passed"), (1.31, 0.2, "failed"), (0.75, 0.2, "failed"), (0.8, 0.1, "passed"),
     (3.0, 2.5, "not_shown"), (1.0, 0.31, "not_shown"), (4.0, 2.5, "failed")],
)  # fmt: skip
def test_beyond_chance_and_beyond_what_is_allowed(ratio, half_width, status):
    """At 1.3 either way: only both together refuse; what could not have been seen is not shown."""
    assert Ratio("growth", 100, ratio, half_width, 1.3).status == status
    most = Ratio("growth", 100, ratio, half_width, 1.3, at_most=True)
    assert most.status == ("passed" if (status, ratio < 1) == ("failed", True) else status)


@pytest.mark.law
def test_observed_over_expected_by_hand():
    """20 firms of .1: 4 defaults of 2 expected; variance: 4 (.9)^2 + 16 (.1)^2 = 3.4, against 20 (.09) = 1.8."""
    observed, expected = np.repeat([1.0, 0.0], [4, 16]), np.full(20, 0.1)
    group = np.full(20, "growth", dtype=object)
    (found,) = ratios(observed, expected, np.arange(20), group, 1.3, 0.01)
    assert found.ratio == pytest.approx(2.0)
    assert found.half_width == pytest.approx(-ndtri(0.005) * np.sqrt(3.4) / 2.0)


@pytest.mark.law
def test_a_firm_that_is_in_the_rows_four_times_is_one_observation():
    """Four times the rows of the same firms: the same ratio and, of the firms' residuals, the same width."""
    rng = np.random.default_rng(3)
    y, p = (rng.random(400) < 0.3).astype(float), np.full(400, 0.3)
    group = np.full(400, "growth", dtype=object)
    (one,) = ratios(y, p, np.arange(400), group, 1.3, 0.01)
    (four,) = ratios(np.tile(y, 4), np.tile(p, 4), np.tile(np.arange(400), 4), np.tile(group, 4), 1.3, 0.01)
    assert four.ratio == pytest.approx(one.ratio)
    assert four.half_width == pytest.approx(one.half_width, rel=0.02)
    (rows,) = ratios(np.tile(y, 4), np.tile(p, 4), np.arange(1600), np.tile(group, 4), 1.3, 0.01)
    assert rows.half_width == pytest.approx(one.half_width / 2, rel=0.02)  # what a count of rows would claim


def test_groups_of_fewer_than_ten_firms_are_left_out():
    group = np.array(["a"] * 9 + ["b"] * 10, dtype=object)
    found = ratios(np.zeros(19), np.full(19, 0.1), np.arange(19), group, 1.3, 0.01)
    assert [(one.group, one.firms) for one in found] == [("b", 10)]
    assert found[0].half_width > 1.0  # no default of one expected is no surprise, and does not look like one


@pytest.mark.law
def test_a_group_of_fewer_than_ten_firms_is_listed_as_not_shown():
    """Nine firms in the south, all other districts right: not shown, by name, with no figure."""
    rows, stage = planted()
    district = np.where(np.arange(N) < 9, "south", "north").astype(object)
    district[3_000:] = "east"
    check = fairness("district", rows, district, 1.5, 0.01)
    assert check.status == "not_shown"
    assert check.text[1].endswith("too few firms or outcomes to show it: south.")
    assert "south" in check.text[0]
    assert not [name for name in check.measured if name.startswith("south")]
    params = read_section("promotion", PromotionParams)
    assert [suffices(check, replace(params, not_shown_blocks=blocks)) for blocks in (False, True)] == [True, False]
    assert fairness("district", rows, np.where(district == "south", "north", district), 1.5, 0.01).status == "passed"
    small = np.where(np.arange(N) < 9, "startup", "stable").astype(object)
    assert calibration(rows, small, 1.3, 0.01).text[1].endswith("to show it: start-up.")
    wrong, _ = planted(2.0)
    unfair = fairness("district", wrong, np.where(np.arange(N) < 9, "south", stage), 1.5, 0.01)
    assert (unfair.status, unfair.text[1].endswith("to show it: south.")) == ("failed", True)


@pytest.mark.truth
def test_a_stage_whose_risk_is_understated_is_found_and_right_ones_pass():
    """Half of the odds in one stage: refused for that stage. In ten right ones none is refused."""
    rows, stage = planted(-0.7)
    check = calibration(rows, stage, 1.3, 0.01)
    assert check.status == "failed"
    assert "stable" in check.text[1]
    assert {calibration(*planted(seed=seed), 1.3, 0.01).status for seed in range(10)} == {"passed"}


@pytest.mark.truth
def test_probabilities_that_are_too_far_apart_are_found():
    """Log-odds doubled about their middle: the slope is a half."""
    rows, stage = planted()
    odds = np.log(rows.prediction / (1 - rows.prediction))
    far = replace(rows, prediction=1 / (1 + np.exp(-(2 * odds + 2.0))))
    slopes = [
        statistics(one, [METRICS["calibration_slope"]], Resamples(N, 100, 1))["calibration_slope"]
        for one in (rows, far)
    ]
    right, wrong = (slope_ratio(one, N, 1.2, 0.01) for one in slopes)
    assert (right.status, wrong.status) == ("passed", "failed")
    assert wrong.ratio == pytest.approx(0.5, abs=0.05)
    check = calibration(rows, stage, 1.3, 0.01, wrong)
    assert check.status == "failed"
    assert check.text[1].startswith(f"Farthest from right is the calibration slope: {wrong.ratio:.2f} (1 is right; ")
    assert check.text[0].startswith("偏离最大的是校准斜率：")
    assert "Observed over expected" not in check.text[1]  # a slope is no such ratio


@pytest.mark.truth
def test_a_group_that_is_taken_for_riskier_than_it_is():
    """Against the whole: the same error of everybody is no unfairness."""
    rows, stage = planted(2.0)
    assert fairness("stage", rows, stage, 1.5, 0.01).status == "failed"
    everybody, _ = planted()
    odds = np.log(everybody.prediction / (1 - everybody.prediction))
    shifted = replace(everybody, prediction=1 / (1 + np.exp(-(odds + 1.0))))
    assert fairness("stage", shifted, stage, 1.5, 0.01).status == "passed"


@pytest.mark.contract
def test_what_cannot_be_shown_is_said():
    """No such column, one group alone, too few outcomes, nothing promised."""
    rows, stage = planted()
    few = np.arange(40)
    assert fairness("district", rows, None, 1.5, 0.01).status == "not_shown"
    assert fairness("district", rows, np.full(N, "east", dtype=object), 1.5, 0.01).status == "not_shown"
    assert calibration(rows.take(few), stage[few], 1.3, 0.01).status == "not_shown"
    assert calibration(rows.take(few[:5]), stage[:5], 1.3, 0.01).status == "not_shown"
    points = replace(rows, kind="points")
    assert calibration(points, stage, 1.3, 0.01).status == "not_shown"
    expecting = replace(points, extras={"expected": rows.prediction})
    assert calibration(expecting, stage, 1.3, 0.01).status == "not_shown"
    assert fairness("stage", expecting, stage, 1.5, 0.01).status == "passed"


def test_a_cautious_amount_promises_to_be_missed_in_its_share():
    """Amounts of 1 and 3 at the quantile .25 where 2 were serviced: the second was missed."""
    rows = RunRows(
        np.arange(2),
        np.full(2, 2.0),
        np.array([1.0, 3.0]),
        np.ones(2),
        "quantile",
        extras={"quantile": np.full(2, 0.25)},
    )
    observed, promised = promise(rows)
    assert (observed.tolist(), promised.tolist()) == ([0.0, 1.0], [0.25, 0.25])


@pytest.mark.truth
def test_only_what_is_better_at_its_level_passes():
    """The same predictions, worse ones and better ones; a later look needs more."""
    rows, _ = planted()
    rng = np.random.default_rng(1)
    odds = np.log(rows.prediction / (1 - rows.prediction))
    noisy = replace(rows, prediction=1 / (1 + np.exp(-(odds + rng.normal(0.0, 0.9, N)))))
    own, worse = (statistics(one, [METRICS["auc"]], Resamples(N, 200, 1))["auc"] for one in (rows, noisy))
    assert discrimination(METRICS["auc"], worse, own, 0.025, 1).status == "passed"
    assert discrimination(METRICS["auc"], own, worse, 0.025, 1).status == "failed"
    same = discrimination(METRICS["auc"], own, own, 0.025, 1)
    assert (same.status, same.measured["gain"], same.measured["p"]) == ("failed", 0.0, 0.5)
    p = discrimination(METRICS["auc"], worse, own, 0.025, 1).measured["p"]
    assert discrimination(METRICS["auc"], worse, own, p / 2, 9).status == "failed"


def test_groups_have_the_names_that_a_person_reads():
    assert group_name("startup") == ("初创期", "start-up")
    assert group_name("ecommerce") == ("电子商务", "e-commerce")
    assert group_name("3 to 8 years") == ("3 年至不满 8 年", "3 to under 8 years")
    assert group_name("unknown") == ("未知", "unknown")
    assert group_name("not_given") == ("未提供", "not given")
    assert group_name("north") == ("north", "north")  # a district has the name that the register gives it
