from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from experiments.benchmarks.risk.intervals import coverage, evidence_spread, inside, rank, referrals, uncovered

NO_BOUND = {"log_odds_hidden_mid": 99.0, "log_odds_hidden_sd": 1.0}  # without invoices


def firms(rows: int = 4_000, unseen: float = 0.6, evidence: float = 0.4, seed: int = 1) -> pd.DataFrame:
    """Two cohorts whose planted log-odds scatter about the middle as the interval says."""
    rng = np.random.default_rng(seed)
    middle = rng.normal(-3.5, 0.8, rows)
    truth = middle + np.hypot(unseen, evidence) * rng.normal(size=rows)
    return pd.DataFrame(
        {
            "cohort": np.arange(rows) % 2,
            "where": "snapshot",
            "stage": np.resize(["startup", "growth", "stable"], rows),
            "invoices": np.arange(rows) % 3 == 0,
            "pd_12m": expit(middle + 0.18),
            "log_odds_mid": middle,
            "log_odds_sd": np.hypot(0.6, evidence),
            "log_odds_evidence_sd": evidence,
            **NO_BOUND,
            "unseen_sd": 0.6,
            "truth": expit(truth),
            "peer_low": expit(middle - 0.2),
            "peer_high": expit(middle + 0.2),
            "peer_width": 0.4,
        }
    )


@pytest.mark.truth
def test_coverage_finds_the_level_of_true_intervals_and_misses_it_for_narrow_ones():
    """Planted scatter as declared: 90 %, 50 %; unseen .3 or 1.0 in the world: more or less than said."""
    good = coverage(firms(), 0.9)["snapshot"]
    assert good["inside"]["mean"] == pytest.approx(0.9, abs=0.02)
    assert good["by_level"]["0.5"]["mean"] == pytest.approx(0.5, abs=0.03)
    assert good["median_width_log_odds"]["mean"] == pytest.approx(2 * 1.6449 * np.hypot(0.6, 0.4), abs=1e-3)
    assert good["calibration_only"]["inside"]["mean"] < 0.3
    assert coverage(firms(unseen=0.3), 0.9)["snapshot"]["inside"]["mean"] > 0.95
    assert coverage(firms(unseen=1.0), 0.9)["snapshot"]["inside"]["mean"] < 0.8


@pytest.mark.law
def test_inside_by_hand():
    """Middle -3.5, sd .5: the 90 % ends are expit(-3.5 -+ .8224) = .01310 and .06431; the point widens them."""
    table = pd.DataFrame(
        {
            "pd_12m": [0.03, 0.03, 0.03, 0.08],
            "log_odds_mid": -3.5,
            "log_odds_evidence_sd": 0.3,
            "log_odds_sd": 0.5,
            **NO_BOUND,
            "unseen_sd": 0.4,
            "truth": [0.0130, 0.0132, 0.0644, 0.0644],
        }
    )
    assert inside(table, 0.9).tolist() == [False, True, False, True]
    # Without an unseen part: middle -3.42, sd .3, ends expit(-3.42 -+ .4935) = .01957 and .05085.
    assert inside(table.assign(truth=[0.0195, 0.0197, 0.0507, 0.0510]), 0.9, 0.0).tolist() == [False, True, True, True]


@pytest.mark.law
def test_referrals_and_spread_by_hand():
    """Intervals that hold the cut-off are counted, cohort by cohort."""
    table = firms(6).assign(
        cohort=[0, 0, 0, 1, 1, 1], log_odds_mid=[-6.0, -3.0, 0.0, -3.0, -3.0, 3.0], log_odds_evidence_sd=0.0
    )
    table["pd_12m"] = expit(table["log_odds_mid"])
    result = referrals(table, float(expit(-3.1)))
    assert result["0.9"]["mean"] == pytest.approx((1 / 3 + 2 / 3) / 2)
    assert result["point_above"]["mean"] == pytest.approx((2 / 3 + 1) / 2)
    wide = firms(4_000).assign(log_odds_evidence_sd=np.resize([0.2, 0.2, 0.4, 0.4], 4_000))
    assert evidence_spread(wide)["evidence_sd_ratio_median"] == pytest.approx(2.0)


@pytest.mark.law
def test_the_truth_has_no_excess_loss_and_a_rival_that_is_off_has():
    """Expected log loss above the truth's own, on the firms outside the shock."""
    rng = np.random.default_rng(2)
    odds = rng.normal(-2.5, 1.0, 3_000)
    y = (rng.random(3_000) < expit(odds)).astype(float)
    result = rank(odds, odds - 1.0, expit(odds), y, np.ones(3_000, dtype=bool))
    assert result["model_excess"] == pytest.approx(0.0, abs=1e-9)
    assert result["peer_excess"] > 0.01
    assert result["model_auc"] == result["peer_auc"]


def test_a_miss_is_named_with_its_place_and_two_standard_errors_are_allowed():
    """Mean .84 with .006: within; .83: not. A third or stage of .79 is named, of .80 not; years of shock never."""

    def part(mean: float, error: float = 0.006) -> dict:
        return {"mean": mean, "standard_error": error, "cohorts": 40}

    def found(mean: float = 0.9, third: float = 0.9, stage: float = 0.9, error: float = 0.006) -> dict:
        thirds, stages = [part(0.9), part(third), part(0.9)], {"growth": part(stage), "stable": {"cohorts": 0}}
        return {
            "inside": part(mean, error),
            "by_planted_third": thirds,
            "by_predicted_third": [part(0.9)] * 3,
            "by_stage": stages,
        }

    shock = found(0.1, 0.1, 0.1)
    held = {"calm test": found(0.84, 0.80, 0.80), "snapshot": found(0.96, error=0.006), "shock test": shock}
    assert uncovered(held, "all") == []
    missed = {"calm test": found(0.83, 0.79), "snapshot": found(0.97, stage=0.5), "shock test": shock}
    assert uncovered(missed, "all") == [
        "all, calm test: 0.83 of the intervals hold the truth; allowed: 0.85 to 0.95",
        "all, calm test, planted third 2: 0.79 of the intervals hold the truth; at least 0.8",
        "all, snapshot: 0.97 of the intervals hold the truth; allowed: 0.85 to 0.95",
        "all, snapshot, growth: 0.5 of the intervals hold the truth; at least 0.8",
    ]
