"""What the clocks take of the events and the catalogue: acceptance, suspensions that are left out, extensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.approvals.calendar import END, FIRST, WorkCalendar
from data.approvals.catalogue import Item
from data.approvals.clock_rules import ClockRules
from models.approvals.clock import Extension
from models.approvals.columns import NEVER, Flags, Integers
from models.approvals.deadlines import Acceptance, answer_late, deemed_acceptance
from models.approvals.fold import FoldTable
from models.approvals.state import Extension as GivenExtension
from models.approvals.state import is_basis
from models.approvals.suspensions import Spells
from models.event_sets import datetimes

Instants = npt.NDArray[np.datetime64]
NO_INSTANT = np.datetime64("NaT", "us")
BEFORE = "suspended_before_accepted"
EDGE = np.timedelta64(2, "D")  # from the ends of the calendar, whatever the zone


def within(instants: Instants) -> Instants:
    """Instants in the years of a calendar; NaT for the others."""
    found = instants.astype("datetime64[us]")
    return np.where((found < FIRST + EDGE) | (found >= END - EDGE), NO_INSTANT, found)


def acceptances(
    fold: FoldTable, known: Mapping[str, Instants], calendar: WorkCalendar, rules: ClockRules, looked_at: np.datetime64
) -> Acceptance:
    """When each case was accepted; by law as of its application where nobody answered that in time.

    An answer whose instant is not known may have come in time, so that nothing is deemed of a case that has one.
    """
    columns = fold.columns
    answers = columns.counted & columns.of_kind("refused", "returned", "withdrawn", "decided")
    requests = columns.counted & columns.of_kind("correction_requested")
    untimed = (columns.instant == NEVER) & (answers | requests | columns.of_kind("accepted"))
    applied = np.where(columns.any_of(untimed), NO_INSTANT, known["applied_at"])
    requested, answered = (
        within(columns.least(rows, columns.instant).astype("datetime64[us]")) for rows in (requests, answers)
    )
    return deemed_acceptance(
        calendar, rules, applied, requested, known["accepted_at"], answered, np.full(len(fold), looked_at)
    )


def acceptance_flags(
    fold: FoldTable,
    accepted: Acceptance,
    calendar: WorkCalendar,
    rules: ClockRules,
    looked_at: np.datetime64,
    running: Flags,
) -> dict[str, Flags]:
    """Cases whose corrected papers wait, or waited, longer for acceptance than the law gives to answer; by code.

    The papers are those that came first after the request for correction. The clock begins with the acceptance all the
    same: the law deems nothing accepted for want of a second answer.
    acceptance_waits : running, without acceptance, refusal or return; accepted_late : accepted after that time
    """
    columns = fold.columns
    requested = columns.least(columns.counted & columns.of_kind("correction_requested"), columns.earliest)
    papers = columns.counted & columns.of_kind("corrected") & (columns.latest >= requested[columns.case])
    corrected = within(datetimes(columns.least(papers, columns.instant)))
    answered = columns.any_of(columns.counted & columns.of_kind("accepted", "refused", "returned", "decided"))
    open_yet = running & ~answered & (accepted.basis == "")
    seen = np.full(len(fold), looked_at)
    return {
        "acceptance_waits": open_yet & answer_late(calendar, rules, corrected, seen),
        "accepted_late": (accepted.basis == "accepted") & answer_late(calendar, rules, corrected, accepted.at),
    }


@dataclass(frozen=True)
class LeftOut:
    """Suspensions that the clocks leave out.

    why_not : shape (n_suspensions,), of all that are recorded: "" for the allowed ones, else the code of a flag
    spells : the allowed ones as the clocks take them; rows : the suspension of each spell
    """

    why_not: npt.NDArray[np.object_]
    spells: Spells
    rows: Integers


def left_out(fold: FoldTable, items: Sequence[Item | None], rules: ClockRules, start: Instants) -> LeftOut:
    """Suspensions with a basis and a reason that the item of the case names, or the law where there is no item.

    One that certainly began before the clock did is not left out: no clock ran that it could suspend.
    start : shape (n_cases,), acceptance, NaT for none
    """
    given = fold.suspensions
    named = [
        reason in (rules.reasons if items[case] is None else items[case].suspension_reasons)
        for case, reason in zip(given.case.tolist(), given.reason.tolist(), strict=True)
    ]
    allowed = given.counts & np.array(named, dtype=np.bool_) & ~np.isnat(within(given.from_at))
    before = datetimes(fold.columns.latest[given.row]) < start[given.case]  # False for NaT
    codes = [why_counted(*texts) for texts in zip(given.reason.tolist(), given.basis.tolist(), strict=True)]
    why_not = np.where(allowed, np.where(before, BEFORE, ""), np.array(codes, dtype=object))
    rows = np.flatnonzero(why_not == "")
    spells = Spells(given.case[rows], given.from_at[rows], within(given.to_at[rows]), given.reason[rows])
    return LeftOut(why_not, spells, rows)


def why_counted(reason: str, basis: str) -> str:
    """The flag of a suspension that is not left out for what it says."""
    if not reason:
        return "suspension_without_reason"
    return "suspension_not_allowed" if is_basis(basis) else "suspension_without_basis"


def suspension_flags(fold: FoldTable, suspended: LeftOut, days: Integers) -> dict[str, Flags]:
    """Cases with a suspension that their item does not allow, or that lasts longer than was announced; by code.

    days : working days of each of ``suspended.rows``, up to now while it lasts
    """
    given = fold.suspensions
    longer = suspended.rows[days > given.announced_days[suspended.rows]]  # False where nothing was announced
    rows = {
        "suspension_not_allowed": suspended.why_not == "suspension_not_allowed",
        "suspended_longer_than_announced": np.isin(np.arange(len(given.case)), longer),
    }
    return {code: np.isin(np.arange(len(fold)), given.case[chosen]) for code, chosen in rows.items()}


def extensions(fold: FoldTable, most: npt.NDArray[np.float64]) -> Extension:
    """The first extension of each case that the head made and informed of, else its first one.

    most : days that the head may add, NaN where not known
    """
    at = np.full(len(fold), NO_INSTANT)
    valid, head, informed = (np.zeros(len(fold), dtype=np.bool_) for _ in range(3))
    for row in fold.extensions.tolist():  # in order of time within a case
        case, given = fold.columns.case[row], GivenExtension.of(fold.columns.events[row])
        is_valid = given.by_head and given.informed
        if given.at is not None and (np.isnat(at[case]) or (is_valid and not valid[case])):
            at[case] = np.datetime64(given.at.replace(tzinfo=None), "us")
            valid[case], head[case], informed[case] = is_valid, given.by_head, given.informed
    return Extension(within(at), np.nan_to_num(most).astype(np.int64), head, informed)
