"""What a person reads about a date: its interval, its source, whether it is reliable, and what it was learned from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from models.approvals.forecast import (
    ApprovalsModel,
    ApprovalsModelError,
    Forecast,
    decisions,
    forecast,
)  # fmt: skip
from models.remaining_time.coverage import Labels
from models.remaining_time.model import RemainingTime
from tests.features.test_approval_rows import CASES, EVENTS, at, event, event_table


@dataclass(frozen=True)
class Given:
    """A model that gives every row two days, between one and four."""

    reliable: bool = True
    coverage: float = 0.8
    labels = {"east": Labels.none()}  # noqa: RUF012  # never changed
    cut = 0.0

    def predict(self, prefixes: pd.DataFrame) -> RemainingTime:
        n = len(prefixes)
        return RemainingTime(
            np.full(n, 2.0), np.full(n, 1.0), np.full(n, 4.0), np.full(n, "own", dtype=object),
            np.full(n, self.coverage), np.full(n, self.reliable),
        )  # fmt: skip


def made(learned_from: str = "real", status: str = "suspended", **given) -> Forecast:
    """The forecast for case A on the tenth at ten."""
    cases = CASES.assign(is_closed=False, status=status)
    model = ApprovalsModel(Given(**given), learned_from)
    return forecast(event_table(EVENTS[:3]), cases, model, at("10 10:00").to_pydatetime())


def test_a_date_names_its_interval_its_source_and_its_coverage():
    row = made().row("A")
    assert (row["low_at_beijing"], row["median_at"]) == ("2024-05-11T10:00:00+08:00", "2024-05-12T02:00:00Z")
    assert (row["source"], row["reliable"], row["coverage"], row["learned_from"]) == ("own", True, 0.8, "real")
    assert "cases of the same office" in row["text"]["en"]
    assert "本机构历史办件" in row["text"]["zh"]
    assert "simulated" not in row["text"]["en"]
    assert made().row("B") is None


def test_drift_and_simulation_are_said():
    text = made("simulated", reliable=False, coverage=0.55).row("A")["text"]
    assert "fewer than chance explains" in text["en"]
    assert "lately 55% held" in text["en"]
    assert text["en"].endswith("Learned from simulated cases: it says nothing about the time of any office.")
    assert "此处预计不可靠" in text["zh"]
    assert "模拟办件" in text["zh"]
    unchecked = made(reliable=False, coverage=np.nan).row("A")
    assert unchecked["coverage"] is None
    assert "too few cases" in unchecked["text"]["en"]


def test_what_is_contradictory_or_over_has_no_date():
    assert made(status="contradictory").row("A") is None
    cases = CASES.assign(is_closed=True, status="decided")
    none = forecast(event_table(EVENTS), cases, ApprovalsModel(Given(), "real"), at("21 10:00").to_pydatetime())
    assert none.table.empty
    nothing = forecast(event_table(()), cases.head(0), ApprovalsModel(Given(), "real"), at("21 10:00").to_pydatetime())
    assert nothing.table.columns.tolist() == none.table.columns.tolist()


@pytest.mark.law
def test_events_after_the_instant_are_not_read():
    cases = CASES.assign(is_closed=False, status="suspended")
    later = event_table((*EVENTS, event("resumed", "11 10:00")))
    model = ApprovalsModel(Given(), "real")
    found = forecast(later, cases, model, at("10 10:00").to_pydatetime()).table
    assert found["activity"].tolist() == ["suspended"]


@pytest.mark.law
def test_chances_at_the_ends_of_the_interval():
    found = made().chance_after(
        np.zeros(3, dtype=np.int64), pd.DatetimeIndex([at("11 10:00"), at("12 10:00"), at("14 10:00")])
    )
    assert found == pytest.approx([0.9, 0.5, 0.1], abs=1e-3)


@pytest.mark.law
def test_only_a_decision_closes_and_any_end_stops_the_clock():
    cases = pd.DataFrame(
        {"case_number": list("ABCD"), "status": ["decided", "withdrawn", "contradictory", "accepted"],
         "is_closed": [True, True, True, False], "decided_at": [at("20 10:00"), pd.NaT, at("20 10:00"), pd.NaT],
         "closed_at": [at("20 10:00"), at("09 10:00"), at("20 10:00"), pd.NaT]}
    )  # fmt: skip
    found = decisions(cases)
    assert found["closed_at"].notna().tolist() == [True, False, False, False]
    assert found["ended_at"].notna().tolist() == [True, True, True, False]


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ApprovalsModelError, match="no model of approvals"):
        ApprovalsModel.load(tmp_path)
