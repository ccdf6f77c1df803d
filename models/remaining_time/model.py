"""Remaining time of running cases: quantile boosters and medians, blended, with adaptive intervals.

    log(1 + median) = weighted mean of the latest booster's median, of the mean of the boosters' medians of the last
                      cuts, and of the medians by activity, of all cases and of the office's own;
                      weights by the loss on cases that closed before the model's cut

A process that drifts gives the latest booster the larger weight, one that swings with the seasons the mean of the last.
A row's own office counts where it has enough cases of the activity. The ends are the boosters' quantiles at 0.1 and
0.9, weighted as their medians, opened to hold the middle and adapted (``coverage``). A row's answer does not depend
on the rows beside it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd

from models.content_digest import content_digest
from models.remaining_time.columns import ACTIVITY, ALWAYS_NUMBERS, Columns, PlainTable, days_of, looked_up
from models.remaining_time.coverage import Labels, Raw, adapted, reliable, running
from models.remaining_time.scores import LEVEL, Floats
from models.risk.interval import z_of

CARD, LABELS, BOOSTERS = "remaining_time.json", "labels.npz", ("middle", "low", "high")
# Parts of the blend: the latest booster and the mean of the last, of all cases; medians of all, and of the own office.
PARTS = ("latest", "mean_of_last", "median", "own")
SOURCES = ("pooled", "median", "own")
Weights = tuple[float, float, float, float]


class RemainingTimeError(ValueError):
    """A model's files are missing or corrupt, or a table lacks a column."""


@dataclass(frozen=True)
class Forecast:
    """One learner's: the boosters' quantiles, the medians by activity, and those of the own office (NaN without)."""

    raw: Raw
    median: Floats
    own: Floats


@dataclass(frozen=True)
class Learner:
    """What was learned from the cases that closed before a cut.

    boosters : texts of the boosters of the median and of the quantiles at 0.1 and 0.9 of log(1 + days)
    medians  : activity -> median of log(1 + days) of all cases, ``""`` for an activity without one
    own      : office -> activity -> the same of the office's cases; empty without ``office``, the column's name
    """

    columns: Columns
    boosters: tuple[str, str, str]
    medians: Mapping[str, float]
    own: Mapping[str, Mapping[str, float]]
    office: str

    @property
    def needed(self) -> set[str]:
        """Columns that a table needs."""
        return {"known_at", *ALWAYS_NUMBERS, *self.columns.levels, *self.columns.numbers, *filter(None, [self.office])}

    @cached_property
    def _boosters(self) -> tuple[lgb.Booster, ...]:
        return tuple(lgb.Booster(model_str=text) for text in self.boosters)

    def forecast(self, table: pd.DataFrame | PlainTable) -> Forecast:
        """What this learner forecasts, on the scale log(1 + days)."""
        prefixes = PlainTable.of(table)
        matrix = self.columns.matrix(prefixes)
        middle, low, high = (
            np.asarray(one.predict(matrix, num_threads=1), dtype=float).reshape(-1) for one in self._boosters
        )
        middle = np.maximum(middle, 0.0)
        own = np.full(len(prefixes), np.nan)
        if self.office:
            pairs = zip(prefixes[self.office], prefixes[ACTIVITY], strict=True)
            own[:] = [self.own.get(str(office), {}).get(str(activity), np.nan) for office, activity in pairs]
        raw = Raw(middle, np.clip(low, 0.0, middle), np.maximum(high, middle))
        return Forecast(raw, looked_up(prefixes[ACTIVITY], self.medians, self.medians[""]), own)


