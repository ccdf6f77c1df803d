"""Tables that sort, filter and turn pages, in the language of the session."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

import dash_ag_grid as dag
from dash import html
from dash.development.base_component import Component

from serving.console.parts.words import capital

if TYPE_CHECKING:
    from serving.console.page import View

Kind = Literal["text", "number", "date", "money_wan", "share", "badge"]
LETTER_PX = 8  # of a Latin letter in a heading, bold at 14 px
DATE_PX = 145  # of the longest day, 2024年12月31日
HEADING_ROOM_PX = 66  # for the margins of a heading and the mark that filters
WIDE_PX, NARROW_PX, CELL_ROOM_PX = 14.5, 8.0, 36  # of a Chinese and another letter of a cell at 14 px; its margins
WIDEST_PX = 330  # up to which a column is as wide as its longest words
MOST_LINES = 5  # in which longer words go on; a passage longer still has one line and is read whole by its tooltip
_LATIN = re.compile(r"[!-~]+")
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60]")
_FILTERS = {"text": "agTextColumnFilter", "badge": "agTextColumnFilter", "date": "agTextColumnFilter"}


@dataclass(frozen=True)
class Column:
    """A column of a grid.

    kind : how values are shown, aligned and filtered: dates are ISO days, money is in 10,000 yuan, a share in 0-1
    link : name of the field that holds the cell's address, where the cell is a link
    lang_of : name of the field that holds the language of the cell's words, "" there where it is that of the page
    least_px : width below which the column does not shrink
    decimals : of a number
    """

    key: str
    heading: str
    kind: Kind = "text"
    link: str = ""
    least_px: int = 110
    decimals: int = 0
    pinned: bool = False
    lang_of: str = ""

    def definition(self, *, filters: bool = True, rows: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
        """The column as AG Grid takes it; its functions are those of ``assets/grid.js``.

        rows : that are known beforehand, so that their words fit
        """
        words = [str(row.get(self.key) or "") for row in rows] if self.kind in ("text", "badge") else []
        wanted_px = max(map(_words_px, words), default=0)
        given: dict[str, Any] = {
            "field": self.key, "headerName": capital(self.heading), "flex": 1,
            "minWidth": max(self.least_px, DATE_PX if self.kind == "date" else 0, _heading_px(self.heading),
                            min(WIDEST_PX, wanted_px)),
            "filter": filters and _FILTERS.get(self.kind, "agNumberColumnFilter"), "floatingFilter": False,
        }  # fmt: skip
        if self.kind in ("number", "money_wan", "share"):
            given["type"] = "rightAligned"
            given["valueFormatter"] = {"function": f"figure(params, '{self.kind}', {self.decimals})"}
        elif self.kind == "date":
            given["valueFormatter"] = {"function": "day(params)"}
        if max(WIDEST_PX, self.least_px) < wanted_px <= MOST_LINES * max(WIDEST_PX, self.least_px):
            given |= {"wrapText": True, "autoHeight": True}
        if self.link:
            given["cellRenderer"] = "CellLink"
            given["cellRendererParams"] = {"link": self.link}
        if self.lang_of:
            given["cellRenderer"] = "CellWords"
            given["cellRendererParams"] = {"lang": self.lang_of}
        if self.pinned:
            given["pinned"] = "left"
        return given


def _heading_px(heading: str) -> int:
    """Width in which no word of Latin letters in a heading breaks; Chinese may break anywhere."""
    longest = max((len(word) for word in _LATIN.findall(heading)), default=0)
    return longest * LETTER_PX + HEADING_ROOM_PX if longest else 0


def _words_px(words: str) -> int:
    """Width in which words are not cut."""
    wide = len(_WIDE.findall(words))
    return ceil(wide * WIDE_PX + (len(words) - wide) * NARROW_PX) + CELL_ROOM_PX


def grid(
    view: View, grid_id: str, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]] | None = None, *,
    label: str, row_id: str = "id", height: int = 480, infinite: bool = False, selectable: bool = False,
    page_size: int = 50, sortable: bool = True,
) -> Component:  # fmt: skip
    """A grid named ``label``; with ``infinite`` a callback on ``getRowsRequest`` gives it block after block.

    sortable : whether a heading sorts; not where the blocks come in one order alone
    """
    nothing = [json.dumps(view.text(f"grid.{key}"), ensure_ascii=False) for key in ("no_rows", "no_matching_rows")]
    # "suppressContentVisibilityAuto": what is below the fold is drawn, so that it is printed and read aloud.
    options: dict[str, Any] = {
        "pagination": True, "paginationPageSize": page_size, "paginationPageSizeSelector": [20, 50, 100],
        "animateRows": False, "enableCellTextSelection": True, "ensureDomOrder": True,
        "getLocaleText": {"function": f"gridText(params, '{view.lang}', {', '.join(nothing)})"},
        "suppressColumnVirtualisation": True,
        "suppressContentVisibilityAuto": True, "tooltipShowMode": "whenTruncated", "tooltipShowDelay": 400,
    }  # fmt: skip
    if selectable:
        options["rowSelection"] = {"mode": "multiRow"}
    if infinite:
        options |= {"cacheBlockSize": page_size, "maxBlocksInCache": 10, "rowBuffer": 0}
    own = {} if infinite else {"rowData": list(rows or ())}
    return html.Div(
        dag.AgGrid(
            id=grid_id, columnDefs=[column.definition(filters=not infinite, rows=rows or ()) for column in columns],
            defaultColDef={"sortable": sortable, "resizable": True, "wrapHeaderText": True, "autoHeaderHeight": True,
                           "tooltipValueGetter": {"function": "wholeText(params)"}},
            dashGridOptions=options, rowModelType="infinite" if infinite else "clientSide",
            getRowId=f"params.data.{row_id}", className="ag-theme-quartz-auto-dark console-grid",
            style={"height": f"{height}px"}, dangerously_allow_code=False,
            eventListeners={"cellKeyDown": ["followLink(params)"]}, **own,
        ),
        role="region", className="grid-region", lang="zh-CN" if view.lang == "zh" else "en", **{"aria-label": label},
    )  # fmt: skip
