"""A table as a file: a text that begins like a formula stays a text, an unknown form is no file."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook
from werkzeug.exceptions import NotFound

from serving.console.parts.table_files import table_file

pytestmark = pytest.mark.behaviour
HEADS, ROWS = ["企业", "数量"], [["=1+1", 3], ["某公司", None]]


def test_csv_and_xlsx_hold_the_same_cells():
    """With the name in the header, and no formula in either."""
    text = table_file("firms", "csv", "名单", HEADS, ROWS)
    assert text.get_data().decode("utf-8-sig").splitlines() == ["企业,数量", "'=1+1,3", "某公司,"]
    assert text.headers["content-disposition"] == 'attachment; filename="firms.csv"'
    book = table_file("firms", "xlsx", "名单", HEADS, ROWS)
    sheet = load_workbook(io.BytesIO(book.get_data()))["名单"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [HEADS, *ROWS]
    assert sheet["A2"].data_type == "s"


def test_another_form_is_not_found():
    """Nothing is written for a form that is not offered."""
    with pytest.raises(NotFound):
        table_file("firms", "exe", "名单", HEADS, ROWS)
