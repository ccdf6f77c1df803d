"""The state of a case as its events give it: what ``fold`` returns."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from data.approvals.records import ApprovalEvent
from models.event_sets import fields_as_json

UNKNOWN, CONTRADICTORY = "unknown", "contradictory"
NOTHING = frozenset({"", "无", "暂无", "没有", "不详", "none", "nil", "na", "null"})  # letters of what names nothing


def is_basis(text: str) -> bool:
    """Whether a text names a basis: it has letters or ideographs, and these are no word for nothing."""
    return "".join(one for one in text if one.isalpha()).lower() not in NOTHING


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that a person should look at.

    code : key of ``flag.CODE`` in the sentences of cases; digests : of the events concerned, sorted
    """

    code: str
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suspension:
    """A stretch for which the clock was suspended, as the office recorded it.

    reason, basis : as they came; announced_days : length as announced to the applicant, None where none was
    from_at, to_at : UTC, to_at None while it lasts; digest : of an event that began it
    counts : it has a reason and a basis, as of ``is_basis``; whether the item allows it is for the catalogue to say
    """

    reason: str
    basis: str
    announced_days: int | None
    from_at: dt.datetime
    to_at: dt.datetime | None
    counts: bool
    digest: str


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension of the period: when, whether by the head, whether the applicant was informed, and why."""

    at: dt.datetime | None
    by_head: bool
    informed: bool
    reason: str
    digest: str

    @classmethod
    def of(cls, event: ApprovalEvent) -> Extension:
        """What an event of the kind ``extended`` says."""
        given = {name: event.values.get(name, "").strip() for name in ("by", "informed", "reason")}
        at = None if event.at is None else event.at.astimezone(dt.UTC)
        return cls(at, given["by"] == "head", given["informed"] == "1", given["reason"], event.digest)


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One event with what its kind says.

    at : UTC, None for none; whole_day : the instant says only the day; zh, en : of the kind; activity : of a step
    values : sorted pairs; marks : codes of the flags that the event is part of, sorted
    """

    digest: str
    kind: str
    zh: str
    en: str
    at: dt.datetime | None
    at_text: str
    whole_day: bool
    item: str
    office: str
    activity: str
    values: tuple[tuple[str, str], ...]
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseState:
    """Where a case is; instants are in UTC, None where they are not known.

    item, applicant : "" where no event names one, or two name different ones; office : of the latest event with one
    status : of ``statuses.csv``; status_at : since when, None for a contradictory case
    first_at, last_at : of all events with an instant; closed_at : of the end
    outcome : of the decision as it came, "" for none; promised_due_on : the earliest deadline that an event names
    history : by instant, then rank of the kind, those without an instant last; no officer is in it
    n_events : without duplicates; n_untimed : without a readable instant
    """

    case_number: str
    item: str
    office: str
    applicant: str
    status: str
    status_at: dt.datetime | None
    first_at: dt.datetime | None
    last_at: dt.datetime | None
    applied_at: dt.datetime | None
    accepted_at: dt.datetime | None
    decided_at: dt.datetime | None
    delivered_at: dt.datetime | None
    closed_at: dt.datetime | None
    outcome: str
    promised_due_on: dt.date | None
    suspensions: tuple[Suspension, ...]
    extensions: tuple[Extension, ...]
    flags: tuple[Flag, ...]
    history: tuple[HistoryRow, ...]
    n_events: int
    n_duplicates: int
    n_untimed: int

    def as_dict(self) -> dict[str, Any]:
        """The state as values that JSON can hold, instants as ISO 8601 in UTC; the same for every order of arrival."""
        return fields_as_json(self)
