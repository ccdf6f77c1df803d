"""Cases as one table: what the events say, what the catalogue of the day allows, and what the clocks show.

A case is measured by the item's row of the day on which it was accepted; before that by the row of its application.
Three clocks run from acceptance, in working days and in calendar days: what the law allows (statutory), what the office
promised, and what it took (actual). The rules:

1. Time is left out of a clock for suspensions with a reason that the item's row names, and with a basis, that begin
   at the acceptance or after it. For an item that is not in the catalogue the reasons are those of the law.
2. An extension by the head of which the applicant was informed adds days to the statutory clock, never to the promise.
3. A deadline that an event names is the promised due day in place of the item's number of days. Suspensions do not
   move it. One that is later than the item's own is flagged.
4. A case is late once it is past its promised due day. Its lamp is the worse of the promised and the statutory one.
5. A contradictory case, one whose decision lies before its acceptance and one that ended at an instant that is not
   known have no clock: a person looks at them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.approvals.calendar import WorkCalendar
from data.approvals.catalogue import Catalogue, Item
from data.approvals.clock_rules import ClockRules
from data.approvals.kinds import statuses
from data.approvals.records import ApprovalEvent
from models.approvals.clock import Clocks, Extension, clocks
from models.approvals.clock_inputs import (
    NO_INSTANT,
    LeftOut,
    acceptance_flags,
    acceptances,
    extensions,
    left_out,
    suspension_flags,
    within,
)
from models.approvals.columns import Flags, Integers
from models.approvals.deadlines import delivery
from models.approvals.first_level import first_level_late
from models.approvals.fold import FoldTable, Texts, fold_table
from models.approvals.promise import promise
from models.approvals.state import CONTRADICTORY, CaseState
from models.event_sets import fields_as_json

Instants = npt.NDArray[np.datetime64]
Days = npt.NDArray[np.datetime64]
LAMPS = ("", "green", "yellow", "red")  # by how bad they are
INSTANTS = ("applied_at", "accepted_at", "decided_at", "delivered_at", "closed_at")
ACTUAL = tuple(f"{what}_{unit}_days" for what in ("actual", "suspended") for unit in ("working", "calendar"))


@dataclass(frozen=True, slots=True)
class SuspensionView:
    """One suspension of a case.

    first_day, last_day : whose closing time it covers after acceptance, None for none; days : working days
    left_out : whether the clock leaves it out; why_not : code of the flag that says why it does not, "" otherwise
    """

    reason: str
    basis: str
    announced_days: int | None
    from_at: dt.datetime
    to_at: dt.datetime | None
    first_day: dt.date | None
    last_day: dt.date | None
    days: int
    left_out: bool
    why_not: str


@dataclass(frozen=True)
class CaseTable:
    """Cases at one instant.

    frame : one row a case, by case number; instants are UTC, days are datetime64[s], counts of days are whole
        case_number, item, item_zh, item_en, applicant, office, department : keys and names, "" where not known;
            department : by the catalogue on the day of acceptance; office : of the latest event, else the department
        handling : immediate, promised, joint, escalated, returned (of a case that was), "" for an unknown item
        status, is_closed, outcome : of the fold
        applied_at, accepted_at, decided_at, delivered_at, closed_at, first_at, last_at
        started_on, acceptance_basis : day 0 of the clocks; accepted, deemed (by law, for want of an answer) or ""
        statutory_days, statutory_unit, promised_days, promised_unit, extension_days : NaN or "" where not known
        actual_working_days, actual_calendar_days, suspended_working_days, suspended_calendar_days : after day 0, up to
            the end or now, without and of suspensions; NA without a clock
        n_suspensions : recorded; n_left_out : of them left out of the clock
        statutory_due_on, promised_due_on : last day in time, NaT while suspended; statutory_left_days,
            promised_left_days : in the unit of each, below 0 where it is past
        late, statutory_late : past the due day, NA where there is none; lamp : green, yellow, red or none
        delivery_due_on, delivery_late : ten working days after the decision
        provisional : a day of the clock is in no published calendar; synthetic : the item's row is not a real one
        flags : codes, sorted and joined by ";"
    """

    frame: pd.DataFrame
    now: dt.datetime
    calendar: WorkCalendar = field(repr=False)
    items: tuple[Item | None, ...] = field(repr=False)
    fold: FoldTable = field(repr=False)
    statutory: Clocks = field(repr=False)
    promised: Clocks = field(repr=False)
    actual: Clocks = field(repr=False)
    left_out: LeftOut = field(repr=False)

    def __len__(self) -> int:
        return len(self.frame)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {str(number): index for index, number in enumerate(self.fold.case_number)}

    def index(self, case_number: str) -> int:
        """The row of a case; raises KeyError."""
        return self._index[case_number]

    def state(self, index: int) -> CaseState:
        """Everything that the events of a case say."""
        return self.fold.state(index)

    def row(self, index: int) -> dict[str, Any]:
        """A row of the frame as values that JSON can hold: instants and days as ISO 8601, None for what is missing."""
        return {str(key): _plain(str(key), value) for key, value in self.frame.iloc[index].to_dict().items()}

    def suspensions(self, index: int) -> list[SuspensionView]:
        """The suspensions of a case with what the clock makes of them."""
        found = []
        rows = np.flatnonzero(self.fold.suspensions.case == index)
        for row, one in zip(rows.tolist(), self.state(index).suspensions, strict=True):
            why_not = str(self.left_out.why_not[row])
            first = last = None
            days = 0
            if not why_not:
                stop = self.actual.stops.iloc[int(np.searchsorted(self.left_out.rows, row))]
                days = int(stop["days"])
                first, last = (stop[name].date() if days else None for name in ("first_day", "last_day"))
            found.append(
                SuspensionView(
                    one.reason, one.basis, one.announced_days, one.from_at, one.to_at, first, last, days,
                    not why_not, why_not,
                )
            )  # fmt: skip
        return found

    def clock(self, index: int) -> dict[str, Any]:
        """The three clocks of a case as values that JSON can hold."""
        row = self.row(index)
        found: dict[str, Any] = {"started_on": row["started_on"], "acceptance_basis": row["acceptance_basis"]}
        for name, one in (("statutory", self.statutory), ("promised", self.promised)):
            begun = row["started_on"] is not None
            found[name] = {
                "days": row[f"{name}_days"], "unit": row[f"{name}_unit"], "due_on": row[f"{name}_due_on"],
                "used_days": int(one.used_days[index]) if begun else None,
                "suspended_days": int(one.suspended_days[index]) if begun else None,
                "left_days": row[f"{name}_left_days"], "late": row["late" if name == "promised" else "statutory_late"],
            }  # fmt: skip
        found["actual"] = {name: row[name] for name in ACTUAL}
        found |= {name: row[name] for name in ("lamp", "provisional")}
        found["extension"] = str(self.statutory.extension[index])
        found["suspensions"] = [fields_as_json(one) for one in self.suspensions(index)]
        return found


def case_table(
    events: Sequence[ApprovalEvent],
    catalogue: Catalogue,
    calendar: WorkCalendar,
    *,
    now: dt.datetime,
    until: dt.datetime | None = None,
) -> CaseTable:
    """The cases of events, as they are at an instant.

    events : of one keeper of case numbers; now : at which running cases are looked at, later events count for nothing
    until : leaves out what happened later, and what has no instant; ``now`` is then the earlier of both
    raises : ValueError for an instant without a time zone
    """
    seen = now if until is None else min(now, until)
    ids = np.unique(np.array([event.case_number for event in events], dtype=np.str_), return_inverse=True)[1]
    fold = fold_table(events, ids, until=until, now=seen, zone=calendar.zone)
    rules = ClockRules.load()
    looked_at = np.datetime64(seen.astimezone(dt.UTC).replace(tzinfo=None), "us")
    is_closed = np.array([statuses()[status].closed for status in fold.status], dtype=np.bool_)
    known = {name: within(values) for name, values in fold.instants.items()}
    accepted = acceptances(fold, known, calendar, rules, looked_at)
    undecided = (fold.status == CONTRADICTORY) | (is_closed & np.isnat(known["closed_at"]))
    start = np.where(undecided, NO_INSTANT, accepted.at)
    end = np.where(is_closed & ~undecided, known["closed_at"], looked_at)

    day = calendar.day(np.where(np.isnat(accepted.at), known["applied_at"], accepted.at))
    day = np.where(np.isnat(day), calendar.day(np.full(len(fold), looked_at)), day)
    items = _items(catalogue, fold.item, day)
    suspended = left_out(fold, items, rules, start)
    days = {name: _numbers(items, name) for name in ("statutory_days", "promised_days", "extension_days")}
    units = {name: _unit(items, name) for name in ("statutory_unit", "promised_unit")}

    def clock(number: Any, unit: Any, extension: Extension | None = None) -> Clocks:
        return clocks(
            calendar, start, number, unit, until=end, closed=is_closed, spells=suspended.spells, extension=extension,
            lamps=rules.lamps,
        )  # fmt: skip

    statutory = clock(days["statutory_days"], units["statutory_unit"], extensions(fold, days["extension_days"]))
    promised = clock(days["promised_days"], units["promised_unit"])
    actual, calendar_days = clock(np.nan, "working"), clock(np.nan, "calendar")
    kept = promise(
        promised, fold.promised_due_on, calendar, first_at=within(fold.instants["first_at"]),
        end=np.where(undecided, NO_INSTANT, end), is_closed=is_closed, lamps=rules.lamps,
    )  # fmt: skip
    decided = np.where(undecided, NO_INSTANT, known["decided_at"])
    delivered = delivery(calendar, rules, decided, known["delivered_at"], np.full(len(fold), looked_at))

    begun = ~np.isnat(actual.start_day)
    extra = {
        "deemed_accepted": accepted.basis == "deemed",
        **acceptance_flags(fold, accepted, calendar, rules, looked_at, ~is_closed & ~undecided),
        **suspension_flags(fold, suspended, actual.stops["days"].to_numpy()),
        "deadline_later": promised.due_day < fold.promised_due_on,
        "extension_after_due": statutory.extension == "after_due",
        "item_unknown": np.array([item is None and bool(key) for item, key in zip(items, fold.item, strict=True)]),
        "outside_calendar": np.any(
            [np.isnat(known[name]) & ~np.isnat(fold.instants[name]) for name in INSTANTS], axis=0
        ),
        "delivery_late": delivered.late,
        "statutory_late": statutory.late,
        "first_level_late": first_level_late(
            fold, items, calendar, rules, start=start, end=end, spells=suspended.spells
        ),
    }
    departments = ["" if item is None else item.department_on(on) for item, on in zip(items, day.tolist(), strict=True)]
    lamp = np.maximum(_badness(kept.lamp), _badness(statutory.lamp))
    table: dict[str, Any] = {
        "case_number": fold.case_number,
        "item": fold.item,
        "item_zh": _names(catalogue, fold.item, items, 0),
        "item_en": _names(catalogue, fold.item, items, 1),
        "applicant": fold.applicant,
        "office": np.where(fold.office == "", np.array(departments, dtype=object), fold.office),
        "department": departments,
        "handling": [
            "returned" if status == "returned" else "" if item is None else item.handling
            for status, item in zip(fold.status, items, strict=True)
        ],
        "status": fold.status,
        "is_closed": is_closed,
        "outcome": fold.outcome,
        **{name: _utc(fold.instants[name]) for name in (*INSTANTS, "first_at", "last_at")},
        "started_on": _day_column(actual.start_day),
        "acceptance_basis": accepted.basis,
        **days,
        **units,
        "actual_working_days": _whole(actual.used_days, begun),
        "actual_calendar_days": _whole(calendar_days.used_days, begun),
        "suspended_working_days": _whole(actual.suspended_days, begun),
        "suspended_calendar_days": _whole(calendar_days.suspended_days, begun),
        "n_suspensions": np.bincount(fold.suspensions.case, minlength=len(fold)),
        "n_left_out": np.bincount(suspended.spells.case, minlength=len(fold)),
        "statutory_due_on": _day_column(statutory.due_day),
        "promised_due_on": _day_column(kept.due_day),
        "statutory_left_days": statutory.left_days,
        "promised_left_days": kept.left_days,
        "late": _maybe(kept.late, kept.lamp != ""),
        "statutory_late": _maybe(statutory.late, statutory.lamp != ""),
        "lamp": np.array(["none", *LAMPS[1:]], dtype=object)[lamp],
        "delivery_due_on": _day_column(delivered.due_day),
        "delivery_late": delivered.late,
        "provisional": statutory.provisional | kept.provisional,
        "synthetic": [item is not None and item.synthetic for item in items],
        "flags": _flag_texts(fold.flag_texts(), extra),
    }
    return CaseTable(
        pd.DataFrame(table), seen, calendar, items, fold, statutory, promised, actual, suspended
    )  # fmt: skip


def _items(catalogue: Catalogue, keys: Texts, day: Days) -> tuple[Item | None, ...]:
    """The row of each case's item on a day."""
    found: dict[tuple[str, dt.date], Item | None] = {}
    rows = []
    for key in zip(keys.tolist(), day.tolist(), strict=True):
        if key not in found:
            found[key] = catalogue.find(*key)
        rows.append(found[key])
    return tuple(rows)


