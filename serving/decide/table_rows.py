"""Rows of a table as requests and cases: read as ingest reads, checked as the service checks, every fault by row.

A row with a fault is never approved, and one whose request cannot be read is not decided at all, as over HTTP it is
refused: nobody made the request that its other cells and the defaults would be. What a cell of the case cannot give is
missing to the models, which lowers no PD.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import TypeAdapter, ValidationError

from data.codebook import Codebook, read_credit_facts
from data.growth_stages import DAYS_PER_YEAR, UNKNOWN, growth_stage
from data.ingest.rules import FIRST_DAY, INDUSTRIES, Field
from data.ingest.values import typed_column
from data.requests import BANK_FACTS, QuotaRequest
from data.sizes import read_size_rules
from data.texts.figures import Text
from data.texts.sentences import label, sentence
from features.invoices.features import INVOICE_FEATURES
from features.point_in_time import IDENTITY
from serving.contract.refusals import NOTHING, Fault, faults_of, shown
from serving.decide.snapshot import value_faults

Flags = npt.NDArray[np.bool_]
REQUESTED_AMOUNT = "requested_amount_cny"
KNOWN_AT = "known_at"
BANK_COLUMNS = {f"bank_{member}": member for member in BANK_FACTS}
REQUEST_NUMBERS, REQUEST_TEXTS = (REQUESTED_AMOUNT, "tenor_months"), ("product", "purpose")
_NUMBER, _FLAG, _DAY = Field("number"), Field("number", unit="flag"), Field("date")
# Of a case's columns those that name it, and those that follow from others.
NOT_VALUES = (REQUESTED_AMOUNT, "uscc", "as_of", "revenue_band", "growth_stage", "size_class", "legacy_micro")
_LIMIT = 20  # faults of one row that are written out


class TableError(ValueError):
    """The table cannot be read as requests at all: no Parquet, columns missing, nothing in it."""


@dataclass(frozen=True)
class Rows:
    """A part of a table, ready for the engine.

    cases, requested : what was read, a faulty cell as missing; faults : one text a row, empty where there is none
    unread : rows whose request has a fault, shape (n,)
    known_at : the oldest day that the row's values were known on, NaT where the table has no such day
    """

    cases: pd.DataFrame
    requested: pd.DataFrame
    known_at: npt.NDArray[np.datetime64]
    faults: npt.NDArray[Any]
    unread: Flags


def needed_columns(codebook: Codebook) -> tuple[str, ...]:
    """Columns without which a table holds no cases."""
    facts = (fact.key for fact in read_credit_facts())
    return (REQUESTED_AMOUNT, *IDENTITY, *codebook.keys, *facts, *INVOICE_FEATURES)


def case_columns(codebook: Codebook) -> tuple[str, ...]:
    """Columns of a table that hold a case's values."""
    return tuple(name for name in needed_columns(codebook) if name not in NOT_VALUES)


def check_columns(name: str, columns: Iterable[str], codebook: Codebook) -> None:
    """Refuse a table that lacks columns or has one twice; raises TableError naming all of them."""
    given = list(columns)
    twice = sorted({column for column in given if given.count(column) > 1})
    if twice:
        raise TableError(f"{name}: columns {twice} occur more than once; allowed: each once")
    absent = [column for column in needed_columns(codebook) if column not in given]
    if absent:
        raise TableError(
            f"{name}: columns {absent} are missing; found {given[:12]}{' and more' if len(given) > 12 else ''}; "
            f"needed: those of the packed snapshot (cases.parquet) and {REQUESTED_AMOUNT}"
        )


def read_table_rows(frame: pd.DataFrame, codebook: Codebook, zone: str, today: date) -> Rows:
    """Read and check a part of a table that has every needed column; days are days of ``zone``."""
    frame = frame.reset_index(drop=True)
    faults: dict[int, list[Fault]] = defaultdict(list)
    read: dict[str, pd.Series | npt.NDArray[Any]] = {}
    for item in (*codebook, *read_credit_facts()):
        read[item.key] = values = _numbers(frame[item.key], faults, flag=(item.low, item.high) == (0.0, 1.0))
        for allowed, bad in value_faults(item, values):
            _note(faults, item.key, bad, frame[item.key], allowed)
            values[bad & ~np.isfinite(values)] = np.nan
    oldest = (today - FIRST_DAY).days / DAYS_PER_YEAR
    for name in ("age_years", *INVOICE_FEATURES):
        read[name] = values = _numbers(frame[name], faults)
        if name == "age_years":
            impossible = (values < 0.0) | ((values > oldest) & np.isfinite(values))
            _note(faults, name, impossible, frame[name], sentence("fault.age", most=oldest, day=FIRST_DAY))
        _note(faults, name, np.isinf(values), frame[name], label("fault.type.finite_number"))
        values[np.isinf(values)] = np.nan
    days = {name: _days(frame[name], zone, today, faults) for name in ("as_of", KNOWN_AT) if name in frame}
    _note(faults, "as_of", frame["as_of"].isna().to_numpy(), frame["as_of"], label("fault.a_day"))
    for name, allowed_words in (("industry", list(INDUSTRIES)), ("size_rule", list(read_size_rules().index))):
        _note(
            faults,
            name,
            ~frame[name].isin(allowed_words).to_numpy(),
            frame[name],
            sentence("fault.one_of", list=allowed_words),
        )
    stage = growth_stage(read["revenue_wan"], read["age_years"])
    _note(faults, "growth_stage", frame["growth_stage"].fillna(UNKNOWN).to_numpy() != stage, frame["growth_stage"],
          label("fault.stage_of"))  # fmt: skip
    read |= {"growth_stage": stage, "as_of": days["as_of"], "uscc": frame["uscc"].astype(object)}
    requested, unread = _requests(frame, faults)
    known_at = days.get(KNOWN_AT, pd.Series(pd.NaT, index=frame.index)).to_numpy(dtype="datetime64[D]")
    return Rows(frame.assign(**read), requested, known_at, _texts(faults, len(frame)), unread)


