"""Members of a record by name: every one that an answer has, and values as a person reads them."""

from __future__ import annotations

import dataclasses
import typing

from pydantic import BaseModel

from serving.audit.replay import Difference
from serving.console.pages.bank.members import difference_rows, input_rows, member_name, step_name
from serving.contract.answers import QuotaAnswer
from tests.serving.console.pages.bank.test_words import view


def members(kind):
    """Every member of an answer's type, and of the types within."""
    found = set()
    for inner in typing.get_args(kind):
        found |= members(inner)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, member in kind.model_fields.items():
            found |= {name} | members(member.annotation)
    elif dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        for one in dataclasses.fields(kind):
            found |= {one.name} | members(hints[one.name])
    return found


def test_every_member_of_an_answer_has_a_name():
    """A difference is never shown by a key."""
    for lang in ("zh", "en"):
        other = step_name(view(lang), "no such member")
        assert not [name for name in members(QuotaAnswer) if step_name(view(lang), name) == other]


def test_a_difference_is_a_path_in_words():
    """Items are counted from 1; indicators and agencies have their own names."""
    assert member_name(view(), "reasons[0].value") == "原因 › 第 1 项 › 数值"
    assert member_name(view(), "freshness.rd_expense") == "数据日期 › 研发费用"
    assert member_name(view("en"), "sources.tax") == "newest data by agency › Tax authority"
    rows = difference_rows(view(), [Difference("quota.amount_wan", 1500, None), Difference("indicative", True, False)])
    assert rows == [["测算额度 › 金额（万元）", "1,500", "–"], ["参考测算", "是", "否"]]


def test_personal_inputs_need_the_right_to_them():
    """Names, values with units, agencies, days; the founders' data only with the permission."""
    inputs = {
        "row": {"rd_expense": 1692.0109, "founder_team_score": 1.0, "headcount": None, "dishonest_debtor": 0.0},
        "known_at": {"rd_expense": "2024-05-30"},
    }
    shown = input_rows(view(), inputs, personal=False)
    assert ["研发费用", "1,692 万元", "税务部门", "2024年5月30日"] in shown
    assert next(row for row in shown if row[0] == "参保人数")[1:] == ["缺失", "社会保险经办机构", "–"]
    assert next(row for row in shown if row[0] == "失信被执行人名单")[1] == "无"  # and not 0
    hidden = {row[0] for row in input_rows(view(), inputs, personal=True)} - {row[0] for row in shown}
    assert hidden == {"创始人团队背景"}
