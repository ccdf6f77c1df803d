"""What happened in a case of approval, event by event.

An event is kept as it came; states, clocks and forecasts are computed from the set of a case's events whenever they are
wanted. The officer is kept for the record alone: no feature and no report reads it below a group of five.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

EventKind = Literal[
    "applied",  # values: applicant (USCC, where it is a firm)
    "correction_requested",  # values: list (what is missing)
    "corrected",
    "refused",  # not accepted: values reason
    "accepted",
    "suspended",  # values: reason (a key of the item), basis, days (as announced to the applicant)
    "resumed",  # values: reason of the suspension that ends
    "joint_begun",  # values: with (departments, joined by ";")
    "joint_ended",
    "escalated",  # first-level examination done, sent to the higher office
    "extended",  # values: by (head), informed (1: the applicant was), reason
    "returned",  # to the applicant, not handled: values reason
    "withdrawn",
    "decided",  # values: outcome (granted, refused)
    "delivered",
    "step",  # anything else, such as an activity of an imported log: values closed (1: the log names it as the end)
]
EVENT_KINDS: tuple[EventKind, ...] = get_args(EventKind)


@dataclass(frozen=True, slots=True)
class ApprovalEvent:
    """One thing that happened in a case.

    case_number : of the office that keeps the case; kind : one of EVENT_KINDS
    at : the instant with a time zone, None where none or an unreadable one was given; at_text : as it came
    item : key in the catalogue, "" where the event does not name it; office : key of the department, the same
    activity : name of a step as the log has it, "" for the kinds with a name of their own
    officer : who acted, as it came; values : further members, see the kinds; on any kind deadline, the promised date
    """

    case_number: str
    kind: EventKind
    at: dt.datetime | None
    at_text: str
    item: str = ""
    office: str = ""
    activity: str = ""
    officer: str = field(default="", repr=False)
    values: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the content in hex: two events that say the same are one, in whatever order they come."""
        content = [self.case_number, self.kind, self.at_text, self.item, self.office, self.activity, self.officer]
        text = json.dumps([*content, sorted(self.values.items())], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
