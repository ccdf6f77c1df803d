"""Passages of firms, patents, products and demands."""

from __future__ import annotations

import pandas as pd
import pytest

from features.chain import (
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


def test_passages_of_the_other_kinds():
    assert patent_passages(PATENTS)["text"].tolist() == ["一种球机", "门禁方法。摘要。"]
    links = pd.DataFrame({"from_product": ["镜头", "芯片"], "to_product": ["球机", "球机"]})
    assert product_passages(links, DAY)["item_id"].tolist() == sorted(["球机", "芯片", "镜头"])
    assert demand_passages(["D1"], ["<b>找</b> 传感器"], [DAY])["text"].tolist() == ["找 传感器"]


def test_an_occupation_is_known_from_the_first_day_on_which_a_firm_filed_it():
    staff = pd.DataFrame(
        {
            "occupation": ["光学 工程师", "会计", "光学 工程师"],
            "date": pd.to_datetime(["2023-12-31", "2022-12-31", "2021-12-31"]),
        }
    )
    rows = occupation_passages(staff).set_index("item_id")
    assert rows.index.tolist() == ["会计", "光学 工程师"]
    assert rows.loc["光学 工程师", "date"] == pd.Timestamp("2021-12-31")
    assert len(occupation_passages(staff.iloc[:0])) == 0


def test_codes_are_subclasses_each_once():
    made = codes_of(["f", "f", "g"], ["3952", None, float("nan")], ["H04N5/1;H04N7/1", "G08B1/1", None])
    assert made == {"f": ("gb:3952", "ipc:H04N", "ipc:G08B"), "g": ()}
