"""The files of the list: the rows of the filter and no others, and no text that a spreadsheet would compute."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from openpyxl import load_workbook

from serving.console import firm_files
from serving.console.firm_files import COLUMNS, csv_file, xlsx_file
from serving.console.firm_filter import FirmFilter
from serving.console.firm_words import FirmWords
from serving.contract.refusals import Refusal
from tests.serving.console.planted_firms import CODES, FORMULA, SCRIPT, planted_table

TABLE, WORDS = planted_table(), FirmWords("zh", {"iot": "物联网", "materials": "新材料"})


def read_csv(wanted):
    text = csv_file(TABLE, wanted, WORDS).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_file_holds_the_rows_of_the_filter_by_falling_points():
    assert [row["统一社会信用代码"] for row in read_csv(FirmFilter())] == [CODES[n] for n in (0, 1, 3, 2, 4, 5)]
    assert [row["统一社会信用代码"] for row in read_csv(FirmFilter(stage=("growth",), points_from=50.0))] == CODES[:2]
    assert read_csv(FirmFilter(stage=("stable",))) == []


def test_its_figures_are_those_of_the_page():
    first = read_csv(FirmFilter())[0]
    assert (first["积分（分）"], first["基础分（分）"], first["参考测算额度（万元）"]) == ("80.0", "75.0", "300.0")
    assert (first["数据有效至"], first["成长阶段"], first["所在产业链"]) == ("2025-01-01", "成长期", "物联网")
    last = read_csv(FirmFilter(stage=("unknown",)))[0]
    assert (last["积分（分）"], last["数据有效至"]) == ("", "")  # unknown, and not "nan"


def test_a_name_that_is_a_formula_stays_a_text_and_a_script_is_only_a_text():
    names = [row["企业名称"] for row in read_csv(FirmFilter())]
    assert names[:2] == [SCRIPT, f"'{FORMULA}"]
    book = load_workbook(io.BytesIO(xlsx_file(TABLE, FirmFilter(), WORDS)))
    cell = book.worksheets[0].cell(3, COLUMNS.index("name") + 1)
    assert (cell.value, cell.data_type) == (FORMULA, "s")


def test_the_workbook_says_what_it_is_and_keeps_days_as_days():
    book = load_workbook(io.BytesIO(xlsx_file(TABLE, FirmFilter(stage=("growth",)), WORDS)))
    sheet, about = book.worksheets
    assert sheet.max_row == 1 + 3
    assert sheet.cell(2, COLUMNS.index("fresh_until") + 1).value.date() == date(2025, 1, 1)
    said = {row[0].value: row[1].value for row in about.iter_rows()}
    assert (said["企业数"], said["筛选条件"], said["模型版本"]) == (3, "成长阶段：成长期", "release")


def test_more_rows_than_a_spreadsheet_opens_are_refused_in_words(monkeypatch):
    monkeypatch.setattr(firm_files, "MOST_XLSX", 5)
    with pytest.raises(Refusal) as caught:
        xlsx_file(TABLE, FirmFilter(), WORDS)
    assert "最多 5 行" in caught.value.faults[0].texts[0]
    assert xlsx_file(TABLE, FirmFilter(stage=("growth",)), WORDS)


def test_a_table_of_many_parts_is_written_whole(monkeypatch):
    monkeypatch.setattr(firm_files, "PART_ROWS", 4)
    assert len(read_csv(FirmFilter())) == 6
