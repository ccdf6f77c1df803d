"""What the safeguard found, in sentences: each finding with its figures, and the outcome that follows from it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from data.texts.figures import Text
from data.texts.sentences import joined, label, sentence
from models.quota.drivers import reason
from models.quota.policy import CreditPolicy
from models.quota.reasons import summary
from serving.decide.safeguard_facts import SafeguardFacts


def finding_text(
    rule: str,
    answer: Mapping[str, Any],
    until: date | None,
    policy: CreditPolicy,
    facts: SafeguardFacts,
    doubts: Sequence[Text] = (),
) -> Text:
    """A finding in Chinese and English, with the day and the age that it is about.

    until : the last day on which the case's data are fresh; doubts : texts on the values that were sent
    """
    today, day, longest, kind = date.fromisoformat(facts.today), answer["as_of"], facts.data_age_days, rule
    if rule == "model_stale":
        day, longest = date.fromisoformat(facts.model_day), facts.model_age_days
        if 0 <= (today - day).days <= longest:
            kind = "model_stale.reference"
            day, longest = date.fromisoformat(facts.reference_day), facts.reference_age_days
    elif rule == "data_stale" and 0 <= (today - day).days <= longest and until is not None:
        kind, day = "data_stale.source", until
    if kind in ("model_stale", "model_stale.reference", "data_stale") and day > today:
        kind = "date_in_future"
    elif rule == "low_coverage" and not math.isfinite(answer["points"]["coverage"]):
        kind = "invalid_result"
    return sentence(
        f"safeguard.{kind}", date=day, days=float((today - day).days), max=float(longest),
        coverage=answer["points"]["coverage"], min=policy.min_coverage,
        text=joined(*doubts),
    )  # fmt: skip


def with_summary(answer: Mapping[str, Any]) -> dict[str, str]:
    """The members that give an answer's outcome in one sentence, by its first reason."""
    quota, first = answer["quota"], answer["reasons"][0]
    zh, en = summary(
        answer["outcome"], (first["text_zh"], first["text_en"]), amount=float(quota["amount_wan"]),
        rate=quota["annual_rate"], date=quota["valid_until"],
    )  # fmt: skip
    return {"summary_zh": zh, "summary_en": en}


def safeguard_reason(rule: str, text: Text) -> dict[str, Any]:
    """A reason as every answer carries it, for a rule of the safeguard."""
    return reason(f"safeguard.{rule}", rule, joined(text, label("safeguard.referred")))
