"""Records of matching become tables and come back unchanged."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest

from data.codebook import read_codebook
from data.ingest.rules import table_rules
from data.matching import KINDS, Capability, Demand, MatchEvent, MatchOutcome, columns, from_table
from data.uscc import fictitious_uscc
from tests.data.record_tables import to_table

pytestmark = pytest.mark.law

DAY = dt.date(2024, 3, 1)
DEMAND = Demand(
    "D1",
    fictitious_uscc(1),
    "降噪",
    "风机太吵",
    "低于 60 dB",
    "iot",
    30.0,
    dt.date(2024, 9, 1),
    None,
    "zone",
    DAY,
    "园区",
)
CAPABILITY = Capability(
    "C1", fictitious_uscc(2), "patent", "消声器", "一种消声器", ("F16L55/02", "G10K11/16"), None, DAY, "知识产权局"
)
EVENT = MatchEvent("E1", "智能制造", DAY, "滨江区", 40, 6, 3)
MET = dict.fromkeys(("invited", "accepted", "met", "kept"), True)
OUTCOME = MatchOutcome(
    "E1",
    "D1",
    fictitious_uscc(2),
    **MET,
    second_meeting=False,
    solved=False,
    signed=False,
    reason_not="price",
    date=DAY,
    rank=2,
    propensity=0.25,
    model_version="m-1",
)
RECORDS = [
    (DEMAND, replace(DEMAND, requirement=None, budget_wan=None, deadline=None, district="滨江区")),
    (CAPABILITY, replace(CAPABILITY, ipc=(), gb4754="3985")),
    (EVENT, replace(EVENT, district=None)),
    (OUTCOME, replace(OUTCOME, event_id=None, reason_not=None, rank=None, propensity=None, model_version=None)),
]


@pytest.mark.parametrize("pair", RECORDS, ids=lambda pair: type(pair[0]).__name__)
def test_records_come_back_from_their_table_unchanged(pair, tmp_path):
    """Through a Parquet file too: every member, of its own type, what is missing as None."""
    kind = type(pair[0])
    to_table(pair, kind).to_parquet(tmp_path / "records.parquet")
    found = from_table(pd.read_parquet(tmp_path / "records.parquet"), kind)
    assert found == list(pair)
    assert [type(getattr(found[0], name)) for name in columns(kind)] == [
        type(getattr(pair[0], name)) for name in columns(kind)
    ]


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_the_columns_of_an_ingested_table_are_the_members_of_its_record(name, kind):
    """One list of members, in one order; a column that may be missing is a member that may be None."""
    fields = table_rules(read_codebook())[name].fields
    assert tuple(fields) == columns(kind)
    needed = to_table([], kind)[[key for key, field in fields.items() if field.column_needed]]
    assert from_table(needed, kind) == []
    with pytest.raises(KeyError):
        from_table(needed.drop(columns=needed.columns[0]), kind)


def test_a_member_that_may_be_missing_may_have_no_column():
    """A zone that records no budgets delivers no such column."""
    table = to_table([DEMAND], Demand).drop(columns=["budget_wan", "requirement"])
    assert from_table(table, Demand) == [replace(DEMAND, budget_wan=None, requirement=None)]
