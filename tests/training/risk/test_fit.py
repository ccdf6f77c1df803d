from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from data.codebook import read_codebook
from experiments.benchmarks.risk.cohorts import oracle
from experiments.benchmarks.risk.risk_truth import against_oracle, with_leak
from features.invoices.features import INVOICE_FEATURES, INVOICE_PD_SIGNS
from features.risk import WORST, risk_matrix
from models.risk.drift import estimated_performance
from models.risk.model import InvoiceBlock
from training.params import read_section
from training.risk.calibration import calibration_losses, choose_calibrator, fit_calibrator
from training.risk.figures import Told, calibration_line, slope_interval
from training.risk.fit import RiskParams, fit, read_table
from training.risk.learner import learn
from training.risk.reports import evaluate, interval_report
from training.tuning import enterprise_folds


@pytest.fixture(scope="module")
def latent(cohort):
    return cohort.latent


@pytest.mark.truth
def test_honest_risk_never_beats_the_planted_truth_and_a_leak_does(trained, latent):
    """On planted cases out of time, only a model that has seen the outcome ranks better than the truth."""
    honest = against_oracle(trained.engine.risk, trained.later, trained.later_default, oracle(trained.later, latent))
    assert not honest["beats_the_oracle"]
    assert 0.5 < honest["model_auc"] < honest["oracle_auc"] + 0.02
    spoilt, y = with_leak(trained.later, trained.later_default, 1), trained.later_default
    before = with_leak(trained.early, trained.early_default, 1)
    leaky = fit(before, trained.early_default, read_codebook(), read_section("risk", RiskParams))
    assert against_oracle(leaky, spoilt, y, oracle(spoilt, latent))["beats_the_oracle"]


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
    late = np.arange(2_000) >= 1_500
    assert method in calibration_losses((method,), raw, y, np.ones(2_000), [(~late, late)])


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


@pytest.mark.law
@pytest.mark.parametrize(("defaults", "rounds"), [(10, 100), (166, 100), (167, 100), (300, 180), (700, 400)])
def test_the_remainder_has_rounds_by_the_number_of_defaults(defaults, rounds):
    """0.6 for each default, at least 100 and at most 400."""
    assert read_section("risk", RiskParams).trees(defaults).rounds == rounds


@pytest.mark.law
def test_training_rows_show_hidden_invoices_as_missing_and_gaps_in_shown_ones_as_the_worst(trained):
    """A firm without invoices stays NaN; one that shows some has its gaps at the worst end, where there is one."""
    frame = trained.early.head(3).copy()
    frame.loc[frame.index[0], list(INVOICE_FEATURES)] = np.nan
    frame.loc[frame.index[1], ["inv_sales_growth_share", "inv_buyer_hhi_share"]] = np.nan
    book = read_codebook()
    table = read_table(risk_matrix(frame, book).to_numpy(), book)
    x = pd.DataFrame(table.x, columns=list(table.names))
    assert table.hidden.tolist() == [True, False, False]
    assert x.loc[0, [name for name in INVOICE_FEATURES if INVOICE_PD_SIGNS.get(name)]].isna().all()
    assert x.loc[1, "inv_sales_growth_share"] == -WORST
    assert np.isnan(x.loc[1, "inv_buyer_hhi_share"])


@pytest.mark.behaviour
def test_a_bank_whose_borrowers_never_showed_invoices_still_gets_a_model(trained):
    """The block is then 0 for those without invoices and at most 0 for others; nothing fails."""
    hidden = trained.early.assign(**dict.fromkeys(INVOICE_FEATURES, np.nan))
    model = fit(hidden, trained.early_default, read_codebook(), read_section("risk", RiskParams))
    assert model.block == InvoiceBlock(0.0, 0.0, 0.0)
    told = model.predict(hidden)["pd_12m"]
    assert (model.predict(trained.early)["pd_12m"] <= told).all()
    known = hidden["stage3"] != "unknown"
    assert told[known].sum() == pytest.approx(trained.early_default[known].sum(), abs=1e-6)


@pytest.mark.contract
def test_one_outcome_alone_is_refused(trained):
    """Without a default, or with nothing else, there is nothing to fit."""
    for value in (0, 1):
        with pytest.raises(ValueError, match="both outcomes are needed"):
            fit(trained.early, trained.early_default * 0 + value, read_codebook(), read_section("risk", RiskParams))


@pytest.mark.law
def test_the_cost_of_a_refer_level_is_a_share_of_the_cases(trained):
    """A higher level never refers less; those that exceed and those that are referred are different firms."""
    told = interval_report(trained.engine.risk, trained.snapshot.frame, read_codebook(), [0.08, 0.02])
    costs = {cutoff: pd.DataFrame(levels).T for cutoff, levels in told["refer_levels"].items()}
    assert list(costs) == ["0.02", "0.08"]
    for mine in costs.values():
        assert mine["refers"].is_monotonic_increasing
        assert mine["exceeds"].is_monotonic_decreasing
        assert (mine["refers"] + mine["exceeds"] <= 1).all()
    answers = trained.engine.risk.predict(trained.snapshot.frame)
    held = ((answers["pd_low"] <= 0.02) & (answers["pd_high"] > 0.02)).mean()
    assert costs["0.02"].loc["0.9", "refers"] == held


