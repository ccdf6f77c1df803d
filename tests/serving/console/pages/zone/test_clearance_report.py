"""The report is asked for by its address, and what cannot be asked for is refused in words."""

import pytest

from serving.console.api import Refused
from serving.console.pages.zone.clearance_report import layout
from tests.serving.console.pages.zone.record_views import every, links, words

pytestmark = pytest.mark.contract


def test_the_frame_and_the_files_are_those_of_the_query(seen_by):
    page = layout(seen_by(period="month", by="direction"))
    (frame,) = every(page, "Iframe")
    assert frame.src == "/console/api/v1/clearance/reports/page.html?period=month&by=direction&lang=zh"
    assert set(links(page)) >= {"下载 CSV", "下载 Excel"}
    assert links(page)["下载 Excel"].startswith("/console/api/v1/clearance/reports/table.xlsx?")
    assert "统计周期" in words(page)


def test_a_period_that_there_is_not_is_refused_in_words(seen_by):
    with pytest.raises(Refused) as refused:
        layout(seen_by(period="week"))
    assert "期间: 月、季度或年" in refused.value.text("zh")
    assert refused.value.status == 422
