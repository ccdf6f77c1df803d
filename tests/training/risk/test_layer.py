from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import truncnorm

from data.codebook import read_codebook
from features.risk import monotone_signs, risk_feature_names
from models.risk.layer import Terms
from training.risk.layer import PriorError, fit_layer, posterior_draws, posterior_mode, read_priors, terms_of

pytestmark = pytest.mark.law
SD = np.array([5.0, 0.5])


def sample(effect: float, rows: int = 400, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """An intercept, one column, and outcomes with this effect."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=rows)
    return np.array([np.ones(rows), z]), (rng.random(rows) < expit(-2.0 + effect * z)).astype(float)


def on_a_grid(columns: np.ndarray, y: np.ndarray, sd: np.ndarray) -> tuple[float, float, float]:
    """Mode, mean and standard deviation of the column's coefficient by summing the exact posterior over a grid."""
    a, b = np.linspace(-3.5, -1.0, 61), np.linspace(0.0, 2.0, 251)
    odds = a[:, None, None] + b[None, :, None] * columns[1]
    log_density = (y * odds - np.logaddexp(0.0, odds)).sum(axis=2)
    log_density -= (a[:, None] / sd[0]) ** 2 / 2 + (b[None, :] / sd[1]) ** 2 / 2
    density = np.exp(log_density - log_density.max())
    mode = b[np.unravel_index(density.argmax(), density.shape)[1]]
    weight = density.sum(axis=0) / density.sum()
    mean = float(weight @ b)
    return float(mode), mean, float(np.sqrt(weight @ np.square(b - mean)))


@pytest.mark.parametrize("effect", [0.8, 0.2, -0.3])
def test_mode_and_posterior_are_those_of_the_exact_sum(effect):
    """Against a sum over a grid; an effect of the wrong direction has its mode at 0 and a mean above it."""
    columns, y = sample(effect)
    mode, mean, spread = on_a_grid(columns, y, SD)
    found, gradient, _ = posterior_mode(columns, y, SD, np.array([False, True]))
    assert found[1] == pytest.approx(mode, abs=0.006)
    assert (found[1] == 0.0) == (effect < 0)
    assert gradient[1] >= -1e-6
    draws = posterior_draws(columns, y, SD, np.array([False, True]), 1)[:, 1]
    assert (draws >= 0).all()
    assert draws.mean() == pytest.approx(mean, abs=0.02)
    assert draws.std() == pytest.approx(spread, rel=0.12)
    assert draws.mean() > 0.01


def test_the_draws_are_those_of_a_truncated_normal():
    """One bounded coefficient: mean and sd of a truncated normal in closed form, with the Newton step as its centre."""
    columns, y = sample(-0.5)
    mode, gradient, curvature = posterior_mode(columns, y, SD, np.array([False, True]))
    inverse = np.linalg.inv(curvature)
    centre, sd = (mode - inverse @ gradient)[1], np.sqrt(inverse[1, 1])
    exact = truncnorm(-centre / sd, np.inf, loc=centre, scale=sd)
    draws = posterior_draws(columns, y, SD, np.array([False, True]), 3)[:, 1]
    assert centre < 0
    assert draws.mean() == pytest.approx(exact.mean(), rel=0.1)
    assert draws.std() == pytest.approx(exact.std(), rel=0.1)
    wrong = truncnorm(-mode[1] / sd, np.inf, loc=mode[1], scale=sd)  # the centre at the mode, the gradient forgotten
    assert draws.mean() < 0.8 * wrong.mean()


def test_without_outcomes_the_posterior_is_the_prior():
    """A half-normal of sd .5 has mean .5 x sqrt(2 / pi) = .399 and sd .5 x sqrt(1 - 2 / pi) = .301."""
    columns = np.array([np.ones(50), np.zeros(50)])
    draws = posterior_draws(columns, np.r_[np.ones(10), np.zeros(40)], SD, np.array([False, True]), 2)[:, 1]
    assert draws.mean() == pytest.approx(0.399, abs=0.03)
    assert draws.std() == pytest.approx(0.301, abs=0.03)


def test_more_defaults_narrow_the_posterior():
    """Ten times as many loans: about a third of the standard deviation, as long as the prior does not rule."""
    few, many = (
        posterior_draws(*sample(0.8, rows), np.array([5.0, 5.0]), np.array([False, True]), 1)[:, 1].std()
        for rows in (400, 4_000)
    )
    assert many == pytest.approx(few / np.sqrt(10), rel=0.35)


def test_priors_are_of_features_with_a_direction_or_bands():
    """43 columns; every credit fact that has a direction is among them."""
    priors, signs = read_priors(), monotone_signs(read_codebook())
    assert len(priors) == 43
    assert all(signs[prior.feature] for prior in priors if prior.form != "band")
    facts = {"overdue_days_max_24m", "litigation_count_24m", "cash_flow_ratio", "debt_to_revenue_ratio"}
    facts |= {"guarantees_to_revenue_ratio", "arrears_to_revenue_ratio"}
    assert facts <= {prior.feature for prior in priors}


def test_constraints_are_scaled_on_the_rows_that_are_known():
    """Levels have mean 0 and sd 1 over the known rows; a filled value is at the worst end."""
    priors = [prior for prior in read_priors() if prior.feature in {"net_profit_margin", "overdue_days_max_24m"}]
    x = np.zeros((500, 2))
    x[:, 0] = np.random.default_rng(1).normal(0.05, 0.1, 500)
    x[:50, 0] = -1e9  # missing, as risk_matrix fills it
    x[::10, 1] = 30.0
    terms = terms_of(priors, x, ["net_profit_margin", "overdue_days_max_24m"], [-1, 1])
    columns = terms.columns(x)
    margin = next(term for term in terms.each if term.form == "level")
    assert margin.low == pytest.approx(np.quantile(x[50:, 0], 0.02))
    assert columns.mean(axis=1)[1:] == pytest.approx(0.0, abs=1e-12)
    level = columns[1 + terms.each.index(margin)]
    assert level.std() == pytest.approx(1.0)
    assert (level[:50] == level.max()).all()
    alike = terms_of(priors, np.zeros((10, 2)), ["net_profit_margin", "overdue_days_max_24m"], [-1, 1])
    assert next(term for term in alike.each if term.form == "level").gain == 0.0


@pytest.mark.contract
def test_a_broken_table_of_priors_lists_every_fault(tmp_path):
    """Unknown form, impossible unit, no sd: one message."""
    path = tmp_path / "priors.csv"
    path.write_text("feature,form,low,high,prior_sd\na,cube,,,1\nb,amount,0,1,1\nc,level,,,0\nd,level,,,x\n", "utf-8")
    with pytest.raises(PriorError) as result:
        read_priors(path)
    assert all(f"line {line}" in str(result.value) for line in (2, 3, 4, 5))
    names = list(risk_feature_names(read_codebook()))
    prior = replace(read_priors()[10], feature="astrology")
    with pytest.raises(PriorError, match="astrology"):
        terms_of([prior], np.zeros((3, len(names))), names, [1] * len(names))
    with pytest.raises(PriorError, match="no direction"):
        terms_of(read_priors()[10:11], np.zeros((3, len(names))), names, [0] * len(names))


def test_fitting_twice_gives_the_same_bytes():
    """Seeded draws, and numbers rounded to nine decimals."""
    names = [prior.feature for prior in read_priors()[10:13]]
    x = np.random.default_rng(2).normal(size=(300, 3))
    y = (np.random.default_rng(3).random(300) < expit(x[:, 0] - 2)).astype(float)
    terms = terms_of(read_priors()[10:13], x, names, [1, 1, 1])
    one, two = (fit_layer(Terms(terms.each), x, y, read_priors()[10:13], 7) for _ in range(2))
    assert one == two
    assert all(round(number, 9) == number for number in one.coefficients)
