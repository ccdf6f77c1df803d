"""What a bank does with an application from its page; what is refused is said and recorded nowhere."""

from __future__ import annotations

import dash
import pytest

from serving.console.api import Refused
from serving.console.pages.bank import application_forms as forms
from serving.console.pages.bank.words import refused
from tests.serving.console.pages.bank.conftest import Captured
from tests.serving.console.pages.enterprise.conftest import words


def test_from_visit_to_grant_by_two_persons(people):
    """Against a finding only another person grants; 20.5 万元 are 205,000 yuan and 4.35 % are .0435 in the record."""
    one = people.apply(people.of_outcome("preapproved"))[0]
    identifier, first, second = one["bank_application_id"], people.view("李一"), people.view("王二")
    forms.visit(first, identifier, str(people.today), "停产", "no")
    before = people.shop.worker.ledger.tip()
    assert "须由本行另一人批复" in forms.who_may_grant(
        first, first.api.get(f"/v1/bank-applications/{identifier}"), None
    )
    with pytest.raises(Refused) as caught:
        forms.grant(first, identifier, 20.5, 4.35, 12, "订单", True)
    assert "批复人" in words(refused(first, caught.value))
    assert people.shop.worker.ledger.tip() == before
    assert forms.grant(second, identifier, 20.5, 4.35, 12, "订单", True) == "grant"
    last = second.api.get(f"/v1/bank-applications/{identifier}")["actions"][-1]
    assert (last["state"], last["amount_cny"], last["annual_rate"]) == ("granted", 205_000, 0.0435)
    assert last["by"] == "王二"


def test_a_grant_beyond_what_the_api_takes_is_refused_in_words(people):
    """More than requested, a longer tenor, too high a rate: each by its name, nothing recorded."""
    one = people.apply()[0]
    identifier, view = one["bank_application_id"], people.view("王二")
    forms.visit(people.view("李一"), identifier, str(people.today), "正常", "yes")
    before = people.shop.worker.ledger.tip()
    with pytest.raises(Refused) as caught:
        forms.grant(view, identifier, 300.0001, 30, 24, "订单", True)
    shown = words(refused(view, caught.value))
    assert "金额（元）：不超过申请的 3,000,000" in shown
    assert "期限（月）：不超过申请的 12" in shown
    assert "年利率" in shown
    assert "amount_cny" not in shown
    assert people.shop.worker.ledger.tip() == before


@pytest.mark.parametrize("typed", ["-", "9" * 17, "9" * 40])
def test_what_a_field_holds_that_is_no_number_is_named_in_words(people, typed):
    """As a browser sends a lone sign, or too many digits: the API says which field and what is allowed."""
    one = people.apply()[0]
    identifier, view = one["bank_application_id"], people.view("王二")
    forms.visit(people.view("李一"), identifier, str(people.today), "正常", "yes")
    for act, values, name in (
        (forms.grant, (typed, 4.35, 12, "订单", True), "金额（元）"),
        (forms.grant, (20.5, typed, 12, "订单", True), "年利率"),
        (forms.calculate, (typed, 0, 0), "existing_debt_wan"),
    ):
        with pytest.raises(Refused) as caught:
            act(view, identifier, *values)
        assert caught.value.status == 422
        assert name in words(refused(view, caught.value)) + caught.value.text("zh")


def test_a_quota_is_calculated_once_a_day_and_facts_make_another(people):
    """The same button again gives the recorded decision; what the bank knows is part of the request."""
    one = people.apply()[0]
    view, ledger = people.view(), people.shop.worker.ledger
    for facts in ((0, 0, 0), (0, 0, 0), (5, 0, 0)):
        assert forms.calculate(view, one["bank_application_id"], *facts) == "quota"
    first, second = ledger.find(kind="decision")
    assert first.content["request"]["bank_facts"]["existing_debt_wan"] == 0.0
    assert second.content["request"]["bank_facts"]["existing_debt_wan"] == 5.0
    with pytest.raises(Refused) as caught:
        forms.calculate(people.view(bank="growth"), one["bank_application_id"], 0, 0, 0)
    assert caught.value.status == 404


def test_a_form_acts_only_when_it_is_filled_in_and_confirmed(people):
    """Without the tick, without a reason: words and no record; with both the page moves on and the reason is kept."""
    captured = Captured(forms.register)
    assert captured.permissions == {(("bank",), "quota"), (("bank",), "bank_applications")}
    decline = captured.functions["send"][3]
    one = people.apply()[0]
    view, identifier, ledger = people.view(), one["bank_application_id"], people.shop.worker.ledger
    before = ledger.tip()
    assert decline(view, None, identifier, "x", True) == (dash.no_update, dash.no_update)
    assert "请先勾选确认" in words(decline(view, 1, identifier, "订单未核实", False)[1])
    assert "还没有填写：拒绝理由" in words(decline(view, 1, identifier, "", True)[1])
    assert ledger.tip() == before
    href, said = decline(view, 1, identifier, "订单未核实", True)
    assert (href, said) == (f"/console/applications/{identifier}?done=decline", dash.no_update)
    again = decline(view, 1, identifier, "再次", True)
    assert "没有办理" in words(again[1])
    (in_yuan,) = captured.functions["in_yuan"]
    assert (in_yuan(view, 20.5), in_yuan(view, "")) == ("合 205,000 元", "")
