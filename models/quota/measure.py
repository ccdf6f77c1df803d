"""What the three models conclude of enterprises, whatever the bank: columns for one request, a batch or a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook, CreditFact, read_credit_facts
from data.requests import BANK_FACTS
from features.columns import Columns, numbers, values
from features.quota import annuity_factor
from features.risk import measured_values, missing_at_worst, risk_rows
from models.points.card import PointsCard
from models.quota.debt_capacity import DebtCapacityModel
from models.risk.model import RiskModel

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
TEXTS = ("uscc", "as_of", "industry", "growth_stage")
# What the terms and rules take from a case beside the models' figures.
FACTS = ("revenue_wan", "revenue_growth", "rd_expense", "existing_debt_wan", "guarantees_wan", "overdue_days_max_24m")

BANK_OVERDUE = "bank_overdue_days"


class Range(NamedTuple):
    """Where a known value may lie; a personal value is not shown."""

    key: str
    low: float
    high: float
    unit: str
    personal: bool


@dataclass(frozen=True)
class Measured:
    """n cases as the models see them.

    columns : by name, each of shape (n,): TEXTS, FACTS, the default risk, the limits, the points, and overdue_days,
        the worse of the credit bureau's record and the bank's own fact
    veto : which flags are raised against each firm, shape (n, flags), in the order of ``veto_facts``
    flags_known : whether every one of them is known, shape (n,)
    outside : which known values lie beyond the codebook's range, shape (n, ranges), in the order of ``ranges``
    values : risk features as they were measured, NaN where unknown, shape (n, p)
    shares : what each adds to the log-odds of default, shape (n, p); no rows where no reasons are wanted
    capacity_factor : annuity factor of the tenor and rate that the debt capacity was learned for
    """

    columns: Mapping[str, Array]
    veto: Flags
    flags_known: Flags
    outside: Flags
    values: Floats
    shares: Floats
    capacity_factor: float

    def __len__(self) -> int:
        return len(self.flags_known)

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    def take(self, rows: slice | Array) -> Measured:
        """Some of the cases, or each as often as it is named; a slice copies nothing."""
        return Measured(
            {name: column[rows] for name, column in self.columns.items()}, self.veto[rows], self.flags_known[rows],
            self.outside[rows], self.values[rows], self.shares[rows], self.capacity_factor,
        )  # fmt: skip

    def without_reasons(self) -> Measured:
        """The same without what each feature does to the default risk, which a trial of an amount does not need."""
        return replace(self, values=self.values[:, :0], shares=self.values[:, :0])

    def with_columns(self, **columns: Array) -> Measured:
        """The same with other columns in place of those of their names."""
        return replace(self, columns={**self.columns, **columns})


def measure(
    cases: Columns,
    points: PointsCard,
    risk: RiskModel,
    limit: DebtCapacityModel,
    book: Codebook,
    *,
    reasons: bool = False,
) -> Measured:
    """Ask the three models about every case; ``reasons`` adds what each feature does to the default risk."""
    measured = measured_values(cases, book)
    matrix = risk_rows(measured, cases, book)
    shares = np.empty(matrix.shape) if reasons else None
    columns: dict[str, Array] = {name: values(cases, name) for name in TEXTS}
    columns |= {name: numbers(cases, name) for name in FACTS}
    claimed = numbers(cases, BANK_OVERDUE) if BANK_OVERDUE in cases else np.zeros(len(matrix))
    columns["overdue_days"] = np.fmax(columns["overdue_days_max_24m"], claimed)  # NaN only where both are
    columns |= risk.predict_columns(matrix, shares)
    columns |= limit.predict_columns(missing_at_worst(measured, book))
    columns |= points.score_columns(cases)
    flags = np.stack([numbers(cases, fact.key) for fact in veto_facts()], axis=-1)
    known = np.stack([numbers(cases, one.key) for one in ranges(book)], axis=-1)
    low, high = (np.array([getattr(one, end) for one in ranges(book)]) for end in ("low", "high"))
    return Measured(
        columns,
        flags == 1.0,
        np.logical_not(np.isnan(flags).any(axis=1)),
        (known < low) | (known > high),  # NaN is neither
        measured,
        np.empty((0, matrix.shape[1])) if shares is None else shares,
        float(annuity_factor(limit.reference_annual_rate, limit.reference_tenor_months)),
    )


def worse_facts(known: Mapping[str, Floats], facts: Mapping[str, Sequence[float] | Array]) -> dict[str, Floats]:
    """Credit facts, each of shape (n,), where a bank's own fact is worse; a missing or impossible one stays as it is.

    known : by credit fact; facts : by member of ``BankFacts``
    A bank that knows of no debt has not shown that there is none. Its own overdue days are kept beside as well, for
    they count by rule even where the record is missing.
    """
    worse = {}
    if "overdue_days" in facts:
        worse[BANK_OVERDUE] = np.asarray(facts["overdue_days"], dtype=float)
    for member, key in BANK_FACTS.items():
        if member in facts:
            claimed = np.asarray(facts[member], dtype=float)
            worse[key] = np.where((claimed > known[key]) & (known[key] >= 0.0), claimed, known[key])
    return worse


def with_worse_facts(cases: pd.DataFrame, facts: Mapping[str, Sequence[float] | Array]) -> pd.DataFrame:
    """The cases with ``worse_facts`` of their banks."""
    return cases.assign(**worse_facts({key: numbers(cases, key) for key in BANK_FACTS.values()}, facts))


@cache
def veto_facts() -> tuple[CreditFact, ...]:
    """The flags that exclude a loan by rule."""
    return tuple(fact for fact in read_credit_facts() if fact.veto)


@cache
def ranges(book: Codebook) -> tuple[Range, ...]:
    """The range of every indicator and credit fact."""
    items = [Range(item.key, item.low, item.high, item.unit, item.personal) for item in book]
    return (*items, *(Range(fact.key, fact.low, fact.high, fact.unit, False) for fact in read_credit_facts()))
