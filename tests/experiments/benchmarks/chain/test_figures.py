"""Figures by hand, and intervals that resample items and hold what was planted."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.benchmarks.chain.figures import Measured, beside, interval


def names(count, splits=1):
    return np.array([f"i{at}" for at in range(count)] * splits, dtype=object)


@pytest.mark.law
def test_means_shares_and_f1_by_hand():
    """Micro-F1 of overlaps 1, 2 with found 2, 2 and true 1, 4 is 2·3 / 9."""
    counts = np.array([[1, 2, 1], [2, 2, 4]])
    assert Measured.micro_f1(names(2), counts).statistic().value == pytest.approx(6 / 9)
    flags, among = np.array([True, True, False, False]), np.array([True, False, True, False])
    assert Measured.share(names(4), flags).statistic().value == 0.5
    assert Measured.share(names(4), flags, among).statistic().value == 0.5
    none = interval(Measured.share(names(4), flags, np.zeros(4, bool)).statistic())
    assert none == {"value": None, "low": None, "high": None}


@pytest.mark.truth
def test_the_interval_of_a_gain_pairs_rows_and_resamples_items():
    """Five copies of the same items tell no more than one; a gain on the same rows is sharper than either figure."""
    rng = np.random.default_rng(0)
    base = rng.random(400) < 0.5
    ours = base | (rng.random(400) < 0.2)
    one = beside(Measured.share(names(400), ours), {"b": Measured.share(names(400), base)})
    gain = one["gain"]["b"]
    assert gain["value"] == pytest.approx(one["ours"]["value"] - one["baselines"]["b"]["value"])
    assert 0 < gain["low"] < gain["value"] < gain["high"]
    assert gain["high"] - gain["low"] < 0.8 * (one["ours"]["high"] - one["ours"]["low"])
    copies = beside(Measured.share(names(400, 5), np.tile(ours, 5)), {})
    assert copies["ours"]["low"] == pytest.approx(one["ours"]["low"], abs=0.01)
