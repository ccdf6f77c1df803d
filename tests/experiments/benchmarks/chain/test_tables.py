"""Tables become items, nodes and labels by rules that a person can check on a few rows."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments.benchmarks.chain.tables import (
    TableError,
    TableMissingError,
    gb_items,
    listed_firms,
    patents,
    read_table,
    sina,
    startups,
)

from .conftest import write

pytestmark = pytest.mark.contract


@pytest.fixture
def standard(tmp_path):
    classes = [("A", None, "1", "农业", None, "A"), ("A", "01", "2", "农业", None, "01"),
               ("A", "01", "3", "谷物", None, "011"), ("A", "01", "4", "稻谷种植", "指种稻", "0111"),
               ("A", "01", "4", "小麦种植", None, "0112"), ("A", "01", "4", "种子", None, "0190")]  # fmt: skip
    write(tmp_path, "gbt4754_2017", classes, ["class1", "class2", "level", "name", "remark", "code"])
    items = [
        ("0111", "稻谷种植", "include", "早稻"),
        ("0113", "玉米种植", "include", "玉米"),
        ("0111", "稻谷种植", "exclude", "小麦的种植，列入0112（小麦种植）"),
        ("0111", "稻谷种植", "exclude", "甲、乙，分别列入9999（无）和0112（小麦种植）"),
        ("0111", "稻谷种植", "exclude", "其他，列入相关行业"),
        ("0111", "稻谷种植", "exclude", "，列入0112（小麦种植）"),
    ]
    write(tmp_path, "gb4754_2017_items", items, ["gb_code", "gb_name", "kind", "item"])
    return tmp_path


def test_what_the_standard_excludes_is_unseen_and_belongs_to_the_class_that_it_names(standard):
    """Without the words that name the class; a class that the list lacks lies under its first three digits."""
    table = gb_items(standard)
    assert table.items["text"].tolist() == ["早稻", "玉米"]
    assert table.items["nodes"].str[0].tolist() == ["0111", "0113"]
    assert table.unseen["text"].tolist() == ["小麦的种植", "甲、乙"]
    assert table.unseen["nodes"].tolist() == [("0112",), ("0112",)]
    assert table.parents == {"A": None, "01": "A", "011": "01", "0111": "011", "0112": "011", "0113": "011",
                             "019": "01", "0190": "019"}  # fmt: skip
    assert table.nodes["0111"].texts == ("指种稻",)


def test_listed_firms_by_their_largest_products(tmp_path):
    """15 products by share of revenue, each once; an industry of one firm is left out; codes make the tree."""
    rows = [("1A", f"p{at:02d}", str(1 - at / 20)) for at in range(16)] + [("1A", "p00", "0.1")]
    rows += [("2A", "q", None), ("3A", "r", "-5"), ("3A", "s", "0.2")]
    write(tmp_path, "listed_firms/company_product", rows, ["company", "product", "revenue_share"])
    firms = [("1A", "110101"), ("2A", "110101"), ("3A", "220201"), ("4A", "110101")]
    write(tmp_path, "listed_firms/company_industry", firms, ["company", "industry"])
    write(tmp_path, "listed_firms/industry", [("110000", "农"), ("110101", "种子")], ["code", "name"])
    table = listed_firms(tmp_path)
    assert table.items["text"].tolist() == ["、".join(f"p{at:02d}" for at in range(15)), "q"]
    assert table.parents == {"110000": None, "110100": "110000", "110101": "110100"}
    assert table.nodes["110101"].name == "种子"
    write(tmp_path, "listed_firms_alt/stock_industry_sina", [("3A", "矿业"), ("5A", "酒")], ["code", "industry"])
    assert sina(tmp_path).items.loc[0, ["text", "nodes"]].tolist() == ["s、r", ("矿业",)]
    write(tmp_path, "listed_firms/company_industry", [("1A", "农"), ("2A", "农")], ["company", "industry"])
    with pytest.raises(TableError, match="found the industry '农'; needed: six digits"):
        listed_firms(tmp_path)


def test_startups_and_patents(chain_folder):
    """A sub-industry lies under its industry; a subclass without a title has its code for a name."""
    table = startups(chain_folder)
    assert table.parents["工业 > 业a"] == "工业"
    assert len(table.items) == 120
    several = patents(chain_folder)
    assert several.items["nodes"].iloc[80] == ("A61K", "A61P")
    assert several.parents["A61P"] == "A61"
    assert several.nodes["A61P"].name == "A61P"
    assert several.fold.tolist()[:4] == [1, 2, 3, 4]


def test_a_table_that_cannot_be_used_is_named(tmp_path):
    with pytest.raises(TableMissingError, match=r"x\.parquet is not there"):
        read_table(tmp_path, "x", ["a"])
    (tmp_path / "x.parquet").write_text("no table")
    with pytest.raises(TableError, match="cannot be read as Parquet"):
        read_table(tmp_path, "x", ["a"])
    pd.DataFrame({"b": [1]}).to_parquet(tmp_path / "x.parquet")
    with pytest.raises(TableError, match=r"lacks the columns \['a'\]; it has \['b'\]"):
        read_table(tmp_path, "x", ["a"])
    pd.DataFrame({"a": []}).to_parquet(tmp_path / "x.parquet")
    with pytest.raises(TableError, match="has no row"):
        read_table(tmp_path, "x", ["a"])
