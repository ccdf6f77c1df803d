"""How cases end: the first end, what came after it, and ends that cannot all be right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.approvals.kinds import EFFECTS, kinds
from models.approvals.columns import NEVER, EventColumns, Flags, Integers

END = EFFECTS.index("end")
NONE = EFFECTS.index("none")
DECISION = "decision"
GROUPS = tuple(dict.fromkeys(row.group for row in kinds().values() if row.effect == "end"))


@dataclass(frozen=True, slots=True)
class Ends:
    """Ends of cases; rows are numbers of events.

    group : shape (n_cases,), index in ``GROUPS`` of the first end, -1 for none; own : shape (n,), events of that end
    after : shape (n,), certainly after the end
    two_ends : ends of different kinds without a known order; two_decisions : decisions with different outcomes
    outcome : shape (n_cases,), of the decision as it came, "" for none or two
    """

    group: Integers
    own: Flags
    after: Flags
    two_ends: Integers
    two_decisions: Integers
    outcome: npt.NDArray[np.object_]


def ends(columns: EventColumns) -> Ends:
    """The ends of the counted events.

    A case ends once: by a decision with its delivery, or by being refused, returned or withdrawn. The first of these is
    the end, and what is certainly later does not change it. Where two kinds of end have no known order, such as two of
    one day, the case is contradictory; so it is with two outcomes of its decision.
    """
    n = columns.n_cases
    is_end = columns.counted & (columns.effect == END)
    of_group = [is_end & columns.of_group(name) for name in GROUPS]
    earliest = np.stack([columns.least(rows, columns.earliest) for rows in of_group])
    latest = np.stack([columns.least(rows, columns.latest) for rows in of_group])
    present = np.stack([columns.any_of(rows) for rows in of_group])
    first = np.where(present, latest, NEVER).argmin(axis=0)
    # A group whose only events have no instant is as late as one that is absent: it is still the first where alone.
    first = np.where(present[first, np.arange(n)], first, present.argmax(axis=0))
    over = latest[first, np.arange(n)]
    other = present & (np.arange(len(GROUPS))[:, None] != first)
    unordered = (other & (earliest <= over)).any(axis=0)
    group = np.where(present.any(axis=0), first, -1)

    end_group = np.full(len(columns.case), -1)
    for index, rows in enumerate(of_group):
        end_group[rows] = index
    own = group[columns.case]
    has_end = columns.counted & (own >= 0)
    # An acceptance after the decision is a contradiction of the two, not something that happened to a closed case.
    apart = (columns.effect == NONE) | (columns.of_kind("accepted") & (own == GROUPS.index(DECISION)))
    after = has_end & ~apart & (end_group != own) & (columns.earliest > over[columns.case])
    outcome, two = _outcomes(columns, is_end & ~after & columns.of_kind("decided"))
    clashing = is_end & unordered[columns.case] & ((end_group == own) | (columns.earliest <= over[columns.case]))
    return Ends(group, is_end & (end_group == own), after, np.flatnonzero(clashing), two, outcome)


def _outcomes(columns: EventColumns, decided: Flags) -> tuple[npt.NDArray[np.object_], Integers]:
    """The outcome of each case, and the rows of decisions of cases that have two."""
    texts = columns.texts(lambda event: event.values.get("outcome", "").strip())
    found = np.full(columns.n_cases, "", dtype=object)
    stated = decided & (texts != "")
    two = np.zeros(columns.n_cases, dtype=np.bool_)
    for row in np.flatnonzero(stated).tolist():
        case = columns.case[row]
        two[case] |= bool(found[case]) and found[case] != texts[row]
        found[case] = texts[row]
    found[two] = ""
    return found, np.flatnonzero(stated & two[columns.case])
