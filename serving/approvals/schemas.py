"""Events of approvals as a caller posts them: each read whole, or refused with where, what was found, what is allowed.

A good event beside a bad one is kept; of a bad one nothing is. What was found is shown only of members that never name
a person.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError, WithJsonSchema

from data.approvals.records import ApprovalEvent, EventKind
from data.codebook import reference_path
from data.ingest.messages.instants import instant
from data.members import FIRST_YEAR, RequestPart
from data.texts.figures import Text
from data.texts.sentences import read_sentences
from data.uscc import Uscc
from serving.contract.refusals import Fault, faults_of

MOST_EVENTS = 1_000  # of one request
AHEAD = dt.timedelta(days=1)  # how far the clock of a sender may be before ours
LINE = r"^[^\x00-\x1f\x7f]*$"  # no store holds NUL, and no name a line feed
NUMBERED = r"^[^\x00-\x1f\x7f/]*[^\x00-\x1f\x7f/\s.][^\x00-\x1f\x7f/]*$"
ZONED = ("Z", "+", "-")

Name = Annotated[str, StringConstraints(max_length=80, pattern=LINE)]
# A case is found by its number in an address, where a slash divides and dots alone are left out.
CaseNumber = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=NUMBERED)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=LINE)]
Days = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,4}$")]
Informed = Literal["0", "1"]


class GivenEvent(RequestPart):
    """One thing that happened in a case; ``values`` : the members of its kind, see ``VALUES``.

    at : an instant, as 2026-03-02T09:30:00+08:00; without an offset Beijing's time is meant
    """

    case_number: CaseNumber
    kind: EventKind
    at: Annotated[str, StringConstraints(max_length=40)]
    item: Name = ""
    office: Name = ""
    activity: Annotated[str, StringConstraints(max_length=200, pattern=LINE)] = ""
    officer: Annotated[str, StringConstraints(max_length=120, pattern=LINE)] = Field(default="", repr=False)
    values: dict[str, str] = Field(default_factory=dict)


# By kind: each member of ``values`` with its type; those of NEEDED have to be there.
VALUES: Mapping[EventKind, Mapping[str, Any]] = {
    "applied": {"applicant": Uscc},
    "correction_requested": {"list": Line},
    "refused": {"reason": Line},
    "suspended": {"reason": Line, "basis": Line, "days": Days},
    "resumed": {"reason": Line},
    "joint_begun": {"with": Line},
    "extended": {"by": Literal["head"], "informed": Informed, "reason": Line},
    "returned": {"reason": Line},
    "decided": {"outcome": Literal["granted", "refused"]},
}
NEEDED: Mapping[EventKind, tuple[str, ...]] = {"suspended": ("reason",), "decided": ("outcome",)}
SHOWN = ("case_number", "kind", "at", "item", "office", "activity")  # beside the known members of ``values``
_EVENT = GivenEvent.model_json_schema()
# One event, or several; each is read on its own, so that one that is wrong does not keep the others out.
GivenEvents = Annotated[
    Any,
    WithJsonSchema({"anyOf": [_EVENT, {"type": "array", "items": _EVENT, "minItems": 1, "maxItems": MOST_EVENTS}]}),
]


@dataclass(frozen=True, slots=True)
class RefusedEvent:
    """An event that is not kept as one; position : in the request, from 0; given : as it came."""

    position: int
    given: Any
    faults: tuple[Fault, ...]

    def placed(self, *, alone: bool) -> list[Fault]:
        """Its faults; alone : whether the request holds this event alone, else each names its position."""
        return (
            list(self.faults)
            if alone
            else [replace(fault, where=f"{self.position}.{fault.where}") for fault in self.faults]
        )

    def as_values(self) -> dict[str, str]:
        """What quarantine keeps: the faults, and the event as it came, which no answer shows."""
        faults = [fault.as_dict() for fault in self.faults]
        return {"faults": json.dumps(faults, ensure_ascii=False), "given": json.dumps(self.given, ensure_ascii=False)}


@dataclass(frozen=True, slots=True)
class ReadEvents:
    """What a request holds; zone_assumed : how many of the good ones name no offset, so that +08:00 was taken."""

    good: tuple[ApprovalEvent, ...]
    refused: tuple[RefusedEvent, ...]
    zone_assumed: int


def read_events(given: Any, now: dt.datetime) -> ReadEvents:
    """Read one event or a list of them; now : later than which, by more than a day, nothing has happened."""
    good, refused, assumed = [], [], 0
    for position, one in enumerate(given if isinstance(given, list) else [given]):
        made = read_event(one, now)
        if isinstance(made, ApprovalEvent):
            good.append(made)
            assumed += not _names_zone(made.at_text)
        else:
            refused.append(RefusedEvent(position, one, tuple(made)))
    return ReadEvents(tuple(good), tuple(refused), assumed)


def read_event(given: Any, now: dt.datetime) -> ApprovalEvent | list[Fault]:
    """The event, or everything that is wrong with it."""
    try:
        event = GivenEvent.model_validate(given)
    except ValidationError as error:
        return [_without_persons(fault) for fault in faults_of(error)]
    at = instant(event.at)
    faults = _faults_of_values(event.kind, event.values)
    if event.kind == "step" and not event.activity:
        faults.append(Fault("activity", "nothing", said("allowed.activity")))
    if at is None or at.year < FIRST_YEAR:
        faults.append(Fault("at", repr(event.at), said("allowed.instant")))
    elif at > now + AHEAD:
        faults.append(Fault("at", repr(event.at), said("allowed.past")))
    return faults or ApprovalEvent(at=at, at_text=event.at, **event.model_dump(exclude={"at"}))


def said(key: str, **figures: float) -> Text:
    """A sentence of the service about approvals with its figures, in Chinese and English."""
    return read_sentences(reference_path("approvals/sentences_service.csv"))[key].fill(figures)


def _faults_of_values(kind: EventKind, values: Mapping[str, str]) -> list[Fault]:
    known, faults = VALUES.get(kind, {}), []
    for name, value in values.items():
        if name not in known:
            allowed = ", ".join(sorted(known)) or said("allowed.no_values")
            faults.append(Fault(f"values.{name[:40]}", _length(value), allowed))
            continue
        try:
            _adapter(kind, name).validate_python(value)
        except ValidationError as error:
            faults += [replace(fault, where=f"values.{name}") for fault in faults_of(error)]
    absent = [name for name in NEEDED.get(kind, ()) if name not in values]
    return faults + [Fault(f"values.{name}", "nothing", said(f"allowed.{name}")) for name in absent]


def _without_persons(fault: Fault) -> Fault:
    """The fault; of a member that might name a person only how long it is."""
    plain = not fault.found.startswith(("{", "[", "("))  # what is inside another member's value is not known
    shown = fault.found == "nothing" or (fault.where in SHOWN and plain)
    return fault if shown else replace(fault, where=fault.where[:60], found=_length(fault.found))


def _length(value: str) -> str:
    return f"{len(value)} characters"


def _names_zone(text: str) -> bool:
    return any(mark in text.strip()[10:] for mark in ZONED)


@cache
def _adapter(kind: EventKind, name: str) -> TypeAdapter[Any]:
    return TypeAdapter(VALUES[kind][name])
