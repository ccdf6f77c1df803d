"""The state of a case: a fold over the set of its events, by what they say and not by when they came.

``fold`` is a function of the set of events, where two with the same ``ApprovalEvent.digest`` are one: any order of
arrival and any number of duplicates give the same state. The rules:

1. What a kind of event shows, and the ranks of kinds and statuses, are rows of files (``data/approvals/kinds.py``).
   The status is the highest of what was reached for good, what lasts (correction, joint handling, suspension), and the
   end.
2. Events of one instant have no order. An instant at midnight says only the day, so that it has no order among the
   events of its day. Where the order of two matters and is not known, nothing is concluded from either order.
3. A case ends once (``models/approvals/ends.py``); what is certainly later is flagged and changes nothing.
4. Events without a readable instant count for what was reached and never for a time, nor for what lasts. Events later
   than ``now`` are listed and count for nothing.
5. A suspension without a reason or without a basis is listed and left on the clock. Whether the item allows the reason
   is for the catalogue of the day (``models/approvals/cases.py``).
6. What contradicts itself is flagged, and where that leaves the status undecidable, it is ``contradictory``.

One implementation serves one case and many: ``fold`` is ``fold_table`` of one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.approvals.kinds import kinds, statuses
from data.approvals.records import ApprovalEvent
from data.beijing import BEIJING
from models.approvals.columns import NEVER, EventColumns, Flags, Integers, event_columns
from models.approvals.ends import Ends, ends
from models.approvals.flags import Marks, flags
from models.approvals.lasting import SUSPENSION, Lasting, lasting
from models.approvals.state import CONTRADICTORY, UNKNOWN, CaseState, Extension, Flag, HistoryRow, Suspension, is_basis
from models.event_sets import datetimes, instant

TEXTS = ("case_number", "item", "office", "applicant", "status", "outcome")
Texts = npt.NDArray[np.object_]
Instants = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Suspensions:
    """Suspensions of all cases, by case, reason and beginning; arrays of shape (m,), as of ``state.Suspension``.

    case : number of the case; announced_days : NaN where none was; to_at : NaT while it lasts; row : of the event
    """

    case: Integers
    reason: Texts
    basis: Texts
    announced_days: npt.NDArray[np.float64]
    from_at: Instants
    to_at: Instants
    counts: Flags
    row: Integers


@dataclass(frozen=True)
class FoldTable:
    """The states of many cases, one value a case in each array of shape (n_cases,), as of ``CaseState``.

    ``state`` gives everything about one case, ``frame`` a table of these columns. extensions : rows of the events
    marks : rows of the events by code of their flag
    """

    case_number: Texts
    item: Texts
    office: Texts
    applicant: Texts
    status: Texts
    outcome: Texts
    instants: Mapping[str, Instants]
    promised_due_on: Instants
    suspensions: Suspensions
    extensions: Integers
    marks: Marks
    columns: EventColumns = field(repr=False)

    def __len__(self) -> int:
        return len(self.case_number)

    def frame(self) -> pd.DataFrame:
        """One row a case in the order of the cases; codes of flags joined by ";"."""
        table: dict[str, Any] = {name: getattr(self, name) for name in TEXTS}
        for name, found in self.instants.items():
            table[name] = pd.DatetimeIndex(found).tz_localize("UTC")
        table["promised_due_on"] = self.promised_due_on.astype("datetime64[s]")
        table["n_suspensions"] = np.bincount(self.suspensions.case, minlength=len(self))
        for name in ("n_events", "n_duplicates", "n_untimed"):
            table[name] = getattr(self.columns, name)
        table["flags"] = self.flag_texts()
        return pd.DataFrame(table)

    def flag_texts(self) -> Texts:
        """The codes of each case's flags, sorted and joined by ";"."""
        found: list[list[str]] = [[] for _ in range(len(self))]
        for code in sorted(self.marks):
            for case in np.unique(self.columns.case[self.marks[code]]).tolist():
                found[case].append(code)
        return np.array([";".join(codes) for codes in found], dtype=object)

    def state(self, index: int) -> CaseState:
        """The state of one case."""
        low, high = np.searchsorted(self.columns.case, (index, index + 1)).tolist()
        digests = self.columns.digests
        found = {
            code: tuple(sorted(digests[row] for row in rows.tolist() if low <= row < high))
            for code, rows in sorted(self.marks.items())
        }
        marks: dict[str, list[str]] = {digest: [] for digest in digests[low:high]}
        for code, some in found.items():
            for digest in some:
                marks[digest].append(code)
        due = self.promised_due_on[index]
        texts: dict[str, Any] = {name: str(getattr(self, name)[index]) for name in TEXTS}
        at: dict[str, Any] = {name: instant(values[index]) for name, values in self.instants.items()}
        return CaseState(
            **texts,
            **at,
            promised_due_on=None if np.isnat(due) else due.astype(object),
            suspensions=tuple(self._suspension(one) for one in np.flatnonzero(self.suspensions.case == index).tolist()),
            extensions=tuple(
                Extension.of(self.columns.events[row]) for row in self.extensions.tolist() if low <= row < high
            ),
            flags=tuple(Flag(code, some) for code, some in found.items() if some),
            history=tuple(_history(self.columns, row, marks[digests[row]]) for row in range(low, high)),
            n_events=int(self.columns.n_events[index]),
            n_duplicates=int(self.columns.n_duplicates[index]),
            n_untimed=int(self.columns.n_untimed[index]),
        )

    def _suspension(self, at: int) -> Suspension:
        found = self.suspensions
        days, began = found.announced_days[at], instant(found.from_at[at])
        assert began is not None  # only events with an instant begin a suspension
        return Suspension(
            str(found.reason[at]), str(found.basis[at]), None if np.isnan(days) else int(days), began,
            instant(found.to_at[at]), bool(found.counts[at]), self.columns.digests[found.row[at]],
        )  # fmt: skip


