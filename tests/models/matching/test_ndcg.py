from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from models.matching.ndcg import ndcg


@pytest.mark.law
def test_ndcg_by_hand():
    """Labels 1 and 0 in the wrong order: 1 / log2(3); nothing relevant: 0; in order: 1."""
    found = ndcg(np.array([1.0, 0, 0, 0, 0, 2]), np.array([1.0, 2, 2, 1, 1, 2]), np.array([0, 0, 1, 1, 2, 2]))
    assert found == pytest.approx([1 / np.log2(3), 0.0, 1.0])
    assert ndcg(np.array([0.0, 1]), np.array([2.0, 1]), np.array([0, 0]), first=1).tolist() == [0.0]


def test_comparing_runs_loads_no_booster():
    """LightGBM takes seconds to load, and a page of stored statistics needs none of it."""
    probe = "import sys, experiments.compare.command; print('lightgbm' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
