"""Texts about a case in both languages."""

import pytest

from data.approvals.kinds import statuses
from models.approvals.texts import (
    days_text,
    event_name,
    flag_text,
    is_free_text,
    is_han,
    lamp_text,
    length_text,
    office_name,
    reason_name,
    status_name,
    templates,
    value_text,
)


def test_names_and_days():
    assert (status_name("accepted", "zh"), status_name("accepted", "en")) == ("已受理", "accepted")
    assert all(status_name(one, "zh") and status_name(one, "en") for one in statuses())
    assert (reason_name("hearing", "zh"), reason_name("lunch", "en"), office_name("x", "en")) == ("听证", "lunch", "x")
    assert (days_text(1, "working", "en"), days_text(3, "calendar", "zh")) == ("1 working day", "3 个自然日")
    assert (days_text(-2, "working", "en"), days_text(None, "working", "zh")) == ("2 working days past it", "–")
    assert flag_text("two_ends", "en").startswith("Two kinds of end")


@pytest.mark.parametrize(
    ("lamp", "late", "closed", "key"),
    [("green", False, False, "green"), ("red", False, False, "due"), ("red", True, False, "late"),
     ("green", False, True, "closed_green"), ("red", True, True, "closed_late"), ("none", None, True, "none")],
)  # fmt: skip
def test_the_lamp_in_words(lamp, late, closed, key):
    row = {"lamp": lamp, "late": late, "statutory_late": None, "is_closed": closed}
    for lang in ("zh", "en"):
        assert lamp_text(row, lang) == templates()[f"lamp.{key}"].fill({})[lang == "en"]


def test_a_missed_statutory_time_is_not_read_as_a_missed_promise_alone():
    for closed, key in ((False, "late_statutory"), (True, "closed_late_statutory")):
        row = {"lamp": "red", "late": True, "statutory_late": True, "is_closed": closed}
        assert lamp_text(row, "zh") == templates()[f"lamp.{key}"].fill({})[0]
        assert "法定" in lamp_text(row, "zh")


def test_free_text_is_shown_by_its_length():
    """A day and one of two outcomes are no free text."""
    free = [("deadline", "问李四"), ("outcome", "王五已批"), ("deadline", "2026-02-30"), ("outcome", "Granted")]
    plain = [("deadline", "2026-03-02"), ("outcome", "granted"), ("list", "身份证"), ("basis", "第四十五条")]
    assert [is_free_text(*one) for one in free + plain] == [True] * 4 + [False] * 4
    assert value_text("deadline", "问李四", "en", verbatim=False) == length_text("问李四", "en")
    assert value_text("deadline", "问李四", "en", verbatim=True) == "问李四"
    assert length_text("问李四", "en") == "unreadable, 3 characters"


def test_a_chinese_step_is_named_in_english_where_there_is_a_name_for_it():
    """An office's own English name stays; a kind that the law knows has its name, other steps that of the list."""
    named = [("accepted", "受理通过"), ("step", "现场核查"), ("step", "踏勘会"), ("step", "Intake"), ("decided", "")]
    assert [event_name(*one, "en") for one in named] == ["accepted", "site visit", "踏勘会", "Intake", "decided"]
    assert [event_name(*one, "zh") for one in named] == ["受理通过", "现场核查", "踏勘会", "Intake", "作出决定"]
    assert [is_han(words) for words in ("踏勘 2", "Café 2", "")] == [True, False, False]
