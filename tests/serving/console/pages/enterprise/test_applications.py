"""An enterprise follows its bank applications and takes one back; another's is not found."""

from __future__ import annotations

import pytest

from serving.console.api import Refused
from serving.console.pages.enterprise.applications import layout, one, waiting, withdraw
from serving.console.pages.enterprise.applying import send
from tests.serving.console.pages.enterprise.conftest import words

NEED = (300, 12, "innovation_points", "working_capital")


@pytest.fixture(scope="module")
def applied():
    return {}


@pytest.fixture
def bank_application_id(view_of, applied):
    view = view_of(6)
    if not applied:
        send(view, 1, ["standard"], ["points", "quota"], True, "t-app", *NEED)
        (applied["made"],) = view.api.get("/v1/bank-applications")["bank_applications"]
    return applied["made"]["bank_application_id"]


def test_the_page_shows_where_it_is(view_of, bank_application_id):
    shown = words(one(view_of(6, params={"bank_application_id": bank_application_id})))
    assert "已送达" in shown
    assert "300 万元" in shown
    assert "创新积分贷 · 日常经营周转" in shown


def test_another_enterprises_is_not_found(view_of, bank_application_id):
    other = view_of(7, params={"bank_application_id": bank_application_id})
    for call in (lambda: one(other), lambda: withdraw(other, 1, "mine now", bank_application_id)):
        with pytest.raises(Refused) as caught:
            call()
        assert caught.value.status == 404
    assert "还没有贷款申请" in words(layout(other))


def test_what_the_bank_does_is_news(view_of, bank_application_id):
    assert waiting(view_of(6))[0].count == 0
    bank = view_of(role="bank")
    bank.api.post(f"/v1/bank-applications/{bank_application_id}/decline", {"reason": "现金流不足"})
    assert waiting(view_of(6))[0].count == 1
    shown = words(one(view_of(6, params={"bank_application_id": bank_application_id})))
    assert "银行未通过" in shown
    assert "原因：现金流不足" in shown
    assert "撤回申请" not in shown  # nothing follows a decision


def test_one_that_is_open_can_be_taken_back_with_a_reason(view_of):
    view = view_of(8)
    send(view, 1, ["standard"], ["points"], True, "t-back", *NEED)
    (made,) = view.api.get("/v1/bank-applications")["bank_applications"]
    with pytest.raises(Refused):
        withdraw(view, 1, "  ", made["bank_application_id"])
    shown = words(withdraw(view, 1, "另有安排", made["bank_application_id"]))
    assert "申请已撤回" in shown
    assert "原因：另有安排" in shown
