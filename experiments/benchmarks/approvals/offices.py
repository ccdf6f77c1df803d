"""Offices of one process lived through: own, pooled, and what their past losses choose, refitted every month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from experiments.benchmarks.remaining_time.logs import Log
from models.approvals.forecast import taken
from models.approvals.offices import OfficesModel
from models.remaining_time.coverage import Raw
from models.remaining_time.scores import Floats
from training.approvals.offices import Learners, fit_offices
from training.refits import Refitted, refitted
from training.remaining_time import RemainingTimeParams, TooFewCasesError, labels_before

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class OfficesWalked:
    """The test of a log of several offices.

    chosen : answers with the weights as they were on the row's day
    own, pooled : days that either model alone would have answered for the same rows, own NaN where the office had too
        few cases
    shares : of each fit, the weight of the own model by office
    """

    chosen: Refitted
    own: Floats
    pooled: Floats
    shares: list[Mapping[str, float]]


def walk_offices(log: Log, params: RemainingTimeParams) -> OfficesWalked:
    """As ``remaining_time.walk.walk``, with a model of every office and one of all; ``params.office`` names the column.

    raises : TooFewCasesError where no model could be made
    """
    past, rows = log.past, np.flatnonzero(log.part == 2)
    if not len(rows):
        raise TooFewCasesError("no case of the test has two instants")
    own, pooled = np.full(len(past.case), np.nan), np.full(len(past.case), np.nan)
    learners: Learners = {}
    shares: list[Mapping[str, float]] = []

    def with_later(model: OfficesModel, window: Rows, raw: Raw, end: float) -> OfficesModel:
        prefixes = past.prefixes.iloc[window]
        pooled[window] = np.expm1(model.pooled.raw(prefixes)[0].middle)
        shares.append(dict(model.shares))
        labels = {}
        for name, mine in model.offices(prefixes).items():
            if name in model.own:
                own[window[mine]] = np.expm1(model.own[name].raw(prefixes.iloc[mine])[0].middle)
            labels[name] = labels_before(past, window[mine], taken(raw, mine), end, model.labels.get(name))
        return model.with_labels(labels)

    def fit(cut: float) -> OfficesModel:
        return fit_offices(past, params, cut, learners)

    chosen = refitted(past, rows, log.starts[1], params.step_days, fit, with_later)
    return OfficesWalked(chosen, own[chosen.rows], pooled[chosen.rows], shares)


def of_office(log: Log, column: str) -> dict[str, tuple[Log, Rows]]:
    """Of each office its own log, and the rows of the whole log that are its prefixes."""
    offices = log.past.prefixes[column].astype(str).to_numpy(dtype=object)
    found = {}
    for name in sorted(set(offices)):
        rows = np.flatnonzero(offices == name)
        part, known = log.part[rows], log.past.known_on[rows]
        starts = tuple(float(known[part == one].min(initial=np.inf)) for one in (1, 2))
        own = replace(
            log, name=str(name), past=log.past.rows(rows), part=part, starts=(starts[0], starts[1]),
            length=log.length[rows], categories=tuple(one for one in log.categories if one != column),
        )  # fmt: skip
        found[str(name)] = (own, rows)
    return found
