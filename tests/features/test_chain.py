"""Passages of firms, patents, products and demands."""

from __future__ import annotations

import pandas as pd
import pytest

from features.chain import (
    PASSAGES,
    codes_of,
    demand_passages,
    firm_passages,
    occupation_passages,
    patent_passages,
    product_passages,
    without_exclusions,
)

DAY = pd.Timestamp("2023-01-01")
PATENTS = pd.DataFrame(
    {
        "publication_number": ["CN1A", "CN2A"],
        "title": ["一种球机", "门禁方法"],
        "abstract": [None, "摘要。"],
        "applicant_ids": ["f1;f2", "f2"],
        "publication_date": DAY,
    }
)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("传感器制造，不含车联网；货物进出口。", "传感器制造，货物进出口。"),
        ("技术服务（不含危险化学品）、软件开发", "技术服务、软件开发"),
        ("依法须经批准的项目除外。", ""),
        ("生产球机。镜头由外部采购；", "生产球机。"),
        ("不包括药品零售", ""),
        ("包括药品零售，含配送", "包括药品零售，含配送"),
    ],
)
def test_what_is_not_done_is_left_out(text, kept):
    assert without_exclusions(text) == kept


def test_firm_passages_hold_documents_and_patents():
    documents = pd.DataFrame(
        {
            "document_id": ["d1", "d2", "d3"],
            "firm_id": ["f2", "f1", "f1"],
            "kind": ["business_scope", "product", "intro"],
            "title": ["经营范围", "球机系列", "企业简介"],
            "text": ["门禁系统制造，不含车联网。", "D1 型。", "不含疫苗"],
            "date": DAY,
        }
    )
    made = firm_passages(documents, PATENTS)
    assert made[["item_id", "text", "document_id"]].to_numpy().tolist() == [
        ["f1", "球机系列。D1 型。", "d2"],
        ["f1", "一种球机", "CN1A"],
        ["f2", "门禁系统制造，", "d1"],
        ["f2", "一种球机", "CN1A"],
        ["f2", "门禁方法。摘要。", "CN2A"],
    ]


def rows_of(table: pd.DataFrame) -> list[list[object]]:
    """The cells of a table of passages, which has these columns in this order."""
    assert list(table) == list(PASSAGES)
    assert table.index.tolist() == list(range(len(table)))
    return table.to_numpy().tolist()


def test_firms_without_a_text_a_title_or_an_applicant_have_fewer_passages():
    """Only what has words is a passage, and a patent that nobody applied for is no firm's; a day may be unknown."""
    documents = pd.DataFrame(
        {
            "document_id": ["d1", "d2", "d3"], "firm_id": "f1", "kind": "product", "title": ["球机", None, None],
            "text": [None, None, "门禁"], "date": DAY,
        }
    )  # fmt: skip
    patents = pd.DataFrame(
        {
            "publication_number": ["CN1A", "CN2A", "CN3A"],
            "title": ["一种球机", None, "门禁方法"],
            "abstract": [None, "", "摘要。"],
            "applicant_ids": [None, "f1", "f2;f1"],
            "publication_date": pd.to_datetime(["2023-01-01", "2023-01-01", None]),
        }
    )
    assert rows_of(firm_passages(documents, patents)) == [
        ["f1", "球机", "d1", DAY],
        ["f1", "门禁", "d3", DAY],
        ["f1", "门禁方法。摘要。", "CN3A", pd.NaT],
        ["f2", "门禁方法。摘要。", "CN3A", pd.NaT],
    ]


def test_the_passages_of_a_firm_keep_their_order():
    """Fifty patents of two firms by turns: of each firm in the order of the table."""
    numbers = [f"CN{number}A" for number in range(50, 0, -1)]
    patents = pd.DataFrame(
        {
            "publication_number": numbers, "title": "一种球机", "abstract": None, "applicant_ids": ["f2", "f1"] * 25,
            "publication_date": DAY,
        }
    )  # fmt: skip
    none = pd.DataFrame(columns=["document_id", "firm_id", "kind", "title", "text", "date"])
    assert firm_passages(none, patents)["document_id"].tolist() == numbers[1::2] + numbers[::2]


def test_passages_of_the_other_kinds():
    """A row an item: its text, the document that it is from (none of a product), and its day."""
    assert rows_of(patent_passages(PATENTS)) == [
        ["CN1A", "一种球机", "CN1A", DAY],
        ["CN2A", "门禁方法。摘要。", "CN2A", DAY],
    ]
    links = pd.DataFrame({"from_product": ["镜头", "芯片"], "to_product": ["球机", "球机"]})
    assert rows_of(product_passages(links, DAY)) == [[name, name, "", DAY] for name in ("球机", "芯片", "镜头")]
    assert rows_of(demand_passages(["D1"], ["<b>找</b> 传感器"], [DAY])) == [["D1", "找 传感器", "D1", DAY]]


def test_an_occupation_is_known_from_the_first_day_on_which_a_firm_filed_it():
    staff = pd.DataFrame(
        {
            "occupation": ["光学  工程师", "会计", "光学  工程师"],
            "date": pd.to_datetime(["2023-12-31", "2022-12-31", "2021-12-31"]),
        }
    )
    assert rows_of(occupation_passages(staff)) == [
        ["会计", "会计", "", pd.Timestamp("2022-12-31")],
        ["光学  工程师", "光学 工程师", "", pd.Timestamp("2021-12-31")],
    ]
    assert len(occupation_passages(staff.iloc[:0])) == 0


def test_codes_are_subclasses_each_once():
    """Several of one cell, an empty one, spaces; columns of other lengths belong to other tables."""
    cells = ["H04N5/1;;G06V10/40; H04N7/1", "G08B1/1", None]
    made = codes_of(["f", "f", "g"], ["3952", "", float("nan")], cells)
    assert made == {"f": ("gb:3952", "ipc:H04N", "ipc:G06V", "ipc:G08B"), "g": ()}
    with pytest.raises(ValueError, match="argument 3 is shorter"):
        codes_of(["f", "g"], ["3952", None], cells[:1])
