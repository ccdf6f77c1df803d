"""Tables of records as files: CSV and XLSX, with a quarantine of the rows that are not taken."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data.incubators.checks import check_codes, check_rows
from data.incubators.fields import KEYS, Fault, Record, fault, heads, record_fields, registry_sentences
from data.ingest.source import IngestError, heading, read_source

QUARANTINE = ("record", "line", "key", "where", "found", "allowed", "reason_zh", "reason_en")


@dataclass(frozen=True, eq=False)
class RecordTable:
    """Rows that keep the rules, by key of the columns, and a row of ``QUARANTINE`` for each fault of the others."""

    rows: pd.DataFrame
    quarantine: pd.DataFrame


def read_table(record: Record, source: Path | bytes, name: str = "") -> RecordTable:
    """A file of records: CSV, XLSX or Parquet by its content; heads are keys, codes of the form or names; a kind
    and a level are codes or names.

    raises : IngestError where the file as a whole cannot be read, or has a column that is none of the record's
    """
    if isinstance(source, bytes):
        with tempfile.TemporaryDirectory() as folder:
            ending = ".xlsx" if source[:2] == b"PK" else ".parquet" if source[:4] == b"PAR1" else ".csv"
            path = Path(folder) / f"{record}s{ending}"
            path.write_bytes(source)
            return read_table(record, path, name)
    known = heads(record)
    needed = [key for key, one in record_fields(record).items() if one.field.column_needed]
    given = read_source(source, name or source.name, known)
    keys: dict[object, str] = {}
    units: dict[str, str] = {}
    for title in given.frame.columns:
        plain, unit = heading(title)
        key = known.get(plain, known.get(heading(str(title).replace("（", "(").split("(")[0])[0]))
        if key is None or key in keys.values():
            raise IngestError(
                f"{name or source.name}: column {title!r} is none of the record's, or comes twice; "
                f"a file needs {_named(record, needed)}"
            )
        keys[title], units[key] = key, unit
    if missing := [key for key in needed if key not in units]:
        raise IngestError(f"{name or source.name}: columns are missing: {_named(record, missing)}")
    for key, unit in units.items():
        wanted = record_fields(record)[key].field.unit
        if unit and unit not in _SAME.get(wanted, ()):
            raise IngestError(f"{name or source.name}: column {key} is in {unit}, allowed: {wanted or 'no unit'}")
    frame = given.frame.rename(columns=keys)
    for key in units:
        if codes := _codes(record, key):
            frame[key] = [codes.get(value, value) for value in frame[key]]
    return checked_table(record, frame, given.lines.tolist(), given.faults.tolist())


def checked_table(
    record: Record, frame: pd.DataFrame, lines: list[int] | None = None, unreadable: list[str] | None = None
) -> RecordTable:
    """Rows parted into those that keep the rules and the quarantine; of equal keys the first row is kept.

    lines : of the file, the first is 2 where left out; unreadable : why the reader took no row, "" if it did
    """
    frame = frame.reset_index(drop=True)
    found, faults = check_rows(record, frame)
    check_codes(record, found, faults)
    lines = lines or list(range(2, len(frame) + 2))
    for row, reason in enumerate(unreadable or ()):
        if reason:
            faults.setdefault(row, []).insert(0, fault("unreadable", "", reason, ""))
    first: dict[tuple[str, ...], int] = {}
    for row, key in enumerate(record_keys(record, found)):
        if row not in faults and first.setdefault(key, row) != row:
            faults[row] = [fault("twice", ", ".join(KEYS[record]), " ".join(key), f"line {lines[first[key]]} has it")]
    names = record_keys(record, found)
    refused = [
        quarantine_row(record, lines[row], " ".join(names[row]), one) for row in sorted(faults) for one in faults[row]
    ]
    kept = found.loc[~found.index.isin(faults)].reset_index(drop=True)
    return RecordTable(kept, pd.DataFrame(refused, columns=list(QUARANTINE)))


def record_keys(record: Record, rows: pd.DataFrame) -> list[tuple[str, ...]]:
    """The key of each row as texts; a day as 2022-05-31."""
    parts = [rows[key].map(lambda value: "" if pd.isna(value) else str(value)[:10] if _is_day(value) else str(value))
             for key in KEYS[record]]  # fmt: skip
    return list(zip(*parts, strict=True))


_SAME = {"thousand_cny": ("千元",), "wan_cny": ("万",), "cny": ("元",), "persons": ("人",), "firms": ("个",),
         "count": ("个", "项", "次")}  # fmt: skip


def _is_day(value: object) -> bool:
    return isinstance(value, pd.Timestamp)


def quarantine_row(record: Record, line: int | None, key: str, one: Fault) -> dict[str, object]:
    """A row of the quarantine; line : of the file, None where the row is of no file."""
    zh, en = one.text
    values = (record, line, key, one.where, one.found, one.allowed, zh, en)
    return dict(zip(QUARANTINE, values, strict=True))


def _codes(record: Record, key: str) -> dict[object, str]:
    """The code of each name of a value, in both languages, where a column allows some values alone."""
    sentences = registry_sentences()
    named = {code: f"value.{key}.{code}" for code in record_fields(record)[key].field.allowed}
    return {name: code for code, one in named.items() if one in sentences for name in sentences[one].fill({})}


def _named(record: Record, keys: list[str]) -> str:
    """Columns as both languages and the key name them."""
    known = record_fields(record)
    return ", ".join(f"{known[key].name[0]} / {known[key].name[1]} [{key}]" for key in keys)
