"""Reading a source as it is: CSV, Parquet, Excel or SQL, with the position that each row came from.

Nothing is checked here except what cannot be read at all: files of another kind than their ending, CSV lines that
have more or fewer fields than the header, and cells of a workbook that hold no value.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import openpyxl
import pandas as pd
import pyarrow
import sqlalchemy

SUFFIXES = (".csv", ".parquet", ".xlsx")
ENCODINGS = ("utf-8-sig", "gb18030")
DELIMITERS = (",", "\t", ";", "，")
_FIELD_LIMIT = 1_000_000  # letters in one CSV field; more means a quotation mark that never closes
_LINES_BEFORE_HEADER = 10  # a title or a note may be above the header
_HEADING_UNIT = re.compile(r"(.+?)[(\[【](%|‰|万元|亿元|千元|万|亿|元|人|件|个|项|次|天|日|个月|月)[)\]】]")


class IngestError(ValueError):
    """The table as a whole cannot be used; the message lists every problem."""


@dataclass(frozen=True)
class SourceRows:
    """Rows as they were given.

    frame : values untouched, index 0..n-1
    lines : shape (n,), the line of the file or sheet, or of the table with its header as line 1
    faults : one string a row, "" where every cell could be taken
    sheets : name of the sheet that each row is on, "" where there are no sheets
    """

    frame: pd.DataFrame
    lines: npt.NDArray[np.int_]
    faults: pd.Series
    sheets: pd.Series


def heading(title: object) -> tuple[str, str]:
    """A column's title as it is compared, and the unit that is behind it in brackets, if any."""
    text = unicodedata.normalize("NFKC", str(title)).replace("\ufeff", "")
    text = re.sub(r"\s+", "", text).lower()
    found = _HEADING_UNIT.fullmatch(text)
    if not found:
        return text, ""
    return found[1], {"万元": "万", "亿元": "亿"}.get(found[2], found[2])


def read_source(source: str | Path | pd.DataFrame, table: str, names: Collection[str] = ()) -> SourceRows:
    """Rows of a file, of a SQLAlchemy URL's table or view named ``table``, or of a frame.

    names : titles that the header may have, as ``heading`` gives them; the header is the line with most of them
    raises : IngestError
    """
    if isinstance(source, pd.DataFrame):
        return _numbered(source)
    if "://" in str(source):
        return _numbered(_read_sql(str(source), table))
    path = Path(source)
    if not path.is_file():
        raise IngestError(f"{table}: {path} is no file")
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise IngestError(f"{table}: {path.name} has an unknown ending, allowed: {list(SUFFIXES)} or a SQLAlchemy URL")
    found = _content(path)
    if found != suffix:
        raise IngestError(f"{table}: {path.name} holds {found}, its ending is {suffix}; allowed: {list(SUFFIXES)}")
    try:
        if suffix == ".parquet":
            return _numbered(pd.read_parquet(path))
        return (
            read_csv(path.read_bytes(), path.name, table, names)
            if suffix == ".csv"
            else _read_workbook(path, table, names)
        )
    except (pyarrow.ArrowException, zipfile.BadZipFile, KeyError, OSError, TypeError) as fault:
        raise IngestError(f"{table}: {path.name} is damaged: {fault}") from fault


def _content(path: Path) -> str:
    """The ending that fits what the file begins with, or a description of what it holds."""
    with path.open("rb") as handle:
        start = handle.read(4_096)
    if not start.strip():
        return "nothing: the file is empty"
    if start.startswith(b"PAR1"):
        return ".parquet"
    if start.startswith(b"PK"):
        try:
            with zipfile.ZipFile(path) as archive:
                return ".xlsx" if "xl/workbook.xml" in archive.namelist() else "an archive that is no workbook"
        except zipfile.BadZipFile:
            return "a damaged archive"
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        protected = "EncryptedPackage".encode("utf-16-le") in path.read_bytes()
        return "a workbook protected by a password" if protected else "an old .xls workbook: save it as .xlsx"
    if re.match(rb"\s*(\xef\xbb\xbf)?\s*<(!doctype|html|\?xml|table|meta)", start, re.IGNORECASE):
        return "an HTML or XML page"
    return "binary data" if b"\0" in start else ".csv"


def _numbered(frame: pd.DataFrame) -> SourceRows:
    given = frame.reset_index(drop=True)
    blank = pd.Series("", index=given.index, dtype=object)
    return SourceRows(given, np.arange(len(given)) + 2, blank, blank)


def _read_sql(url: str, table: str) -> pd.DataFrame:
    try:
        position = sqlalchemy.make_url(url)
        file = position.database or ""
        if position.get_backend_name() == "sqlite" and not Path(file).is_file() and not file.startswith("file:"):
            raise IngestError(f"{table}: there is no database file {file!r}")
        engine = sqlalchemy.create_engine(position)
        try:
            with engine.connect() as connection:
                found = sqlalchemy.inspect(connection)
                names = [*found.get_table_names(), *found.get_view_names()]
                if table not in names:
                    raise IngestError(f"{table}: the database has no such table or view; it has {sorted(names)}")
                return pd.read_sql_table(table, connection)
        finally:
            engine.dispose()
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as fault:
        # The URL may carry a password, so only the kind of the fault is reported.
        raise IngestError(f"{table}: the database cannot be read ({type(fault).__name__})") from fault


def _matches(titles: Iterable[object], names: Collection[str]) -> int:
    return sum(title is not None and heading(title)[0] in names for title in titles)


def _header_position(rows: Sequence[Sequence[object]], names: Collection[str]) -> int:
    """The first of the leading rows with the most known titles; the first of all where none has any."""
    return max(range(len(rows)), key=lambda position: (_matches(rows[position], names), -position), default=0)


