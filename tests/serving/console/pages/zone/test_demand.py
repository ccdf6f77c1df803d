"""One demand: its suppliers at once, why there are none where it is not open, and its end."""

from __future__ import annotations

import pytest

from serving.console.api import Refused
from serving.console.pages.zone import demand
from serving.matching.feedback import withdraw_firm
from tests.serving.console.planted_views import ASKER, FAN, PLAIN, Views, links, registered, words

pytestmark = pytest.mark.behaviour


@pytest.fixture
def views(tmp_path):
    made = Views(tmp_path)
    yield made
    made.close()


def shown(views, number, lang="zh"):
    return demand.page(views.of(lang=lang, params={"demand_id": number}))


def test_suppliers_of_an_open_demand_are_listed_at_once(views):
    """The firm with the words first, linked to its page; a demand of the release is not closed here."""
    page = shown(views, "D00001")
    assert links(page).index(f"/console/firms/{FAN}") < len(links(page))
    text = words(page)
    assert "可能的供给企业" in text
    assert "登记对接结果" in text
    assert "关闭需求" not in text
    assert "Possible suppliers" in words(shown(views, "D00001", "en"))


def test_a_demand_that_is_past_says_so_and_lists_nobody(views):
    """And what to do where it is still wanted."""
    text = words(shown(views, "D00004"))
    assert "已过截止日期，不再推荐" in text
    assert "重新发布" in text
    assert FAN not in text


def test_a_posted_demand_is_closed_by_a_person_with_a_reason(views):
    """After that its page gives day and reason; without a reason the API refuses."""
    view = views.of()
    view.api.post("/v1/demands", {"demand_id": "n-1", "problem": "风机机头突然坏了，轴承振动", "uscc": PLAIN})
    assert "关闭需求" in words(shown(views, "n-1"))
    close = registered(demand.register).callbacks["close_demand"]
    with pytest.raises(Refused):
        close(view, 1, "n-1", " ")
    assert "已关闭" in words(close(view, 1, "n-1", "已经签约"))
    text = words(shown(views, "n-1"))
    assert "2024年6月30日 关闭，原因：已经签约" in text
    assert "已关闭，不再推荐" in text


def test_a_withdrawn_firm_is_nowhere(views):
    """As a supplier it is in no list; its own demand is not found."""
    withdraw_firm(views.matching, FAN)
    assert FAN not in words(shown(views, "D00001"))
    withdraw_firm(views.matching, ASKER)
    with pytest.raises(Refused) as refused:
        shown(views, "D00001")
    assert refused.value.status == 404


def test_who_may_do_what_is_registered(views):
    """Writing needs match_write; the form names the firm, as the zone posts for it."""
    made = registered(demand.register)
    assert {path: page.permission for path, page in made.pages.items()} == {
        "/demands/new": "match_write",
        "/demands/{demand_id}": "match",
    }
    assert set(made.allowed.values()) == {(("zone_officer",), "match_write")}
    assert "统一社会信用代码" in words(demand.new_page(views.of()))
