"""An enterprise posts a demand and sees suppliers with their evidence; another's private one is not found."""

from __future__ import annotations

import pytest

from serving.console.api import Refused
from serving.console.pages.enterprise.demands import layout, new_page, one_page, others
from serving.console.parts.demands import close_demand
from tests.serving.console.pages.enterprise.conftest import words

DEMAND = {"title": "焊缝检测", "problem": "铝合金焊缝的气孔需要在线检测，现在靠人工抽检。", "visible_to": "invited"}


def test_a_posted_demand_has_its_suppliers_at_once_and_can_be_closed(view_of):
    view = view_of(22)
    assert "还没有发布过技术需求" in words(layout(view))
    view.api.post("/v1/demands", {"demand_id": "t-own", **DEMAND})
    page = view_of(22, params={"demand_id": "t-own"})
    shown = words(one_page(page))
    assert "焊缝检测" in shown
    assert "供给企业" in shown or "暂不推荐" in shown
    with pytest.raises(Refused) as caught:
        one_page(view_of(23, params={"demand_id": "t-own"}))
    assert caught.value.status == 404
    with pytest.raises(Refused) as refused:
        close_demand(view_of(23), 1, "t-own", "mine now")
    assert refused.value.status == 404
    close_demand(view, 1, "t-own", "已解决")
    assert "已解决" in words(one_page(page))


def test_demands_of_others_come_with_evidence_or_plainly_none(view_of, shop):
    view = view_of(0)
    answer = view.api.post("/v1/match/demands", {"uscc": shop.codes[0], "count": 10})
    shown = words(others(view, 1))
    assert answer["note_zh"] in shown
    for one in answer["demands"]:
        assert (one["title"] or one["problem"][:40]) in shown


def test_an_enterprise_that_the_library_does_not_hold_reads_so(view_of):
    assert "资料库中还没有本企业" in words(others(view_of(-1), 1))


def test_the_form_asks_for_the_enterprises_own_demand(view_of):
    assert "统一社会信用代码" not in words(new_page(view_of(22)))  # it is the enterprise's own
