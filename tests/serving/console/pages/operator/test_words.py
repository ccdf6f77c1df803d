"""Words that the operator's pages share."""

from __future__ import annotations

from data.uscc import fictitious_uscc
from serving.console.demo_accounts import REASON
from serving.console.pages.operator.words import caller_words, person_words, reason_words, shown_once
from tests.serving.console.pages.operator.conftest import words


def test_the_zone_is_a_word_and_nobody_is_a_dash(operator):
    view = operator(lang="en")
    assert [caller_words(view, name) for name in ("zone", "closed-bank", "")] == ["The zone", "closed-bank", "–"]


def test_a_bank_has_its_name_beside_its_id(operator):
    """In the language of the session; a firm without a known name is its code."""
    assert caller_words(operator(), "rural") == "农商示例银行（rural）"
    assert caller_words(operator(lang="en"), "rural").endswith(" (rural)")
    assert "农商" not in caller_words(operator(lang="en"), "rural")
    assert fictitious_uscc(99) in caller_words(operator(), fictitious_uscc(99))


def test_what_is_shown_once_says_so(operator):
    shown = words(shown_once(operator(), "标题", "secret", "operator.made.next"))
    assert shown.startswith("标题\nsecret\n只显示这一次")


def test_the_demo_accounts_were_made_by_the_program_in_the_language_of_the_page(operator):
    """A person's name and another reason stay as they were written."""
    view, en = operator(), operator(lang="en")
    assert (person_words(view, "demo set-up 2"), person_words(en, "demo set-up 2")) == ("演示设置 2", "Demo set-up 2")
    assert (person_words(view, "Zhang"), person_words(view, "demo set-up")) == ("Zhang", "demo set-up")
    assert (reason_words(view, REASON), reason_words(view, "离职")) == ("演示账号，仅供试用", "离职")
