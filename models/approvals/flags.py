"""What a person should look at in the events of a case, each by the events concerned."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.approvals.columns import NEVER, EventColumns, Flags, Integers
from models.approvals.ends import Ends
from models.approvals.lasting import JOINT, PAIRED, SUSPENSION, Lasting
from models.approvals.state import Extension, is_basis

Marks = Mapping[str, Integers]  # rows of events by the code of their flag


def flags(columns: EventColumns, found: Ends, kept: Lasting) -> dict[str, Integers]:
    """The flags that follow from kinds, instants and values of the events of each case.

    An order that is not known makes no flag: a decision on the day of the acceptance is not before it.
    """
    usable = columns.counted & ~found.after
    accepted, decided = usable & columns.of_kind("accepted"), usable & columns.of_kind("decided")
    suspended = usable & columns.of_kind("suspended")
    extended = usable & columns.of_kind("extended")
    has_acceptance = columns.any_of(accepted)[columns.case]
    first_accepted = columns.least(accepted, columns.earliest)[columns.case]
    before = has_acceptance & (columns.latest < first_accepted)
    after = has_acceptance & (columns.earliest > columns.least(accepted, columns.latest)[columns.case])
    has_decision = columns.any_of(decided)[columns.case]
    first_decided = columns.least(decided, columns.earliest)[columns.case]
    delivered = usable & columns.of_kind("delivered")
    marks = {
        "no_instant": columns.instant == NEVER,
        "in_future": ~columns.counted,
        "after_end": found.after,
        "correction_after_accepted": usable & columns.of_kind("correction_requested") & after,
        "accepted_twice": accepted & after,
        "suspended_before_accepted": suspended & before,
        "decided_before_accepted": decided & before,
        "decided_without_accepted": decided & ~has_acceptance,
        "delivered_before_decided": delivered & has_decision & (columns.latest < first_decided),
        "delivered_without_decided": delivered & ~has_decision,
        **_lacking(columns, suspended, "suspension_without", "reason", "basis", "days"),
        **_extensions(columns, extended),
    }
    rows = {code: np.flatnonzero(flagged) for code, flagged in marks.items()}
    return rows | {
        "correction_repeated": kept.later_requests,
        "suspended_twice": _of_group(columns, kept.repeated, SUSPENSION),
        "resumed_without_suspension": _of_group(columns, kept.alone, SUSPENSION),
        "suspension_unordered": _of_group(columns, kept.unordered, SUSPENSION),
        "joint_unmatched": _of_group(columns, np.union1d(kept.repeated, kept.alone), JOINT),
        "two_ends": found.two_ends,
        "two_decisions": found.two_decisions,
    }


def _lacking(columns: EventColumns, rows: Flags, code: str, *members: str) -> dict[str, Flags]:
    """Rows without a value, by the code of the flag for each of the members."""
    found = {f"{code}_{name}": np.zeros_like(rows) for name in members}
    for row in np.flatnonzero(rows).tolist():
        for name in members:
            value = columns.events[row].values.get(name, "").strip()
            found[f"{code}_{name}"][row] = not (is_basis(value) if name == "basis" else value)
    return found


def _extensions(columns: EventColumns, extended: Flags) -> dict[str, Flags]:
    rows = np.flatnonzero(extended)
    found = {name: extended.copy() for name in ("extension_not_by_head", "extension_not_informed", "extended_twice")}
    for row in rows.tolist():
        given = Extension.of(columns.events[row])
        found["extension_not_by_head"][row] = not given.by_head
        found["extension_not_informed"][row] = not given.informed
    found["extended_twice"] &= (np.bincount(columns.case[rows], minlength=columns.n_cases) > 1)[columns.case]
    return found


def _of_group(columns: EventColumns, rows: Integers, name: str) -> Integers:
    assert name in PAIRED
    return rows[columns.of_group(name)[rows]]
