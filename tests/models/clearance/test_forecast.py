from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.clearance import CATEGORIES, recent_medians
from models.clearance.forecast import ClearanceModel, ClearanceModelError, forecast, forecast_rows
from tests.models.clearance.given import at, features, model


def test_dates_of_the_stages_to_come_are_in_order():
    """The stub gives every stage the same days: no stage is before the one before it, and low, median, high rise."""
    found = forecast_rows(features("A", "B"), model(days=1.0, low=0.5, high=2.0))
    assert found.table["stage"].tolist() == ["released", "completed"] * 2
    first = found.table.iloc[0]
    assert (first["low_at"], first["median_at"], first["high_at"]) == (at("03 22:00"), at("04 10:00"), at("05 10:00"))
    shorter = model(days=1.0, low=0.5, high=2.0, completed=0.1)
    table = forecast_rows(features("A"), shorter).table
    assert table["median_at"].tolist() == [at("04 10:00")] * 2


def test_a_date_that_is_not_reliable_says_so():
    (row, _) = forecast_rows(features("A"), model(days=1.0, low=0.5, high=2.0, reliable=False)).rows("A")
    assert row["reliable"] is False
    assert "此处预计不可靠" in row["text"]["zh"]
    assert "not reliable here: of intervals of 80%, lately 55% held the instant" in row["text"]["en"]
    assert (row["median_at"], row["median_at_beijing"]) == ("2024-07-04T02:00:00Z", "2024-07-04T10:00:00+08:00")
    (row, _) = forecast_rows(features("A"), model(days=1.0, low=0.5, high=2.0)).rows("A")
    assert "不可靠" not in row["text"]["zh"]


@pytest.mark.law
def test_one_declaration_is_the_row_of_the_table():
    whole = forecast_rows(features("A", "B", "C"), model(days=1.0, low=0.5, high=2.0))
    alone = forecast_rows(features("B"), model(days=1.0, low=0.5, high=2.0))
    assert [row["stage"] for row in whole.rows("B")] == ["released", "completed"]
    whole.rows("B")[0]["stage"] = "changed by who was given it"
    assert whole.rows("B") == alone.rows("B")
    assert whole.rows("D") == []
    instants = pd.DatetimeIndex([at("04 10:00"), at("05 10:00"), at("03 22:00")])
    chances = whole.chance_after(np.array([2, 2, 3]), instants)
    assert chances == pytest.approx([0.5, 0.1, 0.9], abs=1e-3)
    assert alone.chance_after(np.array([0, 0, 1]), instants) == pytest.approx(chances)


def test_what_is_contradictory_or_over_has_no_forecast():
    ids = ["A", "B", "C"]
    codes = dict(zip(CATEGORIES, ("2901", "export", "2", "0110", "85"), strict=True))
    declarations = pd.DataFrame({"declaration_id": ids}).assign(**codes, n_goods=1, gross_kg=1.0)
    declarations["clearance_status"] = ["examined", "contradictory", "completed"]
    events = pd.DataFrame(
        [("A", "declared", "01 09:00"), ("B", "declared", "01 09:00"), ("C", "completed", "01 09:00")],
        columns=["declaration_id", "status", "at"],
    )
    events["at"] = events["received_at"] = pd.to_datetime(events["at"].map(at))
    stub = model(days=1.0, low=0.5, high=2.0, recent=recent_medians(events, declarations))
    found = forecast(events, declarations, stub, at("03 10:00").to_pydatetime())
    assert found.table["declaration_id"].unique().tolist() == ["A"]
    assert found.table["stage"].tolist() == ["accepted", "examined", "released", "completed"]


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ClearanceModelError, match=r"recent.parquet, accepted"):
        ClearanceModel.load(tmp_path)
