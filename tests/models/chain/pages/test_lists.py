"""Files of a list: the same cells as the page, texts that no spreadsheet computes, the same bytes each time."""

from __future__ import annotations

import csv
import datetime as dt
import io

import openpyxl
import pandas as pd
import pytest

from models.chain.node_view import LANGUAGES, templates
from models.chain.pages.lists import LISTS, csv_bytes, heads, rows, shown, title, xlsx_bytes

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "=cmd|' /C calc'!A0"]


def firms(names: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "firm_id": [f"f{at}" for at in range(len(names))],
            "name": names,
            "probability": 0.9,
            "band": "to_person",
            "revenue_wan": -12.5,
            "listed": True,
            "founded": pd.Timestamp("2020-02-03"),
            "evidence": [("视频", "算法")] * len(names),
        }
    )


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_csv_opens_in_excel_with_chinese_and_plain_figures():
    content = csv_bytes("local_library", firms(["甲公司"]), "zh")
    assert content.startswith(b"\xef\xbb\xbf")
    head, row = read_csv(content)
    found = dict(zip(head, row, strict=True))
    assert found["企业名称"] == "甲公司"
    assert found["归链概率"] == "0.9"
    assert found["归链方式"] == "待人工确认"
    assert found["年营业收入（万元）"] == "-12.5"  # a number stays a number
    assert (found["成立日期"], found["上市"], found["归链依据"]) == ("2020-02-03", "是", "视频; 算法")
    assert found["数据日期"] == ""  # a column that the table lacks


def test_a_sum_of_fractions_is_written_without_its_rounding_error():
    head, row = read_csv(csv_bytes("local_library", firms(["甲"]).assign(probability=0.1 + 0.2), "en"))
    assert row[head.index("Probability")] == "0.3"


@pytest.mark.parametrize("name", FORMULAS)
def test_no_text_is_a_formula(name):
    """In CSV an apostrophe stands before it; in XLSX it is a text cell with its own characters."""
    assert read_csv(csv_bytes("local_library", firms([name]), "en"))[1][1] == "'" + name
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes("local_library", firms([name]), "en"))).worksheets[0]
    cell = sheet["B2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (name, "s", True)


def test_line_breaks_and_control_characters_do_not_make_cells():
    """What is hidden before a formula's sign is taken away first."""
    assert read_csv(csv_bytes("local_library", firms(['\t=1+1\r\n"x",y\x00']), "en"))[1][1] == '\'=1+1 "x",y'
    assert xlsx_bytes("local_library", firms(["a\x00b\x07"]), "en")


def test_xlsx_keeps_numbers_dates_and_sources():
    about = [("环节", "镜头"), ("环节结构", "=owner")]
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes("local_library", firms(["甲"]), "zh", about)))
    found = {head.value: cell for head, cell in zip(*book.worksheets[0].iter_rows(max_row=2), strict=True)}
    assert (found["归链概率"].value, found["归链概率"].number_format.split(";")[-1]) == (0.9, "0.0%")
    assert found["成立日期"].value.date() == dt.date(2020, 2, 3)
    assert [[cell.value for cell in row] for row in book.worksheets[1].iter_rows()] == [list(line) for line in about]
    assert book.worksheets[0].freeze_panes == "A2"


def test_the_same_list_gives_the_same_bytes():
    assert xlsx_bytes("local_library", firms(["甲"]), "zh") == xlsx_bytes("local_library", firms(["甲"]), "zh")


def test_missing_values_are_empty_and_never_zero():
    table = firms(["甲"]).assign(probability=float("nan"), founded=pd.NaT, listed=None)
    (row,) = rows("local_library", table, "zh")
    assert [row[heads("local_library", "zh").index(name)] for name in ("归链概率", "成立日期", "上市")] == [None] * 3
    assert shown(None, "share", "zh") == "–"


@pytest.mark.parametrize(
    ("cell", "kind", "text"),
    [(0.123, "share", "12.3%"), (1234, "whole", "1,234"), (2.0, "hundredths", "2.00"), ("a", "text", "a")],
)
def test_cells_as_a_person_reads_them(cell, kind, text):
    assert shown(cell, kind, "en") == text


def test_a_reason_is_in_the_readers_language():
    table = pd.DataFrame({"rank": [1], "reason_zh": ["专利增长"], "reason_en": ["patents grow"]})
    for lang, reason in (("zh", "专利增长"), ("en", "patents grow")):
        assert reason in next(iter(rows("targets", table, lang)))


def test_every_list_has_a_name_and_every_column_a_title():
    for name, columns in LISTS.items():
        for lang in LANGUAGES:
            assert title(name, lang)
            assert len(set(heads(name, lang))) == len(columns)
    assert "column.firm_id" in templates()


def test_an_empty_list_has_its_titles_alone():
    assert len(read_csv(csv_bytes("patents", pd.DataFrame(), "zh"))) == 1
    with pytest.raises(KeyError):
        csv_bytes("other", pd.DataFrame(), "zh")


@pytest.mark.law
@pytest.mark.parametrize(("probability", "read"), [(0.9999, ">99.9%"), (1.0, "100.0%"), (0.5, "50.0%")])
def test_a_machines_probability_is_never_certain(probability, read):
    """1 less 1e-4 is the nearest to 1 that a placement comes; 1 is what a person decided."""
    table = firms(["甲"]).assign(probability=probability)
    column = [one.key for one in LISTS["local_library"]].index("probability")
    (cells,) = rows("local_library", table, "zh")
    assert shown(cells[column], LISTS["local_library"][column].kind, "zh") == read
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes("local_library", table, "zh"))).worksheets[0]
    certain, near, other = sheet.cell(2, column + 1).number_format.split(";")
    assert (certain, near, other) == ("[=1]0.0%", '[>=0.9995]">99.9%"', "0.0%")
