"""Whether records keep their rules: columns of each record, dates in order, figures of a report that hang together.

One implementation over columns, for a table and for a single record. A row with a fault is not
taken; nothing is mended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd

from data.incubators.fields import (
    Fault,
    LogicCheck,
    Record,
    RecordField,
    fault,
    logic_checks,
    record_fields,
    registry_sentences,
)
from data.ingest.values import Typed, typed_column
from data.texts.figures import Text
from data.uscc import uscc_fault

FEN = 100  # of a yuan: no amount is less exact than it counts
TOLERANCE = 1e-6  # parts are compared with their sum beyond floating point
_ORDER: Mapping[Record, tuple[tuple[str, str], ...]] = {
    "incubator": (("founded_on", "recognised_on"),),
    "tenant": (("founded_on", "entered_on"), ("entered_on", "exited_on")),
    "report": (("period_from", "period_to"), ("period_to", "filed_on"), ("report_founded_on", "period_to")),
    "voucher": (),
}
Faults = dict[int, list[Fault]]


def check_rows(record: Record, frame: pd.DataFrame) -> tuple[pd.DataFrame, Faults]:
    """The rows in the types of their columns, and the faults of each faulty row by its index.

    frame : values as they came, columns by key; a column that is not there is empty
    """
    faults: Faults = {}
    columns: dict[str, pd.Series] = {}
    frame = frame.infer_objects()  # numbers that came as numbers are not read as texts
    for key, one in record_fields(record).items():
        raw = frame[key] if key in frame else pd.Series(None, index=frame.index, dtype=object)
        typed = _typed(raw, one)
        columns[key] = typed.values
        _column_faults(one, raw, typed, faults)
    found = pd.DataFrame(columns, index=frame.index)
    for first, second in _ORDER[record]:
        late = (found[first] > found[second]).fillna(False)
        _add(faults, late, partial(_out_of_order, record, found, first, second))
    if record == "tenant":
        gone, graduated = found["exited_on"].notna(), found["exit_reason"] == "graduated"
        _add(
            faults,
            gone != found["exit_reason"].notna(),
            partial(_not_together, record, found, "exited_on", "exit_reason"),
        )
        without = graduated != found["graduation_reason"].notna()
        _add(faults, without, partial(_not_together, record, found, "exit_reason", "graduation_reason"))
        more = (found["college_graduate_jobs"] > found["jobs"]).fillna(False)
        _add(faults, more, partial(_not_inside, record, found, "college_graduate_jobs", "jobs"))
    elif record == "incubator":
        undated = found["level"].isin(["national", "regional"]) & found["recognised_on"].isna()
        _add(faults, undated, partial(_not_together, record, found, "level", "recognised_on"))
    elif record == "voucher":
        fen = found["amount_cny"] * FEN
        _add(faults, ((fen - fen.round()).abs() > TOLERANCE).fillna(False), partial(_not_whole, found))
    elif record == "report":
        for check in logic_checks():
            _add(faults, _broken(check, found), partial(_apart, found, check))
    return found, faults


def check_codes(record: Record, found: pd.DataFrame, faults: Faults) -> None:
    """Adds what is wrong with codes of firms to the faults of rows in their types.

    Only what comes in is checked: records that were taken before this check go on being read.
    """
    if record == "tenant":
        wrong = found["uscc"].map(lambda code: isinstance(code, str) and uscc_fault(code) is not None).astype(bool)
        _add(faults, wrong, partial(_no_uscc, found))


def _not_whole(found: pd.DataFrame, row: int) -> Fault:
    return fault("whole_fen", "amount_cny", found["amount_cny"].loc[row], "0.01")


def check_record(record: Record, values: Mapping[str, Any]) -> list[Fault]:
    """The faults of one record; a member that its columns do not have is one."""
    known = record_fields(record)
    alien = [fault("alien", key, values[key], ", ".join(known)) for key in values if key not in known]
    nested = [key for key, value in values.items() if key in known and isinstance(value, list | tuple | dict | set)]
    alien += [_not_of_kind(known[key], values[key], "") for key in nested]
    found, faults = check_rows(record, pd.DataFrame([{**values, **dict.fromkeys(nested)}], dtype=object))
    check_codes(record, found, faults)
    return [*alien, *faults.get(0, [])]


_DTYPES = {"number": "float64", "date": "datetime64[us]", "text": "str", "flag": "object"}
_NONE = pd.Series([], dtype=object)


def _typed(raw: pd.Series, one: RecordField) -> Typed:
    """``typed_column``, without its work where nothing is given or numbers came as numbers."""
    empty = raw.isna()
    if empty.all():
        return Typed(pd.Series(None, index=raw.index, dtype=_DTYPES[one.field.dtype]), empty, _NONE)
    if one.field.dtype == "number" and raw.dtype.kind in "iuf":
        return Typed(raw.astype("float64"), empty, _NONE)
    return typed_column(raw, one.field)


def _add(faults: Faults, rows: pd.Series[bool], made: Callable[[int], Fault]) -> None:
    for row in rows.index[rows.to_numpy(dtype=bool)]:
        faults.setdefault(row, []).append(made(row))


def _column_faults(one: RecordField, raw: pd.Series, typed: Typed, faults: Faults) -> None:
    rule, values = one.field, typed.values
    kind = f"{rule.dtype} {rule.unit}".strip()

    def of(reason: str, allowed: str, allowed_text: Text | None = None) -> Callable[[int], Fault]:
        return lambda row: fault(reason, one.key, raw.loc[row], allowed, name=one.name, allowed_text=allowed_text)

    for row in typed.faults.index.tolist():
        faults.setdefault(row, []).append(_not_of_kind(one, raw.loc[row], str(typed.faults.loc[row])))
    if not rule.nullable:
        _add(faults, typed.empty, of("empty", kind, one.kind))
    if rule.allowed:
        _add(faults, values.notna() & ~values.isin(rule.allowed), of("allowed", ", ".join(rule.allowed)))
    if rule.dtype == "number":
        outside = (values < rule.low).fillna(False) | (values > rule.high).fillna(False)
        ends = f"{rule.low:,.12g} – {rule.high:,.12g}"
        shown = (f"{ends} {one.unit[0]}".strip(), f"{ends} {one.unit[1]}".strip())
        _add(faults, outside, of("range", f"{rule.low:g} - {rule.high:g} {rule.unit}", shown))
        if rule.whole:
            _add(faults, values.notna() & ~outside & (values % 1 != 0), of("whole", rule.unit, one.unit))


def _not_of_kind(one: RecordField, found: object, reason: str) -> Fault:
    """A value that is none of its column's kind, or is written in another unit."""
    sentences, rule = registry_sentences(), one.field
    key = "reason.none" if reason in ("", f"is no {rule.dtype}") else "reason.other"
    why = sentences[key].fill({"kind": sentences[f"kind.{rule.dtype}"].fill({})})
    allowed = f"{rule.dtype} {rule.unit}".strip()
    return fault("value", one.key, found, allowed, name=one.name, allowed_text=one.kind, reason=why)


