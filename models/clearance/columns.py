"""Events of many declarations as sorted columns: one row for each different event of a declaration.

The order is by declaration, instant (those without one last), rank of the code and digest, so that the columns depend
on the set of events alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.clearance.dialects import EFFECTS, STAGES, Dialects, Status
from data.clearance.records import ENTRY_ID, INVT_NO, MRN, PRE_NO, SEQ_NO, CaseEvent
from models.clearance.group import is_well_formed
from models.event_sets import NO_INSTANT, event_set

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
UNKNOWN_EFFECT = len(EFFECTS)
# Numbers of customs and of its platforms: a declaration has one of each in an episode.
OFFICIAL = (SEQ_NO, ENTRY_ID, PRE_NO, INVT_NO, MRN)


@dataclass(frozen=True, slots=True)
class EventColumns:
    """Rows are events, all arrays of shape (n,) unless another is given.

    group : of the declaration; at : microseconds from 1970 in UTC, ``NO_INSTANT`` for none
    rank : -1 for an unknown code; effect : index in ``EFFECTS``, ``UNKNOWN_EFFECT`` for an unknown code
    stages : shape (n, 5), what the code shows to be reached; expected : shape (n, 5), stages that every declaration
        of the event's dialect passes; certain : whether the row's own stages are of those
    opens : may begin an episode; code, content : equal where dialect and code, or note and office, are equal
    number_event, number_kind, number : one entry a number of customs that an event of a dialect with states names;
        ``number_kind`` equal where dialect and kind are, its remainder by ``OFFICIAL`` is the kind's index there;
        ``number`` equal where the numbers are
    n_events, n_duplicates, n_untimed : shape (n_groups,)
    """

    events: tuple[CaseEvent, ...]
    statuses: tuple[Status | None, ...]
    digests: tuple[str, ...]
    group: Integers
    at: Integers
    rank: Integers
    effect: Integers
    stages: Flags
    expected: Flags
    certain: Flags
    opens: Flags
    code: Integers
    content: Integers
    number_event: Integers
    number_kind: Integers
    number: Integers
    n_events: Integers
    n_duplicates: Integers
    n_untimed: Integers


def event_columns(
    events: Sequence[CaseEvent], ids: npt.ArrayLike, dialects: Dialects, until: dt.datetime | None = None
) -> EventColumns:
    """Columns of events.

    ids : shape (n,), the declaration of each, from 0 without a gap
    until : leaves out what is later and what has no instant
    raises : ValueError for an instant without a time zone
    """
    found = event_set(events, ids, until)
    at, group, n_groups = found.instants(), found.group, len(found.n_duplicates)
    statuses = _statuses(found.events, dialects)
    rank = np.array([-1 if status is None else status.rank for status in statuses], dtype=np.int64)
    order = np.lexsort((np.array(found.digests, dtype="S64"), rank, at, group))
    ordered = tuple(found.events[position] for position in order.tolist())
    said = tuple(statuses[position] for position in order.tolist())
    number_event, number_kind, number = _numbers(ordered, dialects)
    table = _table(said, ordered, dialects)
    counts = np.zeros((2, n_groups), dtype=np.int64)
    np.add.at(counts[0], group, 1)
    np.add.at(counts[1], group[at == NO_INSTANT], 1)
    return EventColumns(
        ordered, said, tuple(found.digests[position] for position in order.tolist()),
        group[order], at[order], rank[order], *table,
        _equal([(event.dialect, event.code.strip()) for event in ordered]),
        _equal([(event.note, event.office) for event in ordered]),
        number_event, number_kind, number, counts[0], found.n_duplicates, counts[1],
    )  # fmt: skip


def _statuses(events: Sequence[CaseEvent], dialects: Dialects) -> list[Status | None]:
    """What each code says on the day of its event."""
    known: dict[tuple[str, str, dt.date | None], Status | None] = {}
    found = []
    for event in events:
        key = (event.dialect, event.code, None if event.at is None else event.at.date())
        if key not in known:
            known[key] = dialects.find(*key)
        found.append(known[key])
    return found


def _table(
    statuses: Sequence[Status | None], events: Sequence[CaseEvent], dialects: Dialects
) -> tuple[Integers, Flags, Flags, Flags, Flags]:
    """Effect, stages, expected, certain, opens: looked up once for each different row of the dialects."""
    known_rows: dict[tuple[str, str] | int, int] = {}
    rows: list[tuple[int, list[bool], list[bool], bool, bool]] = []
    expected = {name: [False] * len(STAGES) for name in dialects.names}
    for row in dialects.rows:
        if row.expected:
            for stage in row.stages:
                expected[row.dialect][STAGES.index(stage)] = True
    index = np.empty(len(events), dtype=np.int64)
    nothing = [False] * len(STAGES)
    for position, (status, event) in enumerate(zip(statuses, events, strict=True)):
        key = ("", event.dialect) if status is None else id(status)
        if key not in known_rows:
            known_rows[key] = len(rows)
            passed = expected.get(event.dialect, nothing)
            rows.append(
                (UNKNOWN_EFFECT, nothing, passed, False, False)
                if status is None
                else (
                    EFFECTS.index(status.effect),
                    [stage in status.stages for stage in STAGES],
                    passed,
                    status.expected,
                    status.opens,
                )
            )
        index[position] = known_rows[key]
    shape = (len(rows), len(STAGES))
    return (
        np.array([row[0] for row in rows], dtype=np.int64)[index],
        np.array([row[1] for row in rows], dtype=np.bool_).reshape(shape)[index],
        np.array([row[2] for row in rows], dtype=np.bool_).reshape(shape)[index],
        np.array([row[3] for row in rows], dtype=np.bool_)[index],
        np.array([row[4] for row in rows], dtype=np.bool_)[index],
    )


def _equal(values: Sequence[object]) -> Integers:
    """A number for each value, the same for equal ones."""
    known: dict[object, int] = {}
    return np.array([known.setdefault(value, len(known)) for value in values], dtype=np.int64)


def _numbers(events: Sequence[CaseEvent], dialects: Dialects) -> tuple[Integers, Integers, Integers]:
    """The numbers of customs that events name: index of the event, of dialect and kind, and of the number.

    Only of dialects with states: an answer about another document has that document's own numbers.
    """
    kinds = {kind: position for position, kind in enumerate(OFFICIAL)}
    first = {dialect: position * len(OFFICIAL) for position, dialect in enumerate(dialects.with_states)}
    known: dict[str, int] = {}
    found = [
        (position, first[event.dialect] + kinds[kind], known.setdefault(number.strip(), len(known)))
        for position, event in enumerate(events)
        if event.dialect in first
        for kind, number in event.keys
        if kind in kinds and is_well_formed(number)
    ]
    columns = np.array(found, dtype=np.int64).reshape(-1, 3)
    return columns[:, 0], columns[:, 1], columns[:, 2]
