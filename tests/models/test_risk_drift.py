from __future__ import annotations

import numpy as np
import pytest

from data.codebook import read_codebook
from features.risk import risk_matrix
from models.risk_drift import drift, drifts, histogram


@pytest.mark.truth
def test_drift_is_quiet_without_a_shift_and_loud_with_one():
    """At most 3 alarms in 300 quiet draws (promised: 1 %), at least 95 in 100 with half a deviation's shift."""
    rng = np.random.default_rng(1)
    reference = histogram(rng.normal(size=2_000))
    quiet = sum(drift(reference, rng.normal(size=400)).alarm for _ in range(300))
    loud = sum(drift(reference, rng.normal(0.5, 1, 400)).alarm for _ in range(100))
    assert quiet <= 3
    assert loud >= 95


@pytest.mark.truth
def test_values_that_go_missing_are_a_drift():
    """A source that falls silent is seen."""
    rng = np.random.default_rng(2)
    reference = histogram(rng.normal(size=2_000))
    values = np.where(rng.random(400) < 0.4, np.nan, rng.normal(size=400))
    assert drift(reference, values).alarm
    assert not drift(reference, np.empty(0)).alarm


@pytest.mark.law
def test_every_value_falls_in_one_bin():
    """Ties, zeros and gaps included."""
    values = np.array([0.0] * 60 + [1.0] * 30 + [5.0, np.nan, np.inf])
    made = histogram(values)
    assert sum(made.counts) + made.missing == len(values)
    assert made.count(values).sum() == len(values)


@pytest.mark.contract
def test_the_model_file_carries_a_reference_for_every_feature_and_the_score(trained):
    """Reloaded, it finds its own cases unchanged."""
    risk = trained.engine.risk
    assert set(risk.reference) == {*risk.feature_names, "pd_12m"}
    matrix = risk_matrix(trained.later, read_codebook()).to_numpy()
    columns = dict(zip(risk.feature_names, matrix.T, strict=True))
    assert len(drifts(risk.reference, columns)) == len(risk.feature_names)
