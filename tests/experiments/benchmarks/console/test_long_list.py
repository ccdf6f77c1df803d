"""Blocks of a long list."""

from __future__ import annotations

import json
import urllib.request

from experiments.benchmarks.console.long_list import PAGE_ROWS, block, numbered, served


def test_a_block_holds_the_rows_asked_for_in_the_order_asked_for():
    """Rows 2 to 4 of ten; sorted by points the largest come first."""
    frame = numbered(10, seed=1)
    found = block(frame, {"startRow": 2, "endRow": 4})
    assert [row["number"] for row in found["rowData"]] == [3, 4]
    assert found["rowCount"] == 10
    order = {"startRow": 0, "endRow": 10, "sortModel": [{"colId": "points", "sort": "desc"}]}
    points = [row["points"] for row in block(frame, order)["rowData"]]
    assert points == sorted(points, reverse=True)


def test_the_list_is_served_in_the_console_s_own_grid():
    """The page's layout holds a grid that reads block after block, with its words in Chinese."""
    with served(numbered(10, seed=1)) as address, urllib.request.urlopen(f"{address}/_dash-layout") as answer:
        heading, region = json.loads(answer.read())["props"]["children"]
    listed = region["props"]["children"]["props"]
    assert heading["props"]["children"] == "列表"
    assert (listed["id"], listed["rowModelType"]) == ("long-list", "infinite")
    assert listed["dashGridOptions"]["cacheBlockSize"] == PAGE_ROWS
    assert "'zh'" in listed["dashGridOptions"]["getLocaleText"]["function"]
