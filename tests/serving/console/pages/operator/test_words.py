"""Words that the operator's pages share."""

from __future__ import annotations

from serving.console.pages.operator.words import caller_words, shown_once
from tests.serving.console.pages.operator.conftest import words


def test_the_zone_is_a_word_and_nobody_is_a_dash(operator):
    view = operator(lang="en")
    assert [caller_words(view, name) for name in ("zone", "standard", "")] == ["The zone", "standard", "–"]


def test_what_is_shown_once_says_so(operator):
    shown = words(shown_once(operator(), "标题", "secret", "operator.made.next"))
    assert shown.startswith("标题\nsecret\n只显示这一次")
