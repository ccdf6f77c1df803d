"""The tables of a report as files."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest

from data.incubators.fields import RegistryError
from models.incubators.lists import TABLES, csv_of, group_rows, listed, notes, time_of, xlsx_of


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_there_in_both_languages_with_the_same_figures(reports, table):
    """Heads and names differ, numbers do not."""
    zh, en = (listed(reports[lang], table) for lang in ("zh", "en"))
    assert len(zh.rows) == len(en.rows) > 0
    assert len(zh.heads) == len(zh.formats) == len(zh.rows[0])
    for one, other in zip(zh.rows, en.rows, strict=True):
        assert [cell for cell in one if isinstance(cell, int | float)] == [
            cell for cell in other if isinstance(cell, int | float)
        ]


def test_the_csv_holds_the_published_totals(reports):
    """As whole numbers with their basis."""
    rows = list(csv.reader(io.StringIO(csv_of(reports["en"], "statistics").decode("utf-8-sig"))))
    found = {row[0]: row[1:5] for row in rows}
    assert found["space"] == ["810000", "m²", "stock", "2022-05-31"]
    assert found["firms incubated ever"] == ["2814", "firms", "cumulative", "2022-05-31"]
    assert found["jobs of college graduates"][0] == "7056"


def test_the_workbook_has_a_sheet_a_table_and_what_the_figures_count(reports):
    """And says that its rows are simulated."""
    book = openpyxl.load_workbook(io.BytesIO(xlsx_of(reports["zh"])))
    assert len(book.sheetnames) == len(TABLES) + 1
    about = [row[0].value for row in book[book.sheetnames[-1]].iter_rows()]
    assert about[1:] == notes(reports["zh"])
    assert "模拟数据" in about[1]


def test_groups_come_from_the_highest_level_down(reports):
    """And kinds in the order of the registry."""
    assert [row[0] for row in group_rows(reports["en"], "level")] == ["national", "regional", "lower level"]
    assert [row[:2] for row in group_rows(reports["en"], "kind")][-2:] == [
        ["star village (星创天地)", 33], ["regional base", 8]
    ]  # fmt: skip


def test_clauses_are_named_in_the_language_of_the_report(reports):
    """Not by their keys."""
    table = reports["zh"].recognition
    at = table.index[(table["incubator_id"] == "Z0052") & (table["tier"] == "national_incubator")][0]
    zh, en = (listed(reports[lang], "recognition").rows[at] for lang in ("zh", "en"))
    assert "可自主支配场地面积；" in zh[9]
    assert "space under own control; " in en[9]


def test_an_unknown_table_is_refused(reports):
    """With those there are."""
    with pytest.raises(RegistryError, match="table is 'profit'"):
        listed(reports["zh"], "profit")


def test_a_flow_has_a_period_and_the_others_a_day():
    """Both ends of it."""
    assert time_of(None, "2022-05-31") == "2022-05-31"
    assert time_of("2022-01-01", "2022-05-31") == "2022-01-01 – 2022-05-31"
