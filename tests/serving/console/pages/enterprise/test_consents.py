"""Consents are given in the words that are shown, listed with their uses, and end when the enterprise says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from data.consents import CATEGORIES
from serving.console.api import Refused
from serving.console.pages.enterprise.consents import give, give_zone, layout, one, revoke, waiting, words
from serving.contract.refusals import Refusal
from tests.serving.console.pages.enterprise.conftest import words as text_of


def given(view, request_id, scope=("points",), days=30):
    give(view, 1, "standard", list(scope), ["zheke"], ["equipment"], days, request_id)
    return view.api.get("/v1/consents")["consents"][-1]["consent"]


def test_what_is_given_is_what_was_shown(view_of):
    view, begun = view_of(9), datetime.now(UTC)
    shown, disabled = words(view, "standard", ["points", "quota"], ["zheke"], ["equipment"], 30)
    assert not disabled
    consent = given(view, "t-1", ("points", "quota"))
    text = text_of(shown)
    names = {"innovation_indicators": "创新积分指标", "credit_facts": "信用信息", "invoice_summary": "发票汇总数据",
             "founder_team": "创始人团队背景", "agency_records": "政府部门记录",
             "bank_records": "银行记录"}  # fmt: skip
    assert {key for key, name in names.items() if name in text} == set(consent["data_categories"])
    assert set(consent["data_categories"]) == {*CATEGORIES["points"], *CATEGORIES["quota"]}
    assert "标准示例银行" in text
    assert "浙科贷" in text
    assert "创新积分贷" not in text
    ends = [now + timedelta(days=30, hours=8) for now in (begun, datetime.now(UTC))]  # midnight may pass meanwhile
    assert any(f"{end.year}年{end.month}月{end.day}日" in text for end in ends)


def test_a_new_consent_is_in_the_list_at_once(view_of):
    """Without loading the page again."""
    _, live = give(view_of(9), 1, "rural", ["points"], ["zheke"], ["equipment"], 30, "t-list")
    assert "农商示例银行" in text_of(live)


@pytest.mark.parametrize("missing", [0, 1, 2, 3, 4])
def test_an_incomplete_consent_cannot_be_given(view_of, missing):
    values = ["standard", ["points"], ["zheke"], ["equipment"], 30]
    values[missing] = None
    assert words(view_of(9), *values)[1] is True


@pytest.mark.parametrize("days", [0, -3, 1_097, 9_999_999, 10**30])
def test_a_term_that_is_being_typed_may_be_any_number(view_of, days):
    """Beyond the calendar too: it says what is allowed, and the consent cannot be given."""
    shown, disabled = words(view_of(9), "standard", ["points"], ["zheke"], ["equipment"], days)
    assert disabled
    assert "不超过 1,096 天" in text_of(shown)


def test_personal_data_are_not_offered_without_the_right_to_them(view_of):
    assert "个人信息" not in text_of(layout(view_of(9)))
    assert "个人信息" in text_of(layout(view_of(9, permissions=("personal",))))


def test_revoking_needs_a_reason_and_names_the_uses(view_of, shop):
    view = view_of(10)
    consent = given(view, "t-2", ("points", "query"))
    sent = {"uscc": shop.codes[10], "consent": consent}
    read = shop.client.post("/v1/points", json=sent, headers=shop.key("standard"))
    assert read.status_code == 200, read.text
    page = view_of(10, params={"consent_id": consent["id"]})
    assert "查看积分\n" in text_of(one(page))
    with pytest.raises(Refused):
        revoke(view, 1, " ", consent["id"])
    shown = text_of(revoke(view, 1, "不再需要", consent["id"]))
    assert "共有 1 条使用记录" in shown
    assert "不再需要" in shown
    assert "撤销授权" not in text_of(one(page))  # it has ended


def test_another_enterprises_consent_is_not_found(view_of):
    consent = given(view_of(11), "t-3")
    with pytest.raises(Refusal) as seen:
        one(view_of(12, params={"consent_id": consent["id"]}))
    with pytest.raises(Refusal) as ended:
        revoke(view_of(12), 1, "mine now", consent["id"])
    assert seen.value.key == ended.value.key == "not-found"


def test_a_consent_that_ends_soon_waits(view_of):
    given(view_of(13), "t-4", days=40)
    assert waiting(view_of(13))[0].count == 0
    given(view_of(13), "t-5", days=3)
    assert waiting(view_of(13))[0].count == 1


@pytest.mark.parametrize(("lang", "zone", "scope"), [("zh", "园区", "各银行对本企业"), ("en", "The zone", "each bank")])
def test_a_consent_for_the_zone_is_given_seen_and_revoked_like_the_others(view_of, lang, zone, scope):
    """What it opens stands on the page before it is given; it names no product and no purpose."""
    firm = {"zh": 14, "en": 15}[lang]
    view = view_of(firm, lang=lang)
    assert scope in text_of(layout(view))
    note, live = give_zone(view, 1, 20, f"zone-{lang}")
    made = view.api.get("/v1/consents")["consents"][-1]["consent"]
    assert made["recipients"] == ["zone"]
    assert zone in text_of(live)
    until = datetime.now(UTC) + timedelta(days=20, hours=8)
    assert str(until.year) in text_of(note)
    page = view_of(firm, lang=lang, params={"consent_id": made["id"]})
    shown = text_of(one(page))
    assert zone in shown
    assert scope in shown
    assert ("贷款产品" if lang == "zh" else "Products") not in shown
    revoke(view, 1, "no longer", made["id"])
    assert view.api.get("/v1/consents")["consents"][-1]["state"] == "revoked"


def test_a_term_that_the_api_refuses_is_refused_on_the_page(view_of):
    for days in (0, None, 2_000):
        with pytest.raises(Refused):
            give_zone(view_of(16), 1, days, f"zone-{days}")
    assert view_of(16).api.get("/v1/consents")["consents"] == []
