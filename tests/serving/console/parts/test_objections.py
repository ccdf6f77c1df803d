"""One objection in words: its clock, its subject, and only the actions of the side that looks."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from data.uscc import fictitious_uscc
from serving.console.parts.objections import body, left_text, subject_list
from serving.console.texts import text
from serving.objections.clock import ObjectionClock
from serving.objections.objections import Objection
from tests.serving.console.pages.enterprise.conftest import words

ABOUT = {"kind": "indicator", "key": "rd_expense", "zh": "研发费用", "en": "R&D expense", "value_zh": "30 万元",
         "value_en": "CNY 300,000", "agency": "tax", "data_date": "2024-04-30"}  # fmt: skip


def view(role, lang="zh"):
    return SimpleNamespace(lang=lang, caller=SimpleNamespace(role=role), account=SimpleNamespace(role=role),
                           state=SimpleNamespace(filings=None, chain=None), href=lambda path: f"/console{path}",
                           text=lambda key, **figures: text(key, lang, **figures))  # fmt: skip


def objection(*states):
    steps = tuple({"state": state, "at": f"2026-11-2{day}T02:00:00+00:00", "by": "li", "text": f"text {day}",
                   "role": "enterprise" if state == "filed" else "zone_officer"}
                  for day, state in enumerate(states, start=3))  # fmt: skip
    return Objection("obj-1", fictitious_uscc(19), ABOUT, steps)


def test_the_subject_has_value_source_and_date():
    shown = words(subject_list(view("enterprise"), ABOUT))
    for line in ("指标", "研发费用", "30 万元", "税务部门", "2024年4月30日"):
        assert line in shown
    assert "Calculated by this service" in words(subject_list(view("x", "en"), ABOUT | {"agency": None}))


@pytest.mark.parametrize(
    ("role", "offered", "missing"),
    [("zone_officer", ["认定异议成立", "认定异议不成立", "要求补充材料"], ["撤回异议"]),
     ("enterprise", ["撤回异议"], ["认定异议成立", "开始核查"])],
)  # fmt: skip
def test_each_side_has_its_own_actions(role, offered, missing):
    shown = words(body(view(role), objection("filed", "under_review")))
    for word in offered:
        assert word in shown
    for word in missing:
        assert word not in shown
    assert (fictitious_uscc(19) in shown) is (role == "zone_officer")


def test_a_decided_one_has_no_action():
    assert "没有您可以执行的操作" in words(body(view("zone_officer"), objection("filed", "under_review", "rejected")))


def test_days_left_and_late_are_whole_words():
    assert left_text(view("x"), ObjectionClock(2, None, 8, "green")) == "剩余 8 个工作日"
    assert left_text(view("x", "en"), ObjectionClock(11, None, -1, "red")) == "1 working day late"
    assert left_text(view("x"), ObjectionClock(2, None, None, "suspended")) == "–"
