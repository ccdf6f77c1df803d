"""An enterprise reads its own points, why they are so, and what would raise them."""

from __future__ import annotations

import pytest

from serving.console.api import Refused
from serving.console.pages.enterprise.points import advice, layout
from tests.serving.console.pages.enterprise.conftest import words


def test_the_page_shows_what_the_api_gives(view_of, shop):
    view = view_of()
    answer = view.api.post("/v1/points", {"uscc": shop.codes[0]})
    shown = words(layout(view))
    assert f"{answer['points']['total']:.1f} 分" in shown
    assert f"{answer['points']['bonus']:.1f} 分" in shown
    for row in answer["indicators"]:
        assert row["zh"] in shown
    assert "创新投入" in shown
    assert "没有查看创始人信息的权限" in shown  # the account has no right to them


def test_the_founders_data_need_the_right_to_them(view_of):
    assert "高于" in words(layout(view_of(permissions=("personal",))))  # the rank counts them
    assert "高于" not in words(layout(view_of()))


def test_a_target_shows_the_changes_and_their_points(view_of, shop):
    view = view_of(lang="en")
    now = view.api.post("/v1/points", {"uscc": shop.codes[0]})["points"]["total"]
    answer = view.api.post("/v1/points/advice", {"uscc": shop.codes[0], "target_points": now + 1})
    shown = words(advice(view, 1, now + 1))
    assert answer["changes"][0]["text_en"] in shown
    assert f"{answer['changes'][0]['points']:+.1f}" in shown
    assert "Enter the target points first." in words(advice(view, 1, ""))


def test_a_target_above_the_full_marks_is_refused_in_words(view_of):
    with pytest.raises(Refused) as caught:
        advice(view_of(), 1, 131.0)
    assert caught.value.status == 422
    assert "目标积分: 应不大于 130" in caught.value.text("zh")
