"""A file of reports becomes what the API takes: heads by name or code, empty cells left out."""

import io

import openpyxl
import pytest

from data.ingest.source import IngestError
from serving.console.pages.zone.incubator_sheet import MOST_ROWS, report_of, sheet_reports

CSV = (
    "载体编号,报告期首日,报告期末日,报送日期,7d00,场地面积,tenants,在高新区内\n"
    'H001,2024-01-01,2024-06-30,2024-07-05,12,"5,000",3,\n'
)


def test_heads_are_names_codes_or_keys():
    (found,) = sheet_reports(CSV.replace(",在高新区内", "").replace("3,\n", "3\n").encode(), "r.csv")
    assert found == {
        "incubator_id": "H001", "period_from": "2024-01-01", "period_to": "2024-06-30", "filed_on": "2024-07-05",
        "figures": {"staff": 12.0, "area_m2": 5_000.0, "tenants": 3.0},
    }  # fmt: skip


def test_a_workbook_gives_the_same_and_its_days_are_days():
    book = openpyxl.Workbook()
    for row in (["incubator_id", "period_to", "staff"], ["H001", "2024-06-30", 12], ["H002", "2024-06-30", None]):
        book.active.append(row)
    raw = io.BytesIO()
    book.save(raw)
    first, second = sheet_reports(raw.getvalue(), "r.xlsx")
    assert (first["figures"], second["figures"]) == ({"staff": 12}, {})
    assert (first["period_to"], second["incubator_id"]) == ("2024-06-30", "H002")


def test_what_is_no_table_or_too_long_is_refused():
    for raw in (b"\x00\x01\x02", b"incubator_id\n", b"incubator_id\n" + b"H1\n" * (MOST_ROWS + 1)):
        with pytest.raises(IngestError):
            sheet_reports(raw, "r.csv")


def test_words_and_numbers_of_cells_stay_what_they_are():
    row = {
        "incubator_id": "7",
        "period_to": " ",
        "in_zone": "true",
        "report_name": " 甲 ",
        "net_profit_thousand_cny": "-3",
    }
    assert report_of(row) == {
        "incubator_id": "7", "period_from": "", "period_to": "", "filed_on": "",
        "figures": {"in_zone": True, "report_name": "甲", "net_profit_thousand_cny": -3.0},
    }  # fmt: skip
