"""Figures of the remaining time: bars, drift by hand, logs that are too small."""

import numpy as np
import pandas as pd
import pytest

import experiments.benchmarks.remaining_time.baselines as baselines
from experiments.benchmarks.approvals.event_logs import EventLog, UnfitLogError
from experiments.benchmarks.approvals.remaining import months, remaining_figures
from models.remaining_time.model import RemainingTime
from training.remaining_time import RemainingTimeParams

pytestmark = pytest.mark.law
PARAMS = RemainingTimeParams(rounds=8, end_rounds=5, steps=1, remembered=0)


def events(seed=0, cases=260):
    """Three events a case at different instants, log-normal gaps; every tenth case has one event."""
    rng = np.random.default_rng(seed)
    start = np.sort(rng.uniform(0, 300, cases))
    at = start[:, None] + np.cumsum(np.c_[np.zeros(cases), np.exp(1.0 + 0.4 * rng.normal(size=(cases, 2)))], axis=1)
    table = pd.DataFrame(
        {
            "case_id": np.repeat([f"c{one:04d}" for one in range(cases)], 3),
            "activity": np.tile(["in", "check", "out"], cases),
            "at": pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(at.ravel(), unit="D"),
            "c_office": np.repeat(np.where(np.arange(cases) % 3, "a", "b"), 3),
        }
    )
    return table[(np.arange(len(table)) // 3 % 10 > 0) | (table["activity"] == "in")]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(baselines, "PLAIN_ROUNDS", 20)


def test_one_office_has_errors_a_bar_and_drift():
    found = remaining_figures(EventLog(events().drop(columns="c_office"), [{"file": "one.csv"}]), PARAMS)
    one = found["logs"]["one"]
    assert one["rows_answered"] == one["rows_of_the_test"]
    assert one["bar_days"] == pytest.approx(1.02 * one["mae_days"]["as_of_learner"])
    assert one["within_bar"] == (one["mae_days"]["ours"] <= one["bar_days"])
    assert one["mae_days"]["ours"] < one["mae_days"]["as_of_median"]
    assert sum(step["rows"] for step in one["months"]) == one["rows_answered"]
    assert {"ours", "split_conformal", "as_of_split_conformal"} == set(one["intervals"])


def test_several_offices_have_own_and_pooled():
    found = remaining_figures(EventLog(events(cases=320), [{"file": "two.csv"}]), PARAMS)
    assert set(found["logs"]) == {"a", "b"}
    for one in found["logs"].values():
        assert {"own", "pooled", "ours", "as_of_learner"} <= set(one["mae_days"])
    assert found["attributes"]["categories"] == ["earlier", "second_earlier", "c_office"]


def test_too_few_closed_cases_say_so():
    with pytest.raises(UnfitLogError, match="too few prefixes"):
        remaining_figures(EventLog(events(cases=40).drop(columns="c_office"), [{"file": "few.csv"}]), PARAMS)


def test_drift_by_hand():
    """Two steps: errors +1 and -1 with one interval that held, then +3."""
    answers = RemainingTime(
        remaining_days=np.array([3.0, 1.0, 5.0]), low_days=np.zeros(3), high_days=np.array([4.0, 1.5, 9.0]),
        source=np.array(["pooled"] * 3), coverage=np.array([0.5, np.nan, np.nan]),
        reliable=np.array([True, False, False]),
    )  # fmt: skip
    found = months(np.array([0.0, 29.9, 30.0]), np.array([2.0, 2.0, 2.0]), answers, 30.0)
    assert found == [
        {"step": 1, "rows": 2, "mae_days": 1.0, "bias_days": 0.0, "held": 0.5, "coverage_shown": 0.5,
         "reliable_share": 0.5},
        {"step": 2, "rows": 1, "mae_days": 3.0, "bias_days": 3.0, "held": 1.0, "coverage_shown": None,
         "reliable_share": 0.0},
    ]  # fmt: skip