def _numbers(items: Sequence[Item | None], name: str) -> npt.NDArray[np.float64]:
    return np.array([np.nan if item is None else getattr(item, name) for item in items], dtype=np.float64)


def _unit(items: Sequence[Item | None], name: str) -> Texts:
    return np.array(["working" if item is None else getattr(item, name) for item in items], dtype=object)


def _names(catalogue: Catalogue, keys: Texts, items: Sequence[Item | None], position: int) -> list[str]:
    """The name of each item on its day, else in its newest row, else its key."""
    rows = zip(keys.tolist(), items, strict=True)
    return [
        (catalogue.name(key) or (key, key))[position] if item is None else (item.zh, item.en)[position]
        for key, item in rows
    ]


def _badness(lamp: Texts) -> Integers:
    return np.array([LAMPS.index(one) for one in lamp.tolist()], dtype=np.int64)


def _flag_texts(texts: Texts, extra: dict[str, Flags]) -> list[str]:
    found = []
    for index, text in enumerate(texts.tolist()):
        codes = [code for code in text.split(";") if code] + [code for code, rows in extra.items() if rows[index]]
        found.append(";".join(sorted(codes)))
    return found


def _utc(instants: Instants) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(instants).tz_localize("UTC")


def _day_column(days: Days) -> Instants:
    return days.astype("datetime64[s]")


def _whole(values: Integers, known: Flags) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(np.where(known, values, 0), ~known)


def _maybe(values: Flags, known: Flags) -> pd.arrays.BooleanArray:
    return pd.arrays.BooleanArray(values.astype(np.bool_), ~known.astype(np.bool_))


def _plain(name: str, value: Any) -> Any:
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat() if name.endswith("_on") else value.isoformat()
    if isinstance(value, np.generic):
        value = value.item()
    return int(value) if isinstance(value, float) else value
