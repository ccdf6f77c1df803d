"""Offices of one process lived through: own, pooled, and what their past losses choose, refitted every month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from experiments.benchmarks.remaining_time.logs import Log
from models.approvals.offices import OfficesModel
from models.remaining_time.coverage import Labels, Raw
from models.remaining_time.model import RemainingTime
from models.remaining_time.scores import Floats
from training.approvals.offices import Learners, fit_offices
from training.remaining_time import RemainingTimeParams, TooFewCasesError, labels_before

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class OfficesWalked:
    """Answers of the rows ``rows`` of the log's prefixes.

    answers : with the weights as they were on the row's day; own, pooled : days that either model alone would have
        answered, own NaN where the office had too few cases
    fits : how many times the models were made; shares : of each of these, the weight of the own model by office
    """

    rows: Rows
    answers: RemainingTime
    own: Floats
    pooled: Floats
    fits: int
    shares: list[Mapping[str, float]]


def walk_offices(log: Log, params: RemainingTimeParams) -> OfficesWalked:
    """As ``remaining_time.walk.walk``, with a model of every office and one of all; ``params.office`` names the column.

    raises : TooFewCasesError where no model could be made
    """
    past, begin = log.past, log.starts[1]
    learners: Learners = {}
    offices = past.prefixes[params.office].astype(str).to_numpy(dtype=object)
    found: list[tuple[Rows, RemainingTime, Floats, Floats]] = []
    shares: list[Mapping[str, float]] = []
    for step in range(int((past.known_on[log.part == 2].max(initial=-np.inf) - begin) / params.step_days) + 1):
        cut = begin + step * params.step_days
        window = np.flatnonzero((past.known_on >= cut) & (past.known_on < cut + params.step_days))
        scored = np.flatnonzero(log.part[window] == 2)
        if not len(scored):
            continue
        try:
            model = fit_offices(past, params, cut, learners)
        except TooFewCasesError:
            continue
        shares.append(dict(model.shares))
        prefixes = past.prefixes.iloc[window]
        made = model.raw(prefixes)
        later = {
            str(name): _later(log, window, offices, str(name), made[0], cut + params.step_days, model)
            for name in sorted(set(offices[window]))
        }
        answers = model.with_labels(later).answered(prefixes, made).rows(scored)
        own = np.full(len(window), np.nan)
        for name, one in model.own.items():
            mine = np.flatnonzero(offices[window] == name)
            own[mine] = np.expm1(one.raw(prefixes.iloc[mine])[0].middle)
        pooled = np.expm1(model.pooled.raw(prefixes)[0].middle)
        found.append((window[scored], answers, own[scored], pooled[scored]))
    if not found:
        raise TooFewCasesError(f"fewer than {params.fewest_rows} prefixes of closed cases before any test case")
    rows, own, pooled = (np.concatenate([one[at] for one in found]) for at in (0, 2, 3))
    joined = RemainingTime(
        *(np.concatenate([getattr(one[1], member.name) for one in found]) for member in fields(RemainingTime))
    )
    order = np.argsort(rows, kind="stable")
    return OfficesWalked(rows[order], joined.rows(order), own[order], pooled[order], len(found), shares)


def _later(
    log: Log, window: Rows, offices: npt.NDArray[np.object_], name: str, raw: Raw, until: float, model: OfficesModel
) -> Labels:
    """What became of the window's forecasts for an office until an instant."""
    mine = np.flatnonzero(offices[window] == name)
    ends = Raw(*(getattr(raw, one.name)[mine] for one in fields(Raw)))
    return labels_before(log.past, window[mine], ends, until, model.labels.get(name))


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
