"""One decision: everything behind it, its replay and its record; another bank's is not found."""

from __future__ import annotations

import orjson
import pytest

from serving.audit.replay import Replayed
from serving.console.api import Refused
from serving.console.pages.bank.decision import layout, printed, record_file, replay_words, replayed
from serving.contract.refusals import Refusal
from tests.serving.console.pages.bank.test_words import view as plain_view
from tests.serving.console.pages.enterprise.conftest import words


def test_inputs_versions_reasons_constraints_and_the_record(people):
    """All of it in words; the file is what the API gives; the printed page has nothing to press."""
    answer = people.quota(people.apply(people.of_outcome("preapproved"))[0])
    params = {"audit_id": answer["audit_id"]}
    view = people.view(params=params)
    shown, paper = words(layout(view)), words(printed(view))
    recorded = view.api.get(f"/v1/decisions/{answer['audit_id']}")
    for expected in (
        answer["summary_zh"],
        answer["reasons"][0]["text_zh"],
        answer["release"],
        answer["versions"]["policy"],
        answer["versions"]["code"],
        recorded["digest"],
        "营业收入",
        "税务部门",
        "从申请金额到测算额度",
        "没有人工改判",
        "不代表任何银行的真实损失",
    ):
        assert expected in shown
        assert expected in paper
    assert "复现这个决策" in shown
    assert "登记改判" not in paper
    assert "创始人团队背景" not in shown  # personal, and the person has no right to it
    assert "None" not in shown
    sent = record_file(view, answer["audit_id"])
    assert orjson.loads(sent.data) == recorded
    assert sent.headers["content-disposition"] == f'attachment; filename="{answer["audit_id"]}.json"'
    assert "逐字节相同" in words(replayed(view, answer["audit_id"]))


def test_another_bank_finds_neither_page_nor_record_nor_replay(people):
    """404 everywhere, as for a number that never was."""
    audit_id = people.quota(people.apply()[0])["audit_id"]
    other = people.view(bank="growth", params={"audit_id": audit_id})
    for call in (lambda: layout(other), lambda: printed(other), lambda: record_file(other, audit_id)):
        with pytest.raises(Refused) as caught:
            call()
        assert caught.value.status == 404
    with pytest.raises(Refusal) as refusal:
        replayed(other, audit_id)
    assert refusal.value.key == "not-found"


def test_inputs_are_shown_only_while_the_consent_holds(people):
    """The decision itself stays readable and can be replayed."""
    one = people.apply()[0]
    audit_id = people.quota(one)["audit_id"]
    people.revoke(one)
    view = people.view(params={"audit_id": audit_id})
    shown = words(layout(view))
    assert "企业授权不再有效，不再显示输入数据" in shown
    assert "参保人数" not in shown
    assert "逐字节相同" in words(replayed(view, audit_id))


def test_differences_are_listed_by_member_in_words():
    """Two members differ, by their names; another version of the program is said."""
    recorded = {"quota": {"amount_wan": 50}, "outcome": "preapproved"}
    again = {"quota": {"amount_wan": 40}, "outcome": "manual_review"}
    one = Replayed("dec-1", "standard", "r-1", "p-1", recorded, again, False, "old", "new")
    shown = words(replay_words(plain_view(), one))
    assert "复现结果与记录有 2 处不同" in shown
    assert "测算额度 › 金额（万元）\n50\n40" in shown
    assert "另一版程序" in shown
