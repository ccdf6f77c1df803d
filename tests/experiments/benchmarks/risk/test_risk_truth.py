from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from data.codebook import read_codebook
from data.growth_stages import GROWTH_STAGES
from experiments.benchmarks.risk.cohorts import oracle
from experiments.benchmarks.risk.risk_truth import against_oracle, calibration, with_leak
from training.params import read_section
from training.risk.fit import RiskParams, fit


def planted(factor: float = 1.0, level: float = 0.0, stage: str | None = None) -> pd.DataFrame:
    """Three cohorts whose predicted log-odds are the true ones, stretched in one stage or in all and moved."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"cohort": np.repeat([1, 2, 3], 2_000), "stage": rng.choice(GROWTH_STAGES, 6_000)})
    true = rng.normal(-2.2, 0.9, 6_000)
    bent = (
        np.where(frame["stage"].isin([stage] if stage else GROWTH_STAGES), -2.2 + factor * (true + 2.2), true) + level
    )
    frame["shock"] = np.arange(6_000) % 10 == 0
    default = (rng.random(6_000) < expit(true)).astype(float)
    return frame.assign(predicted=expit(bent), truth=expit(true), default=default)


@pytest.mark.truth
def test_the_truth_reported_passes_and_a_flat_stage_does_not():
    """The verdict holds for the planted probabilities themselves and fails where one stage is too flat."""
    good, flat = calibration(planted()), calibration(planted(0.6, stage="growth"))
    assert good["verdict"]["every_stage_holds_1"]
    assert good["verdict"]["stage_intervals_that_hold_1"] >= 6
    assert not flat["verdict"]["every_stage_holds_1"]
    assert flat["slope"]["growth"]["pooled"]["low"] > 1
    assert flat["slope"]["growth"]["truth_pooled"]["holds_1"]
    assert flat["slope"]["stable"]["pooled"]["holds_1"]


@pytest.mark.truth
def test_a_level_reported_too_low_is_seen_beside_a_perfect_slope():
    """Probabilities that are too low by a constant keep their slope; what came over what was told says it."""
    low = calibration(planted(level=-0.7))
    assert low["slope"]["all"]["pooled"]["holds_1"]
    assert low["observed_over_predicted"]["low"] > 1.5
    assert calibration(planted())["observed_over_predicted"]["value"] == pytest.approx(1, abs=0.1)


@pytest.fixture(scope="module")
def latent(cohort):
    return cohort.latent


@pytest.mark.truth
def test_plausible_risk_never_beats_the_planted_truth_and_a_leak_does(trained, latent):
    """On planted cases out of time, only a model that has seen the outcome ranks better than the truth."""
    undistorted = against_oracle(
        trained.engine.risk, trained.later, trained.later_default, oracle(trained.later, latent)
    )
    assert not undistorted["beats_the_oracle"]
    assert 0.5 < undistorted["model_auc"] < undistorted["oracle_auc"] + 0.02
    spoilt, y = with_leak(trained.later, trained.later_default, 1), trained.later_default
    before = with_leak(trained.early, trained.early_default, 1)
    leaky = fit(before, trained.early_default, read_codebook(), read_section("risk", RiskParams))
    assert against_oracle(leaky, spoilt, y, oracle(spoilt, latent))["beats_the_oracle"]
