"""Tables of records as files."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from data.incubators.fields import record_fields
from data.incubators.tables import QUARANTINE, checked_table, read_table
from data.ingest.source import IngestError


def coded(row):
    form = record_fields("report")
    return {form[key].code or key: value for key, value in row.items()}


def csv_bytes(rows):
    return pd.DataFrame(rows).to_csv(index=False).encode()


def test_a_report_with_codes_as_heads_is_read_from_csv_and_workbook(records):
    """The same rows from both; the columns come back under their keys."""
    row = coded(records["report"])
    assert "7e00" in row
    book = io.BytesIO()
    pd.DataFrame([row]).to_excel(book, index=False)
    found = [read_table("report", source).rows for source in (csv_bytes([row]), book.getvalue())]
    for rows in found:
        assert rows["area_m2"].tolist() == [8_000.0]
        assert rows["period_to"].tolist() == [pd.Timestamp("2021-12-31")]
    pd.testing.assert_frame_equal(*found)


def test_a_bad_row_goes_to_the_quarantine_and_the_others_are_taken(records):
    """With the line of the file, the key, where, found, allowed and the reason."""
    good, bad = coded(records["report"]), coded(records["report"] | {"staff": 7, "period_to": "2020-12-31"})
    bad["period_from"] = "2020-01-01"
    table = read_table("report", csv_bytes([good, bad]))
    assert len(table.rows) == 1
    assert list(table.quarantine.columns) == list(QUARANTINE)
    (row,) = table.quarantine.to_dict("records")
    assert (row["line"], row["key"]) == (3, "Z1 2020-12-31")
    assert row["reason_zh"] == (
        "各类人员均不应超过工作人员总数（工作人员（7d00） 7、专业服务人员（7d10） 8、大专以上人员（7d11） 9、"
        "留学回国人员（7d12） 0、专职工作人员 ）。"
    )


def test_a_record_that_comes_twice_is_taken_once(records):
    """The second one is refused and names the line of the first."""
    table = checked_table("tenant", pd.DataFrame([records["tenant"]] * 2, dtype=object))
    assert len(table.rows) == 1
    assert table.quarantine["allowed"].tolist() == ["line 2 has it"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.assign(colour=1), "none of the record's.*needs 载体编号 / identifier"),
        (lambda frame: frame.drop(columns="7d00"), "missing: 工作人员（7d00） / staff"),
        (lambda frame: frame.rename(columns={"7c60": "7c60（万元）"}), "is in 万, allowed: thousand_cny"),
    ],
)
def test_a_file_with_other_columns_or_another_unit_is_refused_whole(records, change, message):
    """No column is guessed, and 万元 is not thousand yuan."""
    frame = pd.DataFrame([coded(records["report"] | {"fund_thousand_cny": 5})])
    with pytest.raises(IngestError, match=message):
        read_table("report", change(frame).to_csv(index=False).encode())


def test_a_kind_and_a_level_may_be_written_as_they_are_shown(records):
    """What a page of the registry says is what a person copies into a table."""
    frame = pd.DataFrame([records["incubator"] | {"kind": "众创空间", "level": "国家级"}])
    table = read_table("incubator", frame.to_csv(index=False).encode())
    assert table.rows[["kind", "level"]].to_numpy().tolist() == [["makerspace", "national"]]
    other = read_table("incubator", frame.assign(kind="工厂").to_csv(index=False).encode())
    assert other.quarantine["where"].tolist() == ["kind"]
