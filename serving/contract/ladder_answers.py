"""What the cultivation ladder answers."""

from __future__ import annotations

from datetime import date
from typing import Any

from serving.contract.answers import AnswerPart


class LadderRuleAnswer(AnswerPart):
    """One tier's rule: every clause with value, threshold, source and confidence; what is near an edge; and the way.

    overall : met, not_met or unknown; a clause may also need a person
    """

    firm_id: str
    tier: str
    region: str | None
    version: str
    on_date: date
    in_force: bool
    document: str
    read_on: date
    validity_years: int | None
    overall: str
    presupposes: str | None
    presupposed: str | None
    clauses: list[dict[str, Any]]
    near_edges: list[dict[str, Any]]
    way: dict[str, Any]


class LadderAnswer(AnswerPart):
    """A firm's tier, the next one, and every rule; snapshot_day : of the firm's facts."""

    uscc: str
    on_date: date
    snapshot_day: date
    tier: str
    next_tier: str | None
    rules: list[LadderRuleAnswer]
    versions: dict[str, str]
