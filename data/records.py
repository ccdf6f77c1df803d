"""Record types: one row of each table as a frozen value, checked where it is made.

The same ranges hold for a table (``data.ingest.tables``) and for a single record: both read the codebook.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from data.codebook import read_codebook
from data.ingest.rules import INDUSTRIES
from data.sizes import read_size_rules
from data.uscc import Uscc


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    uscc: Uscc


class Enterprise(_Record):
    """One row of the register."""

    name: str = Field(min_length=1)
    founded_on: date
    closed_on: date | None = None
    left_on: date | None = None
    industry: str
    size_rule: str

    @model_validator(mode="after")
    def _words_are_known(self) -> Enterprise:
        rules = list(read_size_rules().index)
        problems = [
            f"{name} is {found!r}, allowed: {list(allowed)}"
            for name, found, allowed in (
                ("industry", self.industry, INDUSTRIES),
                ("size_rule", self.size_rule, rules),
            )
            if found not in allowed
        ]
        problems += [
            f"{name} {day} is before founded_on {self.founded_on}"
            for name, day in (("closed_on", self.closed_on), ("left_on", self.left_on))
            if day and day < self.founded_on
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self


class IndicatorSnapshot(_Record):
    """What one delivery told about an enterprise; a key that is left out is unknown."""

    period_end: date
    known_at: date
    indicators: dict[str, float]

    @model_validator(mode="after")
    def _values_are_in_range(self) -> IndicatorSnapshot:
        book = {item.key: item for item in read_codebook()}
        problems = [f"{key} is not in the codebook" for key in self.indicators if key not in book]
        problems += [
            f"{key} is {value:g}, allowed: [{book[key].low:g}, {book[key].high:g}] {book[key].unit}"
            for key, value in self.indicators.items()
            if key in book and not book[key].low <= value <= book[key].high
        ]
        if self.known_at < self.period_end:
            problems.append(f"known_at {self.known_at} is before period_end {self.period_end}")
        if problems:
            raise ValueError("; ".join(problems))
        return self


class Loan(_Record):
    """One loan; money in 10,000 yuan, ``annual_rate`` as a ratio."""

    loan_id: str = Field(min_length=1)
    bank_id: str = Field(min_length=1)
    product: Literal["traditional", "innovation_points", "zheke"]
    purpose: Literal["working_capital", "research_and_development", "equipment"] | None = None
    granted_on: date
    amount_wan: float = Field(gt=0)
    annual_rate: float = Field(ge=0, le=0.36)
    tenor_months: int = Field(ge=1, le=120)
    defaulted_on: date | None = None
    loss_wan: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _days_are_in_order(self) -> Loan:
        if self.defaulted_on and self.defaulted_on < self.granted_on:
            raise ValueError(f"defaulted_on {self.defaulted_on} is before granted_on {self.granted_on}")
        return self


class Invoice(_Record):
    """One VAT invoice; a negative amount is a red-letter invoice, ``valid=False`` a void one."""

    invoice_no: str = Field(min_length=1)
    issued_on: date
    direction: Literal["sale", "purchase"]
    counterparty: str = Field(min_length=1)
    amount_cny: float
    tax_cny: float
    valid: bool