@pytest.mark.law
def test_folds_of_enterprises_share_out_the_defaults_and_tear_no_enterprise_apart():
    """An enterprise is in one fold, and each fold has as many enterprises that defaulted, to one."""
    rng = np.random.default_rng(8)
    firms = pd.Series(rng.integers(0, 300, 900))
    y = np.where(firms < 43, rng.random(900) < 0.6, 0.0).astype(float)
    fold = enterprise_folds(y, firms, 5, 7)
    assert (pd.Series(fold) == firms.map(dict(zip(firms, fold, strict=True)))).all()
    bad = pd.Series(fold)[y == 1].groupby(firms[y == 1]).first().value_counts()
    assert set(bad.index) == set(range(5))
    assert bad.max() - bad.min() <= 1


def told_and_seen(rng, rows, defaults, spread=0.8):
    """Perfectly calibrated log-odds of so many rows with about so many defaults, and what came of them."""
    log_odds = np.log(defaults / (rows - defaults)) - spread**2 / 2 + rng.normal(0, spread, rows)
    return log_odds, (rng.random(rows) < expit(log_odds)).astype(float)


@pytest.mark.truth
@pytest.mark.parametrize(("rows", "defaults"), [(150, 3), (250, 5), (500, 10), (500, 50)])
def test_the_slope_interval_holds_a_perfect_slope_as_often_as_it_says(rows, defaults):
    """90 % intervals of calibrated probabilities hold 1 in 90 % of samples, at a handful of defaults too."""
    rng, held = np.random.default_rng(defaults), []
    while len(held) < 300:
        log_odds, y = told_and_seen(rng, rows, defaults)
        if y.any():
            slope = slope_interval(log_odds, y)
            held.append(slope["low"] <= 1 <= slope["high"])
    assert abs(np.mean(held) - 0.9) < 0.05  # three standard errors


@pytest.mark.truth
@pytest.mark.parametrize(("factor", "wrong"), [(0.6, "flat"), (1.6, "steep")])
def test_the_slope_interval_finds_probabilities_that_are_too_flat_or_too_steep(factor, wrong):
    """Log-odds shrunken to their mean have a slope above 1, stretched ones below; 150 defaults are enough to say so."""
    log_odds, y = told_and_seen(np.random.default_rng(12), 2_000, 150, spread=1.0)
    slope = slope_interval(log_odds.mean() + factor * (log_odds - log_odds.mean()), y)
    assert (slope["low"] > 1) == (wrong == "flat")
    assert (slope["high"] < 1) == (wrong == "steep")
    assert slope["low"] < 1 / factor < slope["high"]


@pytest.mark.truth
def test_one_slope_over_cohorts_lets_each_have_its_own_level():
    """Cohorts told too high or too low by a constant have a common slope of 1 only if each may have its level."""
    log_odds, y = told_and_seen(np.random.default_rng(12), 8_000, 900)
    cohort = np.arange(8_000) % 4
    shifted = log_odds + np.array([-1.5, -0.5, 0.5, 1.5])[cohort]
    slope = slope_interval(shifted, y, groups=cohort)
    assert slope["low"] < 1 < slope["high"]
    assert slope_interval(shifted, y)["high"] < 1


@pytest.mark.law
def test_the_slope_is_that_of_plain_likelihood_with_many_defaults_and_finite_with_two():
    """The penalty is felt only where the likelihood alone would run away."""
    log_odds, y = told_and_seen(np.random.default_rng(11), 6_000, 900)
    assert slope_interval(log_odds, y)["value"] == pytest.approx(
        calibration_line(log_odds, y, np.ones(6_000))[1], abs=0.01
    )
    few = (np.arange(200) >= 198).astype(float)
    slope = slope_interval(np.linspace(-4, -2, 200), few)
    assert 0 < slope["low"] < slope["value"] < slope["high"] < np.inf
    with pytest.raises(ValueError, match="all the same"):
        slope_interval(np.full(200, -3.0), few)


@pytest.mark.behaviour
def test_a_model_that_tells_all_the_same_is_judged_without_a_slope(trained):
    """A stage's figures carry its slope's interval; one probability for everybody has none, and stops nothing."""
    risk, told = trained.engine.risk, (trained.later, trained.later_default, read_codebook(), 20)
    judged = evaluate(risk, *told)
    for one in (judged, *judged["stages"].values()):
        slope = one["figures"]["calibration_slope"]
        assert slope["low"] < slope["value"] < slope["high"]
    same = evaluate(replace(risk, level=-100.0), *told)  # the floor for everybody
    assert "calibration_slope" not in same["figures"]
    assert same["figures"]["auc"]["value"] == 0.5


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
