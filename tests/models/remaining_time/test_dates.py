"""Days become instants in whole seconds; a sentence says whether they are reliable."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from models.clearance.forecast import clearance_sentences
from models.remaining_time.dates import beijing_text, date_values, dated
from models.remaining_time.model import RemainingTime

NOON = pd.DatetimeIndex(["2024-05-06 04:00"]).tz_localize("UTC")


def row(coverage: float, reliable: bool):
    """A day and a half, between one and two."""
    one = (np.array([value]) for value in (1.5, 1.0, 2.0, "own", coverage, reliable))
    return pd.DataFrame(dated(RemainingTime(*one), NOON) | {"known_at": NOON}).to_dict("records")[0]


def test_an_instant_is_written_in_whole_seconds_and_minutes_of_beijing():
    """A part of a second, and one minute before midnight of the last day of February in Beijing."""
    instant = pd.Timestamp("2024-02-29 15:59:59.999999", tz="UTC")
    values = date_values(row(0.8, True) | {"median_at": instant}, clearance_sentences(), {"stage": ("放行", "release")})
    assert values["median_at"] == "2024-02-29T15:59:59Z"
    assert values["median_at_beijing"] == "2024-02-29T23:59:59+08:00"
    assert beijing_text(instant) == "2024-02-29 23:59"
    assert beijing_text(instant.to_pydatetime() + timedelta(minutes=1)) == "2024-03-01 00:00"


def test_days_are_instants_and_ends_keep_their_order():
    made = row(0.8, True)
    assert [beijing_text(made[name]) for name in ("low_at", "median_at", "high_at")] == [
        "2024-05-07 12:00", "2024-05-08 00:00", "2024-05-08 12:00"]  # fmt: skip


@pytest.mark.parametrize(
    ("coverage", "reliable", "said"),
    [(0.8, True, "lately 80% of such"), (0.5, False, "lately 50% held"), (np.nan, False, "no case has ended")],
)
def test_the_sentence_says_whether_such_intervals_held(coverage, reliable, said):
    stage = clearance_sentences()["stage.released"].fill({})
    values = date_values(row(coverage, reliable), clearance_sentences(), {"stage": stage})
    assert said in values["text"]["en"]
    assert values["coverage"] == (None if np.isnan(coverage) else coverage)
    assert values["median_at_beijing"] == "2024-05-08T00:00:00+08:00"
    assert values["known_at"] == "2024-05-06T04:00:00Z"
