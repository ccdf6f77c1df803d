"""Statistics as CSV and as a workbook."""

import csv
import io
from dataclasses import replace

import openpyxl
import pytest

from models.approvals.statistics_files import reduction_rows, statistics_csv, statistics_xlsx
from tests.models.approvals.test_statistics import FIVE, OTHER, RUNNING, made


def test_csv_has_every_figure_of_every_group():
    found = made(*FIVE, *RUNNING)
    rows = list(csv.DictReader(io.StringIO(statistics_csv(found, "en").decode("utf-8-sig"))))
    assert [row["group"] for row in rows] == ["all cases", "food business licence"]
    assert (rows[0]["received"], rows[0]["closed"], rows[0]["running"], rows[0]["share in time"]) == (
        "6", "5", "1", "0.8",
    )  # fmt: skip
    assert rows[1]["promised against statutory time: largest"] == "0.75"
    assert "食品经营许可" in statistics_csv(found, "zh").decode("utf-8-sig")


def test_the_workbook_has_groups_reductions_and_methods():
    book = openpyxl.load_workbook(io.BytesIO(statistics_xlsx(made(*FIVE, *OTHER), "en")))
    assert book.sheetnames == ["By group", "Reduction of time", "How time is counted"]
    sheet = book["By group"]
    assert (sheet["C1"].value, sheet["C2"].value) == ("received", 7)
    assert book["Reduction of time"].max_row == 13
    assert statistics_xlsx(made(*FIVE), "zh") == statistics_xlsx(made(*FIVE), "zh")


def test_twelve_readings_of_the_total():
    found = list(reduction_rows(made(*FIVE), "en"))
    assert len(found) == 12
    assert found[3] == ("promised against statutory time", "largest", 0.75)


@pytest.mark.parametrize("sign", "=+-@")
def test_the_name_of_an_item_is_never_computed_by_a_spreadsheet(sign):
    found, entered = made(*FIVE), f"{sign}HYPERLINK(1)"
    named = replace(found, names=dict.fromkeys(found.names, (entered, entered)))
    book = openpyxl.load_workbook(io.BytesIO(statistics_xlsx(named, "en")))
    cells = [cell for line in book["By group"].iter_rows() for cell in line if cell.value == entered]
    assert {(cell.data_type, cell.quotePrefix) for cell in cells} == {("s", True)}
    assert f"'{entered}" in statistics_csv(named, "en").decode("utf-8-sig")
