"""What approvals answer. No member names an officer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from serving.contract.answers import AnswerPart


class RefusedEventAnswer(AnswerPart):
    """An event that was not kept; position : in the request, from 0."""

    position: int
    faults: list[dict[str, str]]


class EventsAnswer(AnswerPart):
    """What became of posted events: kept now, known before, refused and quarantined.

    zone_assumed : events without an offset, of which Beijing's time was taken
    """

    count: int
    new: int
    known: int
    refused: int
    zone_assumed: int
    quarantine: list[RefusedEventAnswer]


class LogAnswer(AnswerPart):
    """What became of a log: rows read, events kept now and known before, rows quarantined by reason.

    columns : of the log, and what each was read as; zone : of instants that name none; without_instant : events that
    were kept without their time
    """

    rows: int
    new: int
    known: int
    duplicates: int
    without_instant: int
    quarantined: int
    reasons: list[dict[str, Any]]
    columns: dict[str, str]
    zone: str


class CaseRow(AnswerPart):
    """One line of the list of cases; left_days : of the promise, negative where it is past."""

    number: str
    source: str
    item: str
    item_zh: str
    item_en: str
    office: str
    handling: str
    status: str
    lamp: str
    applied_at: datetime | None
    accepted_at: datetime | None
    closed_at: datetime | None
    statutory_due_on: date | None
    promised_due_on: date | None
    promised_left_days: int | None
    late: bool | None
    provisional: bool
    simulated: bool


class CasesAnswer(AnswerPart):
    """Cases of the caller, the latest accepted first; count : of all that fit, of which ``rows`` is a part."""

    count: int
    as_of: datetime
    rows: list[CaseRow]


class LampsAnswer(AnswerPart):
    """Cases of the caller by lamp: of all that fit, and by group with its name, those with most red lamps first.

    groups : key, zh, en, green, yellow, red, none
    """

    by: str
    as_of: datetime
    count: int
    lamps: dict[str, int]
    groups: list[dict[str, Any]]
    simulated: bool


class ClockAnswer(AnswerPart):
    """A clock that has a number of days; unit : of its days, working or calendar; due_on : last day in time."""

    days: int | None
    unit: str
    used_days: int | None
    suspended_days: int | None
    left_days: int | None
    due_on: date | None
    late: bool | None


class ClocksAnswer(AnswerPart):
    """The three clocks of a case from day 0, ``started_on``; actual : days that it took, in both units.

    acceptance_basis : accepted, deemed (by law, for want of an answer) or ""; extension : counted, or why it is not
    """

    started_on: date | None
    acceptance_basis: str
    statutory: ClockAnswer
    promised: ClockAnswer
    actual: dict[str, int | None]
    extension: str


class HistoryRowAnswer(AnswerPart):
    """One event: the instant in UTC and as it came, what it is in both languages; received_at : when it arrived.

    whole_day : the instant says only the day
    """

    at: datetime | None
    at_text: str
    whole_day: bool
    kind: str
    zh: str
    en: str
    activity: str
    office: str
    values: dict[str, str]
    received_at: datetime | None
    marks: list[str]


class CaseAnswer(AnswerPart):
    """A case, folded from its events whatever the order of their arrival.

    suspensions : as the office recorded them, with reason and basis; left_out : whether the clocks leave them out
    forecast : when it is expected to end, with its interval, running coverage and whether the office's own cases or
    those of all were used; forecast_state : current, earlier (made before its newest event), being_made, no_date (its
    events contradict one another), not_running, not_packed, or not_made for a case as it was: what was expected then
    is not made up afterwards
    late_rule : whether a model or the days left say that it may be late, in both languages
    provisional : a day of its clocks lies beyond the last published calendar of holidays
    """

    number: str
    source: str
    item: dict[str, Any]
    office: str
    department: str
    handling: str
    status: str
    status_zh: str
    status_en: str
    status_at: datetime | None
    outcome: str
    applied_at: datetime | None
    accepted_at: datetime | None
    decided_at: datetime | None
    delivered_at: datetime | None
    closed_at: datetime | None
    lamp: str
    late: bool | None
    delivery_due_on: date | None
    delivery_late: bool
    clocks: ClocksAnswer
    suspensions: list[dict[str, Any]]
    extensions: list[dict[str, Any]]
    history: list[HistoryRowAnswer]
    flags: list[dict[str, Any]]
    forecast: dict[str, Any] | None
    forecast_state: str
    late_rule: dict[str, Any]
    provisional: bool
    count_of_events: int
    count_of_duplicates: int
    now: datetime
    known_at: datetime
    until: datetime | None
    simulated: bool


class ItemsAnswer(AnswerPart):
    """The catalogue of a day: items with their department, times and reasons for suspension on it."""

    day: date
    count: int
    departments: int
    synthetic: bool
    items: list[dict[str, Any]]


class ReductionsAnswer(AnswerPart):
    """How much shorter times are, each in three readings with the largest; a share, so 0.79 is 79 % less.

    pair : promised_statutory (of the catalogue on the day), actual_statutory or actual_promised; an item's actual time
    is its median, known from five cases on that had closed by the end of the day; count_of_cases : cases with an event
    by then that the caller may see
    """

    day: date
    synthetic: bool
    count_of_items: int
    count_of_cases: int
    readings: list[dict[str, Any]]


class StatisticsAnswer(AnswerPart):
    """Counts and times of the cases that the caller may see, one row a group, the total first.

    Groups below five cases are pooled. reductions : of all items, see ``ReductionsAnswer``; n_undated : cases without
    any instant, in no row
    """

    by: str
    first: str
    last: str
    as_of: datetime
    rows: list[dict[str, Any]]
    n_items: int
    n_undated: int
    synthetic_share: float
    reductions: dict[str, dict[str, Any]]
    simulated: bool


class ApprovalAlertsAnswer(AnswerPart):
    """Cases that may miss their promise and are worth a look, at most ``daily_budget`` a day.

    learned_from : simulated where the forecasts were learned from simulated cases
    forecast_state : current, earlier (newer events are not in it yet), or being_made where no forecast is ready yet and
    only alerts shown before are listed
    """

    as_of: datetime
    daily_budget: int
    learned_from: str
    forecast_state: str
    alerts: list[dict[str, Any]]


class QuarantineAnswer(AnswerPart):
    """Events and rows that were not kept, the newest first, without their content; count : of all."""

    count: int
    rows: list[dict[str, Any]]
