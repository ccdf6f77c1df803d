from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from features.clearance import CATEGORIES, STAGES, recent_medians
from models.clearance.forecast import ClearanceModel
from models.clearance.labels import learned_since, stage_ends
from models.remaining_time.coverage import Labels, Raw
from tests.models.clearance.given import at


@dataclass(frozen=True)
class ADay:
    """A model that always forecasts a day, raw ends half a day and two days."""

    labels: Labels
    cut: float = 0.0

    def raw(self, prefixes: pd.DataFrame) -> tuple[Raw, npt.NDArray[np.int64]]:
        return Raw(*(np.full(len(prefixes), np.log1p(days)) for days in (1.0, 0.5, 2.0))), np.zeros(len(prefixes), int)

    def with_labels(self, later: Labels) -> ADay:
        return replace(self, labels=self.labels.joined(later))


EVENTS = pd.DataFrame(
    [
        ("A", "declared", "01 10:00", "01 10:00"),
        ("A", "accepted", "02 10:00", "05 10:00"),  # arrives three days late
        ("B", "declared", "01 10:00", "01 10:00"),
        ("B", "accepted", "09 10:00", "09 10:00"),  # after eight days
    ],
    columns=["declaration_id", "status", "at", "received_at"],
).assign(**{name: lambda table, name=name: pd.to_datetime(table[name].map(at)) for name in ("at", "received_at")})


def declarations() -> pd.DataFrame:
    made = pd.DataFrame({"declaration_id": ["A", "B"], "clearance_status": "accepted"})
    made = made.assign(**dict.fromkeys(CATEGORIES, "x"), n_goods=1, gross_kg=1.0)
    for stage in STAGES:
        made[f"{stage}_at"] = pd.Series([pd.NaT, pd.NaT], dtype="datetime64[us, UTC]")
    made["accepted_at"] = pd.to_datetime(pd.Series([at("02 10:00"), at("09 10:00")]))
    return made


@pytest.mark.law
def test_an_end_is_known_from_its_arrival():
    early, late = (stage_ends(EVENTS, declarations(), "accepted", at(day)) for day in ("04 00:00", "10 00:00"))
    assert early["closed_at"].isna().all()
    assert late["closed_at"].tolist() == [at("02 10:00"), at("09 10:00")]


def test_what_ended_since_the_fit_keeps_the_coverage():
    """A took its day, B eight: one of two intervals held; the label of A counts from the arrival of its receipt."""
    model = ClearanceModel({stage: ADay(Labels.none()) for stage in STAGES}, recent_medians(EVENTS, declarations()))
    later = learned_since(model, EVENTS, declarations(), at("10 00:00").to_pydatetime())
    labels = later.stages["accepted"].labels
    assert labels.held.tolist() == [1.0, 0.0]
    days = pd.to_datetime(labels.closed_on, unit="D", utc=True).round("s")
    assert days.tolist() == [at("05 10:00"), at("09 10:00")]
    assert labels.above[1] == pytest.approx((np.log1p(8) - np.log1p(1)) / (np.log1p(2) - np.log1p(1)))
    assert later.stages["completed"].labels.held.tolist() == []
    none = learned_since(model, EVENTS, declarations(), at("04 00:00").to_pydatetime())
    assert none.stages["accepted"].labels.held.tolist() == []
    assert model.stages["accepted"].labels.held.tolist() == []
