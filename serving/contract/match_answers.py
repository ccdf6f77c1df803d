"""What matching answers: lists of firms and of demands, invitations, and what was recorded."""

from __future__ import annotations

from datetime import date
from typing import Literal

from serving.contract.answers import AnswerPart, WarningAnswer


class EvidenceAnswer(AnswerPart):
    """A passage that matched; ``marks`` : (start, end) of its words that did; withheld where it is not public.

    shared_by : other firms that have exactly this text; it says little of one of them then
    """

    document_id: str
    kind: str
    title: str
    passage: str
    marks: list[tuple[int, int]]
    withheld: bool = False
    shared_by: int = 0


class MatchReason(AnswerPart):
    """What moved the match score, by how much, in both languages."""

    contribution: float
    zh: str
    en: str


class CandidateAnswer(AnswerPart):
    """One line of a list; probability : calibrated, that the firm is relevant for the demand.

    evidence : the passage that matched best, another of the firm's own where a line above has the same text, and one
               with the exact codes of the demand where the best passage lacks them
    """

    rank: int
    match_score: float
    probability: float
    evidence: list[EvidenceAnswer]
    reasons: list[MatchReason]


class SupplierAnswer(CandidateAnswer):
    """A firm that could solve the demand."""

    uscc: str


class DemandAnswer(CandidateAnswer):
    """A demand that the firm could serve; uscc : whose it is, where the caller may know.

    repeats : numbers of near-duplicates of this demand, which are not listed again
    """

    demand_id: str
    uscc: str | None
    title: str
    problem: str
    requirement: str | None
    field: str
    budget_wan: float | None
    deadline: date | None
    district: str | None
    repeats: list[str]


class MatchVersions(AnswerPart):
    """What made a list."""

    model: str
    encoder: str
    library: str


class ListAnswer(AnswerPart):
    """What every list says of itself.

    query_id : names the list in feedback; error_rate : promised share of answered demands without a relevant firm
    among the first three; filtered : candidates that a rule of the zone took out, by rule
    """

    query_id: str
    day: date
    abstained: bool
    note_zh: str
    note_en: str
    error_rate: float
    filtered: dict[str, int]
    warnings: list[WarningAnswer]
    versions: MatchVersions


class SuppliersAnswer(ListAnswer):
    """Ranked firms; none where ``abstained``."""

    suppliers: list[SupplierAnswer]


class MatchedDemandsAnswer(ListAnswer):
    """Ranked demands for a firm."""

    demands: list[DemandAnswer]


class Meeting(AnswerPart):
    """A planned meeting of a demand's firm with a supplier; round from 1."""

    demand_id: str
    uscc: str
    round: int
    probability: float


class ExposureAnswer(AnswerPart):
    """Seats that a group was to get at least, and those that it has."""

    group: str
    least_seats: int
    seats: int


class InvitationsAnswer(AnswerPart):
    """Whom to invite, and who meets whom in which round.

    expected_solved : demands that a meeting solves, if every invited firm accepts, by the calibrated probabilities;
    solved_low, solved_high : 90 % interval of the number itself; bound : of the expected meetings that solve, what no
    plan under the same rules exceeds; price_of_fairness : what the best plan without ``exposure`` is worth more, in
    expected meetings that solve
    """

    event_id: str
    invited: list[str]
    meetings: list[Meeting]
    seats: int
    rounds: int
    per_firm_limit: int
    per_demand_limit: int
    exposure: list[ExposureAnswer]
    price_of_fairness: float
    expected_solved: float
    solved_low: int
    solved_high: int
    bound: float
    demands_without_supplier: list[str]
    versions: MatchVersions


class FeedbackAnswer(AnswerPart):
    """What was recorded; ``new`` is false where the same was recorded before."""

    outcome_id: str
    kind: Literal["click", "outcome"]
    new: bool


class WithdrawnAnswer(AnswerPart):
    """A firm takes part no more; ``blanked`` : events about it whose content was removed; kept : what was not."""

    uscc: str
    blanked: int
    kept_zh: str
    kept_en: str


class DemandOnFile(AnswerPart):
    """A demand, of the release or ``posted`` since; uscc : whose it is, where the caller may know.

    state : not_yet: known from a later day on; closed: its firm or the zone ended it
    proposed : whether the last list for it proposed a firm; null where none was made or it is not the caller's
    """

    demand_id: str
    uscc: str | None
    title: str
    problem: str
    requirement: str | None
    field: str | None
    budget_wan: float | None
    deadline: date | None
    district: str | None
    visible_to: Literal["public", "zone", "invited"]
    as_of: date
    source: str
    posted: bool
    mine: bool
    state: Literal["open", "past_deadline", "closed", "not_yet"]
    closed_on: date | None
    closed_reason: str
    proposed: bool | None


class DemandsOnFileAnswer(AnswerPart):
    """Demands that the caller may see, the newest first; day : by which they are open."""

    day: date
    demands: list[DemandOnFile]


class EventOnFile(AnswerPart):
    """A match event and what came of it, in pairs of a demand and a firm; of a firm that calls its own pairs alone.

    free_seats : seats less firms that were invited, null for a firm; reasons_not : pairs by why nothing came of them
    """

    event_id: str
    theme: str
    date: date
    district: str | None
    seats: int
    rounds: int
    per_firm_limit: int
    state: Literal["upcoming", "past"]
    invited: int
    accepted: int
    met: int
    kept: int
    second_meeting: int
    solved: int
    signed: int
    free_seats: int | None
    reasons_not: dict[str, int]


class EventsOnFileAnswer(AnswerPart):
    """Match events of the release, the latest first."""

    day: date
    events: list[EventOnFile]
