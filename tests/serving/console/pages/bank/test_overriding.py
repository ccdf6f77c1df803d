"""A person's decision beside the calculated one, and the second person where it takes two."""

from __future__ import annotations

import dash
import pytest

from serving.console.api import Refused
from serving.console.pages.bank import overriding
from serving.console.pages.bank.words import refused
from tests.serving.console.pages.bank.conftest import Captured
from tests.serving.console.pages.enterprise.conftest import words


def test_an_approval_of_a_decline_takes_two_persons(people):
    """The first is pending, the second takes its very end; 50 万元 are 500,000 yuan; the form is filled in for them."""
    audit_id = people.quota(people.apply(people.of_outcome("declined"))[0])["audit_id"]
    first, second = people.view("李一"), people.view("王二")
    address = f"/v1/decisions/{audit_id}"
    end = f"{people.today.replace(year=people.today.year + 1, day=1)}"
    body = {"outcome": "approved", "amount_cny": 500_000, "reason": "已核实", "expires_at": f"{end}T08:30:00Z"}
    first.api.post(f"{address}/overrides", body)  # not from the page: another time of the day
    found = second.api.get(address)
    assert "李一 已登记改判 50 万元，等第二人确认" in words(overriding.form(second, found))
    assert "等第二人确认" not in words(overriding.form(first, found))
    assert "待第二人确认" in words(overriding.history(first, found["overrides"]))
    overriding.override(second, audit_id, "approved", 50, end, "同意")
    one, two = second.api.get(address)["overrides"]
    assert (one["active"], one["confirmed_by"], two["expires_at"]) == (True, "王二", one["expires_at"])
    assert "有效，王二 已确认" in words(overriding.history(first, [one]))


def test_what_is_out_of_bounds_is_refused_in_words_and_not_recorded(people):
    """More than was requested; and the other bank's decision is not found. An end lies within the day in Beijing."""
    audit_id = people.quota(people.apply()[0])["audit_id"]
    view, ledger, end = people.view(), people.shop.worker.ledger, str(people.today)
    before = ledger.tip()
    with pytest.raises(Refused) as caught:
        overriding.override(view, audit_id, "approved", 300.5, end, "订单")
    assert "金额（元）" in words(refused(view, caught.value))
    with pytest.raises(Refused) as caught:
        overriding.override(people.view(bank="growth"), audit_id, "declined", 0, end, "停产")
    assert (caught.value.status, ledger.tip()) == (404, before)
    (send,) = Captured(overriding.register).functions["send"]
    assert "请先勾选确认" in words(send(view, 1, audit_id, "declined", 0, end, "停产", False)[1])
    assert "改判理由" in words(send(view, 1, audit_id, "declined", 0, end, "", True)[1])
    assert ledger.tip() == before
    href, _ = send(view, 1, audit_id, "declined", 9, end, "停产", True)
    assert href == f"/console/decisions/{audit_id}?done=override"
    (made,) = view.api.get(f"/v1/decisions/{audit_id}")["overrides"]
    assert (made["amount_cny"], made["expires_at"]) == (0, f"{end}T15:59:59+00:00")
    assert send(view, None, audit_id, "declined", 0, end, "x", True) == (dash.no_update, dash.no_update)
