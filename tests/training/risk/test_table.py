"""Any table as a learner takes it: what is typed, what is left out and why, and which faults are named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.risk.table import TableError, as_table, read_notation, read_table

pytestmark = pytest.mark.contract


def frame(rows: int = 20, **columns) -> pd.DataFrame:
    table = pd.DataFrame({"a": np.arange(rows) / 7, "default": np.arange(rows) % 2})
    return table.assign(**columns)


def test_identifiers_and_constants_are_left_out_with_their_reason():
    """Text that never repeats, whole numbers that only rise, a single value, and what was excluded."""
    made = as_table(
        frame(firm=[f"F{n}" for n in range(20)], loan=np.arange(20), zone="x", note=1.5 * np.arange(20)),
        "default",
        exclude=["note"],
    )
    assert list(made.x) == ["a"]
    assert made.dropped == {
        "note": "excluded by name", "default": "target",
        "firm": "identifier: 20 distinct texts in 20 rows", "loan": "identifier: 20 distinct integers in 20 rows",
        "zone": "one value only",
    }  # fmt: skip
    assert made.weight.tolist() == [1.0] * 20


def test_rows_without_an_outcome_and_before_a_day_are_counted():
    """Two outcomes are missing, three rows are too early; time is in days."""
    table = frame(granted=pd.date_range("2024-01-01", periods=20))
    table["default"] = table["default"].astype(float)
    table.loc[[18, 19], "default"] = np.nan
    made = as_table(table, "default", time="granted", since="2024-01-04")
    assert len(made.y) == 15
    assert made.dropped["2 rows"] == "target missing"
    assert made.dropped["3 rows before 2024-01-04"] == "earlier by granted"
    assert np.diff(made.time).tolist() == [1.0] * 14


@pytest.mark.parametrize(
    ("changed", "given", "result"),
    [
        ({}, {"target": "bad"}, r"not in the table: --target bad; it has \['a', 'default'\]"),
        ({}, {"group": "firm", "exclude": ["b"]}, "not in the table: --group firm, --exclude b"),
        ({"default": np.nan}, {}, "target default is missing in every row"),
        ({"default": np.arange(20) % 3}, {}, r"target default has the values \[0, 1, 2\]"),
        ({"w": 0.0}, {"weight": "w"}, "weight w: 20 values are not above 0"),
        ({"t": ["u", "v"] * 10}, {"time": "t"}, "time t: 'u' is no number and no day"),
        ({"t": pd.NaT}, {"time": "t"}, "time t: 20 values are missing"),
        ({"t": pd.Timestamp("2024-01-01")}, {"time": "t", "since": "soon"}, "--since soon: .*begins with 2024-01-01"),
        ({"a": 1.0}, {}, "no column is left to learn from"),
    ],
)
def test_a_wrong_option_is_named_with_what_there_is(changed, given, result):
    """The column, what was found and what is allowed."""
    with pytest.raises(TableError, match=result):
        as_table(frame(**changed), **({"target": "default"} | given))


def test_columns_of_one_name_are_refused():
    """Nobody could say which is meant."""
    table = pd.concat([frame(), frame()[["a"]]], axis=1)
    with pytest.raises(TableError, match=r"columns of one name: \['a'\]"):
        as_table(table, "default")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["1,234", "5", "6"], [1234, 5, 6]),
        (["5%", "10%", ""], [0.05, 0.1, np.nan]),
        (["是", "否", "是"], [1, 0, 1]),
        (["2024-01-31", "2024-02-29", None], [pd.Timestamp("2024-01-31"), pd.Timestamp("2024-02-29"), pd.NaT]),
        (["007", "012", "100"], ["007", "012", "100"]),  # a code
        (["1", "two", "3"], ["1", "two", "3"]),
    ],
)
def test_text_that_writes_one_kind_throughout_is_read_so(written, read):
    """A single cell of another kind leaves the column as it is."""
    made = read_notation(pd.Series(written, name="x", dtype=object))
    assert made.isna().tolist() == [one is None or one is pd.NaT or one != one for one in read]
    assert made.dropna().tolist() == [one for one in read if not (one is pd.NaT or one != one)]


def test_a_file_is_read_as_the_ingest_reads_it(tmp_path):
    """A line with a field too many stops with its number; a file that is none is named."""
    path = tmp_path / "loans.csv"
    path.write_text("a,default\n1,0\n2,1\n", encoding="utf-8")
    assert read_table(path)["a"].tolist() == ["1", "2"]
    path.write_text("a,default\n1,0\n2,1,9\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"loans\.csv: 1 faulty lines, first 3: the line has 3 fields"):
        read_table(path)
    with pytest.raises(TableError, match=r"other\.csv is no file"):
        read_table(tmp_path / "other.csv")


@pytest.mark.contract
def test_cells_are_read_as_the_ingest_reads_them(tmp_path):
    """Per cent, thousands separators, words for missing, days; a code with a leading 0 stays text."""
    lines = ["12.5%,'1,234.50',NA,2024年1月2日,007,1", "50%,-3,4,2024-01-05,120,0", "5%,'2,000',6,2024/2/1,1,0"]
    text = "\n".join(["a,b,c,d,e,default", *lines]).replace("'", '"')
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    read = as_table(read_table(tmp_path / "t.csv"), "default", exclude=[])
    assert read.x["a"].tolist() == [0.125, 0.5, 0.05]
    assert read.x["b"].tolist() == [1234.5, -3.0, 2000.0]
    assert np.isnan(read.x["c"][0])
    assert read.x["c"].tolist()[1:] == [4.0, 6.0]
    assert (read.x["d"] - read.x["d"][0]).tolist() == [0.0, 3.0, 30.0]
    assert read.dropped["e"].startswith("identifier: 3 distinct texts")
    assert read.y.tolist() == [1.0, 0.0, 0.0]
