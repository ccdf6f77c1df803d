"""What the safeguard found, in sentences: each with the day and the age that it is about."""

from __future__ import annotations

import math
from datetime import date

import pytest

from models.quota.engine import read_policy
from serving.decide.safeguard_facts import SafeguardFacts
from serving.decide.safeguard_texts import finding_text, safeguard_reason, with_summary

pytestmark = pytest.mark.contract
FACTS = SafeguardFacts("2024-06-30", False, False, "2024-06-20", 10, "2024-06-25", 5, 30)
ANSWER = {"as_of": date(2024, 6, 1), "points": {"coverage": 0.5999}}


def english(rule, answer=ANSWER, until=None, **changed):
    facts = SafeguardFacts(**FACTS.as_dict() | changed)
    return finding_text(rule, answer, until, read_policy(), facts)[1]


def test_an_old_model_and_an_old_reference_are_two_sentences():
    """11 days against 10; the model in its term, the reference 6 days against 5."""
    assert "model's data end on 19 June 2024, 11 days ago; at most 10" in english("model_stale", model_day="2024-06-19")
    found = english("model_stale", reference_day="2024-06-24")
    assert "points compare with end on 24 June 2024, 6 days ago; at most 5" in found


def test_an_old_case_and_an_old_source_are_two_sentences():
    """29 days of 30 are fresh, so the fault is the source's; at 28 allowed it is the case's own."""
    until = english("data_stale", until=date(2024, 6, 15))
    assert until == "Part of the firm's data were valid only until 15 June 2024."
    assert "1 June 2024, 29 days ago; at most 28" in english("data_stale", until=date(2024, 6, 15), data_age_days=28)


def test_a_day_ahead_is_said_to_be_ahead():
    """Of the model, and of the case; never a negative number of days."""
    words = english("model_stale", model_day="2024-07-01")
    assert words == "The data are of 1 July 2024, after the day of the decision."
    later = ANSWER | {"as_of": date(2024, 7, 2)}
    assert english("data_stale", later) == "The data are of 2 July 2024, after the day of the decision."


def test_a_coverage_is_rounded_down_and_one_that_is_no_number_has_no_figure():
    """59.99 % is never shown as the 60 % that the bank requires."""
    assert english("low_coverage") == "Indicator coverage is 59.9%; the bank requires 60.0%."
    nothing = ANSWER | {"points": {"coverage": math.nan}}
    assert english("low_coverage", nothing) == "The model result is invalid and cannot be used."


def test_the_outcome_follows_its_first_reason():
    """The safeguard's reason says that a person decides, and the summary repeats it."""
    reason = safeguard_reason("drift_alarm", ("偏离。", "Applicants differ."))
    assert (reason["code"], reason["text_en"]) == (
        "safeguard.drift_alarm",
        "Applicants differ. Referred to manual review.",
    )
    quota = {"amount_wan": 0, "annual_rate": None, "valid_until": None}
    found = with_summary({"outcome": "manual_review", "quota": quota, "reasons": [reason, {}]})
    assert found["summary_en"].startswith("Manual review needed: Applicants differ. Referred to manual review.")
    assert found["summary_zh"].startswith("需人工审核：偏离。")
