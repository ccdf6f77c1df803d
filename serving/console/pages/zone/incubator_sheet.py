"""A file of reports as the API takes them: a row a report, heads by name or by the codes of the form."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from data.incubators.fields import heads
from data.ingest.source import IngestError, heading, read_source
from serving.contract.table_bounds import table_fault
from serving.incubators.schemas import MOST_RECORDS

MOST_ROWS = MOST_RECORDS
MEMBERS = ("incubator_id", "period_from", "period_to", "filed_on")


def sheet_reports(raw: bytes, name: str) -> list[dict[str, Any]]:
    """Reports of a CSV or XLSX file; raises IngestError where it cannot be read, is empty or too long."""
    if fault := table_fault(raw):
        raise IngestError(f"{name}: {fault}")
    known = heads("report")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"reports{'.xlsx' if raw[:2] == b'PK' else '.csv'}"
        path.write_bytes(raw)
        given = read_source(path, name or path.name, known)
    if not 1 <= len(given.frame) <= MOST_ROWS:
        raise IngestError(f"{name}: {len(given.frame)} reports; allowed: 1 to {MOST_ROWS}")
    keys: dict[object, str] = {title: known.get(heading(title)[0], str(title)) for title in given.frame.columns}
    return [report_of({keys[title]: value for title, value in row.items()}) for row in given.frame.to_dict("records")]


def report_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """One row as a report: empty cells are left out, what is not a member is a figure."""
    filled = {key: value for key, value in row.items() if not _empty(value)}
    named = {key: str(filled.pop(key, "")).strip() for key in MEMBERS}
    days = {key: text[:10] for key, text in named.items() if key != "incubator_id"}  # of a workbook they have a time
    return {**named, **days, "figures": {key: _plain(value) for key, value in filled.items()}}


def _empty(value: Any) -> bool:
    return value is None or pd.isna(value) or (isinstance(value, str) and not value.strip())


def _plain(value: Any) -> Any:
    """A cell as JSON holds it: numbers and yes or no as such, days as 2026-06-30, texts without spaces around."""
    if isinstance(value, str):
        text = value.strip()
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
        try:
            return float(text.replace(",", ""))
        except ValueError:
            return text
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if hasattr(value, "item") else value
