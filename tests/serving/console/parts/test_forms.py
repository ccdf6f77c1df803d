"""A reason has a label and an end; what cannot be undone is confirmed first."""

from __future__ import annotations

import pytest

from serving.console.parts.forms import LONGEST_TEXT, confirm_button, reason_field, typed_number, whole_number
from serving.objections import objections


def test_a_reason_is_labelled_needed_and_no_longer_than_the_services_take():
    field = reason_field("a-reason", "原因")
    assert (field.label, field.withAsterisk) == ("原因", True)
    assert field.attributes["input"]["maxLength"] == LONGEST_TEXT == objections.LONGEST_TEXT


@pytest.mark.parametrize(
    ("value", "number", "whole"),
    [(4.1, 4.1, 4), ("12345678901234", 12345678901234.0, 12345678901234), ("0.0", 0.0, 0), ("-", "-", "-"),
     ("", "", ""), (None, None, None), ("9" * 400, "9" * 400, "9" * 400), ("1e30", 1e30, 1e30)],
)  # fmt: skip
def test_what_a_field_of_numbers_holds_is_a_number_or_stays_for_the_api(value, number, whole):
    """A browser sends text for a lone sign, for a zero with its decimals and for fourteen digits and more."""
    assert (typed_number(value), whole_number(value)) == (number, whole)


def test_a_number_in_other_units_has_no_more_digits_than_were_typed():
    assert [typed_number(percent, 0.01) for percent in (4.1, 4.35, 0.07)] == [0.041, 0.0435, 0.0007]
    assert whole_number(123.45, 10_000) == 1_234_500


def test_the_question_comes_before_the_act():
    made = confirm_button("a-button", "撤回", "确认撤回？")
    assert (made.id, made.message, made.children.children) == ("a-button", "确认撤回？", "撤回")
