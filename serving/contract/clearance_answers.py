"""What clearance answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from serving.contract.answers import AnswerPart


class MessageAnswer(AnswerPart):
    """A message was kept; new : False where the same bytes came before; remarks : what was odd and read nevertheless.

    numbers : of declarations that it names; schema_check : valid, or not_checked where the service has no schema of it
    """

    message_id: str
    digest: str
    kind: str
    new: bool
    numbers: list[dict[str, str]]
    remarks: list[dict[str, str]]
    schema_check: str


class FindingAnswer(AnswerPart):
    """What a rule says; line : of the goods, 0 for the head; severity : error, warning, not_checked."""

    rule_id: str
    severity: str
    where: str
    line: int
    found: str
    allowed: str
    zh: str
    en: str


class ChecksAnswer(AnswerPart):
    """A declaration before it is sent; passed : no finding is an error. ``not_checked`` findings were not decided."""

    kind: str
    version: str
    day: date
    passed: bool
    findings: list[FindingAnswer]


class StageForecast(AnswerPart):
    """When a stage is expected; low and high hold it in 80 of 100 cases where ``reliable``.

    coverage : of the intervals that came due lately; source : own, pooled or median
    """

    stage: str
    expected_at: datetime
    low_at: datetime
    high_at: datetime
    coverage: float | None
    reliable: bool
    source: str
    zh: str
    en: str


class TimelineRowAnswer(AnswerPart):
    """One event: the instant in UTC and as it came, status in both languages, the sender's note verbatim."""

    at: datetime | None
    at_text: str
    code: str
    status: str
    zh: str
    en: str
    note: str
    office: str | None
    episode: int
    received_at: datetime | None
    marks: list[str]


class ClearanceAnswer(AnswerPart):
    """A declaration's state, folded from its messages whatever the order of their arrival.

    confirmed : the state rests on messages of the zone's side, not on what the firm posted; reported_status : with
    what its parties posted as well, where that is more; contradictory : messages that exclude each other, never guessed
    """

    number: str
    numbers: dict[str, list[str]]
    dialect: str
    clearance_status: str
    status_zh: str
    status_en: str
    status_at: datetime | None
    confirmed: bool
    reported_status: str | None
    stages: dict[str, datetime | None]
    episode: int
    timeline: list[TimelineRowAnswer]
    contradictions: list[dict[str, Any]]
    gaps: list[str]
    unknown_codes: list[str]
    forecast: list[StageForecast]
    count_of_messages: int
    count_of_duplicates: int
    known_at: datetime
    until: datetime | None
    simulated: bool


class DeclarationRow(AnswerPart):
    """One line of the list of declarations."""

    number: str
    clearance_status: str
    status_at: datetime | None
    declared_at: datetime | None
    direction: str | None
    office: str | None
    contradictions: int
    simulated: bool


class DeclarationsAnswer(AnswerPart):
    """Declarations of the caller, the newest first; count : of all that fit, of which ``rows`` is a part."""

    count: int
    rows: list[DeclarationRow]


class AlertAnswer(AnswerPart):
    """A cut-off that is likely missed and worth a look, most worth first."""

    number: str
    kind: str
    cutoff_at: datetime
    expected_at: datetime
    chance: float
    expected_loss_cny: float
    worth_cny: float
    act_until: datetime | None
    reliable: bool
    zh: str
    en: str


class AlertsAnswer(AnswerPart):
    """Alerts of a day under its budget; left_out : that were worth a look beyond it."""

    as_of: datetime
    budget: int
    left_out: int
    alerts: list[AlertAnswer]
    simulated: bool


class RefusedMessage(AnswerPart):
    """A message that could not be read: kept, with the reason and its place."""

    message_id: str
    received_at: datetime
    source: str
    code: str
    line: int
    column: int
    found: str
    allowed: str


class RefusedMessagesAnswer(AnswerPart):
    """Messages that could not be read, the newest first."""

    count: int
    messages: list[RefusedMessage]
