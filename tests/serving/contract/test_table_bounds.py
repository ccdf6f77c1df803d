"""A small file that would take gigabytes or minutes to read is refused before it is read."""

from __future__ import annotations

import io
import time
import zipfile

import pytest

from data.ingest.source import IngestError
from serving.console.pages.zone.incubator_sheet import sheet_reports
from serving.contract.table_bounds import MOST_FIELDS, MOST_UNPACKED_BYTES, table_fault

pytestmark = pytest.mark.contract


def workbook(size: int) -> bytes:
    """A packed file of one part of so many bytes, all alike."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b" " * size)
    return packed.getvalue()


def test_a_workbook_is_bounded_by_what_it_unpacks_to():
    assert "unpacks to 16,000,001 bytes" in str(table_fault(workbook(MOST_UNPACKED_BYTES + 1)))
    assert table_fault(workbook(MOST_UNPACKED_BYTES)) is None
    assert table_fault(b"PK and no archive") is None


@pytest.mark.parametrize("mark", [b",", b";", b"\t"])
def test_a_line_is_bounded_by_its_fields(mark):
    assert table_fault(b"a,b\n" + mark * (MOST_FIELDS - 1)) is None
    assert "10,001 fields" in str(table_fault(b"a,b\n" + mark * MOST_FIELDS))
    assert table_fault(b"<log>" + b"," * MOST_FIELDS) is None


@pytest.mark.parametrize("raw", [workbook(MOST_UNPACKED_BYTES + 1), b"," * 1_900_000])
def test_such_a_file_of_reports_is_refused_at_once(raw):
    """Two megabytes of commas took a minute and two gigabytes."""
    began = time.thread_time()
    with pytest.raises(IngestError, match="allowed"):
        sheet_reports(raw, "reports")
    assert time.thread_time() - began < 2.0
