"""What the pages of records share."""

import pytest

from serving.console.api import Refused
from serving.console.pages.zone.record_parts import bar_label, facts, head, of_zone, or_words, shown_of
from tests.serving.console.pages.zone.record_views import words

pytestmark = pytest.mark.contract


def test_simulated_records_say_so_and_others_do_not(seen_by):
    view = seen_by()
    assert "模拟数据" in words(head(view, simulated=True))
    assert "模拟" not in words(head(view, simulated=False, as_of="2024-06-30T01:05:00Z"))
    assert "截至 2024年6月30日 09:05（北京时间）" in words(head(view, simulated=False, as_of="2024-06-30T01:05:00Z"))


def test_a_name_of_the_data_brings_no_tag_into_a_picture(seen_by):
    label = bar_label(seen_by(), "<a href=x>甲</a>")
    assert "<a" not in label.replace("<br>", "")
    assert label.replace("<br>", "").startswith("＜a")


def test_a_list_that_is_cut_says_so(seen_by):
    view = seen_by(lang="en")
    assert shown_of(view, 10, 10) is None
    assert "1,200 in all, the latest 1,000 of them" in words(shown_of(view, 1_000, 1_200))


def test_an_officer_is_of_the_zone_and_an_enterprise_is_not(seen_by):
    assert (of_zone(seen_by()), of_zone(seen_by("enterprise"))) == (True, False)


def test_a_part_that_is_refused_becomes_its_reason(seen_by):
    def refused():
        raise Refused(404, {"title": "Not packed", "title_zh": "未包含"})

    assert words(or_words(seen_by(), refused)) == "未包含"
    assert words(facts([("名", "值")])) == "名\n值"
