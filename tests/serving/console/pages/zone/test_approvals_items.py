"""The catalogue is that of a day, with both times in words."""

import pytest

from serving.console.pages.zone.approvals_items import layout
from tests.serving.console.pages.zone.record_views import grid_rows, words

pytestmark = pytest.mark.contract


def test_items_have_their_department_and_times_of_the_day(seen_by):
    page = layout(seen_by("policy_analyst", lang="en"))
    lines = {line["item"]: line for line in grid_rows(page, "approvals-items")}
    permit = lines["Construction permit"]
    assert (permit["statutory"], permit["promised"]) == ("20 working days", "10 working days")
    assert (permit["handling"], permit["reasons"]) == ("Handled within a promise", "Hearing, appraisal")
    assert permit["department"] == "Administrative Approval Bureau"
    before = grid_rows(layout(seen_by(day="2023-12-31")), "approvals-items")
    assert {line["department"] for line in before} == {"住房和城乡建设局", "市场监督管理局"}


def test_a_day_before_all_items_has_none(seen_by):
    assert "2019年1月1日 没有有效的事项。" in words(layout(seen_by(day="2019-01-01")))
