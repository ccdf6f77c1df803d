from __future__ import annotations

import numpy as np
import pytest

from experiments.polish_ratios import auc, equalities


@pytest.mark.truth
def test_equality_gives_planted_classes_away_and_nothing_else_does():
    """Two columns of noise: in one class four in ten rows are copies; the pair is found and ranks the class."""
    rng = np.random.default_rng(5)
    y = (rng.random(3_000) < 0.2).astype(float)
    x = rng.normal(size=(3_000, 4))
    copied = (y == 1) & (rng.random(3_000) < 0.4)
    x[copied, 2] = x[copied, 0]
    pairs, flags, shares = equalities(x, y)
    assert pairs == [(0, 2)]
    assert shares[0] == pytest.approx([0.0, 0.4], abs=0.06)
    assert auc(flags, y) == pytest.approx(0.7, abs=0.03)  # (1 + .4) / 2
    assert auc(rng.normal(size=(3_000, 2)), y) == pytest.approx(0.5, abs=0.05)
