"""Laws of the learned card over random firms."""

from __future__ import annotations

import numpy as np
import pytest

from data.codebook import read_codebook
from experiments.benchmarks.points.laws import random_firms

BOOK = read_codebook()


@pytest.mark.law
def test_a_better_value_never_lowers_points_of_ten_thousand_random_firms(trained):
    """24 indicators, 10,000 firms, the learned card of the stages, no exception."""
    rng = np.random.default_rng(11)
    card, cases = trained.points.stage, random_firms(10_000, rng)
    before = card.score(cases)["total"]
    for item in BOOK:
        edge = item.high if item.direction > 0 else item.low
        worst = item.low if item.direction > 0 else item.high
        value = cases[item.key].fillna(worst)
        better = value + (edge - value) * rng.random(len(cases)) ** 4
        assert (card.score(cases.assign(**{item.key: better}))["total"] >= before).all(), item.key
