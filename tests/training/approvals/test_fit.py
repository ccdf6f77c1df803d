"""A fit reads nothing later, figures are of the time after it, and drift is found where it is planted."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from models.approvals.forecast import ApprovalsModel, decisions, forecast, joined_labels, learned_since
from models.remaining_time.coverage import Labels
from tests.training.approvals.planted import QUICK, planted_tables
from training.approvals.fit import drift_of, fit_approvals, out_of_time_figures, past_of, state_of


@cache
def fitted() -> ApprovalsModel:
    return fit_approvals(*planted_tables(), QUICK, QUICK.since, "simulated")


@pytest.mark.law
def test_the_fit_reads_nothing_that_happened_later():
    """Decisions after the day come 90 days later, and no later event is there: the same model, byte for byte."""
    events, cases = planted_tables()
    later = cases["decided_at"] >= QUICK.since
    changed = cases.assign(decided_at=cases["decided_at"].where(~later, cases["decided_at"] + pd.Timedelta(days=90)))
    again = fit_approvals(events[events["at"] < QUICK.since], changed, QUICK, QUICK.since, "simulated")
    assert again.digest == fitted().digest


@pytest.mark.law
def test_cases_without_a_decision_teach_nothing():
    """Withdrawn, returned, refused, running and contradictory ones: left out altogether, the model is the same."""
    events, cases = planted_tables()
    assert {"withdrawn", "returned", "refused", "contradictory"} <= set(cases["status"])
    ends = decisions(cases)
    censored = ends["closed_at"].isna()
    assert set(cases.loc[~censored, "status"]) == {"decided", "delivered"}
    without = fit_approvals(events, cases[~censored], QUICK, QUICK.since, "simulated")
    assert without.digest == fitted().digest
    past, settings = past_of(events, cases, QUICK, QUICK.until)
    assert np.isfinite(past.closed_on).all()
    assert not [name for name in (*settings.numbers, *settings.categories) if "officer" in name]


@pytest.mark.truth
def test_figures_are_of_the_time_after_the_fit_and_better_than_the_median():
    events, cases = planted_tables()
    figures = out_of_time_figures(fitted(), events, cases, QUICK)
    decided = cases[(cases["decided_at"] >= QUICK.since) & (cases["decided_at"] < QUICK.until)]
    assert figures["cases"] <= len(decided)
    assert figures["cases"] > 0.8 * len(decided)
    assert figures["kept"]["mae_days"] < 0.85 * figures["median_mae_days"]
    assert 0.6 < figures["refitted"]["coverage"] < 0.95
    assert figures["refitted"]["fits"] == 2 == len(figures["months"])
    assert sum(one["cases"] for one in figures["offices"].values()) == pytest.approx(figures["cases"])


@pytest.mark.truth
def test_drift_alarms_when_intervals_hold_less_often_than_chance_explains():
    """Of 80 recent cases 64 hold, then 40; of 10 nothing is concluded."""
    day = pd.Timestamp("2024-06-01", tz="UTC")
    closed = np.full(80, (day - pd.Timestamp("1970-01-01", tz="UTC")).days - 10.0)

    def labels(holding: int, n: int = 80) -> Labels:
        return Labels(closed[:n], np.zeros(n), np.zeros(n), (np.arange(n) < holding).astype(float), np.ones(n))

    found = [drift_of(one, day) for one in (labels(64), labels(40), labels(5, 10), Labels.none())]
    assert [one["state"] for one in found] == ["none", "alarm", "unchecked", "unchecked"]
    assert [one["coverage"] for one in found] == [0.8, 0.5, 0.5, None]
    assert state_of(np.array([0.5]), np.array([80.0])) == "alarm"


@pytest.mark.law
def test_labels_of_what_was_decided_since_join_by_office():
    events, cases = planted_tables()
    later = learned_since(fitted(), events, cases, QUICK.until.to_pydatetime())
    before, after = fitted().labels, later.labels
    decided = cases[(cases["decided_at"] >= QUICK.since) & (cases["status"] != "contradictory")]
    added = after.weight.sum() - before.weight.sum()
    assert 0.8 * len(decided) < added <= len(decided) + 1e-6
    assert learned_since(fitted(), events, cases, QUICK.since.to_pydatetime()).labels.weight.sum() == pytest.approx(
        before.weight.sum()
    )
    assert set(later.remaining.labels) >= {"bureau_east", "bureau_port"}
    assert joined_labels({}).weight.sum() == 0


@pytest.mark.law
def test_a_saved_model_gives_the_same_dates(tmp_path):
    events, cases = planted_tables()
    fitted().save(tmp_path)
    again = ApprovalsModel.load(tmp_path)
    now = QUICK.until.to_pydatetime()
    first, second = (forecast(events, cases, model, now) for model in (fitted(), again))
    pd.testing.assert_frame_equal(first.table, second.table)
    running = cases[~cases["is_closed"] & (cases["status"] != "contradictory")]
    assert set(first.table["case_number"]) <= set(running["case_number"])
    assert len(first.table) >= 3
    assert (first.table["low_at"] <= first.table["median_at"]).all()
    assert set(first.table["source"]) <= {"own", "pooled", "median"}
    assert replace(again, learned_from="real").digest != again.digest
