"""Planted rows of the list of firms."""

from __future__ import annotations

from experiments.benchmarks.console.firm_rows import FILTERS, SORTS, blocks, planted_rows
from tests.serving.console.planted_firms import planted_table


def test_planted_rows_are_the_firms_again_with_codes_of_their_own():
    """Twenty rows of six firms: row 7 is firm 1 again, on its chain."""
    table = planted_rows(planted_table(), 20, seed=1)
    assert len(table) == table.frame["uscc"].nunique() == table.frame["name"].nunique() == 20
    assert table.cell(7, "district") == table.cell(1, "district")
    assert table.placed["iot/sensors"].tolist() == [1, 7, 13, 19]
    assert len(table.earned) == len(table.source_days) == 20


def test_each_filter_is_measured_in_each_order():
    found = blocks(planted_table())
    assert len(found) == len(FILTERS) * len(SORTS)
    assert {row["rows"] for row in found if not row["filter"]} == {6}
    assert all(row["again_s"] >= 0.0 for row in found)
