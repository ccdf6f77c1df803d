"""Refusals, empty states and cards say what a person needs."""

from __future__ import annotations

from types import SimpleNamespace

from serving.console.api import Refused
from serving.console.parts.states import badge, empty, fact_cards, panel, refusal_message, section, success_message
from serving.console.texts import text
from tests.serving.console.components import texts_of

VIEW = SimpleNamespace(lang="zh", text=lambda key, **figures: text(key, "zh", **figures))


def test_a_refusal_says_what_and_what_is_allowed_and_can_be_closed_by_name():
    """The button that closes it has a name for a screen reader."""
    message = refusal_message(VIEW, Refused(422, {"title_zh": "有误", "faults": [{"where": "a", "allowed_zh": "1"}]}))
    assert texts_of(message) == ["有误", "a: 1"]
    assert message.closeButtonLabel == "关闭"
    assert texts_of(success_message(VIEW, "已保存")) == ["已保存"]


def test_an_empty_state_says_what_to_do_next():
    """With an address it is a link."""
    assert texts_of(empty("没有记录", "新建", "/console/new")) == ["没有记录", "新建"]
    assert texts_of(empty("没有记录")) == ["没有记录"]


def test_cards_and_sections_show_heading_value_and_note():
    """In this order; a section's heading is of the second level."""
    assert texts_of(fact_cards([("积分", "61.2 分", "前 20%"), ("阶段", "成长期", None)])) == [
        "积分", "61.2 分", "前 20%", "阶段", "成长期"
    ]  # fmt: skip
    made = section("概况", "正文")
    assert texts_of(made) == ["概况", "正文"]
    assert made.children.children[0].order == 2
    assert texts_of(badge("草稿")) == ["草稿"]
    assert texts_of(badge("under way")) == ["Under way"]


def test_a_panel_has_no_heading_of_its_own():
    """A section has one, of the second level."""
    assert texts_of(panel("甲")) == ["甲"]
    assert texts_of(section("标题", "甲")) == ["标题", "甲"]
