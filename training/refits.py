"""The remaining time as it would have been lived through: refitted step by step, fed by late labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.remaining_time.coverage import Raw
from models.remaining_time.model import Learner, RemainingTime, RemainingTimeModel
from training.remaining_time import History, RemainingTimeParams, TooFewCasesError, fit_at, labels_before

Ints = npt.NDArray[np.int64]
Model = TypeVar("Model", bound="Fitted")


@dataclass(frozen=True)
class Refitted:
    """Answers of the rows ``rows`` of a history, and how many times a model was made."""

    rows: Ints
    answers: RemainingTime
    fits: int


class Fitted(Protocol):
    """A model of the remaining time, of one process or of several offices."""

    def raw(self, prefixes: pd.DataFrame) -> tuple[Raw, Ints]:
        """Forecasts before they are adapted, and what has the largest weight."""

    def answered(self, prefixes: pd.DataFrame, made: tuple[Raw, Ints]) -> RemainingTime:
        """Answers of forecasts that ``raw`` made for the same rows."""


def refitted(
    past: History,
    rows: Ints,
    begin: float,
    step_days: float,
    fit: Callable[[float], Model],
    with_later: Callable[[Model, Ints, Raw, float], Model],
) -> Refitted:
    """Answer ``rows``: the first model is made at ``begin``, the others every ``step_days`` after it.

    A row is answered by the model made last before it; the intervals know the cases that closed before its day.
    begin : days since 1970; fit : the model of a cut, which may raise TooFewCasesError
    with_later : the model with the labels of its raw forecasts of rows whose cases closed before a day
    raises : TooFewCasesError where no model could be made
    """
    wanted = np.zeros(len(past.known_on), dtype=np.bool_)
    wanted[rows] = True
    found: list[tuple[Ints, RemainingTime]] = []
    for step in range(int((past.known_on[rows].max() - begin) / step_days) + 1):
        cut = begin + step * step_days
        window = np.flatnonzero((past.known_on >= cut) & (past.known_on < cut + step_days))
        scored = wanted[window]
        if not scored.any():
            continue
        try:
            model = fit(cut)
        except TooFewCasesError:
            continue
        prefixes = past.prefixes.iloc[window]
        made = model.raw(prefixes)
        answers = with_later(model, window, made[0], cut + step_days).answered(prefixes, made)
        found.append((window[scored], answers.rows(np.flatnonzero(scored))))
    if not found:
        raise TooFewCasesError("too few prefixes of closed cases before any of the rows")
    every = np.concatenate([one for one, _ in found])
    order = np.argsort(every, kind="stable")
    joined = RemainingTime(
        *(np.concatenate([getattr(answers, one.name) for _, answers in found]) for one in fields(RemainingTime))
    )
    return Refitted(every[order], joined.rows(order), len(found))


def refitted_process(past: History, params: RemainingTimeParams, rows: Ints, begin: float) -> Refitted:
    """As ``refitted`` with one model of the whole process, every ``step_days`` of the parameters."""
    learners: dict[float, Learner | None] = {}

    def with_later(model: RemainingTimeModel, window: Ints, raw: Raw, end: float) -> RemainingTimeModel:
        return model.with_labels(labels_before(past, window, raw, end, model.labels))

    return refitted(past, rows, begin, params.step_days, lambda cut: fit_at(past, params, cut, learners), with_later)
