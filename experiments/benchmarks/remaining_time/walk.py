"""A log as it would have been lived through: refitted every month, answered event by event, fed by late labels."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from experiments.benchmarks.remaining_time.logs import Log
from models.remaining_time.model import Learner, RemainingTime
from training.remaining_time import RemainingTimeParams, TooFewCasesError, fit_at, labels_before


@dataclass(frozen=True)
class Walked:
    """Answers of the rows ``rows`` of the log's prefixes, and how many times a model was made."""

    rows: npt.NDArray[np.int64]
    answers: RemainingTime
    fits: int


def walk(log: Log, params: RemainingTimeParams) -> Walked:
    """Answer every prefix of the test: the first model is made when its first case starts, then every step.

    A row is answered by the model made last before it; the intervals know the cases that closed before its day.
    raises : TooFewCasesError where no model could be made
    """
    past, begin = log.past, log.starts[1]
    rows = np.flatnonzero(log.part == 2)
    if not len(rows):
        raise TooFewCasesError("no case of the test has two instants")
    found: list[tuple[npt.NDArray[np.int64], RemainingTime]] = []
    learners: dict[float, Learner | None] = {}
    fits = 0
    for step in range(int((past.known_on[rows].max() - begin) / params.step_days) + 1):
        cut = begin + step * params.step_days
        window = np.flatnonzero((past.known_on >= cut) & (past.known_on < cut + params.step_days))
        scored = log.part[window] == 2
        if not scored.any():
            continue
        try:
            model = fit_at(past, params, cut, learners)
        except TooFewCasesError:
            continue
        fits += 1
        made = model.raw(past.prefixes.iloc[window])
        later = labels_before(past, window, made[0], cut + params.step_days, model.labels)
        answers = model.with_labels(later).answered(past.prefixes.iloc[window], made)
        found.append((window[scored], answers.rows(np.flatnonzero(scored))))
    if not found:
        raise TooFewCasesError(f"fewer than {params.fewest_rows} prefixes of closed cases before any test case")
    every = np.concatenate([one for one, _ in found])
    order = np.argsort(every, kind="stable")
    joined = RemainingTime(
        *(np.concatenate([getattr(answers, one.name) for _, answers in found]) for one in fields(RemainingTime))
    )
    return Walked(every[order], joined.rows(order), fits)
