from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from data.codebook import read_codebook
from data.stages import STAGE3
from experiments.benchmarks.risk_truth import against_oracle, with_leak
from models.risk_drift import estimated_performance
from training.params import read_section
from training.risk import RiskParams, _strength, fit
from training.risk_calibration import calibration_losses, choose_calibrator, fit_calibrator
from training.risk_figures import Told, calibration_line
from training.risk_learner import learn


@pytest.fixture(scope="module")
def latent(cohort):
    return cohort.latent


@pytest.mark.truth
def test_honest_risk_never_beats_the_planted_truth_and_a_leak_does(trained, latent):
    """On planted cases out of time, only a model that has seen the outcome ranks better than the truth."""
    honest = against_oracle(trained.engine.risk, trained.later, trained.later_default, latent)
    assert not honest["beats_the_oracle"]
    assert 0.5 < honest["model_auc"] < honest["oracle_auc"] + 0.02
    spoilt, y = with_leak(trained.later, trained.later_default, 1), trained.later_default
    early = (spoilt["as_of"].dt.year == spoilt["as_of"].dt.year.min()).to_numpy()
    before, params = with_leak(trained.early, trained.early_default, 1), read_section("risk", RiskParams)
    quick = replace(params, rounds=60, stage_rounds=5, min_child_samples=10, bootstrap_draws=5)
    leaky = fit(before, trained.early_default, spoilt[early], y[early], read_codebook(), quick)
    assert against_oracle(leaky, spoilt[~early], y[~early], latent)["beats_the_oracle"]


@pytest.mark.truth
def test_the_stage_part_goes_to_zero_without_a_stage_effect_and_stays_with_one():
    """Strength follows what later cases gained, beyond two standard errors."""
    rng = np.random.default_rng(1)
    raw, own = rng.normal(-2, 1, 4_000), rng.normal(0, 1, 4_000)
    none = (rng.random(4_000) < expit(raw)).astype(float)
    some = (rng.random(4_000) < expit(raw + own)).astype(float)
    assert _strength(none, raw, own) == 0.0
    assert _strength(some, raw, own) >= 0.75


@pytest.mark.truth
@pytest.mark.parametrize(
    ("name", "bend"),
    [("platt", lambda raw: -0.5 + 0.5 * raw), ("identity", lambda raw: raw)],
)
def test_calibration_is_chosen_by_what_later_cases_say(name, bend):
    """A bent scale is straightened, a straight one is left (almost) alone."""
    rng = np.random.default_rng(2)
    raw = rng.normal(-2, 1.5, 6_000)
    y = (rng.random(6_000) < expit(bend(raw))).astype(float)
    chosen = choose_calibrator(raw, y, np.ones(6_000), np.arange(6_000), 1)
    intercept, slope = calibration_line(chosen.log_odds(raw), y, np.ones(6_000))
    assert abs(slope - 1) < 0.1, (name, chosen.method)
    assert abs(intercept) < 0.2


@pytest.mark.law
@pytest.mark.parametrize("method", ["identity", "platt", "beta", "isotonic"])
def test_no_calibration_ever_turns_the_order(method):
    """A higher raw score never gets a lower probability."""
    rng = np.random.default_rng(3)
    raw = rng.normal(-2, 1.5, 2_000)
    y = (rng.random(2_000) < expit(raw)).astype(float)
    fitted = fit_calibrator(method, raw, y, np.ones(2_000))
    assert (np.diff(fitted.log_odds(np.linspace(-12, 12, 500))) >= -1e-12).all()
    assert method in calibration_losses(raw, y, np.ones(2_000), np.arange(2_000), 1)


@pytest.mark.law
def test_weights_count_as_repeated_rows():
    """Every figure of a doubled row is that of a row of weight two."""
    rng = np.random.default_rng(4)
    p = np.round(rng.uniform(0.01, 0.9, 300), 2)
    y = (rng.random(300) < p).astype(float)
    weight = rng.integers(1, 3, 300).astype(float)
    rows = np.repeat(np.arange(300), weight.astype(int))
    one, two = Told(p, y).figures(weight), Told(p[rows], y[rows]).figures(np.ones(len(rows)))
    for name in ("auc", "ks", "brier", "log_loss", "calibration_slope"):
        assert one[name] == pytest.approx(two[name], abs=1e-9), name


@pytest.mark.truth
def test_performance_is_estimated_before_outcomes_are_known():
    """With calibrated probabilities, default rate, Brier and AUC come out as they later do."""
    rng = np.random.default_rng(7)
    p = expit(rng.normal(-2, 1.2, 40_000))
    told = Told(p, (rng.random(40_000) < p).astype(float)).figures(np.ones(40_000))
    expected = estimated_performance(p)
    assert expected["brier"].value == pytest.approx(told["brier"], abs=0.003)
    assert expected["auc"].value == pytest.approx(told["auc"], abs=0.01)


@pytest.mark.law
def test_promised_signs_hold_on_any_table_for_every_row():
    """A column promised to raise the risk never lowers it, whatever else is in the table."""
    rng = np.random.default_rng(6)
    x = pd.DataFrame(rng.normal(size=(400, 3)), columns=["a", "b", "c"])
    x["kind"] = pd.Series(rng.choice(["u", "v", None], 400)).astype("category")
    x.loc[::7, "b"] = np.nan
    y = (rng.random(400) < expit(x["a"].to_numpy() + np.sin(3 * x["c"].to_numpy()) - 1)).astype(float)
    learned = learn(x, y, seed=1, signs={"a": 1})
    low, high = np.sort(rng.normal(size=(2, 400)), axis=0)
    assert (learned.predict(x.assign(a=low)) <= learned.predict(x.assign(a=high)) + 1e-12).all()
    assert set(learned.shares) <= set(learned.inner_log_loss)


@pytest.mark.law
def test_stages_of_growth_all_have_tables(trained):
    """Each stage and an unknown one have a table; the parts that a stage lacks are the shared ones."""
    risk = trained.engine.risk
    assert len(risk.tables) == len(STAGE3) + 1
    assert all(risk.tables[place] is risk.tables[-1] for place, name in enumerate(STAGE3) if name not in risk.stages)
