"""Sentences of experiment 0004's README follow from its figures."""

from __future__ import annotations

import pytest

from experiments.real_demands_report import _above, _error

pytestmark = pytest.mark.surface


def task(error, answered):
    return {"abstention": {"0.2": {"ours": {"error": error, "standard_error": 0.05, "answered": answered}}}}


def test_every_task_above_its_promise_is_named():
    metrics = {"tasks": {"a": task(0.3, 10), "b": task(0.1, 10), "c": task(0.0, 0)}}
    assert _above(metrics, {"a": "A", "b": "B", "c": "C"}) == "A at 0.2: 0.300 ± 0.050, 10 answered."
    assert _above({"tasks": {"b": task(0.2, 10)}}, {"b": "B"}) == "none."


def test_an_error_of_nothing_answered_is_no_figure():
    assert _error({"error": 0.0, "standard_error": 0.0, "answered": 0}) == "—"
