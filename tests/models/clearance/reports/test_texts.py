"""Every text in both languages, and names of codes by the table of the day."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from models.clearance.reports.groups import NOT_STATED, OTHER, TOTAL
from models.clearance.reports.periods import MONTHS
from models.clearance.reports.query import DIMENSIONS
from models.clearance.reports.report import TIMED
from models.clearance.reports.stages import STATES
from models.clearance.reports.texts import group_name, official_names, say, templates

DAY = dt.date(2020, 6, 30)


def test_both_languages_say_something_and_no_english_text_is_chinese():
    for key, one in templates().items():
        assert re.search(r"[一-鿿]", "".join(one.zh)), key
        assert not re.search(r"[一-鿿（），。]", "".join(one.en)), key


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_period_dimension_stage_and_state_has_a_name(lang):
    keys = [*(f"period.{one}" for one in MONTHS), *(f"by.{one}" for one in DIMENSIONS)]
    keys += [*(f"stage.{one}" for one in TIMED), *(f"column.n_{one}" for one in STATES)]
    assert all(say(lang, key) for key in keys)


def test_names_are_those_of_the_code_tables():
    assert group_name("office", "2900", DAY, "zh", official_names) == "2900 杭州关区"
    assert group_name("country", "USA", DAY, "en", official_names).startswith("USA United States")
    assert group_name("transport", "2", DAY, "en", official_names) == "2 水路运输"  # the table has no English name
    assert group_name("office", "9ZZ9", DAY, "zh", official_names) == "9ZZ9"
    assert group_name("hs_chapter", "84", DAY, "en", official_names) == "84"
    assert group_name("direction", "export", DAY, "zh", official_names) == "出口"


def test_what_is_no_code_has_a_text_and_other_names_may_be_given():
    found = [group_name("office", code, DAY, "en", official_names) for code in (TOTAL, OTHER, NOT_STATED)]
    assert found == ["Total", "Other (pooled)", "Not stated"]
    assert group_name("currency", OTHER, DAY, "en", official_names) == "Other currencies"
    assert group_name("office", "1", DAY, "zh", lambda *_: ("甲关", "A")) == "1 甲关"


def test_a_code_that_changed_has_the_name_of_the_day():
    """Country codes were figures until 2018-07-31."""
    assert official_names("country", "101", dt.date(2018, 7, 31)) == ("阿富汗", "Afghanistan")
