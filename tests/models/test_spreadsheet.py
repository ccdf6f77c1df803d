"""CSV and XLSX: a text is never computed, a number stays one, the same rows give the same bytes."""

from __future__ import annotations

import csv
import datetime as dt
import io

import openpyxl
import pytest

from models.spreadsheet import FORMULA, Sheet, csv_bytes, xlsx_bytes

ROWS = [["甲", -1.5, dt.date(2025, 4, 1), None], ["=1+1", 3, None, "b"]]


@pytest.mark.parametrize("sign", FORMULA)
def test_a_text_that_begins_like_a_formula_is_a_text(sign):
    text = f"{sign}HYPERLINK(1)"
    assert list(csv.reader(io.StringIO(csv_bytes([text], [[text]]).decode("utf-8-sig"))))[1] == ["'" + text]
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes([Sheet("s", [text], [[text]])])))
    assert [(c.value, c.data_type, c.quotePrefix) for (c,) in book["s"].iter_rows()] == [(text, "s", True)] * 2


@pytest.mark.parametrize("letter", ["\0", "\x07", "\x0b", "\x1f", "\ufffe", "\uffff"])
def test_a_character_that_no_workbook_holds_stops_no_table(letter):
    """As it comes from a word processor; what may be there stays, an ideograph beyond the first plane among it."""
    text = f"密封{letter}磨损\t𠮷\n"
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes([Sheet("s", [text], [[text]])])))
    assert [c.value for (c,) in book["s"].iter_rows()] == ["密封\ufffd磨损\t𠮷\n"] * 2


def test_numbers_and_dates_stay_what_they_are():
    content = csv_bytes(["a", "b", "c", "d"], ROWS)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").splitlines()[1] == "甲,-1.5,2025-04-01,"
    sheet = openpyxl.load_workbook(
        io.BytesIO(xlsx_bytes([Sheet("s", ["a", "b", "c", "d"], ROWS, (None, "0.00"), (9.0,))]))
    )["s"]
    assert (sheet["B2"].value, sheet["B2"].number_format, sheet["C2"].value.date()) == (
        -1.5,
        "0.00",
        dt.date(2025, 4, 1),
    )
    assert (sheet.freeze_panes, sheet.column_dimensions["A"].width) == ("A2", 9.0)


def test_a_sheet_without_heads_begins_with_its_first_row_and_a_long_title_is_cut():
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes([Sheet("t" * 40, (), [["x"]])])))
    assert (book.sheetnames, book.worksheets[0]["A1"].value) == (["t" * 31], "x")


def test_the_same_rows_give_the_same_bytes():
    assert xlsx_bytes([Sheet("s", ["a"], [["x"]])]) == xlsx_bytes([Sheet("s", ["a"], [["x"]])])