def _broken(check: LogicCheck, found: pd.DataFrame) -> pd.Series:
    """Where a check does not hold; it is not made where a figure that it needs was not given."""
    whole, parts = found[check.whole], found[list(check.parts)]
    total = parts.sum(axis=1, min_count=1)
    given = whole.notna() & total.notna()
    if check.relation == "sum":
        return given & parts.notna().all(axis=1) & ((whole - total).abs() > TOLERANCE)
    if check.relation == "at_least":
        return given & (total > whole + TOLERANCE)
    one_alone = given & (whole > 0).ne(total > 0)
    if check.relation == "both":
        return one_alone
    above = parts.gt(whole + TOLERANCE, axis=0).any(axis=1)
    return above | one_alone if check.relation == "together" else above


def _out_of_order(record: Record, found: pd.DataFrame, first: str, second: str, row: int) -> Fault:
    known = record_fields(record)
    allowed = (f"{known[first].zh}不晚于{known[second].zh}", f"{known[first].en} not after {known[second].en}")
    return fault(
        "order", f"{first}, {second}", _shown(found, row, first, second), f"{first} <= {second}",
        name=_both(record, first, second), allowed_text=allowed,
    )  # fmt: skip


def _not_together(record: Record, found: pd.DataFrame, first: str, second: str, row: int) -> Fault:
    shown = ", ".join(_written(found[key].loc[row]) or "–" for key in (first, second))
    return fault("together", f"{first}, {second}", shown, f"{first} + {second}", name=_both(record, first, second))


def _no_uscc(found: pd.DataFrame, row: int) -> Fault:
    """A firm sees its records by its code: a wrong one would keep it out, or let another in."""
    return fault("uscc", "uscc", found["uscc"].loc[row], "GB 32100-2015", name=record_fields("tenant")["uscc"].name)


def _not_inside(record: Record, found: pd.DataFrame, part: str, whole: str, row: int) -> Fault:
    known, most = record_fields(record), _shown(found, row, whole)
    return fault(
        "inside", part, _shown(found, row, part), f"{whole} {most}", name=known[part].name,
        allowed_text=(f"{known[whole].zh} {most}", f"{known[whole].en}, {most}"),
    )  # fmt: skip


def _both(record: Record, first: str, second: str) -> Text:
    known = record_fields(record)
    return f"{known[first].zh}、{known[second].zh}", f"{known[first].en}, {known[second].en}"


def _apart(found: pd.DataFrame, check: LogicCheck, row: int) -> Fault:
    keys = (check.whole, *check.parts)
    known, (zh, en) = record_fields("report"), check.text
    values = [(known[key].name, _shown(found, row, key)) for key in keys]
    shown_zh = "、".join(f"{name[0]} {value}" for name, value in values)
    shown_en = ", ".join(f"{name[1]} {value}" for name, value in values)
    shown = ", ".join(value for _, value in values)
    return Fault(", ".join(keys), shown, en, (f"{zh}（{shown_zh}）。", f"{en[:1].upper()}{en[1:]} ({shown_en})."))


def _shown(found: pd.DataFrame, row: int, *keys: str) -> str:
    return ", ".join(_written(found[key].loc[row]) for key in keys)


def _written(value: Any) -> str:
    if value is None or pd.isna(value):
        return ""
    return (
        str(value)[:10]
        if isinstance(value, pd.Timestamp)
        else f"{value:.12g}"
        if isinstance(value, float)
        else str(value)
    )
