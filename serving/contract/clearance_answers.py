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
    """A declaration before it is sent; passed : no finding is an error; ``count_not_checked`` of them were
    not decided, such as for want of the tables of the day.
    """

    kind: str
    version: str
    day: date
    passed: bool
    count_not_checked: int
    findings: list[FindingAnswer]


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
    count_of_messages: int
    count_of_duplicates: int
    known_at: datetime
    until: datetime | None
    simulated: bool


class ForecastAnswer(AnswerPart):
    """When the stages still to come are expected; empty where the declaration does not run or its messages contradict.

    known_at : instant that every date is as of: nothing that arrived later is in it
    """

    number: str
    clearance_status: str
    known_at: datetime
    forecast: list[dict[str, Any]]
    simulated: bool


class DeclarationRow(AnswerPart):
    """One line of the list of declarations.

    status_at : since when it is where it is, null where no receipt says when; expected : forecast of the next stage as
    of ``ForecastAnswer``, null where none is made
    """

    number: str
    clearance_status: str
    status_at: datetime | None
    declared_at: datetime | None
    released_at: datetime | None
    completed_at: datetime | None
    direction: str | None
    office: str | None
    expected: dict[str, Any] | None
    simulated: bool


class DeclarationsAnswer(AnswerPart):
    """Declarations of the caller, the latest declared first; count : of all that fit, of which ``rows`` is a part.

    by_status : how many of the caller's there are of each status
    dates_state : of what is expected: current, earlier (before the newest message or in an earlier hour), being_made,
    or not_packed where the release comes without forecasts
    """

    count: int
    by_status: dict[str, int]
    dates_state: str
    rows: list[DeclarationRow]


class CutoffAnswer(AnswerPart):
    """A cut-off was recorded; new : False where it had been before."""

    cutoff_id: str
    new: bool


class AlertsAnswer(AnswerPart):
    """Cut-offs that are likely missed and worth a look, at most ``daily_budget`` a day.

    learned_from : simulated where the forecasts were learned from simulated declarations
    """

    as_of: datetime
    daily_budget: int
    learned_from: str
    alerts: list[dict[str, Any]]


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
    """Messages that could not be read, the newest first; count : of all, of which at most 500 are listed."""

    count: int
    messages: list[RefusedMessage]


class WebhookAnswer(AnswerPart):
    """A webhook; state : active, disabled, or host_not_allowed until a person allows its host."""

    webhook_id: str
    url: str
    events: list[str]
    owner: str
    by: str
    registered_at: datetime
    disabled_at: datetime | None
    state: str


class WebhookMadeAnswer(WebhookAnswer):
    """A new webhook with its secret, which no later answer holds."""

    secret: str


class WebhooksAnswer(AnswerPart):
    """Every webhook, ended ones included."""

    webhooks: list[WebhookAnswer]


class DeliveriesAnswer(AnswerPart):
    """Attempts to deliver, in their order; ``sequence`` of the last is where the next page begins."""

    deliveries: list[dict[str, Any]]