def read_csv(content: bytes, name: str, table: str, names: Collection[str] = ()) -> SourceRows:
    """Rows of a CSV file of this name; the other arguments as in ``read_source``. Raises IngestError."""
    # The standard reader, because pandas turns a surplus field into an index or drops it, and loses line numbers.
    csv.field_size_limit(_FIELD_LIMIT)
    text = _decoded(content, name, table)
    delimiter, above = _layout(text, names)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    rows: list[list[str]] = []
    lines: list[int] = []
    faults: list[str] = []
    try:
        header: list[str] = []
        for _ in range(above + 1):
            header = next((row for row in reader if row), [])
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
        raise IngestError(f"{table}: {name} line {reader.line_num} is no CSV: {fault}") from fault
    frame = pd.DataFrame(rows, columns=header, dtype=object)
    blank = pd.Series("", index=frame.index, dtype=object)
    return SourceRows(frame, np.array(lines, dtype=int), pd.Series(faults, index=frame.index, dtype=object), blank)


def _layout(text: str, names: Collection[str]) -> tuple[str, int]:
    """The delimiter under which a line has most known titles, and how many filled lines are above that line."""
    best, answer = -1, (DELIMITERS[0], 0)
    for delimiter in DELIMITERS:
        rows: list[list[str]] = []
        try:
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
                if row:
                    rows.append(row)
                if len(rows) == _LINES_BEFORE_HEADER:
                    break
        except csv.Error:
            pass  # reading the whole file shows where
        position = _header_position(rows, names)
        count = _matches(rows[position], names) if rows else 0
        if count > best:
            best, answer = count, (delimiter, position)
    return answer


def _decoded(content: bytes, name: str, table: str) -> str:
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise IngestError(f"{table}: {name} is in none of the encodings {list(ENCODINGS)}")


@dataclass(frozen=True)
class _Sheet:
    name: str
    header: list[Any]
    rows: list[list[Any]]
    lines: list[int]
    faults: list[str]


def _read_workbook(path: Path, table: str, names: Collection[str]) -> SourceRows:
    """Every sheet that holds anything, one below the other; sheets with other titles than the first are a fault."""
    values = openpyxl.load_workbook(path, data_only=True)
    formulas = openpyxl.load_workbook(path) if _has_formulas(path) else None
    sheets = [
        _read_sheet(sheet, formulas[sheet.title] if formulas else None, names)
        for sheet in values.worksheets
        if any(cell is not None for row in sheet.iter_rows(values_only=True) for cell in row)
    ]
    if not sheets:
        raise IngestError(f"{table}: {path.name} has no sheet that holds anything")
    titles = {sheet.name: sorted(heading(title)[0] for title in sheet.header) for sheet in sheets}
    if len({tuple(one) for one in titles.values()}) > 1:
        listed = "; ".join(f"{name!r}: {columns}" for name, columns in titles.items())
        raise IngestError(
            f"{table}: {path.name} has sheets with different columns, which cannot be one table: {listed}"
        )
    order = [heading(title)[0] for title in sheets[0].header]
    frames = []
    for sheet in sheets:
        mine = [heading(title)[0] for title in sheet.header]
        positions = range(len(mine)) if len(set(mine)) < len(mine) else [mine.index(title) for title in order]
        rows = [[row[position] for position in positions] for row in sheet.rows]
        frames.append(pd.DataFrame(rows, columns=sheets[0].header, dtype=object))
    whole = pd.concat(frames, ignore_index=True)
    return SourceRows(
        whole,
        np.array([line for sheet in sheets for line in sheet.lines], dtype=int),
        pd.Series([fault for sheet in sheets for fault in sheet.faults], index=whole.index, dtype=object),
        pd.Series([sheet.name for sheet in sheets for _ in sheet.rows], index=whole.index, dtype=object),
    )


def _read_sheet(sheet: Any, formulas: Any, names: Collection[str]) -> _Sheet:
    filled = [row for row in sheet.iter_rows() if any(cell.value is not None for cell in row)]
    leading = [[cell.value for cell in row] for row in filled[:_LINES_BEFORE_HEADER]]
    position = _header_position(leading, names)
    covered = {
        f"{sheet.title}!{cell}"
        for area in sheet.merged_cells.ranges
        for cell in (sheet.cell(*one).coordinate for one in area.cells)
        if cell != area.start_cell.coordinate
    }
    body = filled[position + 1 :]
    width = [
        one
        for one, cell in enumerate(filled[position])
        if cell.value is not None or any(row[one].value is not None for row in body)
    ]
    header = [filled[position][one].value for one in width]
    rows, lines, faults = [], [], []
    for row in body:
        cells = [row[one] for one in width]
        rows.append([None if cell.data_type == "e" else cell.value for cell in cells])
        lines.append(row[0].row)
        faults.append("".join(_cell_fault(cell, sheet.title, covered, formulas) for cell in cells))
    return _Sheet(sheet.title, header, rows, lines, faults)


def _cell_fault(cell: Any, title: str, covered: set[str], formulas: Any) -> str:
    address = f"{title}!{cell.coordinate}"
    if cell.data_type == "e":
        return f"cell {address} holds {cell.value}; "
    if address in covered:
        return f"cell {address} is merged with another; "
    if cell.value is None and formulas is not None and formulas[cell.coordinate].data_type == "f":
        return f"cell {address} holds a formula without its result; "
    return ""


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return any(
            b"<f>" in content or b"<f " in content
            for name in archive.namelist()
            if name.startswith("xl/worksheets/") and name.endswith(".xml")
            for content in [archive.read(name)]
        )
