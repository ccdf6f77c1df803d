"""What all firms come to: counts add up to every firm, sums to every quota."""

from __future__ import annotations

import math

import pytest

from serving.console.firm_summary import QuotaSum, chain_counts, counts, points_histogram, quotas, source_ages
from serving.console.firms import CODED
from tests.serving.console.planted_firms import planted_table

TABLE = planted_table()


def test_firms_are_counted_by_key_in_the_keys_order():
    assert counts(TABLE, "stage") == {"startup": 2, "growth": 3, "stable": 0, "unknown": 1}
    assert counts(TABLE, "grade") == {"A1": 0, "A2": 1, "B1": 2, "C": 2, "": 1}  # the firm without points has none


@pytest.mark.parametrize("column", CODED)
def test_every_count_adds_up_to_all_firms(column):
    assert sum(counts(TABLE, column).values()) == len(TABLE)


def test_a_firm_on_no_chain_is_counted_once_and_one_on_two_twice():
    assert chain_counts(TABLE) == {"iot": 2, "materials": 1, "": 3}


def test_points_fall_into_steps_of_ten_and_no_points_into_none():
    found = dict(points_histogram(TABLE))
    assert {low: count for low, count in found.items() if count} == {20: 1, 40: 1, 60: 2, 80: 1}
    assert (sum(found.values()), list(found)[-1]) == (5, 120)


def test_quotas_add_up_by_stage():
    assert quotas(TABLE) == [
        QuotaSum("startup", 2, 0, 0.0), QuotaSum("growth", 3, 2, 420.0), QuotaSum("stable", 0, 0, 0.0),
        QuotaSum("unknown", 1, 0, 0.0),
    ]  # fmt: skip


def test_the_age_of_a_source_is_over_the_firms_that_it_filed_for():
    tax, court = source_ages(TABLE)
    assert (tax.firms, tax.median_days) == (6, 125.0)  # of 10 30 50 200 400 700: between 50 and 200
    assert (court.firms, court.median_days, court.late_days) == (4, 25.0, 37.0)  # of 10 20 30 40
    assert not math.isnan(tax.late_days)
