"""What became of vouchers adds up to what was issued; a firm sees its own."""

import pytest

from serving.console.pages.zone.incubator_vouchers import layout
from tests.serving.console.pages.zone.record_views import STRANGER, every, grid_rows, words

pytestmark = pytest.mark.contract


def test_the_parts_add_up_to_what_was_issued(seen_by):
    """5,000 yuan were issued, 1,200.25 redeemed before the year was over; on 30 June 2024 the rest is left."""
    page = layout(seen_by())
    (line,) = grid_rows(page, "incubator-vouchers")
    assert (line["issued_cny"], line["redeemed_cny"], line["left_cny"]) == (5_000, 1_200.25, 3_799.75)
    parts = [bar.x[0] for bar in every(page, "Graph")[0].figure.data]
    assert sum(parts) == pytest.approx(0.5)  # 10,000 yuan
    assert "0.5 万元" in words(page)
    assert "CNY 5,000" in words(layout(seen_by(lang="en")))


def test_a_firm_sees_its_own_and_another_none(seen_by):
    assert len(grid_rows(layout(seen_by("enterprise")), "incubator-vouchers")) == 1
    assert "没有科技创新券记录。" in words(layout(seen_by("enterprise", name=STRANGER)))
