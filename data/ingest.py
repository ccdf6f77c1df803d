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

from data.codebook import Codebook, read_codebook
from data.ingest_rules import FIRST_DAY, RULES, Field, TableRule, table_rules
from data.ingest_source import SUFFIXES, IngestError, SourceRows, read_source
from data.ingest_values import Typed, typed_column
from data.sizes import read_size_rules
from data.uscc import uscc_fault

__all__ = ["TABLES", "IngestError", "Ingested", "ingest", "ingest_directory", "read_source"]

TABLES = tuple(RULES)
# A ratio given in percent, or the wrong sign, spoils a good part of a column at once; single errors do not.
WRONG_UNIT_SHARE = 0.3
# Money in yuan stays within the codebook's wide range, but makes a giant of every other enterprise.
GIANT_SHARE = 0.2
MIN_ROWS_FOR_UNIT = 5


@dataclass(frozen=True)
class Ingested:
    """``len(frame) + len(quarantine) == counts["read"]``, always.

    quarantine : the original columns as text, ``source_line`` (the header is line 1) and ``reason``
    """

    frame: pd.DataFrame
    quarantine: pd.DataFrame
    counts: Mapping[str, int]

    def __post_init__(self) -> None:
        if len(self.frame) + len(self.quarantine) != self.counts["read"]:
            raise IngestError(
                f"rows were lost: read {self.counts['read']}, kept {len(self.frame)}, "
                f"quarantined {len(self.quarantine)}"
            )


def ingest(
    source: str | Path | pd.DataFrame,
    table: str,
    as_of: pd.Timestamp,
    codebook: Codebook | None = None,
    *,
    enterprises: pd.DataFrame | None = None,
) -> Ingested:
    """Check one table.

    source : a file, a SQLAlchemy URL that has a table of this name, or a frame; headers in English or Chinese
    as_of : no date of the table may be later
    enterprises : the register as ingested, if known; a row about another enterprise, or about one that had closed
        or left by then, is quarantined
    raises : IngestError for a fault of the whole table, listing every one; ValueError for an unknown table name
    """
    rules = table_rules(codebook or read_codebook())
    if table not in rules:
        raise ValueError(f"unknown table {table!r}; allowed: {list(rules)}")
    rule, rows = rules[table], read_source(source, table)
    given = _named(rows.frame, rule)
    problems = _header_problems(given, rule)
    columns = {}
    if given.columns.is_unique:
        columns = {name: typed_column(given[name], field) for name, field in rule.fields.items() if name in given}
    problems += _unit_problems(columns, rule)
    if problems:
        raise IngestError(f"{table} cannot be used:\n  " + "\n  ".join(problems))
    typed = pd.DataFrame({name: column.values for name, column in columns.items()}, index=given.index)
    reasons = rows.faults.copy()
    for name, column in columns.items():
        _check_type(column, given[name], rule.fields[name], reasons)
        _check_range(column.values, rule.fields[name], as_of, reasons)
    _check_rows(typed, rule, reasons)
    if enterprises is not None and table != "enterprises":
        _check_register(typed, rule, enterprises, reasons)
    return _parted(given, typed, reasons, rows, rule)


