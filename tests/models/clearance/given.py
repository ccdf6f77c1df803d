"""Forecasts whose times are given, of declarations that were examined two days ago."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.clearance import CATEGORIES, NUMBERS, STAGES
from models.clearance.forecast import ClearanceModel
from models.remaining_time.coverage import Labels
from models.remaining_time.model import RemainingTime


def at(day: str) -> pd.Timestamp:
    """Beijing time of July 2024, as 03 09:30, in UTC."""
    return pd.Timestamp(f"2024-07-{day}", tz="Asia/Shanghai").tz_convert("UTC").as_unit("us")


def features(*ids: str, **numbers: float) -> pd.DataFrame:
    """Rows of ``features_at`` on the third at 10:00."""
    made = pd.DataFrame({"declaration_id": ids})
    made = made.assign(
        known_at=at("03 10:00"), milestone="examined", activity="examined", position=3.0, elapsed_days=2.5
    )
    values = dict.fromkeys(NUMBERS, 0.0) | {"stage_elapsed_days": 2.0, "recent_released_days": 0.5} | numbers
    return made.assign(**values, **dict.fromkeys(CATEGORIES, "x"))


@dataclass(frozen=True)
class Given:
    """A model that gives every row the same days."""

    labels = Labels.none()
    cut = 0.0

    days: float
    low: float
    high: float
    reliable: bool

    def predict(self, prefixes: pd.DataFrame) -> RemainingTime:
        n = len(prefixes)
        return RemainingTime(
            remaining_days=np.full(n, self.days),
            low_days=np.full(n, self.low),
            high_days=np.full(n, self.high),
            source=np.full(n, "own", dtype=object),
            coverage=np.full(n, 0.8 if self.reliable else 0.55),
            reliable=np.full(n, self.reliable),
        )


def model(
    days: float,
    low: float,
    high: float,
    reliable: bool = True,
    completed: float | None = None,
    recent: pd.DataFrame | None = None,
) -> ClearanceModel:
    """``completed``: days to the last stage, where they differ."""
    one = Given(days, low, high, reliable)
    last = one if completed is None else Given(completed, completed, completed, reliable)
    stages = {stage: last if stage == "completed" else one for stage in STAGES}
    return ClearanceModel(stages, pd.DataFrame() if recent is None else recent)
