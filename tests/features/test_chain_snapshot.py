"""What is known on a day, what is dropped with a count, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from features.chain_snapshot import ChainTables, SnapshotError, nodes_unknown, snapshot, split_ids

DAY, EARLY = pd.Timestamp("2024-06-30"), pd.Timestamp("2022-06-30")


@pytest.fixture
def tables() -> ChainTables:
    firms = pd.DataFrame(
        {
            "firm_id": ["A", "A", "B", "C"],
            "local": [True, True, False, False],
            "founded": pd.Timestamp("2010-01-01"),
            "revenue_wan": [1.0, 2.0, 3.0, 4.0],
            "as_of": pd.to_datetime(["2021-01-01", "2023-01-01", "2021-01-01", "2024-01-01"]),
        }
    )
    patents = pd.DataFrame(
        {
            "publication_number": ["P1", "P2", "P3"],
            "applicant_ids": ["A;B", "C", "X"],
            "inventor_keys": "",
            "publication_date": pd.to_datetime(["2020-01-01", "2024-02-01", "2020-01-01"]),
        }
    )
    staff = pd.DataFrame(
        {
            "firm_id": ["A", "A"],
            "occupation": ["engineer"] * 2,
            "n_staff": [10, 12],
            "n_openings": [0, 1],
            "date": pd.to_datetime(["2021-06-01", "2024-06-01"]),
        }
    )
    return ChainTables(firms, patents, staff, pd.DataFrame({"from_product": ["lens"], "to_product": ["camera"]}))


@pytest.fixture
def placements() -> pd.DataFrame:
    rows = [
        ("firm", "A", "x", 0.6, "to_person", "2021-01-01"),
        ("firm", "A", "x", 0.9, "placed", "2023-01-01"),
        ("firm", "B", "x", 0.1, "not_placed", "2021-01-01"),
        ("firm", "C", "y", 0.9, "placed", "2021-01-01"),
        ("patent", "P2", "y", 0.9, "placed", "2024-02-01"),
    ]
    table = pd.DataFrame(rows, columns=["kind", "item_id", "node_id", "probability", "band", "as_of"])
    return table.assign(chain_id="small", as_of=pd.to_datetime(table["as_of"]))


def test_each_day_has_its_own_rows(tables, placements):
    now, before = snapshot(tables, placements, DAY), snapshot(tables, placements, EARLY)
    assert now.firms.set_index("firm_id")["revenue_wan"].to_dict() == {"A": 2.0, "B": 3.0, "C": 4.0}
    assert before.firms.set_index("firm_id")["revenue_wan"].to_dict() == {"A": 1.0, "B": 3.0}
    assert now.patents["publication_number"].tolist() == ["P1", "P2"]
    assert before.patents["publication_number"].tolist() == ["P1"]
    assert now.staff["n_staff"].tolist() == [12]
    assert before.staff["n_staff"].tolist() == [10]
    assert now.dropped == {"patents_of_no_known_firm": 1}  # of X, which no table of firms has


def test_placements_by_day_and_band(tables, placements):
    """C was placed in 2021 but is no firm of the library before 2024; what is not placed says nothing."""
    now, before = (snapshot(tables, placements, day).placements for day in (DAY, EARLY))
    assert now[["item_id", "probability"]].values.tolist() == [["A", 0.9], ["C", 0.9], ["P2", 0.9]]
    assert before[["item_id", "probability"]].values.tolist() == [["A", 0.6]]


def test_a_day_before_the_first_record(tables, placements):
    known = snapshot(tables, placements, pd.Timestamp("2000-01-01"))
    assert [len(table) for table in (known.firms, known.patents, known.staff, known.placements)] == [0] * 4


@pytest.mark.contract
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda tables, placed: (tables, placed.assign(item_id="Z")), "placements: firm Z .* in no row of firms"),
        (lambda tables, placed: (replace(tables, staff=tables.staff.assign(firm_id="Z")), placed), "staff: firm Z"),
        (
            lambda tables, placed: (replace(tables, firms=tables.firms.drop(columns="local")), placed),
            "firms: no column local; found firm_id",
        ),
        (lambda tables, placed: (tables, placed.drop(columns=["band", "as_of"])), "placements: no column band, as_of"),
    ],
)
def test_bad_tables_are_one_error(tables, placements, change, message):
    with pytest.raises(SnapshotError, match=message):
        snapshot(*change(tables, placements), DAY)


def test_identifiers_of_a_cell():
    assert split_ids("A;B;") == ("A", "B")
    assert split_ids(None) == split_ids(float("nan")) == split_ids("") == ()


def test_nodes_that_the_chain_does_not_have(placements):
    assert nodes_unknown(placements, "small", ["x"]) == ["y"]
    assert nodes_unknown(placements, "other", []) == []