def ingest_directory(raw: Path, out: Path, as_of: pd.Timestamp) -> dict[str, dict[str, int]]:
    """Ingest every table of ``raw`` into ``out/tables`` and ``out/quarantine``; returns the counts by table.

    A row whose enterprise was not kept in the enterprises table is quarantined too.
    raises : IngestError that lists the problems of all tables; then nothing has been written
    """
    results: dict[str, Ingested] = {}
    problems = []
    for table in TABLES:
        found = [raw / f"{table}{suffix}" for suffix in SUFFIXES if (raw / f"{table}{suffix}").is_file()]
        if len(found) != 1:
            problems.append(f"{table}: {len(found)} files in {raw}, exactly one of {list(SUFFIXES)} is needed")
            continue
        known = results["enterprises"].frame if "enterprises" in results else None
        try:
            results[table] = ingest(found[0], table, as_of, enterprises=known)
        except IngestError as fault:
            problems.append(str(fault))
    if problems:
        raise IngestError("\n".join(problems))
    for folder in ("tables", "quarantine"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for table, result in results.items():
        result.frame.to_parquet(out / "tables" / f"{table}.parquet", index=False)
        result.quarantine.to_parquet(out / "quarantine" / f"{table}.parquet", index=False)
    return {table: dict(result.counts) for table, result in results.items()}


def _named(frame: pd.DataFrame, rule: TableRule) -> pd.DataFrame:
    titles = [str(column).strip() for column in frame.columns]
    return frame.set_axis([rule.aliases.get(title, title) for title in titles], axis=1)


def _header_problems(given: pd.DataFrame, rule: TableRule) -> list[str]:
    columns = [str(column) for column in given.columns]
    problems = [] if len(given) else ["the table has 0 rows"]
    problems += [
        f"{name}: column stands {columns.count(name)} times"
        for name in dict.fromkeys(columns)
        if columns.count(name) > 1
    ]
    problems += [
        f"{name}: column missing" for name, field in rule.fields.items() if field.column_needed and name not in columns
    ]
    alien = sorted(set(columns) - set(rule.fields))
    if alien:
        problems.append(f"unknown columns {alien}; allowed: {list(rule.fields)}")
    return problems


def _unit_problems(columns: Mapping[str, Typed], rule: TableRule) -> list[str]:
    problems = []
    giant_wan = float(read_size_rules()["large_money_wan"].max())
    for name, column in columns.items():
        field, known = rule.fields[name], column.values.dropna()
        if field.dtype != "number" or field.low is None or field.high is None or len(known) < MIN_ROWS_FOR_UNIT:
            continue
        outside, money = ~known.between(field.low, field.high), known[known > 0]
        if outside.mean() > WRONG_UNIT_SHARE:
            problems.append(
                f"{name}: {int(outside.sum())} of {len(known)} values outside "
                f"[{field.low:g}, {field.high:g}] {field.unit}, "
                f"median {known.median():g}; is it in another unit (percent, yuan)?"
            )
        elif field.unit == "wan_cny" and len(money) >= MIN_ROWS_FOR_UNIT and (money > giant_wan).mean() > GIANT_SHARE:
            problems.append(
                f"{name}: {int((money > giant_wan).sum())} of {len(money)} amounts above {giant_wan:g} wan_cny, "
                f"which only "
                f"a large enterprise reaches, median {money.median():g}; is it in yuan instead of 10,000 yuan?"
            )
    return problems


def _check_type(column: Typed, raw: pd.Series, field: Field, reasons: pd.Series) -> None:
    name = str(raw.name)
    _note(reasons, column.broken, f"{name}: ", raw, f" is no {field.dtype}")
    if not field.nullable:
        reasons[column.empty] += f"{name}: missing; "


def _check_range(values: pd.Series, field: Field, as_of: pd.Timestamp, reasons: pd.Series) -> None:
    name = str(values.name)
    if field.dtype == "number":
        low = -np.inf if field.low is None else field.low
        high = np.inf if field.high is None else field.high
        outside = (values < low) | (values > high)
        _note(reasons, outside, f"{name}: ", values, f" is outside [{low:g}, {high:g}] {field.unit}")
        if field.whole:
            _note(reasons, ~outside & values.notna() & (values % 1 != 0), f"{name}: ", values, " is no whole number")
    elif field.dtype == "date":
        told = values.dt.strftime("%Y-%m-%d")
        _note(reasons, values < pd.Timestamp(FIRST_DAY), f"{name}: ", told, f" is before {FIRST_DAY}")
        if not field.may_be_future:
            _note(reasons, values > as_of, f"{name}: ", told, f" is in the future, after {as_of:%Y-%m-%d}")
    elif field.allowed:
        alien = values.notna() & ~values.isin(field.allowed)
        _note(reasons, alien, f"{name}: ", values, f" is not in {list(field.allowed)}")
    elif name == "uscc":
        told = values.map({code: uscc_fault(code) for code in values.dropna().unique()})
        _note(reasons, told.notna(), "uscc: ", told, "")


def _check_rows(typed: pd.DataFrame, rule: TableRule, reasons: pd.Series) -> None:
    keys = list(rule.key)
    twice = typed.duplicated(keys, keep=False) & typed[keys].notna().all(axis=1)
    reasons[twice] += f"{' + '.join(keys)}: stands more than once; "
    for earlier, later in rule.order:
        if {earlier, later} <= set(typed):
            reasons[typed[earlier] > typed[later]] += f"{earlier} is after {later}; "


def _check_register(typed: pd.DataFrame, rule: TableRule, enterprises: pd.DataFrame, reasons: pd.Series) -> None:
    strange = typed["uscc"].notna() & ~typed["uscc"].isin(set(enterprises["uscc"]))
    reasons[strange] += "uscc: is not in the enterprises table; "
    exits = [name for name in ("closed_on", "left_on") if name in enterprises]
    if rule.day and exits:
        gone = typed["uscc"].map(enterprises.set_index("uscc")[exits].min(axis=1))
        told = gone.dt.strftime("%Y-%m-%d")
        _note(reasons, gone <= typed[rule.day], f"{rule.day}: the enterprise closed or left on ", told, "")


def _note(reasons: pd.Series, rows: pd.Series, before: str, values: pd.Series, after: str) -> None:
    if rows.any():
        reasons[rows] += before + values[rows].astype(str) + after + "; "


def _parted(
    given: pd.DataFrame, typed: pd.DataFrame, reasons: pd.Series, rows: SourceRows, rule: TableRule
) -> Ingested:
    bad = (reasons != "").to_numpy(dtype=bool)
    quarantine = given.loc[bad].map(str, na_action="ignore").astype("str")
    quarantine = quarantine.assign(
        source_line=rows.lines[bad], reason=reasons[bad].str.removesuffix("; ").astype("str")
    )
    kept = _contract(rule).validate(typed.loc[~bad].reset_index(drop=True))
    counts = {"read": len(given), "kept": len(kept), "quarantined": len(quarantine)}
    return Ingested(kept, quarantine.reset_index(drop=True), counts)


def _contract(rule: TableRule) -> pa.DataFrameSchema:
    """What a kept table is, in Pandera's words: the last gate, in case a check above has a hole."""
    kinds = {"number": "float64", "flag": "bool", "date": "datetime64[us]", "text": "str"}
    columns = {}
    for name, field in rule.fields.items():
        checks = []
        if field.low is not None:
            checks.append(pa.Check.ge(field.low))
        if field.high is not None:
            checks.append(pa.Check.le(field.high))
        if field.allowed:
            checks.append(pa.Check.isin(field.allowed))
        columns[name] = pa.Column(
            kinds[field.dtype],
            checks,
            nullable=field.nullable,
            required=field.column_needed,
            coerce=field.dtype == "flag",
        )
    return pa.DataFrameSchema(columns, unique=list(rule.key), strict=True)
