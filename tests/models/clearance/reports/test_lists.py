"""Files of a report: the figures of the page, both languages, no cell that a spreadsheet computes."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest

from models.clearance.reports.gather import gather
from models.clearance.reports.lists import TABLES, csv_of, listed, money_parts, xlsx_of
from models.clearance.reports.query import ReportError, ReportQuery
from tests.models.clearance.reports.conftest import AS_OF, GOLDEN, NONE_SMALL, log_of


def read(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_golden_quarter_as_csv():
    rows = read(csv_of(gather(GOLDEN, ReportQuery(), "en", as_of=AS_OF, disclosure=NONE_SMALL), "periods"))
    first = rows[0]
    assert (first["Period"], first["Group"], first["Name"], first["Declarations"]) == ("2025Q1", "total", "Total", "6")
    assert first["Amount (CNY)"] == "1050.25"
    assert (first["Declaration to completion: median (days)"], first["Declaration to completion: p90 (days)"]) == (
        "8.0", "14.0",
    )  # fmt: skip
    second = next(row for row in rows if row["Period"] == "2025Q2")
    assert second["Declaration to completion: p90 (days)"] == ""  # open


def test_the_change_as_csv_adds_up_to_the_second_and_the_fen():
    rows = read(csv_of(gather(GOLDEN, ReportQuery(), "zh", as_of=AS_OF, disclosure=NONE_SMALL), "change"))
    seconds = [int(row["数值"]) for row in rows if row["单位"] == "秒"]
    assert seconds[0] == 725_760  # 8.4 days
    assert sum(seconds[:6]) == seconds[6] == 892_800  # mix, four stages; 31/3 days
    assert sum(seconds[7:]) == seconds[6] - seconds[0]
    fen = [int(row["数值"]) for row in rows if row["单位"] == "分（人民币）"]
    assert sum(fen[:3]) == fen[3] == 114_975


@pytest.mark.parametrize("sign", ["=", "＝"])
def test_no_code_is_a_formula(sign):
    """A code comes from a message that anybody may have written."""
    evil = f"{sign}HYPERLINK(9)"
    table = log_of(60, office=evil, currency=evil)
    assert f",'{evil}" in csv_of(gather(table, ReportQuery(), "en"), "periods").decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(xlsx_of(gather(table, ReportQuery(), "en"))))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if evil in str(cell.value)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.coordinate[0] for cell in cells} >= {"B", "C", "D"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_workbook_holds_every_table_and_how_it_is_measured(lang):
    book = openpyxl.load_workbook(io.BytesIO(xlsx_of(gather(log_of(90), ReportQuery(), lang, as_of=AS_OF))))
    made = gather(log_of(90), ReportQuery(), lang, as_of=AS_OF)
    assert len(book.worksheets) == len(TABLES) + 1
    for sheet, name in zip(book.worksheets, TABLES, strict=False):
        found = listed(made, name)
        assert [cell.value for cell in sheet[1]] == found.heads
        assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == found.rows
    about = [row[0].value for row in book.worksheets[-1].iter_rows()]
    assert about == [made.say("title"), *made.sources(), *made.methods()]


def test_no_firm_is_in_a_file():
    table = log_of(200)
    made = gather(table, ReportQuery(), "en")
    text = "".join(csv_of(made, name).decode("utf-8-sig") for name in TABLES)
    assert not [firm for firm in set(table["firm_uscc"]) if firm in text]


def test_without_a_comparison_or_rates_the_tables_are_there():
    made = gather(log_of(200, amount_cny=float("nan")), ReportQuery(), "en", as_of=AS_OF)
    assert money_parts(made) == []
    assert listed(gather(GOLDEN.head(0), ReportQuery(), "en"), "change").rows == []
    with pytest.raises(ReportError, match="table"):
        listed(made, "firms")
