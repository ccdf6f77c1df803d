"""What is objected to is what the service holds, with source and date, and nothing personal is kept."""

from __future__ import annotations

from datetime import date

import pytest

from data.codebook import read_codebook, read_credit_facts
from serving.contract.refusals import Refusal
from serving.decide.snapshot import Observation
from serving.objections.subjects import held_values, placement_subject, reason_subject, value_subject

BOOK = read_codebook()
CASE = Observation(
    {"rd_expense": 30.0, "founder_team_score": 4.0, "rd_intensity": float("nan"), "litigation_count_24m": 2.0},
    {"rd_expense": date(2024, 4, 30), "founder_team_score": date(2023, 1, 5)},
    (),
    None,
)


def test_every_indicator_and_credit_fact_is_listed_once_with_source_and_date():
    found = held_values(CASE, BOOK, personal=False)
    assert [one.item.key for one in found] == [*BOOK.keys, *(fact.key for fact in read_credit_facts())]
    by_key = {one.item.key: one for one in found}
    expense = by_key["rd_expense"]
    assert (expense.texts, expense.item.agency, expense.data_date) == (
        ("30 万元", "CNY 300,000"),
        "tax",
        date(2024, 4, 30),
    )
    assert by_key["rd_intensity"].texts == ("无记录", "No record")


def test_a_personal_value_is_shown_only_by_right_and_never_kept():
    hidden, shown = (
        next(one for one in held_values(CASE, BOOK, personal=right) if one.item.key == "founder_team_score")
        for right in (False, True)
    )
    assert (hidden.value, hidden.texts[0], shown.value) == (None, "个人信息，不显示", 4.0)
    kept = value_subject(CASE, BOOK, "founder_team_score")
    assert (kept["value_zh"], kept["data_date"]) == ("个人信息，不显示", "2023-01-05")


def test_a_value_subject_holds_what_the_service_held():
    assert value_subject(CASE, BOOK, "litigation_count_24m") == {
        "kind": "credit_fact",
        "key": "litigation_count_24m",
        "zh": "近两年被诉案件",
        "en": "lawsuits as defendant in 24 months",
        "value_zh": "2 件",
        "value_en": "2",
        "agency": "court",
        "data_date": None,
    }


def test_reasons_and_placements_are_taken_from_the_answers():
    reasons = [{"text_zh": "一", "text_en": "one"}, {"text_zh": "二", "text_en": "two"}]
    decision = {"audit_id": "a1", "answer": {"as_of": "2024-06-30", "reasons": reasons}}
    found = reason_subject(decision, 1)
    assert (found["key"], found["value_zh"], found["data_date"]) == ("a1:1", "二", "2024-06-30")
    placements = {"placements": [{"chain_id": "iot", "node_id": "n1", "name_zh": "传感器", "name_en": "sensors"}]}
    assert placement_subject(placements, "iot", "n1")["value_en"] == "sensors"
    for call in (
        lambda: value_subject(CASE, BOOK, "uscc"),
        lambda: reason_subject(decision, 2),
        lambda: reason_subject(decision, -1),
        lambda: placement_subject(placements, "iot", "n2"),
    ):
        with pytest.raises(Refusal) as caught:
            call()
        assert caught.value.key == "not-found"