@dataclass(frozen=True)
class Parts:
    """Parts of the blend of every row.

    middles : in the order of PARTS, NaN where a part has no value, shape (n, 4)
    latest, mean_of_last : with their ends, each of shape (n,)
    """

    middles: Floats
    latest: Raw
    mean_of_last: Raw

    @classmethod
    def of(cls, forecasts: Sequence[Forecast]) -> Parts:
        """From the forecasts of the last cuts for the same rows, the latest first."""
        latest = forecasts[0]
        mean = Raw(
            *(np.mean([getattr(one.raw, name) for one in forecasts], axis=0) for name in ("middle", "low", "high"))
        )
        middles = np.stack([latest.raw.middle, mean.middle, latest.median, latest.own], axis=1)
        return cls(middles, latest.raw, mean)

    def blended(self, weights: Weights) -> tuple[Raw, npt.NDArray[np.int64]]:
        """The weighted forecast, and the position in SOURCES of what has the largest weight by row."""
        weight = np.where(np.isnan(self.middles), 0.0, np.asarray(weights))
        middle = (weight * np.nan_to_num(self.middles)).sum(axis=1) / weight.sum(axis=1)
        share = weights[1] / (weights[0] + weights[1]) if weights[0] + weights[1] > 0.0 else 0.0
        low, high = (
            (1.0 - share) * getattr(self.latest, name) + share * getattr(self.mean_of_last, name)
            for name in ("low", "high")
        )
        largest = np.stack([weight[:, 0] + weight[:, 1], weight[:, 2], weight[:, 3]], axis=1).argmax(axis=1)
        return Raw(middle, np.minimum(low, middle), np.maximum(high, middle)), largest


@dataclass(frozen=True)
class RemainingTime:
    """Answers, each of shape (n,); days are calendar days of 24 hours, low_days <= remaining_days <= high_days.

    source   : which part has the largest weight: own, pooled or median
    coverage : share of recent cases' intervals that held when the row was known, NaN before any case closed
    reliable : False where that share is too low for chance, or too few cases have closed
    """

    remaining_days: Floats
    low_days: Floats
    high_days: Floats
    source: npt.NDArray[np.str_]
    coverage: Floats
    reliable: npt.NDArray[np.bool_]

    @classmethod
    def joined(cls, parts: Sequence[RemainingTime]) -> RemainingTime:
        """The answers of every part, one part after the other."""
        return cls(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(cls)))

    def rows(self, index: npt.ArrayLike) -> RemainingTime:
        """The answers of the rows ``index``; a row may be named more than once."""
        return RemainingTime(*(getattr(self, one.name)[np.asarray(index)] for one in fields(self)))

    def frame(self) -> pd.DataFrame:
        """A table with one column a member."""
        return pd.DataFrame({one.name: getattr(self, one.name) for one in fields(self)})

    def chance_longer(self, days: npt.ArrayLike) -> Floats:
        """Chance that a case still takes longer than ``days``: a normal on each side of the median of log(1 + days).

        The chances at low_days, remaining_days and high_days are 0.9, 0.5 and 0.1; below 0 days it is 1.
        """
        from scipy.special import ndtr

        given = np.broadcast_to(np.asarray(days, dtype=float), self.remaining_days.shape)
        at, middle = np.log1p(np.maximum(given, 0.0)), np.log1p(self.remaining_days)
        reach = np.where(at < middle, middle - np.log1p(self.low_days), np.log1p(self.high_days) - middle)
        z = (at - middle) / np.maximum(reach, 1e-9) * z_of(LEVEL)
        return np.where(given < 0.0, 1.0, ndtr(-z))


