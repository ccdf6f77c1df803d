"""Until when data are fresh, by hand from the codebook's months."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from data.codebook import read_codebook
from serving.decide.freshness import fresh_until, is_fresh

pytestmark = pytest.mark.law
BOOK = read_codebook()
DAY = date(2024, 6, 30)
DAYS = {15: 457, 18: 548, 36: 1096, 60: 1826}  # a month is 365.25 / 12 days: 456.6, 547.9, 1095.8, 1826.3


@pytest.mark.parametrize(
    ("key", "months"),
    [
        ("vc_funding_3y", 15),  # of an agency all of whose indicators last 15 months
        ("rd_expense", 18),
        ("sci_awards_5y", 36),  # 18 months of its own, but its agency's title lasts 36
        ("founder_team_score", 60),
        ("existing_debt_wan", 18),  # a credit fact
    ],
)
def test_a_source_is_fresh_as_long_as_its_most_lasting_indicator(key, months):
    """One source alone gives its own last day."""
    assert fresh_until({key: DAY}, BOOK) == DAY + timedelta(days=DAYS[months])


def test_the_first_source_to_end_ends_all_and_of_an_agency_the_newest_value_counts():
    """Tax delivered twice: its older value does not end the case; an older source of another agency does."""
    tax = {"rd_expense": DAY - timedelta(days=300), "revenue_growth": DAY}
    assert fresh_until(tax, BOOK) == DAY + timedelta(days=548)
    court = DAY - timedelta(days=100)
    assert fresh_until(tax | {"litigation_count_24m": court}, BOOK) == court + timedelta(days=548)


def test_what_never_came_says_nothing():
    """Unknown days neither end a case nor keep it fresh."""
    assert fresh_until({}, BOOK) is None
    assert fresh_until({"rd_expense": None, "headcount": None}, BOOK) is None
    assert fresh_until({"rd_expense": None, "headcount": DAY}, BOOK) == DAY + timedelta(days=548)


@pytest.mark.parametrize(
    ("day", "fresh"), [("2024-06-30", True), ("2024-06-20", True), ("2024-06-19", False), ("2024-07-01", False)]
)
def test_fresh_is_from_today_back_to_the_age_itself(day, fresh):
    """10 days are allowed: the 10th counts, the 11th not, and tomorrow neither."""
    assert is_fresh(day, 10, np.datetime64("2024-06-30")) is fresh
