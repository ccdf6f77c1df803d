"""The baselines by hand."""

import numpy as np
import pandas as pd
import pytest

from experiments.benchmarks.remaining_time.baselines import Interval, by_group, by_position, conformalised, random_folds
from tests.experiments.benchmarks.remaining_time.conftest import planted_log

pytestmark = pytest.mark.law


def test_medians_and_means_by_group_by_hand():
    """Groups of training a: 1, 3; b: 10. A group without a row gets that of all three."""
    groups, days = pd.Series(["a", "a", "b", "a", "c"]), np.array([1.0, 3.0, 10.0, 0.0, 0.0])
    fitted, rows = np.array([0, 1, 2]), np.array([3, 4])
    assert by_group(groups, days, fitted, rows, "median").tolist() == [2.0, 3.0]
    positions = pd.Series([1, 1, 2, 1, 9])
    assert by_position(positions, days, fitted, rows).tolist() == [2.0, 10.0]


def test_conformalised_ends_by_hand():
    """Four calibration rows outside by -1, 0, 2 and 5: the ceil(5 * 0.8) = 4th smallest is 5."""
    seen = Interval(np.zeros(4), np.full(4, 2.0))
    moved = conformalised(seen, np.array([1.0, 2.0, 4.0, 7.0]), Interval(np.array([7.0, 3.0]), np.array([9.0, 4.0])))
    assert moved.low.tolist() == [2.0, 0.0]
    assert moved.high.tolist() == [14.0, 9.0]


def test_folds_at_random_score_every_case_once(monkeypatch):
    """Prefixes from 2 on of cases of four events: two a case."""
    import experiments.benchmarks.remaining_time.baselines as module

    scored = []

    def plain(log, fitted, rows, days):
        assert not set(log.past.case[fitted]) & set(log.past.case[rows])
        scored.extend(rows.tolist())
        return days[rows] + 1.0

    monkeypatch.setattr(module, "plain", plain)
    log = planted_log(cases=40)
    errors = random_folds(log)
    assert sorted(scored) == np.flatnonzero(log.past.prefixes["position"] >= 2).tolist()
    assert errors["plain"] == pytest.approx(1.0)
    assert errors["mean_by_position"] > 0.0
