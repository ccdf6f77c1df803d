"""Lamps, items and kinds of handling are words; each role sees the pages that it may open."""

import pytest

from serving.console.pages.zone.approvals_words import PAGES, handling_name, item_name, lamp_words, site
from tests.serving.console.pages.zone.record_views import words

pytestmark = pytest.mark.contract


def test_a_lamp_says_what_it_means(seen_by):
    case = {"lamp": "red", "late": True, "status": "accepted", "clocks": {"statutory": {"late": False}}}
    assert lamp_words(seen_by(), case) == "红灯：已超时"
    law = case | {"clocks": {"statutory": {"late": True}}}
    assert lamp_words(seen_by(), law) == "红灯：已超过法定期限"
    assert lamp_words(seen_by(lang="en"), case | {"status": "delivered"}) == "Red: closed late"
    assert lamp_words(seen_by(), case | {"lamp": "none"}).startswith("无时限提示")


def test_an_item_without_a_name_is_not_stated(seen_by):
    assert item_name(seen_by(), {"item_zh": "", "item_en": ""}) == "未注明事项"
    assert (handling_name(seen_by(), "joint"), handling_name(seen_by(), "")) == ("联办件", "–")


@pytest.mark.parametrize(("role", "count"), [("zone_officer", 4), ("enterprise", 3), ("policy_analyst", 2)])
def test_each_role_is_led_to_its_own_pages(seen_by, role, count):
    assert len(words(site(seen_by(role), "/approvals")).split("\n")) == count
    assert sum(role in roles for roles in PAGES.values()) == count
