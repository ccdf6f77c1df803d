"""Events of many cases as sorted columns: one row for each different event of a case.

The order is by case, instant (those without one last), rank of the kind and digest, so that the columns depend on the
set of events alone. An instant at midnight says only the day: such an event happened at some time of that day, and is
before another only where even the end of its day is. Nothing is before or after an event without an instant.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.approvals.kinds import EFFECTS, kinds, statuses
from data.approvals.records import ApprovalEvent
from models.event_sets import EPOCH, MICROSECOND, NO_INSTANT, event_set

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
LOCAL_EPOCH = EPOCH.replace(tzinfo=None)
DAY = 86_400_000_000  # microseconds
NEVER = NO_INSTANT  # of what has no instant, the latest it may have been
EVER = np.iinfo(np.int64).min  # the same as the earliest


@dataclass(frozen=True, slots=True)
class EventColumns:
    """Rows are events, all arrays of shape (n,) unless another is given.

    case : number of the case from 0
    instant : microseconds from 1970 in UTC, ``NEVER`` for none; day : local day from 1970, only of use with an instant
    earliest, latest : between which it happened, from ``EVER`` to ``NEVER`` without an instant
    effect : index in ``EFFECTS``; rank : of the kind; shows : rank of the status that it shows to be reached
    counted : not in the future; n_events, n_duplicates, n_untimed : shape (n_cases,)
    """

    events: tuple[ApprovalEvent, ...]
    digests: tuple[str, ...]
    case: Integers
    instant: Integers
    day: Integers
    earliest: Integers
    latest: Integers
    effect: Integers
    rank: Integers
    shows: Integers
    counted: Flags
    n_events: Integers
    n_duplicates: Integers
    n_untimed: Integers

    @property
    def n_cases(self) -> int:
        """How many cases there are."""
        return len(self.n_events)

    def of_kind(self, *names: str) -> Flags:
        """Rows of these kinds."""
        return np.isin(self.rank, [kinds()[name].rank for name in names])

    def of_group(self, name: str) -> Flags:
        """Rows of kinds of a group."""
        return np.isin(self.rank, [row.rank for row in kinds().values() if row.group == name])

    def least(self, rows: Flags, values: Integers) -> Integers:
        """The least value of the chosen rows of each case, ``NEVER`` for none; shape (n_cases,)."""
        found = np.full(self.n_cases, NEVER)
        np.minimum.at(found, self.case[rows], values[rows])
        return found

    def any_of(self, rows: Flags) -> Flags:
        """Cases that have a chosen row; shape (n_cases,)."""
        found = np.zeros(self.n_cases, dtype=np.bool_)
        found[self.case[rows]] = True
        return found

    def texts(self, read: Callable[[ApprovalEvent], str]) -> npt.NDArray[np.object_]:
        """A text of each event."""
        return np.array([read(event) for event in self.events], dtype=object)


def event_columns(
    events: Sequence[ApprovalEvent],
    ids: npt.ArrayLike,
    *,
    until: dt.datetime | None,
    now: dt.datetime | None,
    zone: dt.tzinfo,
) -> EventColumns:
    """Columns of events.

    ids : shape (n,), the case of each, from 0 without a gap; until : leaves out what is later and what has no instant
    now : what is later is not counted; zone : of local days
    raises : ValueError for an instant without a time zone
    """
    if now is not None and now.tzinfo is None:
        raise ValueError(f"now is {now}, without a time zone")
    found = event_set(events, ids, until)
    case, at = found.group, found.instants()
    rank = np.array([kinds()[event.kind].rank for event in found.events], dtype=np.int64)
    order = np.lexsort((np.array(found.digests, dtype="S64"), rank, at, case))
    ordered = tuple(found.events[position] for position in order.tolist())
    case, at = case[order], at[order]
    local = np.fromiter((_local(event, zone) for event in ordered), np.int64, count=len(ordered))
    untimed, whole_day = at == NEVER, (local % DAY == 0) & (at != NEVER)
    earliest, latest = np.where(untimed, EVER, at), np.where(whole_day, at + DAY - 1, at)
    of_kind = [kinds()[event.kind] for event in ordered]
    n_cases = len(found.n_duplicates)
    return EventColumns(
        ordered, tuple(found.digests[position] for position in order.tolist()),
        case, at, local // DAY, earliest, latest,
        np.array([EFFECTS.index(one.effect) for one in of_kind], dtype=np.int64), rank[order],
        np.array([statuses()[_shown(event)].rank for event in ordered], dtype=np.int64),
        np.ones(len(ordered), dtype=np.bool_) if now is None else untimed | (at <= (now - EPOCH) // MICROSECOND),
        np.bincount(case, minlength=n_cases), found.n_duplicates, np.bincount(case[untimed], minlength=n_cases),
    )  # fmt: skip


def _local(event: ApprovalEvent, zone: dt.tzinfo) -> int:
    """Microseconds of the local clock; 1 without an instant, so that it is no midnight.

    Where the zone cannot write the instant, at the ends of the calendar, it is that of UTC.
    """
    if event.at is None:
        return 1
    try:
        return (event.at.astimezone(zone).replace(tzinfo=None) - LOCAL_EPOCH) // MICROSECOND
    except OverflowError:
        return (event.at - EPOCH) // MICROSECOND


def _shown(event: ApprovalEvent) -> str:
    """The status that an event shows; a step that its log names as the end of the case shows it closed."""
    return "closed" if event.kind == "step" and event.values.get("closed") == "1" else kinds()[event.kind].shows
