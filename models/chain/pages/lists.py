"""The lists 清单 of a chain: one definition of their columns, from which page, CSV and XLSX are written.

A cell of text is always text: a name that begins like a formula is written so that no spreadsheet computes it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from data.texts.figures import write_figure
from models.chain.node_view import Language, say, templates
from models.chain.picture.text_width import em_width, plain

# text and code are words, a code with a text of its own; own is the column of the reader's language, key_zh or key_en
Kind = Literal["text", "code", "own", "whole", "share", "tenths", "hundredths", "date", "yes"]
Cell = str | int | float | dt.date | None
ENCODING = "utf-8-sig"  # so that spreadsheets read Chinese
FORMULA = tuple("=+-@＝＋－＠")
XLSX_FORMATS = {"share": "0.0%", "tenths": "#,##0.0", "hundredths": "0.00", "date": "yyyy-mm-dd", "whole": "#,##0"}
WIDEST_COLUMN = 60
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # of a ZIP file


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list by its key in the table; its title is the text ``column.<key>``."""

    key: str
    kind: Kind = "text"


_FIRMS = (
    Column("firm_id"), Column("name"), Column("region"), Column("node", "own"), Column("probability", "share"),
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
        Column("probability", "share"), Column("band", "code"), Column("evidence"),
    ),
    "talents": (
        Column("occupation"), Column("openings", "whole"), Column("staff", "whole"), *_FIGURES, Column("n", "whole"),
        Column("scarce", "yes"), Column("status", "code"),
    ),
    "investors": (
        Column("investor"), Column("investor_kind", "code"), Column("n_firms", "whole"), Column("n_deals", "whole"),
        Column("last_deal", "date"), Column("firms"),
    ),
    "targets": (
        Column("rank", "whole"), Column("firm_id"), Column("name"), *_FIGURES, Column("rank_low", "whole"),
        Column("rank_high", "whole"), Column("probability", "share"), Column("reason", "own"), Column("words"),
        Column("campaign", "code"), Column("since", "date"),
    ),
    "scores": (
        Column("node_id"), Column("node_name"), Column("score", "code"), *_FIGURES, Column("n", "whole"),
        Column("basis"), Column("status", "code"),
    ),
    "flags": (
        Column("node_id"), Column("node_name"), Column("flag", "code"), Column("state", "code"),
        Column("score", "code"), Column("value", "hundredths"), Column("threshold", "hundredths"),
        Column("distance", "hundredths"), Column("n", "whole"), Column("flip"),
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
    """The list as CSV in UTF-8 with its mark: numbers as they are, dates as 2026-06-30.

    A text that begins with one of ``=+-@`` has an apostrophe before it.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heads(name, lang))
    for row in rows(name, table, lang):
        writer.writerow(f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell for cell in row)
    return out.getvalue().encode(ENCODING)


def xlsx_bytes(name: str, table: pd.DataFrame, lang: Language, about: Sequence[tuple[str, str]] = ()) -> bytes:
    """The list as a workbook: numbers and dates are numbers and dates, texts are never formulas.

    about : what the second sheet says of the list, as who answers for which layer; no second sheet without it
    """
    book = Workbook(write_only=True)
    columns, titles = LISTS[name], heads(name, lang)
    cells = list(rows(name, table, lang))
    sheet = book.create_sheet(plain(title(name, lang))[:31])
    sheet.freeze_panes = "A2"
    for at, head in enumerate(titles):
        texts = [head, *(shown(row[at], columns[at].kind, lang) for row in cells[:200])]
        width = min(WIDEST_COLUMN, 3 + 1.9 * max(em_width(text) for text in texts))
        sheet.column_dimensions[get_column_letter(at + 1)].width = width
    sheet.append([_written(sheet, head, "text", bold=True) for head in titles])
    for row in cells:
        sheet.append([_written(sheet, cell, column.kind) for cell, column in zip(row, columns, strict=True)])
    if about:
        second = book.create_sheet(say(lang, "list.about"))
        second.column_dimensions["A"].width, second.column_dimensions["B"].width = 24, WIDEST_COLUMN
        for line in about:
            second.append([_written(second, plain(part), "text") for part in line])
    return _same_bytes(book)


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


def _written(sheet: Any, value: Cell, kind: Kind, *, bold: bool = False) -> Any:
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"  # a text that begins with "=" stays a text, also when its cell is edited
        cell.quotePrefix = value.startswith(FORMULA)
    elif kind in XLSX_FORMATS:
        cell.number_format = XLSX_FORMATS[kind]
    if bold:
        cell.font = Font(bold=True)
    return cell


def _same_bytes(book: Workbook) -> bytes:
    """The file without the time at which it was written, so that the same list gives the same bytes."""
    made, out = io.BytesIO(), io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            if entry.filename == "docProps/core.xml":
                continue
            content = source.read(entry)
            if entry.filename in ("[Content_Types].xml", "_rels/.rels"):  # what named the file with the times
                content = _without(content, b"core.xml", b"core-properties")
            target.writestr(zipfile.ZipInfo(entry.filename, FIRST_DAY), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _without(xml: bytes, *marks: bytes) -> bytes:
    """XML without the empty elements that hold one of the marks."""
    parts = xml.split(b"<")
    return b"<".join(part for part in parts if not (part.rstrip().endswith(b"/>") and any(m in part for m in marks)))
