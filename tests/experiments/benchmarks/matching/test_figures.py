"""Figures of the matching benchmark by hand."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.benchmarks.matching.figures import abstention, calibration, gains_over, mean_figures, number


@pytest.mark.law
def test_abstention_by_hand():
    found = abstention(np.array([True, True, True, False]), np.array([True, False, True, False]))
    assert (found["coverage"], found["answered"], found["error"]) == (0.75, 3, pytest.approx(1 / 3))
    assert abstention(np.array([False]), np.array([False]))["error"] == 0.0


@pytest.mark.law
def test_the_best_peer_is_the_one_with_the_highest_mean_and_gains_are_paired():
    ours = np.full(100, 0.6)
    found = gains_over(ours, {"a": np.full(100, 0.5), "b": np.full(100, 0.2)}, np.arange(100).astype(object), 0)
    assert found["best_peer"] == "a"
    assert found["over_best"] == {"mean": pytest.approx(0.1), "low": pytest.approx(0.1), "high": pytest.approx(0.1)}


@pytest.mark.truth
def test_a_calibrated_probability_has_slope_one_and_beats_the_base_rate():
    rng = np.random.default_rng(0)
    p = rng.uniform(0.02, 0.98, 3_000)
    found = calibration(p, rng.random(3_000) < p, np.arange(3_000).astype(object), 0)
    assert found["slope"]["low"] < 1 < found["slope"]["high"]
    assert found["base_rate_gain"]["low"] > 0
    assert found["ece"] < 0.04
    one = calibration(np.full(10, 0.9), np.ones(10, dtype=bool), np.arange(10).astype(object), 0)
    assert one["slope"]["mean"] is None


@pytest.mark.law
def test_means_and_missing_numbers():
    assert mean_figures([{"a": 1.0}, {"a": 3.0}]) == {"a": 2.0}
    assert mean_figures([]) == {}
    assert number(float("nan")) is None
