"""Challengers that are no better: every look spends, and a lucky one is rare."""

from __future__ import annotations

from dataclasses import replace

import pytest

from experiments.benchmarks.promotion.nulls import null_sequence
from training.params import read_section
from training.promotion.verdict import PromotionParams


@pytest.mark.truth
def test_twelve_sequences_promote_at_most_one_and_single_tests_are_no_rarer_than_chance():
    """Sixty p-values of null challengers lie on both sides of a half; a sequence has its 500 defaults."""
    params = replace(read_section("promotion", PromotionParams), draws=100)
    found = [null_sequence(seed, 5, params) for seed in range(12)]
    assert sum(one.promoted for one in found) <= 1
    p = [value for one in found for value in one.p]
    assert len(p) == 60
    assert 10 <= sum(value < 0.5 for value in p) <= 50
    assert min(one.defaults for one in found) >= 500
    assert null_sequence(0, 5, params) == found[0]