def _requests(frame: pd.DataFrame, faults: dict[int, list[Fault]]) -> tuple[pd.DataFrame, Flags]:
    """What each row requests, and which rows have a fault there, shape (n,); checked as the body of a request is.

    An empty cell takes the request's default, a faulty one is missing.
    """
    columns: dict[str, list[Any]] = {"uscc": frame["uscc"].tolist()}
    numbers: dict[str, npt.NDArray[np.float64]] = {}
    for name in (*REQUEST_NUMBERS, *BANK_COLUMNS):
        if name in frame:
            numbers[name] = _numbers(frame[name], defaultdict(list))
            columns[name] = [
                _plain(value, raw) for value, raw in zip(numbers[name].tolist(), frame[name].tolist(), strict=True)
            ]
    columns |= {name: frame[name].tolist() for name in REQUEST_TEXTS if name in frame}
    names = tuple(columns)
    bodies = [_body(dict(zip(names, row, strict=True))) for row in zip(*columns.values(), strict=True)]
    unread = np.zeros(len(frame), dtype=bool)
    texts = {
        name: frame[name].astype(object).where(frame[name].notna(), QuotaRequest.model_fields[name].default)
        for name in REQUEST_TEXTS
        if name in frame
    }
    if "tenor_months" in numbers:
        numbers["tenor_months"][frame["tenor_months"].isna()] = QuotaRequest.model_fields["tenor_months"].default
    try:
        _adapter().validate_python(bodies)
    except ValidationError as error:
        back = {f"bank_facts.{member}": column for column, member in BANK_COLUMNS.items()}
        for fault in faults_of(error):
            row, _, where = fault.where.partition(".")
            name = back.get(where, where)
            faults[int(row)].append(Fault(name, fault.found, fault.allowed))
            unread[int(row)] = True
            if name in numbers:
                numbers[name][int(row)] = np.nan
            if name in texts:
                texts[name].iloc[int(row)] = None
    own = {BANK_COLUMNS.get(name, name): values for name, values in numbers.items()}
    return pd.DataFrame({**own, **texts}, index=frame.index), unread


def _body(row: Mapping[str, Any]) -> dict[str, Any]:
    """A request's body; an empty cell is a member that was not sent."""
    known = {name: value for name, value in row.items() if value is not None and value == value}
    facts = {member: known.pop(column) for column, member in BANK_COLUMNS.items() if column in known}
    return {"request_id": "row", **known, "bank_facts": facts}


def _plain(value: float, raw: Any) -> Any:
    """A whole number as int, any other as float; what is none as it was found, so that the fault can show it."""
    if value != value:
        return None if raw is None or raw != raw else raw
    return int(value) if value.is_integer() else value


def _numbers(raw: pd.Series, faults: dict[int, list[Fault]], *, flag: bool = False) -> npt.NDArray[np.float64]:
    """Numbers as float64, shape (n,); a cell that is none is a fault and NaN."""
    if raw.dtype.kind in "iuf" or (flag and raw.dtype.kind == "b"):
        return raw.to_numpy(dtype=float, na_value=np.nan, copy=True)
    typed = typed_column(raw, _FLAG if flag else _NUMBER)
    values = typed.values.to_numpy(dtype=float, na_value=np.nan, copy=True)
    _note(faults, str(raw.name), typed.broken.to_numpy(), raw, label(f"fault.{'flag' if flag else 'type.float'}"))
    return values


def _days(raw: pd.Series, zone: str, today: date, faults: dict[int, list[Fault]]) -> pd.Series:
    """Days of the zone's calendar, NaT where unknown; one that is unreadable or after today is a fault."""
    local = raw
    if isinstance(raw.dtype, pd.DatetimeTZDtype):
        local = raw.dt.tz_convert(zone).dt.tz_localize(None)
    elif raw.dtype.kind == "O":
        local = raw.map(lambda value: value.astimezone(ZoneInfo(zone)).date() if _is_instant(value) else value)
    typed = typed_column(local, _DAY)
    days = typed.values.astype("datetime64[us]")
    late = (days > pd.Timestamp(today)).to_numpy()
    _note(faults, str(raw.name), typed.broken.to_numpy(), raw, label("fault.type.date"))
    _note(faults, str(raw.name), late, raw, sentence("fault.not_after", day=today))
    return days.mask(late)


def _is_instant(value: Any) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None


def _note(faults: dict[int, list[Fault]], where: str, bad: Flags, raw: pd.Series, allowed: str | Text) -> None:
    for row in np.flatnonzero(bad).tolist():
        value = raw.iloc[row]
        empty = value is None or value is pd.NaT or value != value
        faults[row].append(Fault(where, NOTHING if empty else shown(value), allowed))


def _texts(faults: Mapping[int, list[Fault]], n: int) -> npt.NDArray[Any]:
    texts = np.full(n, "", dtype=object)
    for row, found in faults.items():
        texts[row] = fault_texts(found)
    return texts


def fault_texts(found: Sequence[Fault]) -> str:
    """The faults of one row in both languages, the first twenty written out."""
    lines = [
        sentence("fault.of_row", where=fault.where, found=fault.found_texts, allowed=fault.texts)
        for fault in found[:_LIMIT]
    ]
    lines += [sentence("fault.more", count=len(found) - _LIMIT)] if found[_LIMIT:] else []
    return " | ".join(f"{en} {zh}" for zh, en in lines)


@cache
def _adapter() -> TypeAdapter[list[QuotaRequest]]:
    return TypeAdapter(list[QuotaRequest])
