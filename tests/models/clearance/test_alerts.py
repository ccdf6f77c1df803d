from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from models.clearance.alerts import AlertParams, alerts, candidates_of, choose, worth_cny
from models.clearance.forecast import forecast_rows
from tests.models.clearance.given import at, features, model

PARAMS = AlertParams(150.0, 0.6, acting_hours=4.0, loss_cny=1_000.0, wait_hours=60.0, daily_budget=2, news_chance=0.2)
NONE = pd.DataFrame(columns=["declaration_id", "kind", "stage", "cutoff_at", "chance"])


def candidates(*rows: tuple[str, float, float, str]) -> pd.DataFrame:
    """Declaration, chance, loss in CNY, act by."""
    made = pd.DataFrame(rows, columns=["declaration_id", "chance", "loss_cny", "act_by"])
    made["act_by"] = pd.to_datetime(made["act_by"].map(at))
    return made.assign(known_at=at("03 10:00"), cutoff_at=made["act_by"] + pd.Timedelta(hours=4), kind="ship",
                       stage="released", milestone="examined", activity="examined")  # fmt: skip


@pytest.mark.law
def test_worth_is_what_acting_saves_less_the_look():
    """.3 x 6,000 x .6 - 150 = 930; .03 x 6,000 x .6 - 150 = -42."""
    found = worth_cny(np.array([0.3, 0.03]), np.array([6_000.0, 6_000.0]), PARAMS)
    assert found == pytest.approx([930.0, -42.0])


@pytest.mark.law
def test_the_budget_goes_to_those_worth_most():
    """Worth 930, 1,050, -42, 3,450 too late, 210: the two best that are in time and worth it."""
    table = candidates(
        ("A", 0.3, 6_000.0, "03 12:00"),
        ("B", 0.2, 10_000.0, "05 12:00"),
        ("C", 0.03, 6_000.0, "03 12:00"),
        ("D", 0.6, 10_000.0, "03 09:00"),
        ("E", 0.1, 6_000.0, "03 12:00"),
    )
    chosen = choose(table, PARAMS, NONE, budget=2)
    assert chosen["declaration_id"].tolist() == ["B", "A"]
    assert chosen["worth_cny"].tolist() == pytest.approx([1_050.0, 930.0])
    assert choose(table, PARAMS, NONE, budget=9)["declaration_id"].tolist() == ["B", "A", "E"]
    assert choose(table, PARAMS, NONE, budget=0).empty


def test_no_second_alert_without_news():
    table = candidates(("A", 0.5, 6_000.0, "03 12:00"))
    for change, again in (
        ({}, False),
        ({"chance": 0.31}, False),
        ({"chance": 0.3}, True),  # rose by .2
        ({"cutoff_at": at("09 10:00")}, True),
        ({"kind": "contract"}, True),
    ):
        assert len(choose(table, PARAMS, table.assign(**change), budget=2)) == again, change


def test_an_alert_waits_for_what_is_received_while_there_is_time():
    """Due within a day, or where the chance is .75 already; one that is overdue is left out."""
    table = candidates(
        ("A", 0.5, 6_000.0, "04 09:59"),
        ("B", 0.5, 6_000.0, "04 10:00"),
        ("C", 0.75, 6_000.0, "09 10:00"),
        ("D", 0.74, 6_000.0, "09 10:00"),
    )
    assert choose(table, AlertParams(wait_hours=24.0), NONE, budget=9)["declaration_id"].tolist() == ["C", "A"]


CUTOFFS = pd.DataFrame(
    [
        ("S1", "ship", "released", at("04 10:00"), at("01 00:00"), 6_000.0),
        ("S1", "ship", "released", at("03 16:00"), at("03 09:00"), 6_000.0),  # moved before the forecast
        ("S1", "contract", "completed", at("20 10:00"), at("01 00:00"), np.nan),
        ("S2", "ship", "released", at("03 20:00"), at("03 11:00"), 6_000.0),  # booked after the forecast
        ("S2", "contract", "accepted", at("09 10:00"), at("01 00:00"), 6_000.0),  # accepted already
    ],
    columns=["client_seq_no", "kind", "milestone", "cutoff_at", "known_at", "empty_space_fee_cny"],
)
DECLARATIONS = pd.DataFrame({"declaration_id": ["A", "B"], "client_seq_no": ["S1", "S2"]})


def test_candidates_are_cutoffs_booked_by_then_of_stages_to_come():
    """Of A both, the ship's by its newest time; the stub's median is a day, so 6 hours before it .5 is exceeded."""
    forecast = forecast_rows(features("A", "B"), model(days=1.0, low=0.5, high=2.0))
    found = candidates_of(DECLARATIONS, CUTOFFS, forecast, PARAMS)
    assert found[["declaration_id", "kind", "stage"]].to_numpy().tolist() == [
        ["A", "ship", "released"], ["A", "contract", "completed"]]  # fmt: skip
    assert found["cutoff_at"].tolist() == [at("03 16:00"), at("20 10:00")]
    assert found["loss_cny"].tolist() == [6_000.0, 1_000.0]
    assert found["act_by"].tolist() == [at("03 12:00"), at("20 06:00")]
    assert found["chance"].to_numpy()[0] > 0.9
    assert found["chance"].to_numpy()[1] < 0.01


def test_an_alert_says_why_and_whether_its_date_is_reliable():
    forecast = forecast_rows(features("A", "B", inspected=1.0), model(days=1.0, low=0.5, high=2.0, reliable=False))
    now = at("03 10:00").to_pydatetime()
    (alert,) = alerts(DECLARATIONS, CUTOFFS, forecast, PARAMS, now)
    assert (alert.declaration_id, alert.stage, alert.reliable) == ("A", "released", False)
    assert alert.worth_cny == pytest.approx(alert.chance * 6_000.0 * 0.6 - 150.0)
    assert (alert.act_by, alert.median_at) == (at("03 12:00"), at("04 10:00"))
    zh, en = ("\n".join(texts) for texts in zip(*alert.reasons, strict=True))
    assert "此处预计不可靠" in zh
    assert "Not reliable here: of intervals of 80%, lately 55% held the instant." in en
    assert "It is under inspection." in en
    assert (
        "2.0 days since it was examined; the recent median of this office and direction to the next stage is 0.5" in en
    )
    assert "2024-07-03 12:00" in en
    assert json.loads(json.dumps(alert.as_dict()))["act_by"] == "2024-07-03T04:00:00Z"
    assert alerts(DECLARATIONS, CUTOFFS, forecast, PARAMS, now, [alert]) == []
    two = [alert, alert]  # the day's budget is used up, whatever is new
    cheap = AlertParams(look_cost_cny=0.0, acting_hours=4.0, daily_budget=2)
    assert alerts(DECLARATIONS, CUTOFFS, forecast, cheap, now, two) == []
    assert [one.kind for one in alerts(DECLARATIONS, CUTOFFS, forecast, cheap, now, [])] == ["ship"]


def test_parameters_out_of_range_are_refused_together():
    with pytest.raises(ValueError, match=r"saved_share is 1.2(.|\n)*acting_hours is -1"):
        AlertParams(saved_share=1.2, acting_hours=-1.0)