def fold(
    events: Iterable[ApprovalEvent],
    *,
    until: dt.datetime | None = None,
    now: dt.datetime | None = None,
    zone: dt.tzinfo = BEIJING,
) -> CaseState:
    """The state that a set of events of one case gives.

    until : only what happened until then; what has no instant is left out. now : what is later counts for nothing
    zone : in which days are meant and midnight is
    raises : ValueError without any event, or for an instant without a time zone
    """
    given = list(events)
    if not given:
        raise ValueError("a state is folded from at least one event")
    return fold_table(given, np.zeros(len(given), dtype=np.int64), until=until, now=now, zone=zone).state(0)


def fold_table(
    events: Sequence[ApprovalEvent],
    ids: npt.ArrayLike,
    *,
    until: dt.datetime | None = None,
    now: dt.datetime | None = None,
    zone: dt.tzinfo = BEIJING,
) -> FoldTable:
    """The states of many cases at once.

    ids : shape (n,), the case of each event, from 0 without a gap; until, now, zone, raises : as of ``fold``
    """
    columns = event_columns(events, ids, until=until, now=now, zone=zone)
    found = ends(columns)
    usable = columns.counted & ~found.after
    kept = lasting(columns, usable)
    status, status_at = _status(columns, usable, found, kept)
    timed = usable & (columns.instant != NEVER)
    last = -columns.least(columns.counted & (columns.instant != NEVER), -columns.instant)
    by_log = usable & (columns.shows == statuses()["closed"].rank) & (found.group < 0)[columns.case]
    closing = found.own | by_log
    instants = {
        "status_at": status_at,
        "first_at": columns.least(columns.counted, columns.instant),
        "last_at": np.where(last == -NEVER, NEVER, last),
        **{f"{kind}_at": columns.least(timed & columns.of_kind(kind), columns.instant)
           for kind in ("applied", "accepted", "decided", "delivered")},
        "closed_at": np.where(status == CONTRADICTORY, NEVER, columns.least(closing, columns.instant)),
    }  # fmt: skip
    items, two_items = _only(columns, lambda event: event.item)
    applicants, _ = _only(columns, lambda event: event.values.get("applicant", ""))
    due, two_deadlines, unreadable = _deadlines(columns, zone)
    marks = flags(columns, found, kept)
    marks |= {"two_items": two_items, "two_deadlines": two_deadlines, "deadline_unreadable": unreadable}
    return FoldTable(
        _case_numbers(events, ids, columns.n_cases), items, _office(columns), applicants, status, found.outcome,
        {name: datetimes(values) for name, values in instants.items()}, due, _suspensions(columns, kept),
        np.flatnonzero(usable & columns.of_kind("extended")), marks, columns,
    )  # fmt: skip


def _status(columns: EventColumns, usable: Flags, found: Ends, kept: Lasting) -> tuple[Texts, Integers]:
    """Status of each case, and since when in microseconds."""
    by_rank = {row.rank: row.status for row in statuses().values()}
    open_rows = np.flatnonzero(kept.stretches.to_at == NEVER)
    lasts = np.array(
        [statuses()[kinds()[columns.events[row].kind].while_open].rank for row in kept.rows[open_rows].tolist()],
        dtype=np.int64,
    )
    over = found.group >= 0
    running = ~over[kept.stretches.case[open_rows]]
    open_rows, lasts = open_rows[running], lasts[running]
    case = np.r_[columns.case[usable], kept.stretches.case[open_rows]]
    rank, at = np.r_[columns.shows[usable], lasts], np.r_[columns.instant[usable], kept.stretches.from_at[open_rows]]
    highest = np.zeros(columns.n_cases, dtype=np.int64)
    np.maximum.at(highest, case, rank)
    since = np.full(columns.n_cases, NEVER)
    top = rank == highest[case]
    np.minimum.at(since, case[top], at[top])
    status = np.array([by_rank.get(value, UNKNOWN) for value in highest.tolist()], dtype=object)
    undecidable = np.unique(columns.case[np.r_[found.two_ends, found.two_decisions]])
    status[undecidable], since[undecidable] = CONTRADICTORY, NEVER
    return status, since


