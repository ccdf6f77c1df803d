"""What is known on a day, what is dropped with a count, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from features.chain_snapshot import COLUMNS, ChainTables, SnapshotError, nodes_unknown, snapshot, split_ids

DAY, EARLY = pd.Timestamp("2024-06-30"), pd.Timestamp("2022-06-30")


@pytest.fixture
def chain_tables() -> ChainTables:
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


def test_each_day_has_its_own_rows(chain_tables, placements):
    now, before = snapshot(chain_tables, placements, DAY), snapshot(chain_tables, placements, EARLY)
    assert now.firms.set_index("firm_id")["revenue_wan"].to_dict() == {"A": 2.0, "B": 3.0, "C": 4.0}
    assert before.firms.set_index("firm_id")["revenue_wan"].to_dict() == {"A": 1.0, "B": 3.0}
    assert now.patents["publication_number"].tolist() == ["P1", "P2"]
    assert before.patents["publication_number"].tolist() == ["P1"]
    assert now.staff["n_staff"].tolist() == [12]
    assert before.staff["n_staff"].tolist() == [10]
    assert now.dropped == {"patents_of_no_known_firm": 1}  # of X, which no table of firms has


def test_placements_by_day_and_band(chain_tables, placements):
    """C was placed in 2021 but is no firm of the library before 2024; what is not placed says nothing."""
    now, before = (snapshot(chain_tables, placements, day).placements for day in (DAY, EARLY))
    assert now[["item_id", "probability"]].values.tolist() == [["A", 0.9], ["C", 0.9], ["P2", 0.9]]
    assert before[["item_id", "probability"]].values.tolist() == [["A", 0.6]]


def test_of_rows_of_one_day_the_lower_one_counts_and_the_day_itself_is_known(chain_tables, placements):
    """Each table sorted by its key, numbered anew, with its own columns; links carry no day and are all known."""
    late = chain_tables.firms.iloc[[3, 1]].assign(as_of=DAY, revenue_wan=[7.0, 8.0])
    firms = pd.concat([late, chain_tables.firms, late.assign(revenue_wan=[9.0, 10.0])])
    staff = chain_tables.staff.iloc[[1, 0, 1]].assign(
        occupation=["seller", "engineer", "engineer"], firm_id=["A", "B", "A"], date="2024-06-30"
    )
    links = pd.DataFrame({"from_product": ["lens", "chip"], "to_product": "camera"}, index=[5, 3])
    patents = chain_tables.patents.iloc[::-1]
    known = snapshot(ChainTables(firms, patents, staff, links), placements.iloc[::-1], DAY)
    assert known.day == DAY
    expected = pd.DataFrame(
        {
            "firm_id": ["A", "B", "C"], "local": [True, False, False], "founded": pd.Timestamp("2010-01-01"),
            "revenue_wan": [10.0, 3.0, 9.0], "as_of": [DAY, pd.Timestamp("2021-01-01"), DAY],
        }
    )  # fmt: skip
    pd.testing.assert_frame_equal(known.firms, expected, check_dtype=False)
    assert known.staff[["firm_id", "occupation"]].to_numpy().tolist() == [
        ["A", "engineer"], ["A", "seller"], ["B", "engineer"],
    ]  # fmt: skip
    pd.testing.assert_frame_equal(known.product_links, links.reset_index(drop=True))
    assert known.patents["publication_number"].tolist() == ["P1", "P2"]
    assert known.placements[["kind", "item_id", "as_of"]].to_numpy().tolist() == [
        ["firm", "A", pd.Timestamp("2023-01-01")],
        ["firm", "C", pd.Timestamp("2021-01-01")],
        ["patent", "P2", pd.Timestamp("2024-02-01")],
    ]
    for name, columns in COLUMNS.items():
        table = getattr(known, name)
        assert set(table) == set(columns)
        assert table.index.tolist() == list(range(len(table)))


def test_staff_of_a_firm_that_is_not_there_yet_is_left_out(chain_tables, placements):
    """C is a firm of the library from 2024 on; a patent of A and X is A's."""
    staff = chain_tables.staff.assign(firm_id=["A", "C"], date=pd.Timestamp("2021-06-01"))
    patents = chain_tables.patents.assign(applicant_ids=["X;A", "C", ""])
    known = snapshot(replace(chain_tables, staff=staff, patents=patents), placements, EARLY)
    assert known.staff["firm_id"].tolist() == ["A"]
    assert known.patents["publication_number"].tolist() == ["P1"]
    assert known.dropped == {"patents_of_no_known_firm": 1}


def test_a_day_before_the_first_record(chain_tables, placements):
    known = snapshot(chain_tables, placements, pd.Timestamp("2000-01-01"))
    assert [len(table) for table in (known.firms, known.patents, known.staff, known.placements)] == [0] * 4
    assert set(known.patents) == set(COLUMNS["patents"])


@pytest.mark.contract
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda tables, placed: (tables, placed.assign(item_id=["Z", "Y", "A", "C", "P2"])),
            "placements: firm Y (and 1 more) is in no row of firms; allowed: the 3 firms there",
        ),
        (
            lambda tables, placed: (replace(tables, staff=tables.staff.assign(firm_id="Z")), placed),
            "staff: firm Z (and 0 more) is in no row of firms; allowed: the 3 firms there",
        ),
        (
            lambda tables, placed: (replace(tables, firms=tables.firms.drop(columns="local")), placed),
            "firms: no column local; found firm_id, founded, revenue_wan, as_of",
        ),
        (
            lambda tables, placed: (replace(tables, product_links=pd.DataFrame({"to_product": [], 7: []})), placed),
            "product_links: no column from_product; found to_product, 7",
        ),
        (
            lambda tables, placed: (tables, placed[["kind", "item_id"]]),
            "placements: no column chain_id, node_id, probability, band, as_of; found kind, item_id",
        ),
        (
            lambda tables, placed: (replace(tables, patents=tables.patents[["publication_date"]]), placed),
            "patents: no column publication_number, applicant_ids, inventor_keys; found publication_date",
        ),
        (
            lambda tables, placed: (replace(tables, staff=tables.staff.iloc[:, :4]), placed),
            "staff: no column date; found firm_id, occupation, n_staff, n_openings",
        ),
    ],
)
def test_bad_tables_are_one_error(chain_tables, placements, change, message):
    """The table, what it lacks, and what there is."""
    with pytest.raises(SnapshotError) as refused:
        snapshot(*change(chain_tables, placements), DAY)
    assert str(refused.value) == message


def test_identifiers_of_a_cell():
    assert split_ids("A;B;") == ("A", "B")
    assert split_ids(None) == split_ids(float("nan")) == split_ids("") == ()


def test_nodes_that_the_chain_does_not_have(placements):
    assert nodes_unknown(placements, "small", ["x"]) == ["y"]
    assert nodes_unknown(placements, "other", []) == []
