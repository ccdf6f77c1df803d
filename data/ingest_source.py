"""Reading a source as it stands: CSV, Parquet, Excel or a SQL table, with the line that each row came from.

Nothing is judged here except what cannot be read at all, and CSV lines that have more or fewer fields than the header.
"""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow
import sqlalchemy

SUFFIXES = (".csv", ".parquet", ".xlsx")
ENCODINGS = ("utf-8-sig", "gb18030")
_FIELD_LIMIT = 1_000_000  # letters in one CSV field; more means a quotation mark that never closes


class IngestError(ValueError):
    """The table as a whole cannot be used; the message lists every problem."""


@dataclass(frozen=True)
class SourceRows:
    """Rows as they were given.

    frame : values untouched, index 0..n-1
    lines : shape (n,), the line of the file, or of the table with its header as line 1
    faults : one string a row, "" where the line could be cut into the header's columns
    """

    frame: pd.DataFrame
    lines: npt.NDArray[np.int_]
    faults: pd.Series


def read_source(source: str | Path | pd.DataFrame, table: str) -> SourceRows:
    """Rows of a file, of a SQLAlchemy URL's table named ``table``, or of a frame; raises IngestError."""
    if isinstance(source, pd.DataFrame):
        return _numbered(source)
    if "://" in str(source):
        return _numbered(_read_sql(str(source), table))
    path = Path(source)
    if not path.is_file():
        raise IngestError(f"{table}: {path} is no file")
    if path.suffix not in SUFFIXES:
        raise IngestError(f"{table}: {path.name} has an unknown ending, allowed: {list(SUFFIXES)} or a SQLAlchemy URL")
    try:
        if path.suffix == ".csv":
            return _read_csv(path, table)
        return _numbered(pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_excel(path, dtype=object))
    except (pyarrow.ArrowException, zipfile.BadZipFile, KeyError, OSError) as fault:
        raise IngestError(f"{table}: {path.name} is damaged or no {path.suffix} file: {fault}") from fault


def _numbered(frame: pd.DataFrame) -> SourceRows:
    given = frame.reset_index(drop=True)
    return SourceRows(given, np.arange(len(given)) + 2, pd.Series("", index=given.index, dtype=object))


def _read_sql(url: str, table: str) -> pd.DataFrame:
    try:
        engine = sqlalchemy.create_engine(url)
        try:
            with engine.connect() as connection:
                names = sqlalchemy.inspect(connection).get_table_names()
                if table not in names:
                    raise IngestError(f"{table}: the database has no such table; it has {sorted(names)}")
                return pd.read_sql_table(table, connection)
        finally:
            engine.dispose()
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as fault:
        # The URL may carry a password, so only the kind of the fault is told.
        raise IngestError(f"{table}: the database cannot be read ({type(fault).__name__})") from fault


def _read_csv(path: Path, table: str) -> SourceRows:
    # The standard reader, because pandas turns a surplus field into an index or drops it, and loses line numbers.
    csv.field_size_limit(_FIELD_LIMIT)
    reader = csv.reader(io.StringIO(_decoded(path, table), newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    faults: list[str] = []
    try:
        header = next(reader, [])
        start = reader.line_num + 1
        for row in reader:
            if row:  # an empty line holds no row
                fault = "" if len(row) == len(header) else f"the line has {len(row)} fields, the header {len(header)}; "
                surplus = row[len(header) :]
                rows.append(row[: len(header)] + [""] * (len(header) - len(row)))
                faults.append(f"{fault}beyond the header: {surplus}; " if surplus else fault)
                lines.append(start)
            start = reader.line_num + 1
    except csv.Error as fault:
        raise IngestError(f"{table}: {path.name} line {reader.line_num} is no CSV: {fault}") from fault
    frame = pd.DataFrame(rows, columns=header, dtype=object)
    return SourceRows(frame, np.array(lines, dtype=int), pd.Series(faults, index=frame.index, dtype=object))


def _decoded(path: Path, table: str) -> str:
    content = path.read_bytes()
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise IngestError(f"{table}: {path.name} is in none of the encodings {list(ENCODINGS)}")
