"""The checks on the small cohort's own risk model, and on one whose level is wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from models.comparison.metrics import Profit, metrics_table
from training.params import read_section
from training.promotion.checks import provenance
from training.promotion.risk import risk_challenger, risk_rows
from training.promotion.verdict import before_outcomes, decide
from training.risk.leakage_column import LeakageParams

METRICS = metrics_table(Profit(0.045, 0.4))


@pytest.fixture(scope="module")
def challenger(trained, loans, promotion):
    known = pd.DataFrame(index=loans.cases.index)
    return risk_challenger(trained.engine.risk, loans, known, read_codebook(), promotion.padding_gain["risk"], 1)


@pytest.mark.truth
def test_the_model_keeps_every_check_that_reads_no_outcome(challenger, promotion):
    checks = {one.name: one for one in before_outcomes(challenger, promotion, read_section("leakage", LeakageParams))}
    assert {name: one.text[1] for name, one in checks.items() if one.status == "failed"} == {}
    assert checks["monotonicity"].measured["features"] > 30
    assert checks["monotonicity"].measured["worst"] == 0.0


@pytest.mark.truth
def test_it_is_better_than_a_constant_and_no_better_than_itself(trained, loans, challenger, promotion):
    """The first champion has to beat the training default rate; the same model again is refused."""
    leaks, book = read_section("leakage", LeakageParams), read_codebook()
    model = trained.engine.risk

    def verdict(champion):
        rows = risk_rows(champion, model, loans, book, METRICS)
        return decide(provenance({}, {}), lambda: challenger, lambda: rows, promotion, leaks, lambda _: 0), rows

    first, rows = verdict(None)
    assert len(set(rows.champion.prediction)) == 1
    assert {one.name: one.status for one in first.checks}["discrimination"] == "passed"
    assert {"stage", "age", "sector"} <= set(rows.groups)
    again, rows = verdict(model)
    assert np.array_equal(rows.champion.prediction, rows.challenger.prediction)
    assert "discrimination" in again.refused_by


@pytest.mark.truth
def test_a_level_that_is_four_times_too_low_is_refused(trained, loans, challenger, promotion):
    wrong = replace(trained.engine.risk, level=trained.engine.risk.level - np.log(4))
    rows = risk_rows(None, wrong, loans, read_codebook(), METRICS)
    leaks = read_section("leakage", LeakageParams)
    found = decide(provenance({}, {}), lambda: challenger, lambda: rows, promotion, leaks, lambda _: 0)
    assert "calibration" in found.refused_by