def _suspensions(columns: EventColumns, kept: Lasting) -> Suspensions:
    found, chosen = kept.stretches, np.flatnonzero(kept.of_group(SUSPENSION))
    chosen = chosen[np.lexsort((found.from_at[chosen], found.case[chosen]))]  # of one instant, by their reason
    rows = kept.rows[chosen]
    values = [columns.events[row].values for row in rows.tolist()]
    reason, basis = (
        np.array([one.get(name, "").strip() for one in values], dtype=object) for name in ("reason", "basis")
    )
    days = np.array([_days(one.get("days", "")) for one in values], dtype=np.float64)
    return Suspensions(
        found.case[chosen], reason, basis, days, datetimes(found.from_at[chosen]), datetimes(found.to_at[chosen]),
        (reason != "") & np.array([is_basis(one) for one in basis], dtype=np.bool_), rows,
    )  # fmt: skip


def _days(text: str) -> float:
    return float(text) if text.strip().isdecimal() and len(text.strip()) <= 4 else np.nan


def _history(columns: EventColumns, row: int, marks: list[str]) -> HistoryRow:
    event = columns.events[row]
    kind = kinds()[event.kind]
    return HistoryRow(
        columns.digests[row], event.kind, kind.zh, kind.en, None if event.at is None else event.at.astimezone(dt.UTC),
        event.at_text, bool(columns.latest[row] > columns.instant[row]), event.item, event.office, event.activity,
        tuple(sorted(event.values.items())), tuple(marks),
    )  # fmt: skip


def _case_numbers(events: Sequence[ApprovalEvent], ids: npt.ArrayLike, n_cases: int) -> Texts:
    found = np.full(n_cases, "", dtype=object)
    for event, index in zip(events, np.asarray(ids, dtype=np.int64).tolist(), strict=True):
        found[index] = min(found[index] or event.case_number, event.case_number)
    return found


def _only(columns: EventColumns, read: Any) -> tuple[Texts, Integers]:
    """The one text that the counted events of each case have, "" for none or two; the rows of cases with two."""
    texts = columns.texts(read)
    found = np.full(columns.n_cases, "", dtype=object)
    two = np.zeros(columns.n_cases, dtype=np.bool_)
    named = np.flatnonzero(columns.counted & (texts != ""))
    for row, case in zip(named.tolist(), columns.case[named].tolist(), strict=True):
        two[case] |= bool(found[case]) and found[case] != texts[row]
        found[case] = texts[row]
    found[two] = ""
    return found, named[two[columns.case[named]]]


def _office(columns: EventColumns) -> Texts:
    """The office of the latest event that names one; of one instant, that of the highest rank."""
    texts = columns.texts(lambda event: event.office)
    found = np.full(columns.n_cases, "", dtype=object)
    named = columns.counted & (texts != "")
    for rows in (named & (columns.instant == NEVER), named & (columns.instant != NEVER)):
        for row in np.flatnonzero(rows).tolist():  # in order of time, so that the last is written last
            found[columns.case[row]] = texts[row]
    return found


def _deadlines(columns: EventColumns, zone: dt.tzinfo) -> tuple[Instants, Integers, Integers]:
    """The earliest deadline of each case; rows of cases with two; rows with one that cannot be read."""
    texts = columns.texts(lambda event: event.values.get("deadline", "").strip())
    named = np.flatnonzero(columns.counted & (texts != ""))
    days = np.array([deadline_day(text, zone) for text in texts[named].tolist()], dtype="datetime64[D]")
    unreadable = named[np.isnat(days)]
    named, days = named[~np.isnat(days)], days[~np.isnat(days)]
    case = columns.case[named]
    first, last = np.full(columns.n_cases, NEVER), np.full(columns.n_cases, -NEVER)
    np.minimum.at(first, case, days.astype(np.int64))
    np.maximum.at(last, case, days.astype(np.int64))
    found = np.where(first == NEVER, 0, first).astype("datetime64[D]")
    found[first == NEVER] = np.datetime64("NaT")
    return found, named[(first != last)[case]], unreadable


def deadline_day(text: str, zone: dt.tzinfo = BEIJING) -> dt.date | None:
    """The day of a deadline; one with an offset is a day of the zone."""
    try:
        at = dt.datetime.fromisoformat(text)
        return (at if at.tzinfo is None else at.astimezone(zone)).date()
    except (ValueError, OverflowError):  # no day, or none that the zone can write
        return None
