"""The state of a declaration as its events give it: what ``fold`` returns."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from models.event_sets import fields_as_json

UNKNOWN, CONTRADICTORY = "unknown", "contradictory"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Events that cannot all be right, or not in the order of their instants.

    code : ``released_and_rejected``, ``stage_after_end``, ``two_numbers``, ``two_contents``,
        ``completed_without_release`` or ``earlier_than_previous_stage``
    detail : the kind of number for two_numbers, the code for two_contents, else the stage
    digests : of the events concerned, sorted; undecidable : whether the current status cannot be known for it
    """

    code: str
    detail: str
    digests: tuple[str, ...]
    undecidable: bool


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One event with what its code says.

    episode : from 1; status : "" where the code is unknown or says nothing about the state; effect : "unknown" for a
    code without a row; zh, en : what the code says, "" for an unknown one; keys, values : sorted pairs
    marks : ``unknown_code``, ``no_instant`` and the codes of the contradictions that the event is part of, sorted
    """

    digest: str
    episode: int
    dialect: str
    code: str
    status: str
    effect: str
    zh: str
    en: str
    at: dt.datetime | None
    at_text: str
    note: str
    office: str | None
    keys: tuple[tuple[str, str], ...]
    values: tuple[tuple[str, str], ...]
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClearanceState:
    """Where a declaration is.

    keys : every number that its events name, sorted; dialect : of the event that gives the status
    status_at : first instant of the status in the current episode, None where it is not known
    declared_at ... completed_at : first instant of each stage in the current episode; instants are in UTC
    episode : from 1, one more for each time that it was declared again after a return; 0 without events
    inspected, rejected : in any episode; exceptions : codes that were kept as exceptions, sorted
    gaps : stages that a later one implies and no event of the current episode shows, in their order
    unknown_codes : "dialect:code", sorted; history : by instant, then rank, those without an instant last
    n_events : without duplicates; n_untimed : without a readable instant
    """

    keys: tuple[tuple[str, str], ...]
    dialect: str
    clearance_status: str
    status_at: dt.datetime | None
    declared_at: dt.datetime | None
    accepted_at: dt.datetime | None
    examined_at: dt.datetime | None
    released_at: dt.datetime | None
    completed_at: dt.datetime | None
    episode: int
    inspected: bool
    rejected: bool
    exceptions: tuple[str, ...]
    gaps: tuple[str, ...]
    unknown_codes: tuple[str, ...]
    contradictions: tuple[Contradiction, ...]
    history: tuple[HistoryRow, ...]
    n_events: int
    n_duplicates: int
    n_untimed: int

    def as_dict(self) -> dict[str, Any]:
        """The state as values that JSON can hold, instants as ISO 8601 in UTC; the same for every order of arrival."""
        return fields_as_json(self)
