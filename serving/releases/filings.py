"""What ingest left for the zone's eyes: names of the register, and the rows that it refused with their reasons.

No decision reads any of it. Of a refused row the release holds where it stood and why it was refused, and no value.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

FOLDER = "filings"
REPORT, REFUSED, NAMES = "ingest.json", "quarantine.parquet", "names.parquet"
WHERE = ("source_sheet", "source_line", "reason")
MOST_REFUSED = 20_000  # refused rows of one table that are packed, the first in the order of the file


@dataclass(frozen=True)
class TableFiling:
    """What one table of the last ingest gave; at_fault : refused rows by column, most frequent first."""

    table: str
    read: int
    kept: int
    quarantined: int
    at_fault: Mapping[str, int]


@dataclass(frozen=True)
class PackedFilings:
    """Of the release whose files are in ``folder``; each is read when first used, and none of them has to be there."""

    folder: Path

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The register's names by USCC; nothing where the release holds none."""
        path = self.folder / NAMES
        if not path.is_file():
            return {}
        table = pd.read_parquet(path)
        return dict(zip(table["uscc"].astype(str), table["name"].astype(str), strict=True))

    @cached_property
    def tables(self) -> tuple[TableFiling, ...] | None:
        """What each table gave, in the order of the report; None where the release holds no report."""
        path = self.folder / REPORT
        if not path.is_file():
            return None
        report: dict[str, dict[str, Any]] = orjson.loads(path.read_bytes())
        return tuple(
            TableFiling(name, one["read"], one["kept"], one["quarantined"], one["at_fault"])
            for name, one in report.items()
        )

    @cached_property
    def refused(self) -> pd.DataFrame:
        """Refused rows: table, source_sheet ("" where there are no sheets), source_line and reason."""
        path = self.folder / REFUSED
        return pd.read_parquet(path) if path.is_file() else pd.DataFrame(columns=["table", *WHERE])

    @property
    def n_quarantined(self) -> int:
        """All refused rows by the report, also those that are not packed."""
        return sum(one.quarantined for one in self.tables or ())


def filing_files(report: Path, derived: Path) -> dict[str, Path | bytes]:
    """Files by their name below ``FOLDER`` in a release; nothing where there is no report of an ingest.

    report : metrics.json of the ingest; derived : the folder that it wrote its tables and refused rows into
    """
    if not report.is_file():
        return {}
    files: dict[str, Path | bytes] = {REPORT: report}
    quarantine, register = derived / "quarantine", derived / "tables/enterprises.parquet"
    parts = [_refused(path) for path in sorted(quarantine.glob("*.parquet"))]
    if any(len(part) for part in parts):
        files[REFUSED] = _parquet(pd.concat(parts, ignore_index=True))
    if register.is_file():
        files[NAMES] = _parquet(pd.read_parquet(register, columns=["uscc", "name"]).dropna())
    return files


def _refused(path: Path) -> pd.DataFrame:
    rows = pd.read_parquet(path, columns=list(WHERE)).head(MOST_REFUSED)
    rows.insert(0, "table", path.stem)
    return rows


def _parquet(table: pd.DataFrame) -> bytes:
    content = io.BytesIO()
    table.to_parquet(content, index=False)
    return content.getvalue()
