"""Files and SQL tables become checked tables; what is wrong stands in a quarantine with its reasons.

A fault of a single row quarantines the row and the rest goes on. A fault of the whole table (a missing column, a
wrong unit, no rows) stops with one message that lists every problem. Rows read = rows kept + rows quarantined.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa
import sqlalchemy

from data.codebook import Codebook, read_codebook
from data.ingest_rules import RULES, Field, TableRule, table_rules
from data.uscc import uscc_fault

SUFFIXES = (".csv", ".parquet", ".xlsx")
TABLES = tuple(RULES)
# A ratio given in percent, or money in yuan instead of 10,000 yuan, spoils most of a column at once.
WRONG_UNIT_SHARE = 0.5
MIN_ROWS_FOR_UNIT = 5


class IngestError(ValueError):
    """The table as a whole cannot be used; the message lists every problem."""


@dataclass(frozen=True)
class Ingested:
    """``len(frame) + len(quarantine) == counts["read"]``, always.

    quarantine : the original columns, and ``source_line`` (the header is line 1) and ``reason``
    """

    frame: pd.DataFrame
    quarantine: pd.DataFrame
    counts: Mapping[str, int]


def read_source(source: str | Path, table: str) -> pd.DataFrame:
    """Rows as they were given, from a CSV, Parquet or Excel file or a SQLAlchemy URL; raises IngestError."""
    if "://" in str(source):
        with sqlalchemy.create_engine(str(source)).connect() as connection:
            if table not in sqlalchemy.inspect(connection).get_table_names():
                raise IngestError(f"{table}: the database has no such table")
            return pd.read_sql_table(table, connection)
    path = Path(source)
    if not path.is_file():
        raise IngestError(f"{table}: {path} is no file")
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".xlsx":
        return pd.read_excel(path, dtype=object)
    if path.suffix == ".csv":
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return pd.read_csv(path, dtype=object, encoding=encoding)
            except UnicodeDecodeError:
                continue
            except pd.errors.EmptyDataError as fault:
                raise IngestError(f"{table}: {path.name} is empty") from fault
        raise IngestError(f"{table}: {path.name} is neither UTF-8 nor GB 18030")
    raise IngestError(f"{table}: {path.name} has an unknown ending, allowed: {list(SUFFIXES)} or a SQLAlchemy URL")


def ingest(
    source: str | Path | pd.DataFrame, table: str, as_of: pd.Timestamp, codebook: Codebook | None = None
) -> Ingested:
    """Check one table.

    as_of : no date of the table may be later
    raises : IngestError for a fault of the whole table, listing every one
    """
    book = codebook or read_codebook()
    rule = table_rules(book)[table]
    given = source if isinstance(source, pd.DataFrame) else read_source(source, table)
    given = given.rename(
        columns={column: rule.aliases.get(str(column).strip(), str(column).strip()) for column in given}
    )
    _check_header(given, rule)
    given = given.reset_index(drop=True)
    typed, reasons = _typed(given, rule)
    _check_units(typed, rule)
    for name, field in rule.fields.items():
        if name in typed:
            _check_field(typed[name], field, as_of, reasons)
    _check_rows(typed, rule, reasons)
    bad = reasons != ""
    quarantine = given.loc[bad].assign(source_line=np.flatnonzero(bad) + 2, reason=reasons[bad].str.removesuffix("; "))
    frame = typed.loc[~bad, [name for name in rule.fields if name in typed]].reset_index(drop=True)
    _contract(rule).validate(frame)
    counts = {"read": len(given), "kept": len(frame), "quarantined": len(quarantine)}
    return Ingested(frame, quarantine.reset_index(drop=True), counts)


def ingest_directory(raw: Path, out: Path, as_of: pd.Timestamp) -> dict[str, dict[str, int]]:
    """Ingest every table of ``raw`` into ``out/tables`` and ``out/quarantine``; returns the counts by table.

    A row whose enterprise is not in the enterprises table is quarantined too.
    """
    counts: dict[str, dict[str, int]] = {}
    enterprises: set[str] = set()
    for table in TABLES:
        found = [raw / f"{table}{suffix}" for suffix in SUFFIXES if (raw / f"{table}{suffix}").is_file()]
        if len(found) != 1:
            raise IngestError(f"{table}: {len(found)} files in {raw}, exactly one of {list(SUFFIXES)} is needed")
        result = ingest(found[0], table, as_of)
        if table == "enterprises":
            enterprises = set(result.frame["uscc"])
        else:
            result = _without_strangers(result, enterprises)
        for folder, frame in (("tables", result.frame), ("quarantine", result.quarantine)):
            (out / folder).mkdir(parents=True, exist_ok=True)
            frame.astype({"reason": str} if folder == "quarantine" else {}).to_parquet(
                out / folder / f"{table}.parquet"
            )
        counts[table] = dict(result.counts)
    return counts


def _without_strangers(result: Ingested, enterprises: set[str]) -> Ingested:
    strange = ~result.frame["uscc"].isin(enterprises)
    turned = result.frame.loc[strange].assign(source_line=-1, reason="uscc is not in the enterprises table")
    quarantine = pd.concat([result.quarantine, turned], ignore_index=True) if strange.any() else result.quarantine
    frame = result.frame.loc[~strange].reset_index(drop=True)
    return Ingested(frame, quarantine, {**result.counts, "kept": len(frame), "quarantined": len(quarantine)})


def _check_header(given: pd.DataFrame, rule: TableRule) -> None:
    problems = [] if len(given) else ["the table has 0 rows"]
    columns = [str(column) for column in given.columns]
    twice = sorted({name for name in columns if columns.count(name) > 1})
    problems += [f"{name}: column stands twice" for name in twice]
    problems += [
        f"{name}: column missing" for name, field in rule.fields.items() if field.column_needed and name not in columns
    ]
    alien = sorted(set(columns) - set(rule.fields))
    if alien:
        problems.append(f"unknown columns {alien}; allowed: {list(rule.fields)}")
    if problems:
        raise IngestError(f"{rule.table} cannot be used:\n  " + "\n  ".join(problems))


def _typed(given: pd.DataFrame, rule: TableRule) -> tuple[pd.DataFrame, pd.Series]:
    """Columns in their types, and for every row the faults so far ("" if none)."""
    reasons = pd.Series("", index=given.index, dtype=object)
    columns: dict[str, pd.Series] = {}
    for name in given.columns:
        field, raw = rule.fields[str(name)], given[name]
        empty = raw.isna() | (raw.astype(str).str.strip() == "") if raw.dtype == object else raw.isna()
        if field.dtype == "number":
            value = pd.to_numeric(raw, errors="coerce").astype(float)
        elif field.dtype == "date":
            value = pd.to_datetime(raw, errors="coerce", format=None if raw.dtype.kind == "M" else "ISO8601")
            value = value.dt.tz_localize(None).astype("datetime64[us]")
        elif field.dtype == "flag":
            words = {"true": True, "false": False, "1": True, "0": False}
            value = raw if raw.dtype == bool else raw.astype(str).str.lower().map(words)
        else:
            value = raw.astype(str).str.strip().where(~empty)
        broken = value.isna() & ~empty
        _note(reasons, broken, f"{name}: ", raw, f" is no {field.dtype}")
        if not field.nullable:
            reasons[empty] += f"{name}: missing; "
        columns[str(name)] = value
    return pd.DataFrame(columns, index=given.index), reasons


def _check_units(typed: pd.DataFrame, rule: TableRule) -> None:
    problems = []
    for name, field in rule.fields.items():
        if name not in typed or field.dtype != "number" or field.high is None:
            continue
        known = typed[name].dropna()
        over = known > field.high
        if len(known) >= MIN_ROWS_FOR_UNIT and over.mean() > WRONG_UNIT_SHARE:
            problems.append(
                f"{name}: {int(over.sum())} of {len(known)} values above {field.high:g} {field.unit}, "
                f"median {known.median():g}; is it in another unit (percent, yuan)?"
            )
    if problems:
        raise IngestError(f"{rule.table} cannot be used:\n  " + "\n  ".join(problems))


def _check_field(values: pd.Series, field: Field, as_of: pd.Timestamp, reasons: pd.Series) -> None:
    name = str(values.name)
    if field.dtype == "number":
        low = -np.inf if field.low is None else field.low
        high = np.inf if field.high is None else field.high
        _note(
            reasons,
            (values < low) | (values > high),
            f"{name}: ",
            values,
            f" is outside [{low:g}, {high:g}] {field.unit}",
        )
        if field.whole:
            _note(reasons, values.notna() & (values % 1 != 0), f"{name}: ", values, " is no whole number")
    elif field.dtype == "date" and not field.may_be_future:
        _note(reasons, values > as_of, f"{name}: ", values.dt.strftime("%Y-%m-%d"), f" is after {as_of:%Y-%m-%d}")
    elif field.allowed:
        _note(
            reasons,
            values.notna() & ~values.isin(field.allowed),
            f"{name}: ",
            values,
            f" is not in {list(field.allowed)}",
        )
    elif name == "uscc":
        faults = {code: uscc_fault(code) for code in values.dropna().unique()}
        told = values.map(faults)
        _note(reasons, told.notna(), "uscc: ", told, "")


def _check_rows(typed: pd.DataFrame, rule: TableRule, reasons: pd.Series) -> None:
    keys = [name for name in rule.key if name in typed]
    known = typed[keys].notna().all(axis=1)
    twice = typed.duplicated(keys, keep=False) & known
    reasons[twice] += f"{' + '.join(keys)}: stands more than once; "
    for earlier, later in rule.order:
        if earlier in typed and later in typed:
            reasons[typed[earlier] > typed[later]] += f"{earlier} is after {later}; "


def _note(reasons: pd.Series, rows: pd.Series, before: str, values: pd.Series, after: str) -> None:
    marked = rows.fillna(False).astype(bool)
    if marked.any():
        reasons[marked] += before + values[marked].astype(str) + after + "; "


def _contract(rule: TableRule) -> pa.DataFrameSchema:
    """What a kept table is, in Pandera's words: the last gate, in case a check above has a hole."""
    kinds = {"number": float, "flag": bool}
    columns = {}
    for name, field in rule.fields.items():
        checks = []
        if field.low is not None:
            checks.append(pa.Check.ge(field.low))
        if field.high is not None:
            checks.append(pa.Check.le(field.high))
        columns[name] = pa.Column(
            kinds.get(field.dtype),
            checks,
            nullable=field.nullable,
            required=field.column_needed,
            coerce=field.dtype == "flag",
        )
    return pa.DataFrameSchema(columns, unique=list(rule.key), strict=True)
