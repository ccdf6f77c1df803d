"""Alerts about promised days: who gets the day's looks, why, and when not again."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.alerts import AlertParams
from models.approvals.alerts import DAYS_LEFT, MODEL, alerts, candidates_of
from models.approvals.forecast import Forecast
from tests.features.test_approval_rows import at
from tests.models.approvals.test_forecast import made

PARAMS = AlertParams(look_cost_cny=100.0, saved_share=0.5, acting_hours=31.0, loss_cny=2_000.0, wait_hours=200.0,
                     daily_budget=2, news_chance=0.3)  # fmt: skip
NOW = at("10 10:00").to_pydatetime()


def forecast_of(*numbers: str, **given) -> Forecast:
    """The stub's forecast of two days, between one and four, for several cases on the tenth at ten."""
    one = made(**given)
    rows = [0] * len(numbers)
    table = one.table.iloc[rows].assign(case_number=list(numbers)).reset_index(drop=True)
    return Forecast(table, one.answers.rows(rows), one.ranks)


def due(**days: str | None) -> pd.DataFrame:
    """Promised days of cases."""
    values = [pd.Timestamp(f"2024-05-{day}") if day else pd.NaT for day in days.values()]
    return pd.DataFrame({"case_number": list(days), "promised_due_on": values})


@pytest.mark.law
def test_a_case_is_late_after_the_end_of_its_promised_day():
    """The median is the 12th at ten: by the end of the 11th it is likely missed, of the 13th hardly."""
    found = candidates_of(due(A="11", B="13", C="09", D=None), forecast_of("A", "B", "C", "D"), PARAMS)
    assert found["case_number"].tolist() == ["A", "B"]
    chance = found["chance"].tolist()
    assert 0.5 < chance[0] < 0.9
    assert 0.1 < chance[1] < 0.5
    assert found["act_by"].tolist() == [at("10 17:00"), at("12 17:00")]  # 31 hours before the day ends


@pytest.mark.law
def test_the_budget_goes_to_those_worth_most_and_nobody_is_alerted_twice_without_news():
    cases, forecast = due(A="11", B="12", C="13", D="20"), forecast_of("A", "B", "C", "D")
    first = alerts(cases, forecast, PARAMS, NOW)
    assert [one.case_number for one in first] == ["A", "B"]
    assert first[0].worth_cny == pytest.approx(first[0].chance * 2_000 * 0.5 - 100)
    assert alerts(cases, forecast, PARAMS, NOW, first) == []  # the day's budget
    yesterday = [replace(one, alerted_at=at("09 10:00").to_pydatetime()) for one in first]
    assert [one.case_number for one in alerts(cases, forecast, PARAMS, NOW, yesterday)] == ["C"]
    moved = cases.assign(promised_due_on=[pd.Timestamp("2024-05-12"), *cases["promised_due_on"][1:]])
    assert "A" in [one.case_number for one in alerts(moved, forecast, PARAMS, NOW, yesterday)]
    low = [replace(one, chance=one.chance - 0.35) for one in yesterday]
    assert [one.case_number for one in alerts(cases, forecast, PARAMS, NOW, low)] == ["A", "B"]


def test_an_alert_says_why_and_is_read_back_from_json():
    (one,) = alerts(due(A="11"), forecast_of("A", reliable=False, coverage=0.55), PARAMS, NOW)
    zh, en = ("\n".join(texts) for texts in zip(*one.reasons, strict=True))
    assert "by the end of the promised day 11 May 2024 is" in en
    assert "Not reliable here: of intervals of 80%, lately 55% held the instant." in en
    assert "10 May 2024 17:00" in en
    assert "承诺到期日 2024年5月11日" in zh
    values = json.loads(json.dumps(one.as_dict()))
    assert (values["promised_due_on"], values["act_by"]) == ("2024-05-11", "2024-05-10T09:00:00Z")
    assert set(values["reasons"][0]) == {"zh", "en"}


def test_a_given_chance_replaces_that_of_the_forecast_and_names_its_basis():
    forecast = forecast_of("A", "B")
    given = pd.Series([0.2, 0.9])
    found = alerts(due(A="11", B="20"), forecast, PARAMS, NOW, chance=given, basis=DAYS_LEFT)
    assert [(one.case_number, one.chance, one.basis) for one in found] == [
        ("B", 0.9, "days_left"),
        ("A", 0.2, "days_left"),
    ]
    assert "comes from the days left" in found[0].reasons[1][1]
    (by_model,) = alerts(due(A="11"), forecast_of("A"), PARAMS, NOW, chance=pd.Series([0.9]), basis=MODEL)
    assert "the two may differ" in by_model.reasons[1][1]


def test_without_a_running_case_there_is_no_alert():
    none = forecast_of("A")
    empty = Forecast(none.table.head(0), none.answers.rows(np.zeros(0, dtype=np.int64)), none.ranks)
    assert alerts(due(A="11").head(0), empty, PARAMS, NOW) == []


def test_a_deadline_for_acting_on_a_day_off_names_the_working_day_before_it():
    """Due on Monday the 13th: 31 hours before its end is Sunday; the 11th was a make-up Saturday, Friday is today."""
    (one,) = alerts(due(A="13"), forecast_of("A"), PARAMS, NOW)
    zh, en = ("\n".join(texts) for texts in zip(*one.reasons, strict=True))
    assert "12 May 2024 17:00" in en
    assert "act by 11 May 2024, the last working day before it" in en
    assert "最后一个工作日 2024年5月11日" in zh
    (plain,) = alerts(due(A="11"), forecast_of("A"), PARAMS, NOW)  # to be acted on by Friday
    assert "day off" not in "".join(en for _, en in plain.reasons)
