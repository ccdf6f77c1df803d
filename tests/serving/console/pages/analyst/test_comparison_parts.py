from __future__ import annotations

import pytest

from serving.console.pages.analyst.comparison_parts import comparison
from tests.serving.console.pages.analyst.conftest import words

pytestmark = pytest.mark.behaviour
RUNS = ("a" * 32, "b" * 32)
MOVED = {"estimate": 0.04, "low": 0.02, "high": 0.06}
RESULT = {
    "baseline": RUNS[0], "rows": {"kind": "probability", "rows": 1_432, "firms": 573},
    "runs": [{"name": name} for name in RUNS],
    "parameters": {"learning_rate": {RUNS[0]: 0.03, RUNS[1]: None}},
    "comparisons": [
        {"run": RUNS[1], "metric": "auc", "baseline": 0.7, "challenger": 0.74, "margin": 0.01, "verdict": "better",
         "difference": MOVED, "gain": MOVED,
         "sentence": "AUC is better.", "sentence_zh": "AUC 更好。"}
    ],
}  # fmt: skip


def test_runs_are_compared_by_metric_with_interval_finding_and_sentence(view_of):
    """A gain of .04 is four margins of .01; what differs between the runs is beside it."""
    shown = comparison(view_of(), RESULT)
    text = words(shown)
    assert "AUC · bbbbbbbbbb" in text
    assert "0.04 [0.02, 0.06]" in text
    assert "AUC 更好。" in text
    assert "1,432 行留出数据，573 个企业" in text
    assert "learning_rate 0.03 –" in text
    figure = shown.children[0].children.children[2].children[1].children.figure
    assert figure.data[0].x == pytest.approx((4.0,))
    assert "AUC is better." in words(comparison(view_of(lang="en"), RESULT))
