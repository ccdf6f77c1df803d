"""One application as its bank sees it: under a consent that holds, and after it ended."""

from __future__ import annotations

import pytest

from serving.consents.check import POINTS_SEEN
from serving.console.api import Refused
from serving.console.pages.bank.application import action_lines, layout
from tests.serving.console.pages.bank.test_words import view as plain_view
from tests.serving.console.pages.enterprise.conftest import words


def test_points_quota_and_forms_under_a_consent_that_holds(people):
    """Amounts in 10,000 yuan and in yuan, points with each indicator, the quota with what limited it, the forms."""
    one = people.apply(people.of_outcome("preapproved"))[0]
    answer = people.quota(one)
    params = {"bank_application_id": one["bank_application_id"]}
    shown = words(layout(people.view(params=params)))
    for expected in (
        "300 万元",
        "合 3,000,000 元",
        "授权有效",
        f"积分 {one['points']['points']['total']:.1f} 分",
        "研发费用",
        answer["summary_zh"],
        "从申请金额到测算额度",
        "登记尽职调查之后才能批复",
        "企业提交申请",
        "创新积分贷",
    ):
        assert expected in shown
    for raw in ("None", "nan", "working_capital", "innovation_points", "sent"):
        assert raw not in shown
    english = words(layout(people.view(lang="en", params=params)))
    assert "CNY 3,000,000" in english
    assert answer["summary_en"] in english
    assert people.shop.worker.ledger.find(kind=POINTS_SEEN) == []  # what the application holds is read nowhere else


def test_after_the_consent_ended_it_says_so_and_shows_no_points(people):
    """No indicator and no form but the decline; what to do instead is said."""
    one = people.apply()[0]
    people.revoke(one)
    shown = words(layout(people.view(params={"bank_application_id": one["bank_application_id"]})))
    assert "授权不再有效" in shown
    assert "请企业在自己的工作台重新授权" in shown
    assert "研发费用" not in shown
    assert "按企业授权测算额度" not in shown
    assert "拒绝申请" in shown


def test_another_banks_application_is_not_found(people):
    """As if there were none."""
    _, theirs = people.apply(0, "standard", "growth")
    for wanted in (theirs["bank_application_id"], "bap-never"):
        with pytest.raises(Refused) as caught:
            layout(people.view(params={"bank_application_id": wanted}))
        assert caught.value.status == 404


def test_an_action_is_said_with_its_figures():
    """2,000,000 yuan at 4.35 % are 200 万元; a visit says its conclusion; the clock is no person."""
    granted = {"by": "王二", "amount_cny": 2_000_000, "annual_rate": 0.0435, "tenor_months": 12, "reason": "订单"}
    assert action_lines(plain_view(), granted) == [
        "办理人：王二",
        "批复 200 万元，年利率 4.35%，期限 12 个月",
        "理由：订单",
    ]
    visit = {"by": "李一", "visited_on": "2026-11-27", "recommended": False, "findings": "停产"}
    assert action_lines(plain_view(), visit) == ["办理人：李一", "2026年11月27日 走访，不建议授信", "停产"]
    assert action_lines(plain_view("en"), {"by": "clock"}) == ["By the service, at its end"]
