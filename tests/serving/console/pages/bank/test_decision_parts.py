"""What limits an amount, as steps from the amount requested to the quota."""

from __future__ import annotations

from serving.console.pages.bank.decision_parts import constraints_chart, reductions
from tests.serving.console.pages.bank.test_words import view
from tests.serving.console.pages.enterprise.conftest import words

TRACE = [
    {"name": "debt_capacity", "amount_wan": 700.0, "limiting": False, "zh": "", "en": ""},
    {"name": "need", "amount_wan": 900.0, "limiting": False, "zh": "", "en": ""},
    {"name": "stage_cap", "amount_wan": 500.5, "limiting": True, "zh": "", "en": ""},
    {"name": "requested", "amount_wan": 1000.0, "limiting": False, "zh": "", "en": ""},
]


def test_each_constraint_takes_what_is_left_above_it():
    """1,000 requested: 700 takes 300, 900 takes nothing more, 500.5 takes 199.5; the request itself is no step."""
    steps = reductions(1000.0, TRACE)
    assert [(one["name"], one["lowers"]) for one in steps] == [
        ("debt_capacity", 300.0),
        ("need", 0.0),
        ("stage_cap", 199.5),
    ]
    assert reductions(400.0, TRACE)[2]["lowers"] == 0.0


def test_the_picture_ends_at_the_quota_and_marks_the_limiting_constraint():
    """Bars start where the next one ends; half a 10,000 yuan is rounded away; the table has the amounts with units."""
    answer = {"quota": {"requested_cny": 10_000_000, "amount_wan": 500}, "quota_trace": TRACE}
    shown = constraints_chart(view(), answer)
    bars = shown.children[1].children.figure.data[0]
    assert list(bars.x) == [1000.0, 300.0, 0.0, 199.5, 0.5, 500]
    assert list(bars.base) == [0.0, 700.0, 700.0, 500.5, 500, 0.0]
    assert list(bars.text) == ["1,000", "−300", "不压减", "−199.5", "", "500"]
    found = words(shown)
    assert "▶ 阶段额度上限" in found
    assert "500.5 万元" in found
    assert "−199.5 万元" in found
    assert "没有额度约束可示" in words(constraints_chart(view(), answer | {"quota_trace": []}))
