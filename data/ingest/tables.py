"""Files and SQL tables become checked tables; what is wrong is in a quarantine with its reasons.

A fault of a single row quarantines the row and the rest goes on. A fault of the whole table (a missing column, a
wrong unit, no rows) stops with one message that lists every problem. Rows read = rows kept + rows quarantined.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import pandera.pandas as pa

from data.codebook import Codebook, read_codebook
from data.ingest.chain_rules import CHAIN_TABLES, every_rule
from data.ingest.row_checks import check_references, check_register, check_values
from data.ingest.rules import FIRST_DAY, RULES, Field, TableRule
from data.ingest.source import IngestError, SourceRows, heading, read_source
from data.ingest.values import Typed, in_normal_form, parse_fault, typed_column
from data.sizes import read_size_rules
from data.texts.markup import visible_text
from data.uscc import uscc_fault

__all__ = ["TABLES", "IngestError", "Ingested", "check_rows", "ingest", "read_source"]

TABLES = (*RULES, *CHAIN_TABLES)
# A ratio given in percent, or the wrong sign, spoils a good part of a column at once; single errors do not.
WRONG_UNIT_SHARE = 0.3
# Money in yuan stays within the codebook's wide range, but makes a giant of every other enterprise.
GIANT_SHARE = 0.2
MIN_ROWS_FOR_UNIT = 5
# A column of which more cells are at fault is wrong itself: the table stops, so that no selection of rows goes on.
WRONG_COLUMN_SHARE, MIN_BAD_CELLS = 0.3, 5
_LETTERS = 60  # of a cell that is quoted


@dataclass(frozen=True)
class Ingested:
    """``len(frame) + len(quarantine) == counts["read"]``, always.

    quarantine : the original columns as text, ``source_sheet`` ("" where there are no sheets), ``source_line`` (of the
        file or sheet; the header is line 1 unless a title is above it) and ``reason``
    notes : which notations and units of people were read in which column, and how often
    """

    frame: pd.DataFrame
    quarantine: pd.DataFrame
    counts: Mapping[str, int]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.frame) + len(self.quarantine) != self.counts["read"]:
            raise IngestError(
                f"rows were lost: read {self.counts['read']}, kept {len(self.frame)}, "
                f"quarantined {len(self.quarantine)}"
            )

    @property
    def reasons(self) -> dict[str, int]:
        """Quarantined rows by the column or key that is at fault, most frequent first; a row may have several."""
        columns = [re.findall(r"(?:^|; )([^:;]+):", reason) for reason in self.quarantine["reason"]]
        counts = Counter(name for found in columns for name in dict.fromkeys(found or ["the row itself"]))
        return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def ingest(
    source: str | Path | pd.DataFrame,
    table: str,
    as_of: pd.Timestamp,
    codebook: Codebook | None = None,
    *,
    enterprises: pd.DataFrame | None = None,
    others: Mapping[str, pd.DataFrame] = MappingProxyType({}),
) -> Ingested:
    """Check one table.

    source : a file, a SQLAlchemy URL that has a table or view of this name, or a frame; titles in English or Chinese
    as_of : no date of the table may be later
    enterprises : the register as ingested, if known; a row about another enterprise, or about one that had closed
        or left by then, is quarantined
    others : the tables that this one refers to, as ingested, by name; a row that refers to none of theirs is
        quarantined
    raises : IngestError for a fault of the whole table, listing every one; ValueError for an unknown table name
    """
    rules = every_rule(codebook or read_codebook())
    if table not in rules:
        raise ValueError(f"unknown table {table!r}; allowed: {list(rules)}")
    text = f"{table} ({source.name})" if isinstance(source, Path) else table
    return check_rows(read_source(source, table, rules[table].aliases), rules[table], as_of, enterprises, text, others)


def check_rows(
    rows: SourceRows,
    rule: TableRule,
    as_of: pd.Timestamp,
    enterprises: pd.DataFrame | None,
    text: str,
    others: Mapping[str, pd.DataFrame] = MappingProxyType({}),
) -> Ingested:
    """Rows of one table as they were read; the other arguments as in ``ingest``.

    text : what the message of a fault calls the table
    raises : IngestError
    """
    given, units = _named(rows.frame, rule)
    problems = _header_problems(given, rule)
    columns, faults = {}, {}
    if given.columns.is_unique:
        for name, field in rule.fields.items():
            if name in given:
                columns[name] = in_normal_form(typed_column(given[name], field, units.get(name, "")), field)
                faults[name] = _column_faults(columns[name], given[name], field, as_of)
    problems += _unit_problems(columns, rule)
    problems += _throughout(faults, columns, rule, problems)
    if problems:
        raise IngestError(f"{text} cannot be used:\n  " + "\n  ".join(problems))
    typed = pd.DataFrame({name: column.values for name, column in columns.items()}, index=given.index)
    reasons = rows.faults.copy()
    for name, fault in faults.items():
        reasons[fault.index] += f"{name}: " + fault + "; "
    check_values(typed, rule, reasons)
    if enterprises is not None and rule.table != "enterprises":
        check_register(typed, rule, enterprises, reasons)
    check_references(typed, rule, others, reasons)
    notes = tuple(f"{name}: {note}" for name, column in columns.items() for note in column.notes)
    return _parted(given, typed, reasons, rows, rule, notes)


def _named(frame: pd.DataFrame, rule: TableRule) -> tuple[pd.DataFrame, dict[str, str]]:
    titles = [heading(title) for title in frame.columns]
    names = [rule.aliases.get(name, str(title).strip()) for (name, _), title in zip(titles, frame.columns, strict=True)]
    units = {name: unit for name, (_, unit) in zip(names, titles, strict=True) if unit}
    return frame.set_axis(names, axis=1), units


def _header_problems(given: pd.DataFrame, rule: TableRule) -> list[str]:
    columns = [str(column) for column in given.columns]
    problems = [] if len(given) else ["the table has 0 rows"]
    problems += [
        f"{name}: column occurs {columns.count(name)} times"
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


def _throughout(
    faults: Mapping[str, pd.Series], columns: Mapping[str, Typed], rule: TableRule, text: Collection[str]
) -> list[str]:
    """Columns so often at fault that the column is wrong and not its rows."""
    problems = []
    for name, fault in faults.items():
        cells = int((~columns[name].empty).sum()) + int(columns[name].empty[fault.index].sum())
        known = any(one.startswith(f"{name}:") for one in text)
        if known or len(fault) < MIN_BAD_CELLS or len(fault) <= WRONG_COLUMN_SHARE * cells:
            continue
        first = "; ".join(dict.fromkeys(fault.head(3)))
        problems.append(
            f"{name}: {len(fault)} of {cells} cells cannot be used: {first}; allowed: {_allowed(rule, name)}"
        )
    return problems


def _allowed(rule: TableRule, name: str) -> str:
    field = rule.fields[name]
    if field.allowed:
        return f"one of {list(field.allowed)}"
    if field.dtype == "number" and field.low is not None:
        return f"a number from {field.low:,.12g} to {field.high:,.12g} {field.unit}"
    if field.form:
        return field.form
    return {"number": "a number", "date": "a day such as 2024-06-30", "flag": "true or false"}.get(field.dtype, "text")


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
                f"[{field.low:,.12g}, {field.high:,.12g}] {field.unit}, "
                f"median {known.median():,.12g}; is it in another unit (percent, yuan)?"
            )
        elif (
            field.unit == "wan_cny"
            and not field.giants
            and len(money) >= MIN_ROWS_FOR_UNIT
            and (money > giant_wan).mean() > GIANT_SHARE
        ):
            problems.append(
                f"{name}: {int((money > giant_wan).sum())} of {len(money)} amounts above {giant_wan:,.12g} wan_cny, "
                f"which only "
                f"a large enterprise reaches, median {money.median():,.12g}; is it in yuan instead of 10,000 yuan?"
            )
    return problems


def _column_faults(column: Typed, raw: pd.Series, field: Field, as_of: pd.Timestamp) -> pd.Series:
    """What is wrong with each faulty cell of one column; index of the faulty rows alone."""
    values = column.values
    faults = [raw[column.faults.index].astype(str).str.slice(stop=_LETTERS) + " " + column.faults]

    def note(rows: pd.Series, text: pd.Series, after: str) -> None:
        if rows.any():
            faults.append(text[rows].astype(str) + after)

    if not field.nullable:
        note(column.empty, pd.Series("missing", index=values.index), "")
    if field.dtype == "number":
        low = -np.inf if field.low is None else field.low
        high = np.inf if field.high is None else field.high
        outside = (values < low) | (values > high)
        note(outside, values, f" is outside [{low:,.12g}, {high:,.12g}] {field.unit}")
        if field.whole:
            note(~outside & values.notna() & (values % 1 != 0), values, " is no whole number")
    elif field.dtype == "date":
        note(values < pd.Timestamp(FIRST_DAY), values.dt.date, f" is before {FIRST_DAY}")
        if not field.may_be_future:
            note(values > as_of, values.dt.date, f" is in the future, after {as_of:%Y-%m-%d}")
    elif field.uscc:
        wrong = {code: fault for code in values.dropna().unique() if (fault := uscc_fault(code))}
        note(values.isin(list(wrong)), values.map(wrong), "")
    elif field.parse:
        wrong = {text: fault for text in values.dropna().unique() if (fault := parse_fault(text, field))}
        note(values.isin(list(wrong)), values.map(wrong), "")
    elif field.most_characters:
        note(
            values.str.len() > field.most_characters, values.str.len(), f" characters, at most {field.most_characters}"
        )
        note(values.map(_nothing_to_read).eq(True), values.str.slice(stop=_LETTERS), " holds nothing to read")
    elif field.pattern:
        note(values.notna() & ~values.str.fullmatch(field.pattern).eq(True), values, f" does not match {field.pattern}")
    elif field.allowed:
        note(values.notna() & ~values.isin(field.allowed), values, f" is not in {list(field.allowed)}")
    return pd.concat(faults).sort_index(kind="stable").astype(object)


def _nothing_to_read(text: object) -> bool:
    return isinstance(text, str) and not any(map(str.isalnum, visible_text(text)))


def _parted(
    given: pd.DataFrame,
    typed: pd.DataFrame,
    reasons: pd.Series,
    rows: SourceRows,
    rule: TableRule,
    notes: tuple[str, ...],
) -> Ingested:
    bad = (reasons != "").to_numpy(dtype=bool)
    quarantine = given.loc[bad].map(str, na_action="ignore").astype("str")
    quarantine = quarantine.assign(
        source_sheet=rows.sheets[bad].astype("str"),
        source_line=rows.lines[bad],
        reason=reasons[bad].str.removesuffix("; ").astype("str"),
    )
    kept = _contract(rule).validate(typed.loc[~bad].reset_index(drop=True))
    counts = {"read": len(given), "kept": len(kept), "quarantined": len(quarantine)}
    return Ingested(kept, quarantine.reset_index(drop=True), counts, notes)


def _contract(rule: TableRule) -> pa.DataFrameSchema:
    """What a kept table is, as a Pandera schema: the last check, in case one above has a gap."""
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
