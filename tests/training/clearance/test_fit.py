from __future__ import annotations

import pandas as pd
import pytest

from features.clearance import STAGES, features_at
from models.clearance.forecast import ClearanceModel, forecast, forecast_rows
from training.clearance.fit import ClearanceParams, day_of, fit_clearance, out_of_time_figures, recent_median_hours

PARAMS = ClearanceParams("2023-10-01", "2023-12-20", most_rows=1_500, steps=1, remembered=0, rounds=25)
CUT = day_of(PARAMS.test_from)


@pytest.fixture(scope="module")
def fitted(clearance_log):
    return fit_clearance(*clearance_log, PARAMS, CUT)


@pytest.mark.law
def test_the_fit_reads_nothing_received_later(clearance_log, fitted):
    """Events after the day are replaced by nonsense: the same model, byte for byte."""
    events, declarations = clearance_log
    after = events["received_at"] >= CUT
    wild = events.assign(at=events["at"].where(~after, events["at"] + pd.Timedelta(days=90)))
    changed = declarations.copy()
    for stage in STAGES:
        later = changed[f"{stage}_at"] >= CUT
        changed[f"{stage}_at"] = changed[f"{stage}_at"].where(~later, changed[f"{stage}_at"] + pd.Timedelta(days=90))
    assert fit_clearance(wild, changed, PARAMS, CUT).digest == fitted.digest


@pytest.mark.truth
def test_planted_medians_are_forecast_by_office(clearance_log, fitted):
    """Just after acceptance, examined and released are 3 + 10 hours away in one office and 3 + 40 in the other."""
    events, declarations = clearance_log
    events = events[events["received_at"] < CUT]
    accepted = events[(events["status"] == "accepted") & (events["at"] > CUT - pd.Timedelta(days=60))]
    rows = accepted[["declaration_id"]].assign(known_at=accepted["received_at"] + pd.Timedelta(seconds=1))
    made = forecast_rows(features_at(rows, events, declarations, fitted.known_medians), fitted)
    released = made.table[made.table["stage"] == "released"]
    office = made.features["office"].to_numpy()[released["feature_row"]]
    hours = ((released["median_at"] - released["known_at"]) / pd.Timedelta(hours=1)).groupby(office).median()
    assert hours["2901"] == pytest.approx(13.0, rel=0.25)
    assert hours["2902"] == pytest.approx(43.0, rel=0.25)


def test_figures_are_of_the_time_after_the_fit(clearance_log, fitted):
    figures = out_of_time_figures(fitted, *clearance_log, CUT, day_of(PARAMS.observed_until))
    assert list(figures) == list(STAGES)
    last = figures["completed"]
    assert 80 < last["declarations"] < 130
    assert last["mae_hours"] < 1.1 * last["recent_median_mae_hours"]
    assert 0.65 < last["coverage"] < 0.95


@pytest.mark.law
def test_a_saved_model_gives_the_same_dates(clearance_log, fitted, tmp_path):
    fitted.save(tmp_path)
    again = ClearanceModel.load(tmp_path)
    assert again.digest == fitted.digest
    events, declarations = clearance_log
    first, second = (forecast(events, declarations, one, CUT.to_pydatetime()).table for one in (fitted, again))
    pd.testing.assert_frame_equal(first, second)
    assert first["declaration_id"].nunique() > 2


def test_hours_by_the_recent_medians_by_hand():
    """Examined three hours ago, medians of 5 and 48 hours: 2 to release, 50 to completion; 4 late counts as none."""
    rows = pd.DataFrame({"milestone": ["examined", "examined"], "stage_elapsed_days": [3 / 24, 9 / 24]})
    rows = rows.assign(
        **{f"recent_{stage}_days": hours / 24 for stage, hours in zip(STAGES, (1, 1, 5, 48), strict=True)}
    )
    assert recent_median_hours(rows, "released") == pytest.approx([2.0, 0.0])
    assert recent_median_hours(rows, "completed") == pytest.approx([50.0, 48.0])
