"""Codes of customs are words, and a code without a name says that it is one."""

import pytest

from serving.console.pages.zone.clearance_words import (
    direction_name,
    mark_name,
    office_of,
    site,
    stage_name,
    status_name,
)
from tests.serving.console.pages.zone.record_views import every, words

pytestmark = pytest.mark.contract


def test_statuses_stages_and_offices_are_words_in_both_languages(seen_by):
    zh, en = seen_by(), seen_by(lang="en")
    assert (status_name(zh, "tax_due"), status_name(en, "tax_due")) == ("待缴税费", "Duty and tax due")
    assert (stage_name(zh, "completed"), stage_name(en, "completed")) == ("结关", "completed")
    assert (direction_name(zh, "import"), direction_name(zh, None)) == ("进口", "")
    assert mark_name(zh, "late").startswith("晚到")
    assert (office_of(zh, "2910"), office_of(zh, None)) == ("杭州机场（2910）", "")
    assert (office_of(zh, "0001x"), office_of(en, "0001x")) == ("关区代码 0001x", "office code 0001x")


def test_the_pages_of_clearance_lead_to_each_other_and_the_present_one_is_marked(seen_by):
    nav = site(seen_by(), "/clearance/report")
    assert words(nav).split("\n") == ["看板", "报文与核对", "分析报告"]
    current = [one.href for one in every(nav, "A") if "aria-current" in one.to_plotly_json()["props"]]
    assert current == ["/console/clearance/report"]
