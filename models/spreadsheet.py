"""Tables as CSV and as XLSX: the one writer of files that a spreadsheet opens.

A cell of text is always text: one that begins like a formula is written so that no spreadsheet computes it. What a
workbook cannot hold of a text, such as the line break of a word processor (U+000B), is a replacement character in it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

MEDIA = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
FORM_NAMES = {"csv": "CSV", "xlsx": "Excel"}  # of files of tables, as people call them
Cell = str | int | float | dt.date | None
ENCODING = "utf-8-sig"  # so that spreadsheets read Chinese
FORMULA = tuple("=+-@＝＋－＠")
NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # characters that no workbook holds
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # of a ZIP file


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook.

    title : cut to the 31 characters that are allowed; heads : bold and kept in sight, none where empty
    rows : cells, as many in each as there are heads; formats : number formats of the columns, None for none
    widths : of the columns, in characters; those beyond them keep the usual width
    """

    title: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    formats: Sequence[str | None] = ()
    widths: Sequence[float] = ()


def csv_bytes(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """CSV in UTF-8 with its mark: numbers as they are, dates as 2026-06-30.

    A text that begins with one of ``=+-@`` has an apostrophe before it.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for row in (heads, *rows):
        writer.writerow(f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell for cell in row)
    return out.getvalue().encode(ENCODING)


def xlsx_bytes(sheets: Iterable[Sheet]) -> bytes:
    """A workbook: numbers and dates are numbers and dates, texts are never formulas; equal sheets give equal bytes."""
    book = Workbook(write_only=True)
    for one in sheets:
        sheet = book.create_sheet(one.title[:31])
        for at, width in enumerate(one.widths, start=1):
            sheet.column_dimensions[get_column_letter(at)].width = width
        if one.heads:
            sheet.freeze_panes = "A2"
            sheet.append([_written(sheet, head, None, bold=True) for head in one.heads])
        for row in one.rows:
            formats = (*one.formats, *[None] * (len(row) - len(one.formats)))
            sheet.append([_written(sheet, cell, form) for cell, form in zip(row, formats, strict=True)])
    return _same_bytes(book)


def _written(sheet: Any, value: Cell, number_format: str | None, *, bold: bool = False) -> Any:
    value = NO_XML.sub("\ufffd", value) if isinstance(value, str) else value
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"  # a text that begins with "=" stays a text, also when its cell is edited
        cell.quotePrefix = value.startswith(FORMULA)
    elif number_format:
        cell.number_format = number_format
    if bold:
        cell.font = Font(bold=True)
    return cell


def _same_bytes(book: Workbook) -> bytes:
    """The file without the time at which it was written."""
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
