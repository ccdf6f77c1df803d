"""Deadlines of the law beside that of the decision: notice of corrections, acceptance of corrected papers, delivery.

Both count working days after the day of their event, without suspensions.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.approvals.calendar import Days, Flags, WorkCalendar
from data.approvals.clock_rules import ClockRules

Instants = npt.NDArray[np.datetime64]
NO_DAY = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class Acceptance:
    """When the law takes a case as accepted, columns of shape (n,).

    at : the acceptance, or the application where the law deems it accepted; NaT where neither is so
    basis : accepted, deemed, or ""
    due_day : last day for the notice of corrections, NaT without an application or a rule on its day,
    and beyond the years of the calendar
    """

    at: Instants
    basis: npt.NDArray[np.object_]
    due_day: Days


@dataclass(frozen=True)
class Delivery:
    """Delivery of the decision: due_day NaT without a decision or a rule on its day; late also while it is out."""

    due_day: Days
    late: Flags


def deemed_acceptance(
    calendar: WorkCalendar,
    rules: ClockRules,
    applied_at: npt.ArrayLike,
    correction_requested_at: npt.ArrayLike,
    accepted_at: npt.ArrayLike,
    refused_at: npt.ArrayLike,
    until: npt.ArrayLike,
) -> Acceptance:
    """Acceptance by the rule ``correction``: without a notice in time a case counts as accepted as of its receipt.

    correction_requested_at, accepted_at, refused_at : the first of each, datetime64[us] in UTC, NaT for none; any of
    them by the due day answers the application, and a later acceptance does not move a deemed one
    until : the instant that the case is looked at; nothing is deemed before the due day is over
    """
    applied, requested, accepted, refused, seen = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(one, dtype="datetime64[us]")) for one in (
            applied_at, correction_requested_at, accepted_at, refused_at, until,
        ))
    )  # fmt: skip
    received = calendar.closing_day(applied)
    due_day = _nth_by_rule(calendar, rules, "correction", received)
    answered = [calendar.day(one) <= due_day for one in (requested, accepted, refused)]  # False for NaT
    is_deemed = (calendar.day(seen) > due_day) & ~np.any(answered, axis=0)
    basis = np.select([is_deemed, ~np.isnat(accepted)], ["deemed", "accepted"], "").astype(object)
    return Acceptance(np.where(is_deemed, applied, accepted), basis, due_day)


def answer_late(
    calendar: WorkCalendar, rules: ClockRules, corrected_at: npt.ArrayLike, answered_at: npt.ArrayLike
) -> Flags:
    """Whether the corrected papers had no answer within the days of the rule ``correction``, shape (n,).

    corrected_at, answered_at : datetime64[us] in UTC; answered_at : the answer, or the instant that the case is looked
    at while there is none; False where either is NaT
    """
    corrected, answered = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(one, dtype="datetime64[us]")) for one in (corrected_at, answered_at))
    )
    return calendar.day(answered) > _nth_by_rule(calendar, rules, "correction", calendar.closing_day(corrected))


def delivery(
    calendar: WorkCalendar,
    rules: ClockRules,
    decided_at: npt.ArrayLike,
    delivered_at: npt.ArrayLike,
    until: npt.ArrayLike,
) -> Delivery:
    """Delivery by the rule ``delivery``; the day of the decision is day 0.

    decided_at, delivered_at : datetime64[us] in UTC, NaT for none; until : the instant that the case is looked at
    """
    decided, delivered, seen = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(one, dtype="datetime64[us]")) for one in (decided_at, delivered_at, until))
    )
    due_day = _nth_by_rule(calendar, rules, "delivery", calendar.day(decided))
    return Delivery(due_day, calendar.day(np.where(np.isnat(delivered), seen, delivered)) > due_day)


def _nth_by_rule(calendar: WorkCalendar, rules: ClockRules, key: str, days: Days) -> Days:
    """The last day by the rule that is valid on each day, NaT without a day or a rule."""
    number = {day: rules.on(day).get(key) for day in _dates(days)}
    allowed = np.array([-1 if (one := number.get(day)) is None else one.days for day in days.tolist()], dtype=np.int64)
    found = np.full(days.shape, NO_DAY)
    found[allowed >= 0] = calendar.nth(days[allowed >= 0], allowed[allowed >= 0])
    return found


def _dates(days: Days) -> list[dt.date]:
    return [day for day in np.unique(days).tolist() if day is not None]
