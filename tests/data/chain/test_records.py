"""Records of a chain go to a table and come back."""

from __future__ import annotations

import datetime as dt

import pytest

from data.chain.records import KINDS, Deal, Firm, Patent
from data.matching import columns, from_table
from tests.data.record_tables import to_table

pytestmark = pytest.mark.law

DAY = dt.date(2024, 6, 30)


@pytest.mark.parametrize(
    "record",
    [
        Firm("f1", "甲公司", "杭州", True, None, False, None, DAY),
        Patent("CN1A", None, "一种镜头", None, ("G02B", "H04N5/225"), ("f1", "f2"), (), DAY, DAY),
        Deal("d1", "f1", DAY, "A", 1000.0, "某基金"),
    ],
)
def test_a_record_survives_its_table(record):
    assert from_table(to_table([record], type(record)), type(record)) == [record]


def test_every_kind_has_a_day_but_the_facts_without_one():
    undated = [
        kind
        for kind, record in KINDS.items()
        if not {"date", "as_of", "publication_date", "decided_on"} & set(columns(record))
    ]
    assert undated == ["investors", "product_links"]
