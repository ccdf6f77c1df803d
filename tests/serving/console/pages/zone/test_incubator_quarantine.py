"""Records that were not taken are shown with their reason in words."""

import pytest

from serving.console.pages.zone.incubator_quarantine import layout
from tests.serving.console.pages.zone.record_views import grid_rows, words

pytestmark = pytest.mark.contract


def test_a_refused_report_is_shown_with_its_reason_and_can_be_filtered(seen_by):
    assert "没有未采用的记录。" in words(layout(seen_by()))
    given = {"incubator_id": "H404", "period_from": "2023-01-01", "period_to": "2023-12-31", "filed_on": "2024-01-20",
             "figures": {"staff": 3, "area_m2": 100, "tenants": 0}}  # fmt: skip
    good = given | {"incubator_id": "H002", "period_from": "2022-01-01", "period_to": "2022-12-31"}
    seen_by().api.post("/v1/incubators/reports", {"reports": [given, good]})
    (line,) = grid_rows(layout(seen_by(record="report")), "incubator-quarantine")
    assert line["record"] == "H404 截至 2023年12月31日 的报表"
    assert "H404" in line["reason"]
    assert "登记中没有" in line["reason"]
    assert "没有未采用的记录。" in words(layout(seen_by(record="voucher")))
