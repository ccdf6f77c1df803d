"""Logs as tables, CSV and Parquet: one row an event."""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet

from data.ingest.case_logs.rows import MOST_COLUMNS, MOST_ROWS, TITLES, LogRow
from data.ingest.source import IngestError, read_csv

MOST_BYTES = 2**30  # of the columns of a Parquet file without their compression


def read_csv_log(content: bytes, name: str, titles: Iterable[str] = ()) -> tuple[list[str], list[LogRow]]:
    """Header and rows of a CSV file in UTF-8 or GB18030.

    A row of more or fewer fields than the header has the fault ``fields``; a column without a title is ``column 4``.

    titles : of columns that a mapping names
    raises : IngestError
    """
    rows = read_csv(content, name, "case log", TITLES | {title.lower() for title in titles})
    titles = [str(title).strip().removeprefix("\ufeff") for title in rows.frame.columns]
    header = [title or f"column {number}" for number, title in enumerate(titles, start=1)]
    _check(header, name)
    return header, [
        LogRow(number, int(line), _filled(header, cells), "fields" if fault else "")
        for number, (cells, line, fault) in enumerate(
            zip(rows.frame.to_numpy(), rows.lines, rows.faults, strict=True), start=1
        )
    ]


def read_parquet_log(content: bytes, name: str) -> tuple[list[str], list[LogRow]]:
    """Header and rows of a Parquet file, every value as text: days as ISO 8601, with their offset where they have one.

    raises : IngestError
    """
    try:
        file = pyarrow.parquet.ParquetFile(io.BytesIO(content))
        groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
        size, count = sum(group.total_byte_size for group in groups), file.metadata.num_rows
        if size > MOST_BYTES or count > MOST_ROWS:
            raise IngestError(f"{name} has {count} rows in {size} bytes; allowed: {MOST_ROWS} in {MOST_BYTES}")
        frame = file.read().to_pandas()
        columns = [_texts(frame.iloc[:, at]) for at in range(frame.shape[1])]
    except IngestError:
        raise
    except (pyarrow.ArrowException, OSError, TypeError, ValueError, LookupError, NotImplementedError) as fault:
        raise IngestError(f"{name} is damaged: {type(fault).__name__}") from fault
    header = [str(title) for title in frame.columns]
    _check(header, name)
    rows = enumerate(zip(*columns, strict=True), start=1)
    return header, [LogRow(number, 0, _filled(header, cells)) for number, cells in rows]


def _check(header: list[str], name: str) -> None:
    if len(header) > MOST_COLUMNS:
        raise IngestError(f"{name} has {len(header)} columns, allowed: at most {MOST_COLUMNS}")
    if twice := sorted({title for title in header if header.count(title) > 1}):
        raise IngestError(f"{name}: columns {twice} occur more than once")


def _filled(header: Iterable[str], cells: Iterable[str]) -> dict[str, str]:
    return {title: cell for title, cell in zip(header, cells, strict=True) if cell}


def _texts(column: pd.Series) -> list[str]:
    """A column as texts, "" where there is nothing; each distinct value is written once."""
    codes, distinct = pd.factorize(column)
    written = np.array([*map(_text, distinct), ""], dtype=object)
    found: list[str] = written[codes].tolist()
    return found


def _text(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    return str(value)
