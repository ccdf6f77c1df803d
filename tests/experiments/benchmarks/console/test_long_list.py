"""Blocks of a long list."""

from __future__ import annotations

from experiments.benchmarks.console.long_list import block, numbered


def test_a_block_holds_the_rows_asked_for_in_the_order_asked_for():
    """Rows 2 to 4 of ten; sorted by points the largest come first."""
    frame = numbered(10, seed=1)
    found = block(frame, {"startRow": 2, "endRow": 4})
    assert [row["number"] for row in found["rowData"]] == [3, 4]
    assert found["rowCount"] == 10
    order = {"startRow": 0, "endRow": 10, "sortModel": [{"colId": "points", "sort": "desc"}]}
    points = [row["points"] for row in block(frame, order)["rowData"]]
    assert points == sorted(points, reverse=True)
