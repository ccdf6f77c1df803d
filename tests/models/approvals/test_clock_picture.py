"""The picture of the clocks: bars to scale, and no text over another or over the edge."""

import datetime as dt
import itertools
import re

import pytest

from models.approvals.clock_picture import MARGIN, NARROW, WIDE, Bar, ClockPicture, draw, texts


def day(number):
    return dt.date(2026, 3, 1) + dt.timedelta(days=number)


PICTURE = ClockPicture(
    "Three clocks", [
        Bar("statutory", "Statutory: 20 working days, due 2026-03-31", day(0), day(30)),
        Bar("promised", "承诺：5 个工作日，到期 2026-03-11", day(0), day(9)),
        Bar("used", "Actual: 15 working days (21 calendar days), up to 2026-03-20", day(0), day(19), day(10)),
    ],
    [(day(2), day(4))], [("statutory", day(30)), ("promised", day(9))], (day(12), day(22), day(34)),
    "Expected: 2026-03-23 (2026-03-13 to 2026-04-04)",
)  # fmt: skip


def boxes(svg, kind):
    found = re.findall(rf'<rect class="{kind}"[^>]*? x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"', svg)
    return [(float(x), float(wide)) for x, _, wide in found]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_bars_are_to_scale(width):
    svg, unit = draw(PICTURE, width), (width - 2 * MARGIN) / 35
    for kind, first, last in (("statutory", 0, 30), ("promised", 0, 9), ("used", 0, 19), ("past", 10, 19)):
        ((x, wide),) = boxes(svg, kind)
        assert (x, wide) == pytest.approx((MARGIN + unit * first, unit * (last - first + 1)), abs=0.02)
    assert boxes(svg, "stop") == [pytest.approx((MARGIN + unit * 2, unit * 3), abs=0.02)] * 3
    assert "<script" not in svg


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_no_text_covers_another_or_leaves_the_picture(width):
    found = list(texts(PICTURE, width))
    for first, second in itertools.combinations(found, 2):
        assert not first.box.overlaps(second.box), (first.text, second.text)
    assert all(one.box.left >= 0 and one.box.right <= width for one in found)
    height = float(re.search(r'viewBox="0 0 [\d.]+ ([\d.]+)"', draw(PICTURE, width))[1])
    assert max(one.box.bottom for one in found) <= height


def test_a_due_day_that_is_not_known_reaches_the_edge_and_one_day_is_enough():
    svg = draw(ClockPicture("a", [Bar("promised", "b", day(0), None), Bar("used", "c", day(0), day(0))]), WIDE)
    assert boxes(svg, "promised") == [(MARGIN, WIDE - 2 * MARGIN)]
    assert len(set(re.findall(r'id="([^"]+)"', draw(PICTURE, WIDE) + draw(PICTURE, NARROW)))) == 2
