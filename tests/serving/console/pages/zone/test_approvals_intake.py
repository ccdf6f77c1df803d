"""A log is taken row by row, and what is no event goes to quarantine with its reason, which the page shows."""

import base64

import pytest
from dash import no_update

from serving.console.pages.zone.approvals_intake import PLAIN, layout, take
from tests.serving.console.pages.zone.record_views import every, grid_rows, words

pytestmark = pytest.mark.contract
LOG = "case_id,activity,timestamp\nL1,intake,2024-06-03T09:00:00Z\nL1,check,2024-06-04T09:00:00Z\n,x,y\n"


def chosen(text):
    return "data:text/csv;base64," + base64.b64encode(text.encode()).decode()


def test_good_rows_are_kept_and_the_bad_one_is_shown_with_its_reason(seen_by):
    said, cleared = take(seen_by(), chosen(LOG), "log.csv", "window", PLAIN)
    assert cleared is None
    assert (said.title, said.color) == ("log.csv：1 行进入隔离区", "yellow")
    assert "共 3 行：新事件 2 条，此前已有 0 条。" in words(said)
    assert "没有办件编号：1 行" in words(said)
    (bad,) = (line for line in grid_rows(layout(seen_by()), "approvals-quarantine") if line["source"] == "window")
    assert (bad["row"], bad["line"], bad["reason"]) == (3, 4, "没有办件编号")
    again, _ = take(seen_by(), chosen(LOG), "log.csv", "window", PLAIN)
    assert "新事件 0 条，此前已有 2 条" in words(again)


def test_what_is_no_log_is_refused_in_words(seen_by):
    said, _ = take(seen_by(), chosen("\x00\x01"), "x.bin", "", PLAIN)
    assert said.title.startswith("文件未接收：")
    assert take(seen_by(), None, None, "", PLAIN) == (no_update, no_update)


def test_the_form_names_the_system_and_the_words_of_its_log(seen_by):
    page = layout(seen_by(lang="en"))
    (words_of,) = (one for one in every(page, "Select") if one.id == "approvals-mapping")
    assert {"value": PLAIN, "label": "Usual names of columns"} in words_of.data
    assert {"value": "simulated", "label": "Simulator's own words"} in words_of.data
    assert words_of.w >= max(8 * len(one["label"]) + 32 for one in words_of.data)  # nothing is cut
