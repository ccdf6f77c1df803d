from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from models.alerts import AlertParams
from models.clearance.alerts import alerts, candidates_of
from models.clearance.forecast import forecast_rows
from tests.models.clearance.given import at, features, model

PARAMS = AlertParams(150.0, 0.6, acting_hours=4.0, loss_cny=1_000.0, wait_hours=60.0, daily_budget=2, news_chance=0.2)


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
    assert "3 July 2024 12:00" in en
    assert json.loads(json.dumps(alert.as_dict()))["act_by"] == "2024-07-03T04:00:00Z"
    assert alerts(DECLARATIONS, CUTOFFS, forecast, PARAMS, now, [alert]) == []
    two = [alert, alert]  # the day's budget is used up, whatever is new
    cheap = AlertParams(look_cost_cny=0.0, acting_hours=4.0, daily_budget=2)
    assert alerts(DECLARATIONS, CUTOFFS, forecast, cheap, now, two) == []
    assert [one.kind for one in alerts(DECLARATIONS, CUTOFFS, forecast, cheap, now, [])] == ["ship"]
