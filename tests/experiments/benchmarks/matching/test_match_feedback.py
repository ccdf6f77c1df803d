"""The record's figures by hand, and one log's estimates near the planted value."""

from __future__ import annotations

import pytest

from experiments.benchmarks.matching.match_feedback import corrections, coverage, one_log, true_value
from models.matching.off_policy import OffPolicyValue


@pytest.mark.law
def test_losses_are_paired_with_labels_over_the_worlds():
    """Losses .01 and .03: mean .02 with Student's half width 6.31 x .01; the second method is not within."""
    worlds = [{"ndcg": {"labels": 0.99, "a": 0.98, "b": 0.9}}, {"ndcg": {"labels": 0.98, "a": 0.97, "b": 0.87}}]
    found = corrections(worlds)
    assert (found["a"]["loss"], found["a"]["within"], found["b"]["within"]) == (pytest.approx(0.01), True, False)
    assert found["b"]["high"] - found["b"]["loss"] == pytest.approx(6.3137515 * 0.01)
    assert found["labels"]["loss"] == 0.0


@pytest.mark.law
def test_coverage_counts_intervals_that_hold_the_truth():
    """Two of four; an estimate without an interval holds nothing."""
    ends = [(0.0, 1.0), (0.4, 0.8), (0.6, 0.8), (None, None)]
    found = coverage([OffPolicyValue(0.6, low, high, 9, 9.0) for low, high in ends], 0.5)
    assert (found["coverage"], found["logs"], found["bias"]) == (0.5, 4, pytest.approx(0.1))
    assert found["mean_width"] == pytest.approx(1.6 / 3)


@pytest.mark.truth
def test_one_logs_estimates_lie_around_the_planted_value():
    """Within three widths, and the position-based model's weights are the narrower ones."""
    truth, found = true_value(0, 20_000), one_log(1)
    widths = {name: one.high - one.low for name, one in found.items()}
    assert all(abs(one.value - truth) < 3 * widths[name] for name, one in found.items())
    assert widths["examination, ips"] < widths["item and position, ips"]
