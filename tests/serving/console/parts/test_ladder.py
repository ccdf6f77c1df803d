"""The ladder in words: tier, next step, what is missing, clause by clause."""

from __future__ import annotations

from types import SimpleNamespace

from serving.console.parts.ladder import ladder, tier_name
from serving.console.texts import text
from tests.serving.console.components import all_of
from tests.serving.console.pages.enterprise.conftest import words

VIEW = SimpleNamespace(lang="zh", text=lambda key, **figures: text(key, "zh", **figures))
CLAUSE = {"key": "size", "zh": "规模", "en": "size", "status": "not_met"}
WAY = {"changes": [{"text_zh": "研发费用提高到 60 万元。"}], "confirm": [], "waits": [], "needs_person": ["size"],
       "blocked_by": ["absent"], "first": "innovative_sme"}  # fmt: skip
RULE = {"tier": "srdi", "overall": "not_met", "clauses": [CLAUSE], "way": WAY, "document": "某办法",
        "read_on": "2026-11-26"}  # fmt: skip


def test_the_next_tier_is_first_and_says_what_is_missing():
    other = RULE | {"tier": "tech_sme", "overall": "met", "way": WAY | {"changes": [], "first": None}}
    answer = {"tier": "innovative_sme", "next_tier": "srdi", "snapshot_day": "2024-06-30", "rules": [other, RULE]}
    shown = words(ladder(VIEW, answer))
    assert "当前：创新型中小企业（按 2024年6月30日的数据）" in shown
    assert "下一步：专精特新中小企业" in shown
    following, rest = shown.split("下一步：")[1].split("某办法")[:2]
    for line in ("研发费用提高到 60 万元。", "须先取得：创新型中小企业", "需由专家或主管部门认定：规模", "不符合"):
        assert line in following
    assert "科技型中小企业" in rest


def test_only_a_rung_whose_rule_is_met_is_ticked():
    """A firm that holds the third title: of the rungs below one is not known, one not met any more."""
    states = {"tech_sme": "unknown", "innovative_sme": "not_met", "srdi": "met", "little_giant": "unknown"}
    rules = [RULE | {"tier": tier, "overall": state} for tier, state in states.items()]
    answer = {"tier": "srdi", "next_tier": "little_giant", "snapshot_day": "2024-06-30", "rules": rules}
    (stepper,) = [one for one in all_of(ladder(VIEW, answer)) if type(one).__name__ == "Stepper"]
    marks = [getattr(step, "completedIcon", None) for step in stepper.children]
    assert (stepper.active, [mark and mark.children for mark in marks]) == (3, ["?", "!", None, "?"])
    labels = [step.label for step in stepper.children]
    assert labels[0] == "科技型中小企业：条件待核实"
    assert labels[2] == "专精特新中小企业：条件符合"


def test_a_firm_on_no_tier_is_said_so():
    assert tier_name(VIEW, "none") == "尚未入梯队"
    assert tier_name(VIEW, "little_giant") == "专精特新“小巨人”企业"
