"""An enterprise objects to what the service holds; an officer answers; nobody else sees it."""

from __future__ import annotations

from types import SimpleNamespace

import dash
import pytest

from serving.console.pages.enterprise.objections import file, layout, new, subject_of, waiting
from serving.console.parts.objections import act, all_of, page_of_one
from serving.contract.refusals import Refusal
from tests.serving.console.pages.enterprise.conftest import words

SUBJECT = {"kind": "indicator", "key": "rd_expense"}


def step(monkeypatch, view, action, text, objection_id):
    monkeypatch.setattr(dash, "ctx", SimpleNamespace(triggered_id={"type": "objections-act", "action": action}))
    return words(act(view, [1], [], text, objection_id))


def test_the_whole_way_of_an_objection(view_of, monkeypatch):
    firm, officer = view_of(16), view_of(role="zone_officer", holder="wang")
    form = words(new(view_of(16, **SUBJECT)))
    assert "研发费用" in form
    assert firm.text("objections.new.title") not in form.split("\n")  # the page's heading is not repeated
    file(firm, 1, "少算了一个项目", SUBJECT)
    (made,) = all_of(firm)
    assert "研发费用" in words(layout(firm))
    assert firm.text("objections.mine.title") not in words(layout(firm))
    assert "已有未办结的异议" in words(new(view_of(16, **SUBJECT)))
    step(monkeypatch, officer, "begin_review", "已受理", made.objection_id)
    step(monkeypatch, officer, "want_information", "请提供立项文件", made.objection_id)
    assert [found.count for found in waiting(firm)] == [1, 0]
    step(monkeypatch, firm, "give_information", "文号 2024-17", made.objection_id)
    shown = step(monkeypatch, officer, "uphold", "税务部门更正", made.objection_id)
    assert "异议成立" in shown
    assert [found.count for found in waiting(firm)] == [0, 1]
    page = words(page_of_one(view_of(16, params={"objection_id": made.objection_id})))
    for text in ("少算了一个项目", "请提供立项文件", "文号 2024-17", "税务部门更正"):
        assert text in page
    assert "没有您可以执行的操作" in page
    assert "wang" not in page  # the officer's name is the zone's own matter


def test_another_enterprise_finds_nothing_and_does_nothing(view_of, monkeypatch):
    file(view_of(17), 1, "wrong", SUBJECT)
    (made,) = all_of(view_of(17))
    assert all_of(view_of(18)) == []
    with pytest.raises(Refusal) as seen:
        page_of_one(view_of(18, params={"objection_id": made.objection_id}))
    with pytest.raises(Refusal) as done:
        step(monkeypatch, view_of(18), "withdraw", "mine now", made.objection_id)
    assert seen.value.key == done.value.key == "not-found"


def test_an_enterprise_cannot_take_an_officers_action(view_of, monkeypatch):
    file(view_of(19), 1, "wrong", SUBJECT)
    (made,) = all_of(view_of(19))
    with pytest.raises(Refusal) as caught:
        step(monkeypatch, view_of(19), "begin_review", "r", made.objection_id)
    assert caught.value.key == "permission-missing"


def test_the_subject_is_what_the_service_holds_whatever_the_page_sent(view_of, shop):
    sent = {**SUBJECT, "value_zh": "1 元", "uscc": shop.codes[0]}
    value = shop.worker.service.snapshot.cases[shop.codes[20]].row["rd_expense"]
    found = subject_of(view_of(20), sent)
    assert found["value_zh"] != "1 元"
    assert found["value_zh"].startswith(f"{value:,.0f}"[:2]) or value < 10


@pytest.mark.parametrize(
    "query", [{}, {"kind": "indicator", "key": "uscc"}, {"kind": "reason", "number": "x"}, {"kind": "house"}]
)
def test_an_address_that_names_nothing_is_not_found(view_of, query):
    with pytest.raises(Refusal) as caught:
        new(view_of(20, **query))
    assert caught.value.key == "not-found"
