"""TF-IDF's own confidence."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.benchmarks.matching.simple_confidence import simple_columns, simple_probability


@pytest.mark.law
def test_columns_by_hand():
    found = simple_columns(np.array([[0.1, 0.9, 0.4, 0.2]]))[0]
    assert found[:4] == pytest.approx([0.9, 0.5, 0.8, 0.8])
    assert found[4] == pytest.approx(np.log(4))


@pytest.mark.truth
def test_a_clear_winner_is_likelier_right():
    rng = np.random.default_rng(0)
    columns = simple_columns(rng.random((500, 30)))
    right = columns[:, 1] + rng.normal(0, 0.01, 500) > 0.03
    fitted, crossed = simple_probability(columns, right, 0)
    assert crossed[right].mean() > crossed[~right].mean() + 0.3
    assert fitted(columns).shape == (500,)