@dataclass(frozen=True)
class RemainingTimeModel:
    """Learners with the weights of the parts and the labels of earlier forecasts.

    learners : of the last cuts, the latest first
    cut : days since 1970 (UTC); nothing that happened then or later is in the model
    """

    learners: tuple[Learner, ...]
    weights: Weights
    labels: Labels
    cut: float

    def raw(self, table: pd.DataFrame | PlainTable) -> tuple[Raw, npt.NDArray[np.int64]]:
        """Forecasts before they are adapted, and the part with the largest weight."""
        absent = {name for one in self.learners for name in one.needed} - set(table.columns)
        if absent:
            raise RemainingTimeError(f"columns {sorted(absent)} are absent")
        prefixes = PlainTable.of(table)
        return Parts.of([one.forecast(prefixes) for one in self.learners]).blended(self.weights)

    def predict(self, prefixes: pd.DataFrame | PlainTable) -> RemainingTime:
        """Answers with what the model knew at the start of the day (UTC) on which each row was known."""
        return self.answered(prefixes, self.raw(prefixes))

    def answered(self, prefixes: pd.DataFrame | PlainTable, made: tuple[Raw, npt.NDArray[np.int64]]) -> RemainingTime:
        """Answers of forecasts that ``raw`` made for the same rows."""
        raw, largest = made
        known_on = days_of(prefixes["known_at"])
        low, high = adapted(raw, known_on, self.labels)
        days, inverse = np.unique(np.floor(known_on), return_inverse=True)
        share, cases = running(self.labels, days)
        return RemainingTime(
            remaining_days=np.expm1(raw.middle),
            low_days=np.minimum(low, np.expm1(raw.middle)),
            high_days=np.maximum(high, np.expm1(raw.middle)),
            source=np.asarray(SOURCES)[largest],
            coverage=share[inverse],
            reliable=reliable(share, cases)[inverse],
        )

    def with_labels(self, later: Labels) -> RemainingTimeModel:
        """The same forecasts, whose intervals also know what became of the cases that closed since."""
        return replace(self, labels=self.labels.joined(later))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything in the model."""
        texts = [list(one.boosters) for one in self.learners]
        return content_digest({"card": self._card(), "boosters": texts, "labels": self.labels})

    def _card(self) -> dict[str, Any]:
        kept = [one.name for one in fields(Learner) if one.name not in ("columns", "boosters")]
        learners = [
            {name: getattr(one, name) for name in kept} | {"columns": asdict(one.columns)} for one in self.learners
        ]
        return {"learners": learners, "weights": list(self.weights), "cut": self.cut}

    def save(self, folder: Path) -> None:
        """Write the model's files; the folder is made."""
        folder.mkdir(parents=True, exist_ok=True)
        card = json.dumps(self._card() | {"digest": self.digest}, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / CARD).write_text(card + "\n", encoding="utf-8")
        for number, learner in enumerate(self.learners):
            for name, text in zip(BOOSTERS, learner.boosters, strict=True):
                (folder / f"{name}_{number}.txt").write_text(text, encoding="utf-8")
        np.savez(folder / LABELS, **{one.name: getattr(self.labels, one.name) for one in fields(self.labels)})

    @classmethod
    def load(cls, folder: Path) -> RemainingTimeModel:
        """Read a model; raises RemainingTimeError where a file is absent or differs from what was saved."""
        try:
            card = json.loads((folder / CARD).read_text(encoding="utf-8"))
            with np.load(folder / LABELS) as stored:
                labels = Labels(**{one.name: stored[one.name] for one in fields(Labels)})
            learners = tuple(_learner(folder, number, one) for number, one in enumerate(card["learners"]))
            model = cls(learners, tuple(card["weights"]), labels, card["cut"])
        except (OSError, KeyError, TypeError, ValueError) as fault:
            raise RemainingTimeError(f"{folder.name} holds no model of the remaining time: {fault}") from fault
        if model.digest != card["digest"]:
            raise RemainingTimeError(f"{folder.name} was changed after it was saved")
        return model


def _learner(folder: Path, number: int, card: Mapping[str, Any]) -> Learner:
    middle, low, high = ((folder / f"{name}_{number}.txt").read_text(encoding="utf-8") for name in BOOSTERS)
    given = card["columns"]
    levels = {name: tuple(given["levels"][name]) for name in sorted(given["levels"])}
    columns = Columns(tuple(given["numbers"]), levels, given["typical"], given["zone"])
    return Learner(columns, (middle, low, high), card["medians"], card["own"], card["office"])
