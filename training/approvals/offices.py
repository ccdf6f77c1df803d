"""Fit of the remaining time of several offices: a model of each office's cases, one of all, and the weight of each.

The weight of an office's own model goes with the losses of both on the office's cases that had closed before the cut,
each forecast by models of a cut before it: by loss ** -loss_power, as the parts of a blend.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from models.approvals.forecast import taken
from models.approvals.offices import ENDS, OfficesModel
from models.remaining_time.coverage import Labels, Raw
from models.remaining_time.model import Learner
from models.remaining_time.scores import Floats
from training.remaining_time import History, RemainingTimeParams, TooFewCasesError, fit_with_past, labels_before

ALL = ""  # names the learners of all offices
Rows = npt.NDArray[np.int64]
Learners = MutableMapping[str, MutableMapping[float, Learner | None]]


def fit_offices(past: History, params: RemainingTimeParams, cut: float, learners: Learners) -> OfficesModel:
    """The models as they would have been made at ``cut``, in days since 1970.

    params : ``office`` names the column of the office
    learners : of earlier cuts by office, ALL for those of all; taken from there or put there

    raises : TooFewCasesError where too few cases of all offices had closed
    """
    pooled, rows, forecast = fit_with_past(past, params, cut, learners.setdefault(ALL, {}))
    names = past.prefixes[params.office].astype(str).to_numpy(dtype=object)
    alone = replace(params, office="", categories=tuple(one for one in params.categories if one != params.office))
    own, shares, labels = {}, {}, {}
    for name in sorted(set(names[past.known_on < cut])):
        mine = np.flatnonzero(names == name)
        at, made = _of_rows(rows, forecast, mine)
        try:
            own[name], near, near_made = fit_with_past(past.rows(mine), alone, cut, learners.setdefault(name, {}))
        except TooFewCasesError:
            shares[name] = 0.0
        else:
            both, of_own, of_pooled = np.intersect1d(mine[near], at, return_indices=True)
            losses = [_loss(past, both, taken(*one), cut) for one in ((near_made, of_own), (made, of_pooled))]
            shares[name] = _share(losses[0], losses[1], params.loss_power)
            made = _mixed(made, near_made, of_pooled, of_own, shares[name])
        labels[name] = labels_before(past, at, made, cut) if len(at) else Labels.none()
    return OfficesModel(params.office, pooled, own, shares, labels)


def _of_rows(rows: Rows, raw: Raw, mine: Rows) -> tuple[Rows, Raw]:
    """The rows that are mine, with their forecasts."""
    found = np.flatnonzero(np.isin(rows, mine))
    return rows[found], taken(raw, found)


def _loss(past: History, rows: Rows, raw: Raw, cut: float) -> float:
    """Mean absolute error in days on rows whose case closed before the cut; NaN without one."""
    closed = past.closed_on[rows] < cut
    error: Floats = np.abs(np.expm1(raw.middle[closed]) - past.remaining(rows[closed]))
    return float(error.mean()) if closed.any() else float("nan")


def _share(own: float, pooled: float, power: float) -> float:
    """Weight of the own model; 0 where nothing was compared."""
    if not np.isfinite(own + pooled):
        return 0.0
    return float(1.0 / (1.0 + (max(own, 1e-6) / max(pooled, 1e-6)) ** power))


def _mixed(pooled: Raw, own: Raw, of_pooled: Rows, of_own: Rows, share: float) -> Raw:
    """The pooled forecasts, mixed with the own ones at the rows that have both."""
    mixed = Raw(*(getattr(pooled, end).copy() for end in ENDS))
    for end in ENDS:
        getattr(mixed, end)[of_pooled] *= 1.0 - share
        getattr(mixed, end)[of_pooled] += share * getattr(own, end)[of_own]
    return mixed
