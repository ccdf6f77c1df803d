"""Interval ends by hand, and the order that no worse value and no hidden source may break."""

from __future__ import annotations

import numpy as np
import pytest

from data.codebook import read_codebook, read_credit_facts
from features.invoices.features import INVOICE_FEATURES
from features.risk import WORST, monotone_signs, risk_matrix
from models.risk.interval import COUNTED, HIGHEST_LEVEL, interval_at, log_odds_ends, z_of

pytestmark = pytest.mark.law
BOOK = read_codebook()
LEVELS = (0.05, 0.3, 0.6, HIGHEST_LEVEL)
FREE = {"log_odds_hidden_mid": 99.0, "log_odds_hidden_sd": 0.0}


@pytest.mark.parametrize(
    ("point", "middle", "sd", "level", "low", "high"),
    [
        # logit(.02) = -3.8918; 1.6449 x .8 = 1.3159: expit(-5.2077), expit(-2.5759)
        (0.02, -3.8918, 0.8, 0.90, 0.005444, 0.070705),
        # .6745 x .8 = .5396: expit(-4.4314), expit(-3.3522)
        (0.02, -3.8918, 0.8, 0.50, 0.011758, 0.033823),
        (0.10, -3.8918, 0.8, 0.50, 0.011758, 0.100000),  # widened to hold the point
        (0.001, -7.6, 0.8, 0.90, 0.0005, 0.001861),  # never under the minimum
    ],
)
def test_interval_ends_by_hand(point, middle, sd, level, low, high):
    """Normal quantile times sd on the log-odds, within [minimum, 1], around the point."""
    result = {"pd_12m": point, "log_odds_mid": middle, "log_odds_sd": sd, **FREE}
    ends = interval_at({name: np.array([value]) for name, value in result.items()}, level)
    assert [float(end[0]) for end in ends] == pytest.approx([low, high], abs=2e-6)


@pytest.mark.parametrize(
    ("middle", "low", "high"),
    [
        # own ends middle -+ .8416 x .8 = .6733; without invoices -3.5 -+ .8416 x 1.0
        (-4.0, -4.6733, -3.3267),  # good invoices: the case's own ends
        (-3.4, -4.3416, -2.7267),  # the low end is that without them
        (-2.9, -4.3416, -2.6584),  # bad ones: both are
    ],
)
def test_neither_end_lies_above_that_without_invoices(middle, low, high):
    """Each end is the lower of the two, by hand at 60 %."""
    result = {"log_odds_mid": middle, "log_odds_sd": 0.8, "log_odds_hidden_mid": -3.5, "log_odds_hidden_sd": 1.0}
    ends = log_odds_ends({name: np.array([value]) for name, value in result.items()}, 0.6)
    assert [float(end[0]) for end in ends] == pytest.approx([low, high], abs=1e-4)


def test_a_worse_value_raises_both_ends_whatever_the_covariance():
    """Random covariances whose sds are at most the means: every step towards worse raises both ends, at every level.

    Without the bound on the variance that is counted it does not hold: the columns are chosen to break it.
    """
    rng, broken = np.random.default_rng(1), 0
    declared = 0.65**2 + 0.5**2
    for _ in range(300):
        root = rng.normal(size=(6, 6)) * rng.uniform(0.05, 0.5)
        covariance = root.T @ root
        mean = np.sqrt(np.diag(covariance)) * rng.uniform(1.0, 1.2, 6)
        z = rng.normal(size=(200, 6)) * 3.0
        worse = z + rng.exponential(size=z.shape) * (rng.random(z.shape) < 0.3)
        for level in LEVELS:
            ends, wide = [], []
            for columns in (z, worse):
                variance = np.einsum("ni,ij,nj->n", columns, covariance, columns)
                sd, free = np.sqrt(np.minimum(variance, COUNTED * declared) + declared), np.sqrt(variance + declared)
                ends.append([columns @ mean + side * z_of(level) * sd for side in (-1, 1)])
                wide.append([columns @ mean + side * z_of(level) * free for side in (-1, 1)])
            assert (np.subtract(ends[1], ends[0]) >= -1e-12).all()
            broken += int((np.subtract(wide[1], wide[0]) < -1e-12).sum())
    assert broken > 0


def test_no_coefficient_with_a_direction_is_less_sure_than_its_mean(trained):
    """The posterior sd is at most the mean, which the order of the ends rests on."""
    layer = trained.engine.risk.layer
    root = np.zeros((len(layer.root), len(layer.root)))
    for position, row in enumerate(layer.root):
        root[position, position:] = row
    sd = np.sqrt(np.square(root).sum(axis=0))[1:]
    directed = np.array([term.form != "band" for term in layer.terms])
    assert (sd[directed] <= np.array(layer.coefficients[1:])[directed] + 1e-8).all()


def hidden_columns(risk, matrix: np.ndarray, names: list[str]) -> np.ndarray:
    """The rows with these columns of the model hidden: invoices missing, the others at their worst end."""
    signs, hidden = monotone_signs(BOOK), matrix.copy()
    for name in names:
        position = risk.feature_names.index(name)
        hidden[:, position] = np.nan if name in INVOICE_FEATURES else signs[name] * WORST
    return hidden


def test_hiding_any_column_or_source_lowers_no_end_at_any_level(trained):
    """Every column with a direction alone, the invoices as a whole, each agency's indicators and facts together."""
    risk = trained.engine.risk
    matrix = risk_matrix(trained.snapshot.frame, BOOK).to_numpy()
    shown, signs = risk.predict_matrix(matrix), monotone_signs(BOOK)
    directed = [name for name in risk.feature_names if signs[name] or name in INVOICE_FEATURES]
    agencies = {item.agency for item in (*BOOK, *read_credit_facts())}
    by_agency = [
        [item.key for item in (*BOOK, *read_credit_facts()) if item.agency == agency and item.key in directed]
        for agency in sorted(agencies)
    ]
    sources = [*([name] for name in directed), list(INVOICE_FEATURES), *by_agency, directed]
    for names in sources:
        hidden = risk.predict_matrix(hidden_columns(risk, matrix, names))
        for level in LEVELS:
            for before, after in zip(interval_at(shown, level), interval_at(hidden, level), strict=True):
                assert (after >= before).all(), (names, level)


def test_a_case_without_invoices_is_its_own_bound(trained):
    """Bit by bit: what a case with invoices is compared with is what the same case without them gets."""
    risk = trained.engine.risk
    matrix = risk_matrix(trained.snapshot.frame, BOOK).to_numpy()
    shown = risk.predict_matrix(matrix)
    hidden = risk.predict_matrix(hidden_columns(risk, matrix, list(INVOICE_FEATURES)))
    for name in ("log_odds_hidden_mid", "log_odds_hidden_sd"):
        assert (shown[name] == hidden[name]).all()
    assert (hidden["log_odds_mid"] == hidden["log_odds_hidden_mid"]).all()
    assert (hidden["log_odds_sd"] == hidden["log_odds_hidden_sd"]).all()
