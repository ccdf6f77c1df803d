"""CSV and Parquet, row by row as text."""

from __future__ import annotations

import io
from contextlib import suppress

import pandas as pd
import pytest

from data.ingest.case_logs import tables
from data.ingest.case_logs.tables import read_csv_log, read_parquet_log
from data.ingest.source import IngestError

pytestmark = pytest.mark.contract


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_what_offices_write(encoding, delimiter):
    """Encodings, delimiters, a title above the header, fields over two lines; the line is where the row begins."""
    text = '办件日志\ncase_id,activity,timestamp\n1,受理,2026-03-01\n\n2,"审\n查",\n3,决定\n'.replace(",", delimiter)
    header, rows = read_csv_log(text.encode(encoding), "x.csv")
    assert header == ["case_id", "activity", "timestamp"]
    assert [(row.number, row.line, row.fault) for row in rows] == [(1, 3, ""), (2, 5, ""), (3, 7, "fields")]
    assert rows[0].values == {"case_id": "1", "activity": "受理", "timestamp": "2026-03-01"}
    assert rows[1].values == {"case_id": "2", "activity": "审\n查"}
    assert rows[2].values == {"case_id": "3", "activity": "决定"}


def test_a_csv_with_a_column_twice_or_of_no_encoding_is_refused():
    """The whole file, for nothing says which is meant."""
    with pytest.raises(IngestError, match=r"\['activity'\] occur more than once"):
        read_csv_log(b"case_id,activity,activity\n1,a,b\n", "x.csv")
    with pytest.raises(IngestError, match="has 1001 columns, allowed: at most 1000"):
        read_csv_log(b"case_id" + b",x" * 1_000 + b"\n", "x.csv")
    with pytest.raises(IngestError, match="in none of the encodings"):
        read_csv_log(b"case_id,activity\n1,\xff\xff\n", "x.csv")


def test_parquet_as_texts():
    """Days with their offset, numbers as Python writes them, nothing for nothing."""
    frame = pd.DataFrame(
        {
            "case_id": ["1", None],
            "at": pd.to_datetime(["2026-03-01T08:00:00+08:00", None]),
            "local": pd.to_datetime(["2026-03-01T08:00:00", None]),
            "number": [1.5, float("nan")],
            "count": [3, 4],
            "flag": [True, False],
        }
    )
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    header, (first, second) = read_parquet_log(buffer.getvalue(), "x.parquet")
    assert header == list(frame)
    assert first.values == {
        "case_id": "1",
        "at": "2026-03-01T08:00:00+08:00",
        "local": "2026-03-01T08:00:00",
        "number": "1.5",
        "count": "3",
        "flag": "true",
    }
    assert second.values == {"count": "4", "flag": "false"}


def test_a_damaged_or_too_large_parquet_is_refused(monkeypatch):
    """By what its last bytes say, before a column is unpacked."""
    with pytest.raises(IngestError, match="is damaged"):
        read_parquet_log(b"PAR1 nothing PAR1", "x.parquet")
    buffer = io.BytesIO()
    pd.DataFrame({"case_id": ["1", "2"]}).to_parquet(buffer)
    for at in range(4, len(buffer.getvalue()), 7):  # it is read or refused, whatever a byte of it becomes
        with suppress(IngestError):
            read_parquet_log(buffer.getvalue()[:at] + b"\xff" + buffer.getvalue()[at + 1 :], "x.parquet")
    monkeypatch.setattr(tables, "MOST_ROWS", 1)
    with pytest.raises(IngestError, match="has 2 rows"):
        read_parquet_log(buffer.getvalue(), "x.parquet")
