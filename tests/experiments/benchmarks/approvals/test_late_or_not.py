"""Late or not on a log: planted signals, cases without an end, logs without a promise."""

import numpy as np
import pandas as pd
import pytest

from experiments.benchmarks.approvals.event_logs import EventLog, UnfitLogError
from experiments.benchmarks.approvals.late_or_not import late_figures

pytestmark = pytest.mark.law


def log(load_days, n=600):
    """Two events a case; promised after 10 to 30 days, it takes 18 + ``load_days`` * load + noise; load is known."""
    rng = np.random.default_rng(0)
    start, load = np.sort(rng.uniform(0, 600, n)), rng.uniform(-1, 1, n)
    end = start + np.maximum(18 + load_days * load + 4 * rng.normal(size=n), 4.0)
    promised = start + rng.uniform(10, 30, n)
    begin = pd.Timestamp("2024-01-01", tz="UTC")
    events = pd.DataFrame(
        {
            "case_id": np.repeat([f"c{one:04}" for one in range(n)], 2),
            "activity": ["in", "check"] * n,
            "at": begin + pd.to_timedelta((start[:, None] + [0.0, 3.0]).ravel(), unit="D"),
            "c_load": np.repeat(load, 2),
            "c_deadline": begin + pd.to_timedelta(np.repeat(promised, 2), unit="D"),
            "end_at": begin + pd.to_timedelta(np.repeat(end, 2), unit="D"),
        }
    )
    events.loc[events["case_id"] == "c0007", "end_at"] = pd.NaT
    return EventLog(events, [{"file": "one.csv"}])


def test_a_planted_signal_makes_the_model_the_rule():
    found = late_figures(log(10.0), "UTC", draws=100)
    assert (found["rule"], found["without_end"], found["without_promise"]) == ("model", 1, 0)
    first = found["after"]["first"]
    assert first["auc_model"] > first["auc_slack"] + 0.05
    assert first["low"] > 0.0
    assert first["model"]["brier"] < first["slack"]["brier"] < first["slack"]["brier_of_the_test_rate"]
    assert first["slack_ended_or_not"]["auc"] == pytest.approx(first["auc_slack"], abs=0.03)
    assert found["after"]["sixth"]["cases"] == 0


def test_without_one_the_days_left_are_the_rule():
    found = late_figures(log(0.0), "UTC", draws=100)
    assert found["rule"] == "slack"
    assert "days left" in found["text"][1]


def test_few_cases_have_the_days_left_alone():
    found = late_figures(log(10.0, n=60), "UTC")
    assert found["rule"] == "slack"
    assert "model" not in found["after"]["first"]


def test_a_log_without_a_promise_is_refused():
    events = log(0.0, n=60).events
    with pytest.raises(UnfitLogError, match="--deadline"):
        late_figures(EventLog(events.drop(columns="c_deadline"), []), "UTC")
    never = events.assign(c_deadline=pd.Series(pd.NaT, events.index, dtype="datetime64[us, UTC]"))
    with pytest.raises(UnfitLogError, match="promised date"):
        late_figures(EventLog(never, []), "UTC")
