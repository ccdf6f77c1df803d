"""No group is shown that is too small, and no total less the groups shown gives a small one away."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.clearance.reports.groups import OTHER, OWN_ROWS, PUBLIC, Disclosure, firm_numbers, pooled

ROWS = st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 8), st.integers(0, 1)), min_size=1, max_size=80)


def columns(rows):
    codes, firms, parts = zip(*rows, strict=True)
    return np.array(codes, dtype=object), np.array(firms), np.array(parts)


@pytest.mark.law
@settings(max_examples=25)
@given(ROWS)
def test_every_group_that_is_shown_is_large_enough_in_every_period(rows):
    codes, firms, part = columns(rows)
    names, shown = pooled(codes, firms, part, PUBLIC)
    for group in set(names) - (set() if shown else {OTHER}):
        for period in set(part[names == group]):
            inside = (names == group) & (part == period)
            assert PUBLIC.allows(inside.sum(), len(set(firms[inside])))
    kept = names != OTHER
    assert (names[kept] == codes[kept]).all()
    assert shown or not kept.any()


def test_a_small_remainder_takes_the_smallest_group_with_it():
    codes = np.array(["a"] * 9 + ["b"] * 6 + ["c"] * 2, dtype=object)
    names, shown = pooled(codes, np.arange(17), np.zeros(17, dtype=int), PUBLIC)
    assert (set(names), (names == OTHER).sum(), shown) == ({"a", OTHER}, 8, True)


def test_many_declarations_of_few_firms_are_small():
    codes, firms = np.array(["a"] * 20 + ["b"] * 20, dtype=object), np.array([0, 1] * 10 + list(range(20)))
    names, shown = pooled(codes, firms, np.zeros(40, dtype=int), Disclosure(5, 3))
    assert (set(names), shown) == ({OTHER}, True)
    assert set(pooled(codes, firms, np.zeros(40, dtype=int), OWN_ROWS)[0]) == {"a", "b"}


def test_rows_without_a_firm_are_one_firm():
    assert firm_numbers(["x", None, np.nan, "y", ""]).tolist() == [1, 0, 0, 2, 0]
