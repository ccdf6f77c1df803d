"""What became of the forecasts since the fit, so that the intervals and their running coverage stay those of today."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd

from features.clearance import STAGES, KnownMedians, features_at, moments, recent_medians
from models.clearance.forecast import ClearanceModel, reached_number
from models.remaining_time.columns import days_of
from models.remaining_time.coverage import Labels, answered_labels
from models.remaining_time.model import RemainingTimeModel


def stage_ends(events: pd.DataFrame, declarations: pd.DataFrame, stage: str, known_by: pd.Timestamp) -> pd.DataFrame:
    """When each declaration reached a stage, and when that was known; one row a declaration.

    Columns: case_id, closed_at (NaT unless its receipt was received before ``known_by``), received_at
    """
    ends = declarations[["declaration_id", f"{stage}_at"]].rename(columns={f"{stage}_at": "at"})
    said = events[(events["status"] == stage) & (events["received_at"] < known_by)]
    first = said.groupby(["declaration_id", "at"])["received_at"].min().reset_index()
    ends = ends.merge(first, on=["declaration_id", "at"], how="left")
    ends["at"] = ends["at"].where(ends["received_at"].notna())
    return ends.rename(columns={"declaration_id": "case_id", "at": "closed_at"})


def learned_since(
    model: ClearanceModel, events: pd.DataFrame, declarations: pd.DataFrame, now: datetime
) -> ClearanceModel:
    """The model with the recent medians and the labels of what ended between its fit and ``now``; same forecasts.

    events, declarations : as of ``features_at``, with the instants of the stages; of more than what ran since the fit
    the rest is not read. Each interval that is compared is the one that would have been given at the arrival of the
    receipt on which it was made; it counts from the day after its own end.
    """
    until = pd.Timestamp(now).tz_convert("UTC")
    seen = events[events["received_at"] < until]
    began = pd.Timestamp(max(one.cut for one in model.stages.values()), unit="D", tz="UTC")
    recent = recent_medians(seen, declarations)
    rows = moments(seen, until, mornings=False)
    features = features_at(rows[rows["known_at"] >= began], seen, declarations, KnownMedians.of(recent))
    stages = {}
    for stage, one in model.stages.items():
        before = features[reached_number(features) <= STAGES.index(stage)]
        ends = stage_ends(seen, declarations, stage, until)
        stages[stage] = one.with_labels(later_labels(one, before, ends))
    return replace(model, stages=stages, recent=recent)


def later_labels(model: RemainingTimeModel, rows: pd.DataFrame, ends: pd.DataFrame) -> Labels:
    """Labels of the forecasts of ``rows`` (of ``features_at``) whose declarations reached the stage after them."""
    at = pd.Index(ends["case_id"]).get_indexer(pd.Index(rows["declaration_id"]))
    closed = np.where(at >= 0, days_of(ends["closed_at"])[at], np.nan)
    known_on = days_of(rows["known_at"])
    used = np.flatnonzero(closed >= known_on)
    if not len(used):
        return Labels.none()
    raw, _ = model.raw(rows.iloc[used])
    days, at, known_on = closed[used] - known_on[used], at[used], known_on[used]
    ended = np.maximum(closed[used], days_of(ends["received_at"])[at])
    return answered_labels(raw, known_on, days, ended, at, model.labels)
