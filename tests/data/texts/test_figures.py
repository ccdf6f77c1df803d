"""Figures as they are written for a person."""

from __future__ import annotations

import math
from datetime import date

import pytest

from data.texts.figures import FORMATS, iso_dates, write_figure


@pytest.mark.law
@pytest.mark.parametrize(
    ("kind", "value", "zh", "en"),
    [
        ("money", 2640.0, "2,640", "26,400,000"),
        ("money", 9.44, "9.4", "94,000"),
        ("money", 9.96, "10", "100,000"),
        ("money", 0.0, "0", "0"),
        ("money", -120.4, "-120", "-1,200,000"),
        ("offer", 126.99, "126", "1,260,000"),
        ("probability", 0.9999, ">99.9%", ">99.9%"),  # neither certain nor impossible
        ("probability", 1.0, "100.0%", "100.0%"),
        ("probability", 0.9994, "99.9%", "99.9%"),
        ("probability", 0.0004, "<0.1%", "<0.1%"),
        ("probability", 0.0, "0.0%", "0.0%"),
        ("offer", 9.99, "9.9", "99,000"),
        ("needed", 126.01, "127", "1,270,000"),
        ("needed", 9.91, "10", "100,000"),
        ("needed", 50.0, "50", "500,000"),
        ("exact_money", 25.7, "25.7", "257,000"),
        ("exact_money", 300.0, "300", "3,000,000"),
        ("rate", 0.0276, "2.76%", "2.76%"),
        ("rate", 0.00002, "<0.01%", "<0.01%"),
        ("rate_up", 0.02761, "2.77%", "2.77%"),
        ("rate_down", 0.02769, "2.76%", "2.76%"),
        ("share", 0.3551, "35.5%", "35.5%"),
        ("signed_share", 0.127, "+12.7%", "+12.7%"),
        ("signed_share", -0.0004, "+0.0%", "+0.0%"),
        ("points_up", 61.21, "61.3", "61.3"),
        ("points_down", 61.29, "61.2", "61.2"),
        ("number", 1234.0, "1,234", "1,234"),
        ("hundredths", 0.355, "0.35", "0.35"),
        ("cny_total", 2_401_230_000.0, "240,123", "2,401.23"),
        ("cny_total_change", -1_204_999.0, "-120", "-1.20"),
        ("cny_total_change", 4_999.0, "0", "0.00"),
        ("cny_firm", 15_250.0, "1.52", "15.2"),
        ("cny_firm_change", 15_260.0, "+1.53", "+15.3"),
        ("points_change", -0.41, "-0.41", "-0.41"),
        ("percentage_points", 0.0123, "+1.23", "+1.23"),
        ("percentage_points", 0.0, "0.00", "0.00"),
        ("spread_points", 0.0042, "0.42", "0.42"),
        ("as_given", 1_300.0, "1,300", "1,300"),
        ("as_given", 0.0450, "0.045", "0.045"),
        ("given_share", 0.08, "8%", "8%"),
        ("given_share", 0.0435, "4.35%", "4.35%"),
        ("short", 2.318841, "2.32", "2.32"),
        ("short_down", 2.318841, "2.31", "2.31"),
        ("short_up", 1.991, "2", "2"),
        ("short", 1_300.0, "1,300", "1,300"),
        ("date", date(2024, 6, 30), "2024年6月30日", "30 June 2024"),
        ("moment", "2024-06-30", "2024年6月30日", "30 June 2024"),
        ("moment", "2024-06-30 09:05", "2024年6月30日 09:05", "30 June 2024 09:05"),
        ("name", ("研发费用", "total assets"), "研发费用", "Total assets"),
        ("list", [("甲", "a"), ("乙", "b")], "甲、乙", "a, b"),
    ],
)
def test_a_figure_is_written_as_the_trade_writes_it(kind, value, zh, en):
    """Money in 万元 or yuan, one decimal under 10; what is offered goes down, what is needed goes up."""
    assert write_figure(kind, value) == (zh, en)


@pytest.mark.law
@pytest.mark.parametrize("kind", sorted(set(FORMATS) - {"text", "name", "list", "date", "moment"}))
def test_a_figure_that_is_none_is_never_written(kind):
    """No nan and no infinity reaches a sentence; no exponent either, whatever the size."""
    for value in (math.nan, math.inf, -math.inf):
        with pytest.raises(ValueError, match="only finite figures"):
            write_figure(kind, value)
    for value in (1e-9, 1e12, -1e-9):
        assert "e" not in "".join(write_figure(kind, value))


@pytest.mark.parametrize(
    ("day", "zh", "en"),
    [(date(2024, 1, 1), "2024年1月1日", "1 January 2024"), (date(1999, 12, 31), "1999年12月31日", "31 December 1999")],
)
def test_a_day_is_read_in_the_language_of_the_sentence(day, zh, en):
    """Without zeros before figures; as 1999-12-31 only where records of earlier versions are replayed."""
    assert write_figure("date", day) == (zh, en)
    with iso_dates():
        assert write_figure("date", day) == (day.isoformat(), day.isoformat())
    assert write_figure("date", day) == (zh, en)
