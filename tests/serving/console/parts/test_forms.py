"""A reason has a label and an end; what cannot be undone is confirmed first."""

from __future__ import annotations

from serving.console.parts.forms import LONGEST_TEXT, confirm_button, reason_field
from serving.objections import objections


def test_a_reason_is_labelled_needed_and_no_longer_than_the_services_take():
    field = reason_field("a-reason", "原因")
    assert (field.label, field.withAsterisk) == ("原因", True)
    assert field.attributes["input"]["maxLength"] == LONGEST_TEXT == objections.LONGEST_TEXT


def test_the_question_comes_before_the_act():
    made = confirm_button("a-button", "撤回", "确认撤回？")
    assert (made.id, made.message, made.children.children) == ("a-button", "确认撤回？", "撤回")
