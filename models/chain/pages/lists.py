"""The lists 清单 of a chain: one definition of their columns, from which page, CSV and XLSX are written.

The files are written by ``models.spreadsheet``, where no text is a formula.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from data.texts.figures import write_figure
from models import spreadsheet
from models.chain.node_view import Language, say, templates
from models.chain.picture.text_width import em_width, plain
from models.spreadsheet import Cell, Sheet

# text and code are words, a code with a text of its own; own is the column of the reader's language, key_zh or key_en
Kind = Literal["text", "code", "own", "whole", "share", "probability", "tenths", "hundredths", "date", "yes"]
_PROBABILITY = '[=1]0.0%;[>=0.9995]">99.9%";0.0%'  # a machine is never certain; a person's correction may be
XLSX_FORMATS = {
    "share": "0.0%",
    "probability": _PROBABILITY,
    "tenths": "#,##0.0",
    "hundredths": "0.00",
    "date": "yyyy-mm-dd",
    "whole": "#,##0",
}
WIDEST_COLUMN = 60


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list by its key in the table; its title is the text ``column.<key>``."""

    key: str
    kind: Kind = "text"


_FIRMS = (
    Column("firm_id"), Column("name"), Column("region"), Column("node", "own"), Column("probability", "probability"),
    Column("band", "code"), Column("evidence"), Column("is_parent", "yes"), Column("founded", "date"),
    Column("listed", "yes"), Column("revenue_wan", "tenths"), Column("document_id"), Column("as_of", "date"),
)  # fmt: skip
_FIGURES = (Column("value", "hundredths"), Column("low", "hundredths"), Column("high", "hundredths"))
LISTS: Mapping[str, tuple[Column, ...]] = {
    "local_library": _FIRMS,
    "world_library": _FIRMS,
    "patents": (
        Column("publication_number"), Column("title"), Column("ipc"), Column("applicant_ids"),
        Column("application_date", "date"), Column("publication_date", "date"), Column("node", "own"),
        Column("probability", "probability"), Column("band", "code"), Column("evidence"),
    ),
    "talents": (
        Column("occupation"), Column("openings", "whole"), Column("staff", "whole"), *_FIGURES, Column("n", "whole"),
        Column("scarce", "yes"), Column("placed_by", "code"), Column("status", "code"),
    ),
    "investors": (
        Column("investor"), Column("investor_kind", "code"), Column("n_firms", "whole"), Column("n_deals", "whole"),
        Column("last_deal", "date"), Column("firms"),
    ),
    "targets": (
        Column("rank", "whole"), Column("firm_id"), Column("name"), *_FIGURES, Column("rank_low", "whole"),
        Column("rank_high", "whole"), Column("probability", "probability"), Column("reason", "own"), Column("words"),
        Column("campaign", "code"), Column("since", "date"),
    ),
}  # fmt: skip


def title(name: str, lang: Language) -> str:
    """The name of a list."""
    return say(lang, f"list.{name}")


def heads(name: str, lang: Language) -> list[str]:
    """Titles of a list's columns; raises KeyError for an unknown list."""
    return [say(lang, f"column.{column.key}") for column in LISTS[name]]


def rows(name: str, table: pd.DataFrame, lang: Language) -> Iterator[list[Cell]]:
    """The cells of a list; None where the table lacks the column or the value.

    raises : KeyError for an unknown list
    """
    columns = LISTS[name]
    for row in table.to_dict("records"):
        yield [_cell(row.get(column.key), column, row, lang) for column in columns]


def shown(cell: Cell, kind: Kind, lang: Language) -> str:
    """A cell as a person reads it; a dash where there is none."""
    if cell is None:
        return "–"
    if isinstance(cell, str | dt.date):
        return str(cell)
    return write_figure({"whole": "number"}.get(kind, kind), cell)[lang == "en"]


def csv_bytes(name: str, table: pd.DataFrame, lang: Language) -> bytes:
    """The list as CSV, as ``models.spreadsheet`` writes it."""
    return spreadsheet.csv_bytes(heads(name, lang), rows(name, table, lang))


def xlsx_bytes(name: str, table: pd.DataFrame, lang: Language, about: Sequence[tuple[str, str]] = ()) -> bytes:
    """The list as a workbook, as ``models.spreadsheet`` writes it.

    about : what the second sheet says of the list, as who answers for which layer; no second sheet without it
    """
    columns, titles = LISTS[name], heads(name, lang)
    cells = list(rows(name, table, lang))
    widths = []
    for at, head in enumerate(titles):
        texts = [head, *(shown(row[at], columns[at].kind, lang) for row in cells[:200])]
        widths.append(min(WIDEST_COLUMN, 3 + 1.9 * max(em_width(text) for text in texts)))
    sheets = [Sheet(plain(title(name, lang)), titles, cells, [XLSX_FORMATS.get(one.kind) for one in columns], widths)]
    if about:
        lines = [[plain(part) for part in line] for line in about]
        sheets.append(Sheet(say(lang, "list.about"), (), lines, widths=(24, WIDEST_COLUMN)))
    return spreadsheet.xlsx_bytes(sheets)


def _cell(value: Any, column: Column, row: Mapping[Any, Any], lang: Language) -> Cell:
    if column.kind == "own":
        value = row.get(f"{column.key}_{lang}")
    if isinstance(value, list | tuple):
        value = "; ".join(map(str, value))
    if value is None or pd.isna(value) or value == "":
        return None
    if column.kind == "yes":
        return say(lang, "yes" if value else "no")
    if column.kind == "code":
        named = f"code.{value}"
        return say(lang, named) if named in templates() else plain(str(value))
    if column.kind == "date":
        day: dt.date = pd.Timestamp(value).date()
        return day
    if column.kind in ("text", "own"):
        return plain(str(value))
    return round(value) if column.kind == "whole" else float(f"{value:.10g}")  # 0.976, not 0.9760000000000001
