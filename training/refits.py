"""The remaining time as it would have been lived through: refitted step by step, fed by late labels."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from models.remaining_time.model import Learner, RemainingTime
from training.remaining_time import History, RemainingTimeParams, TooFewCasesError, fit_at, labels_before


@dataclass(frozen=True)
class Refitted:
    """Answers of the rows ``rows`` of a history, and how many times a model was made."""

    rows: npt.NDArray[np.int64]
    answers: RemainingTime
    fits: int


def refitted(past: History, params: RemainingTimeParams, rows: npt.NDArray[np.int64], begin: float) -> Refitted:
    """Answer ``rows``: the first model is made at ``begin``, the others every ``step_days`` after it.

    A row is answered by the model made last before it; the intervals know the cases that closed before its day.
    begin : days since 1970; raises TooFewCasesError where no model could be made
    """
    wanted = np.zeros(len(past.known_on), dtype=np.bool_)
    wanted[rows] = True
    found: list[tuple[npt.NDArray[np.int64], RemainingTime]] = []
    learners: dict[float, Learner | None] = {}
    for step in range(int((past.known_on[rows].max() - begin) / params.step_days) + 1):
        cut = begin + step * params.step_days
        window = np.flatnonzero((past.known_on >= cut) & (past.known_on < cut + params.step_days))
        scored = wanted[window]
        if not scored.any():
            continue
        try:
            model = fit_at(past, params, cut, learners)
        except TooFewCasesError:
            continue
        made = model.raw(past.prefixes.iloc[window])
        later = labels_before(past, window, made[0], cut + params.step_days, model.labels)
        answers = model.with_labels(later).answered(past.prefixes.iloc[window], made)
        found.append((window[scored], answers.rows(np.flatnonzero(scored))))
    if not found:
        raise TooFewCasesError("too few cases had closed before any of the rows")
    every = np.concatenate([one for one, _ in found])
    order = np.argsort(every, kind="stable")
    joined = RemainingTime(
        *(np.concatenate([getattr(answers, one.name) for _, answers in found]) for one in fields(RemainingTime))
    )
    return Refitted(every[order], joined.rows(order), len(found))
