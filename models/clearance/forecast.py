"""When a declaration that runs will be accepted, examined, released and completed, with the interval of each date.

One model of remaining time a stage (``models.remaining_time``); the time from release to completion is the long one, so
a single model of the whole would hide the others. The running coverage of the intervals is beside every date, and a
date says that it is not reliable where that coverage has drifted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import reference_path
from data.texts.sentences import Sentence, read_sentences
from features.clearance import MILESTONES, STAGES, KnownMedians, features_at
from models.content_digest import content_digest
from models.remaining_time.columns import PlainTable
from models.remaining_time.dates import DATES, date_values, dated
from models.remaining_time.model import RemainingTime, RemainingTimeModel
from models.remaining_time.ranks import ranks_of, read_through

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
RECENT = "recent.parquet"


class ClearanceModelError(ValueError):
    """A folder holds no model of clearance; the message says what is missing."""


@dataclass(frozen=True, eq=False)
class ClearanceModel:
    """What is fitted for the forecasts, in one folder.

    stages : model of the remaining time to each stage, with the labels that keep its intervals
    recent : of ``features.clearance.recent_medians``
    """

    stages: Mapping[str, RemainingTimeModel]
    recent: pd.DataFrame

    @cached_property
    def ranks(self) -> Mapping[str, Floats]:
        """Of each stage, where the actual times of its labels lay in the forecasts, as ``ranks_of``."""
        return {stage: ranks_of(model.labels, model.cut) for stage, model in self.stages.items()}

    @cached_property
    def known_medians(self) -> KnownMedians:
        """``recent`` in order, to be looked up."""
        return KnownMedians.of(self.recent)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything in the model."""
        recent = self.recent.assign(known_at=self.recent["known_at"].astype("int64"))
        columns = {name: recent[name].to_numpy() for name in recent}
        return content_digest(
            {"stages": {name: model.digest for name, model in self.stages.items()}, "recent": columns}
        )

    def save(self, folder: Path) -> None:
        """Write the folder; loaded again it gives the same dates."""
        folder.mkdir(parents=True, exist_ok=True)
        for stage, model in self.stages.items():
            model.save(folder / stage)
        self.recent.to_parquet(folder / RECENT, index=False)

    @classmethod
    def load(cls, folder: Path) -> ClearanceModel:
        """Raises ClearanceModelError or RemainingTimeError where the folder is not one of ``save``."""
        missing = [name for name in (RECENT, *STAGES) if not (folder / name).exists()]
        if missing:
            raise ClearanceModelError(f"{folder.name} is no model of clearance: {', '.join(missing)} missing")
        stages = {stage: RemainingTimeModel.load(folder / stage) for stage in STAGES}
        return cls(stages, pd.read_parquet(folder / RECENT))


@dataclass(frozen=True, eq=False)
class Forecast:
    """Dates of the stages to come.

    features : of ``features_at``, one row a declaration and instant
    table : one row for each of them and each stage to come, in this order: feature_row, declaration_id, known_at,
        milestone, activity, stage, low_at, median_at, high_at (UTC, each not before that of the stage before),
        coverage, reliable, source
    answers : of each stage, for the rows ``positions`` of the table
    """

    features: pd.DataFrame
    table: pd.DataFrame
    answers: Mapping[str, RemainingTime]
    positions: Mapping[str, Ints]
    ranks: Mapping[str, Floats]

    def chance_after(self, rows: Ints, instants: pd.DatetimeIndex) -> Floats:
        """Chance that the stage of each given row of the table is reached later than its instant; (n,) in [0, 1]."""
        found = np.full(len(rows), np.nan)
        days = (instants - pd.DatetimeIndex(self.table["known_at"].iloc[rows])) / pd.Timedelta(days=1)
        for stage, positions in self.positions.items():
            own = self.table["stage"].to_numpy()[rows] == stage
            if own.any():
                answers = self.answers[stage].rows(np.searchsorted(positions, rows[own]))
                later = answers.chance_longer(np.maximum(days.to_numpy(dtype=float)[own], 0.0))
                found[own] = read_through(later, self.ranks[stage])
        return found

    def rows(self, declaration_id: str) -> list[dict[str, Any]]:
        """The stages to come of a declaration as JSON values, in order; none where it does not run.

        Instants are given in UTC and, as ``*_beijing``, in +08:00.
        """
        return [dict(row) for row in self._rows.get(declaration_id, ())]

    @cached_property
    def _rows(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """The rows of every declaration, made together: to pick those of one from the table costs as much as of all."""
        write, found = clearance_sentences(), defaultdict(list)
        named = {stage: write[f"stage.{stage}"].fill({}) for stage in STAGES}
        for row in self.table.to_dict("records"):
            stage = row["stage"]
            found[str(row["declaration_id"])].append(
                {"stage": stage} | date_values(row, write, {"stage": named[stage]})
            )
        return found


def forecast(
    events: pd.DataFrame, declarations: pd.DataFrame, model: ClearanceModel, now: datetime | Sequence[datetime]
) -> Forecast:
    """Forecasts of all declarations that run at an instant, by what had been received then.

    events, declarations : of ``features_at``; a declaration whose receipts contradict one another, as its column
        ``clearance_status`` says, has no forecast
    now : aware; one for all, or one for each declaration
    """
    instants = pd.to_datetime([now] if isinstance(now, datetime) else list(now), utc=True)
    known_at = instants.repeat(len(declarations)) if isinstance(now, datetime) else instants
    rows = pd.DataFrame({"declaration_id": declarations["declaration_id"].array, "known_at": known_at})
    if "clearance_status" in declarations:
        rows = rows[declarations["clearance_status"].to_numpy() != "contradictory"]
    return forecast_rows(features_at(rows, events, declarations, model.known_medians), model)


def forecast_rows(features: pd.DataFrame, model: ClearanceModel) -> Forecast:
    """Forecasts of rows of ``features_at``, each at its own instant."""
    reached, known_at = reached_number(features), pd.DatetimeIndex(features["known_at"])
    to_come = {stage: np.flatnonzero(reached <= at) for at, stage in enumerate(STAGES)}
    plain = PlainTable.of(features)
    answers = {stage: model.stages[stage].predict(plain.rows(rows)) for stage, rows in to_come.items()}
    row = np.concatenate(list(to_come.values()))
    number = np.repeat(np.arange(len(STAGES)), [len(rows) for rows in to_come.values()])
    order = np.lexsort((number, row))
    row = row[order]
    dates = dated(RemainingTime.joined(list(answers.values())).rows(order), known_at[row])
    table = pd.DataFrame({"feature_row": row, "stage": np.array(STAGES, dtype=object)[number[order]]} | dates)
    table[list(DATES)] = table.groupby("feature_row")[list(DATES)].cummax()
    known = features[["declaration_id", "known_at", "milestone", "activity"]].iloc[table["feature_row"]]
    table = pd.concat([known.reset_index(drop=True), table], axis=1)
    positions = {stage: np.flatnonzero(table["stage"] == stage) for stage in STAGES}
    return Forecast(features, table, answers, positions, model.ranks)


def reached_number(features: pd.DataFrame) -> Ints:
    """Number of the last milestone of each row; stage s of ``STAGES`` is still to come where it is at most s."""
    numbers = {name: at for at, name in enumerate(MILESTONES)}
    return np.array([numbers[name] for name in features["milestone"]], dtype=np.int64)


@cache
def clearance_sentences() -> Mapping[str, Sentence]:
    """Sentences of forecasts and alerts: ``data/reference/clearance/sentences_alerts.csv``."""
    return read_sentences(reference_path("clearance/sentences_alerts.csv"))
