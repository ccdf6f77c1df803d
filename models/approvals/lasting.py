"""What lasts in a case from one kind of event to another: correction, joint handling, suspension of the clock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.approvals.kinds import EFFECTS, kinds
from models.approvals.columns import NEVER, EventColumns, Flags, Integers
from models.approvals.state import is_basis
from models.approvals.stretches import Stretches, stretches

OPENS, CLOSES = EFFECTS.index("opens"), EFFECTS.index("closes")
PAIRED = tuple(dict.fromkeys(row.group for row in kinds().values() if row.effect in ("opens", "closes")))
CORRECTION, JOINT, SUSPENSION = PAIRED


@dataclass(frozen=True, slots=True)
class Lasting:
    """The stretches of all groups; all numbers are of rows of the events.

    group : shape (m,), index in ``PAIRED`` of each stretch; rows : shape (m,), an event that began it
    repeated, alone, unordered : as of ``Stretches``, but a resumption without a reason is alone only where it ended
        nothing; later_requests : requests for correction beyond the first
    """

    stretches: Stretches
    group: Integers
    rows: Integers
    repeated: Integers
    alone: Integers
    unordered: Integers
    later_requests: Integers

    def of_group(self, name: str) -> Flags:
        """Stretches of a group."""
        return np.asarray(self.group == PAIRED.index(name))


def lasting(columns: EventColumns, usable: Flags) -> Lasting:
    """The stretches that the chosen events begin and end.

    Suspensions of different reasons are apart; a resumption without a reason ends all of them. Correction is requested
    once: what a later request asks for begins nothing.
    """
    group = np.full(len(columns.case), -1)
    for index, name in enumerate(PAIRED):
        group[columns.of_group(name)] = index
    timed = usable & (columns.instant != NEVER) & (group >= 0)
    later, later_requests = _later(columns, usable & columns.of_kind("correction_requested"))
    timed[later] = False
    rows, key = _keyed(columns, np.flatnonzero(timed), group)
    begins = columns.effect[rows] == OPENS
    stated = np.array([is_basis(event.values.get("basis", "")) for event in columns.events], dtype=np.bool_)
    found = stretches(
        columns.case[rows], key, columns.instant[rows], columns.day[rows],
        (columns.latest > columns.instant)[rows], begins, stated[rows],
    )  # fmt: skip
    copies = np.bincount(rows, minlength=len(columns.case))
    alone = np.bincount(rows[found.alone], minlength=len(columns.case))
    return Lasting(
        found, group[rows[found.first]], rows[found.first], np.unique(rows[found.repeated]),
        np.flatnonzero((alone > 0) & (alone == copies)), np.unique(rows[found.unordered]), later_requests,
    )  # fmt: skip


def _later(columns: EventColumns, rows: Flags) -> tuple[Integers, Integers]:
    """Those certainly after the first of their case; these, and all of a case with several of which none is the first.

    Requests without an order among them begin one correction, and are all flagged.
    """
    chosen = np.flatnonzero(rows)
    case = columns.case[chosen]
    later = columns.earliest[chosen] > columns.least(rows, columns.latest)[case]
    several = np.bincount(case, minlength=columns.n_cases) > 1
    several[case[later]] = False
    return chosen[later], chosen[later | several[case]]


def _keyed(columns: EventColumns, rows: Integers, group: Integers) -> tuple[Integers, Integers]:
    """Rows with the key that they begin or end: group and reason. A resumption without a reason has a row for each."""
    suspension = PAIRED.index(SUSPENSION)
    reasons: dict[int, set[str]] = {}
    found: list[tuple[int, tuple[int, str]]] = []
    read = [
        columns.events[row].values.get("reason", "").strip() if group[row] == suspension else ""
        for row in rows.tolist()
    ]
    for row, reason in zip(rows.tolist(), read, strict=True):
        if group[row] == suspension and columns.effect[row] == OPENS:
            reasons.setdefault(int(columns.case[row]), set()).add(reason)
    for row, reason in zip(rows.tolist(), read, strict=True):
        ended = [reason]
        if not reason and group[row] == suspension and columns.effect[row] == CLOSES:
            ended = sorted(reasons.get(int(columns.case[row]), {""}))
        found += [(row, (int(group[row]), one)) for one in ended]
    # Numbered in the order of the texts, so that the stretches of a case do not depend on the cases beside it.
    numbers = {key: number for number, key in enumerate(sorted({key for _, key in found}))}
    pairs = np.array([(row, numbers[key]) for row, key in found], dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]
