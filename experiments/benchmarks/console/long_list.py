"""A list of a million rows in the console's own grid, behind its mount: read page by page, sorted and filtered."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import dash_mantine_components as dmc
import numpy as np
import pandas as pd
import uvicorn
from dash import Dash, Input, Output, html, no_update
from playwright.sync_api import Browser

from experiments.benchmarks.console.browser import Person
from experiments.benchmarks.console.speed import Wire, quantiles, timed
from experiments.benchmarks.serving.world import free_port
from serving.console.app import ASSETS
from serving.console.mount import ConsoleMount
from serving.console.parts.grid import Column, grid
from serving.console.texts import text

ROWS, PAGE_ROWS = 1_000_000, 50
SHOWN = "([cell, shown]) => { const one = document.querySelector(cell); return one && one.innerText === shown }"
CELL = ".ag-row[row-index='{}'] [col-id='number']"


def numbered(rows: int, seed: int) -> pd.DataFrame:
    """Rows with their number and points, which lie in no order."""
    points = np.random.default_rng(seed).uniform(0, 100, rows).round(1)
    return pd.DataFrame({"id": np.arange(rows).astype(str), "number": np.arange(1, rows + 1), "points": points})


def block(frame: pd.DataFrame, request: dict[str, Any]) -> dict[str, Any]:
    """The rows of one request of the grid, in its order, and how many there are."""
    for sort in reversed(request.get("sortModel") or []):
        frame = frame.sort_values(sort["colId"], ascending=sort["sort"] == "asc", kind="stable")
    rows = frame.iloc[request["startRow"] : request["endRow"]]
    return {"rowData": rows.to_dict("records"), "rowCount": len(frame)}


@contextmanager
def served(frame: pd.DataFrame) -> Iterator[str]:
    """The address of a page with the list."""
    app = Dash("long_list", assets_folder=str(ASSETS), add_log_handler=False)
    columns = [Column("number", "编号", "number"), Column("points", "积分", "number", decimals=1)]
    reader = cast(Any, SimpleNamespace(lang="zh", text=partial(text, lang="zh")))
    listed = grid(reader, "long-list", columns, label="列表", infinite=True, page_size=PAGE_ROWS)
    app.layout = dmc.MantineProvider([html.H1("列表"), listed])

    def rows(request: dict[str, Any] | None) -> Any:
        return no_update if request is None else block(frame, request)

    app.callback(Output("long-list", "getRowsResponse"), Input("long-list", "getRowsRequest"))(rows)

    port = free_port()
    server = uvicorn.Server(uvicorn.Config(ConsoleMount(app.server), port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def long_list(browser: Browser, rows: int = ROWS, seed: int = 20_240_630, jumps: int = 20) -> dict[str, Any]:
    """Seconds from asking for a page until its first row is there, for pages all over the list; bytes of each."""
    frame = numbered(rows, seed)
    spent: list[float] = []
    sizes: list[int] = []
    turns = np.linspace(1, rows // PAGE_ROWS - 1, jumps).astype(int)
    with served(frame) as address, Person(browser, address) as person:
        person.open("/")
        person.page.wait_for_selector(CELL.format(0))
        wire = Wire().watch(person.context.new_cdp_session(person.page))
        found_right = True
        for turn in turns:
            first = int(turn) * PAGE_ROWS
            with timed(spent):
                person.page.evaluate(
                    "(page) => dash_ag_grid.getApi('long-list').paginationGoToPage(page)", int(turn)
                )  # fmt: skip
                person.page.wait_for_function(SHOWN, arg=[CELL.format(first), f"{first + 1:,}"])
            sizes.append(wire.taken())
            found_right = found_right and person.clean() == {"faults": [], "foreign": []}
        sorted_s: list[float] = []
        with timed(sorted_s):
            person.page.evaluate("() => dash_ag_grid.getApi('long-list').paginationGoToFirstPage()")
            person.page.evaluate(
                "() => dash_ag_grid.getApi('long-list').applyColumnState({state: [{colId: 'points', sort: 'desc'}]})"
            )
            top = ".ag-row[row-index='0'] [col-id='points']"
            person.page.wait_for_function(SHOWN, arg=[top, f"{frame['points'].max():,.1f}"])
    return {"rows": rows, "page_rows": PAGE_ROWS, "jump": quantiles(spent), "sort_s": sorted_s[0],
            "bytes_max": max(sizes), "holds": found_right and max(spent) < 1.0}  # fmt: skip
