"""One draw of firms for three models: whole firms, the right number of them, and nothing but firms differs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import training.draws as drawing
from data.codebook import read_codebook
from data.splits import Split
from features.labels import Outcome, outcome_parts, weighted_outcome
from models.risk.interval import probability
from training.assembled import Labelled
from training.draws import FitParams, Sources, drawn_rows, firm_counts, refit
from training.params import read_section
from training.points.fit import PointsParams
from training.points.shapes import ShapeParams
from training.quota import fit as quota_training
from training.quota.fit import QuotaParams
from training.risk import fit as risk_training
from training.risk.fit import RiskParams

DAY = pd.Timestamp("2024-06-30")
FIRMS = np.array(["a", "b", "c", "d"], dtype=object)


def labelled(cases: pd.DataFrame, labels: pd.Series, until: pd.Series, late: np.ndarray) -> Labelled:
    """Cases that train and, where ``late``, calibrate."""
    part = pd.Series(np.where(late, "calibration", "train"))
    values = (one.reset_index(drop=True) for one in (cases, labels, until))
    return Labelled(*values, Split(part, {}), {})


@pytest.fixture(scope="module")
def sources(trained, tables) -> Sources:
    """The small cohort's two vintages and its early loans."""
    how = read_section("points_outcome", Outcome)
    outcome = weighted_outcome(outcome_parts(tables, trained.vintages, DAY, how), how)
    vintages = trained.vintages.loc[outcome.rows]
    known = trained.debt.notna()
    measured = trained.vintages.loc[known]
    return Sources(
        trained.reference,
        labelled(vintages, outcome.values, outcome.until, (vintages["as_of"] == "2021-12-31").to_numpy()),
        labelled(
            trained.early, trained.early_default, trained.early["as_of"], np.zeros(len(trained.early), dtype=bool)
        ),
        labelled(measured, trained.debt[known], measured["as_of"], (measured["as_of"] == "2021-12-31").to_numpy()),
    )


@pytest.fixture(scope="module")
def params() -> FitParams:
    """The real numbers, with smaller fits."""
    points = replace(read_section("points", PointsParams), folds=2, shape_shares=(0.0,))
    return FitParams(
        points,
        replace(read_section("points_shape", ShapeParams), rounds=5),
        read_section("risk", RiskParams),
        replace(read_section("quota", QuotaParams), rounds=20),
    )


@pytest.mark.law
def test_a_draw_has_as_many_firms_and_depends_on_its_number_and_seed_alone():
    """Counts add up to the firms; draw 3 is the same whichever were made before; other numbers and seeds differ."""
    firms = np.array([f"{one:03d}" for one in range(500)], dtype=object)
    drawn = [firm_counts(firms, 7, number) for number in range(4)]
    assert [int(one.sum()) for one in drawn] == [500] * 4
    assert firm_counts(firms, 7, 3).equals(drawn[3])
    assert not drawn[3].equals(drawn[2])
    assert not drawn[3].equals(firm_counts(firms, 8, 3))
    # A firm is in a draw with probability 1 - (1 - 1/500)^500 = 0.632; of 2,000 within four standard errors.
    assert np.mean([(one > 0).mean() for one in drawn]) == pytest.approx(0.632, abs=0.04)


@pytest.mark.law
def test_a_firm_drawn_twice_brings_all_its_kept_rows_twice():
    """By hand: a twice, b not, c once, d is not among the firms; row 3 is of a part that is not learned from."""
    counts = pd.Series([2, 0, 1], index=FIRMS[:3])
    uscc = pd.Series(["a", "b", "c", "a", "a", "d"])
    kept = np.array([True, True, True, False, True, True])
    assert drawn_rows(counts, uscc, kept).tolist() == [0, 0, 2, 4, 4]


@pytest.mark.law
def test_every_firm_once_is_the_trained_models(sources, params, monkeypatch):
    """Where the draw is the sample itself, points, PD and debt capacity are those of a plain fit."""
    monkeypatch.setattr(drawing, "firm_counts", lambda firms, seed, number: pd.Series(1, index=firms))
    book, made = read_codebook(), refit(sources, params, read_codebook(), 7, 0)
    risk = risk_training.fit(sources.loans.cases, sources.loans.labels, book, params.risk)
    limit = quota_training.fit(*sources.debts.part("train"), *sources.debts.part("calibration"), book, params.quota)
    card = drawing.points_training.fit(
        sources.reference, sources.outcomes.cases, sources.outcomes.labels, sources.outcomes.rows("calibration"), book,
        replace(params.points, draws=2, shape_draws=0), params.shape, until=sources.outcomes.until,
    ).card  # fmt: skip
    assert replace(made.risk, version="") == replace(risk, version="")
    assert replace(made.limit, version="") == replace(limit, version="")
    assert (made.points.points, made.points.size_peers) == (card.points, card.size_peers)
    assert made.figures["different_firms"] == len(sources.firms) == made.figures["firms"]


@pytest.mark.truth
def test_each_draw_has_the_level_of_its_own_firms(sources, params):
    """The PDs of the drawn loans of known stage add up to their defaults, draw for draw, and the draws differ."""
    book, levels = read_codebook(), []
    for number in range(3):
        made = refit(sources, params, book, 7, number)
        counts = firm_counts(sources.firms, 7, number)
        rows = drawn_rows(counts, sources.loans.cases["uscc"], sources.loans.rows("train"))
        cases, default = sources.loans.cases.iloc[rows], sources.loans.labels.iloc[rows].to_numpy()
        known = (cases["growth_stage"] != "unknown").to_numpy()
        odds = made.risk.log_odds(risk_training.risk_matrix(cases, book).to_numpy())
        assert probability(odds[known]).sum() == pytest.approx(default[known].sum(), abs=1e-3)
        assert (made.figures["loans"], made.figures["defaults"]) == (len(cases), default.sum())
        assert made.points.points_low == made.points.points_high == made.points.points
        levels.append(made.risk.level)
    assert len(set(levels)) == 3


@pytest.mark.contract
def test_a_draw_that_cannot_be_learned_from_is_named(sources, params):
    """Its number comes first."""
    paid = replace(sources, loans=replace(sources.loans, labels=sources.loans.labels * 0.0))
    with pytest.raises(ValueError, match=r"draw 2: 0 defaults among \d+ cases; both outcomes are needed"):
        refit(paid, params, read_codebook(), 7, 2)
