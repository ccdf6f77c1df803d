"""A table's rows beside the agencies' record: by the rules of a single request that brings its own values.

A row about an enterprise of the packed snapshot is its record's case. An empty cell is a value that was not sent; one
that differs from the record is a fault of the row, or is taken where ``own_values`` would take it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook
from data.growth_stages import DAYS_PER_YEAR
from data.texts.figures import Text
from data.texts.sentences import label, sentence
from features.invoices.features import INVOICE_FEATURES
from serving.contract.refusals import Fault
from serving.decide.own_values import merge
from serving.decide.table_rows import Rows, case_columns, fault_texts

Flags = npt.NDArray[np.bool_]
Differs = dict[str, Flags]
JOIN = " | "


@dataclass(frozen=True)
class Beside:
    """Rows with the record's values where there is a record, and below them the records of those with own values.

    rows : the table's n rows, then one for each of ``own``, which is its record alone
    own : positions of the rows with a value that was taken, shape (m,)
    taken, refused : columns by row, with a space between, shape (n,)
    sent : which values the caller sent, shape (n + m,) by column
    brought : rows about enterprises without a record, of which every value is, shape (n + m,)
    """

    rows: Rows
    own: npt.NDArray[np.int64]
    taken: npt.NDArray[Any]
    refused: npt.NDArray[Any]
    sent: dict[str, Flags]
    brought: Flags


def beside_record(rows: Rows, record: pd.DataFrame, codebook: Codebook, *, take: bool) -> Beside:
    """Compare a part of a table with the packed snapshot's cases, one row an enterprise; ``take`` own values or not."""
    columns = case_columns(codebook)
    held = record.set_index("uscc").reindex(rows.cases["uscc"])
    packed = held["as_of"].notna().to_numpy()
    cases, differs = rows.cases.copy(), _differs(rows.cases, held, columns)
    for name in held.columns.intersection(cases.columns):
        if name != "as_of":
            cases[name] = cases[name].where(~packed, held[name].to_numpy()).infer_objects()
    faults = rows.faults.copy()
    other_day = packed & (held["as_of"].to_numpy() != rows.cases["as_of"].to_numpy())
    for at in np.flatnonzero(other_day & rows.cases["as_of"].notna().to_numpy()).tolist():
        allowed = sentence("fault.packed_day", day=held["as_of"].iloc[at])
        faults[at] = _and(faults[at], [Fault("as_of", _day(rows.cases["as_of"].iloc[at]), allowed)])
    taken, refused = (np.full(len(cases), "", dtype=object) for _ in range(2))
    own: dict[int, dict[str, Any]] = {}
    for at in np.flatnonzero(np.any(list(differs.values()), axis=0)).tolist():
        members = [name for name in columns if differs[name][at]]
        if not take:
            refused[at] = " ".join(members)
            faults[at] = _and(faults[at], _differing_faults(members, rows.cases.iloc[at]))
            continue
        sendable = [name for name in members if name not in INVOICE_FEATURES]  # nor can a request send invoices
        own_row, row = ({str(key): value for key, value in one.iloc[at].items()} for one in (rows.cases, held))
        merged, _, marks = merge(row, {}, own_row, sendable, date.min)
        taken[at] = " ".join(marks.taken)
        refused[at] = " ".join(name for name in members if name not in marks.taken)
        if marks.taken:
            own[at] = merged
    positions = np.array(list(own), dtype=np.int64)
    for name in held.columns.intersection(cases.columns).difference(["as_of"]):
        values = cases[name].to_numpy(copy=True)
        values[positions] = [merged[name] for merged in own.values()]
        cases[name] = values
    alone = cases.iloc[positions].copy()
    for name in held.columns.intersection(cases.columns):
        alone[name] = held[name].iloc[positions].to_numpy()
    whole = replace(
        rows,
        cases=pd.concat([cases, alone], ignore_index=True),
        requested=pd.concat([rows.requested, rows.requested.iloc[positions]], ignore_index=True),
        known_at=np.concatenate([rows.known_at, rows.known_at[positions]]),
        faults=np.concatenate([faults, faults[positions]]),
        unread=np.concatenate([rows.unread, rows.unread[positions]]),
    )
    none = np.zeros(len(positions), dtype=bool)
    words = [frozenset(text.split()) for text in taken]
    sent = {}
    for name in columns:
        by_caller = np.array([name in found for found in words], dtype=bool)
        sent[name] = np.concatenate([by_caller | (~packed & cases[name].notna().to_numpy()), none])
    return Beside(whole, positions, taken, refused, sent, np.concatenate([~packed, none]))


def _differs(cases: pd.DataFrame, held: pd.DataFrame, columns: tuple[str, ...]) -> Differs:
    """By column, the rows of packed enterprises, shape (n,), whose known value is not the record's."""
    packed = held["as_of"].notna().to_numpy()
    found = {}
    for name in columns:
        now, then = cases[name].to_numpy(), held[name].to_numpy()
        other = now != then
        if name == "age_years":  # a request sends the day of the founding
            with np.errstate(invalid="ignore"):
                other = ~(np.round(now * DAYS_PER_YEAR) == np.round(then * DAYS_PER_YEAR))
        found[name] = packed & cases[name].notna().to_numpy() & other
    return found


def _differing_faults(members: list[str], row: pd.Series) -> list[Fault]:
    """One fault a member; the record's value is quoted under a consent alone, and a table has none."""
    hidden: Text = label("fault.record_hidden")
    return [Fault(name, str(row[name]), hidden) for name in members]


def _and(text: str, faults: list[Fault]) -> str:
    return JOIN.join([*([text] if text else []), fault_texts(faults)])


def _day(value: Any) -> str:
    return f"{value:%Y-%m-%d}"
