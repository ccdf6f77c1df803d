"""The indicator codebook: what each column means, its unit, its range, its prior weights.

The rows are in ``data/reference/indicators.csv`` and ``credit_facts.csv``; nothing else restates them.
Another zone is another pair of files: no key is written into code that scores.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, get_args

Transform = Literal["identity", "log1p"]
Kind = Literal["core", "auxiliary"]
POINTS_TOTAL: Mapping[Kind, float] = {"core": 100.0, "auxiliary": 30.0}
_WEIGHT = "weight_"


class CodebookError(ValueError):
    """A codebook file breaks its own rules; the message lists every fault."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One row of the codebook; ``low`` and ``high`` are inclusive and in ``unit``."""

    key: str
    zh: str
    en: str
    dimension: str
    kind: Kind
    unit: str
    dtype: Literal["float", "int"]
    low: float
    high: float
    direction: int  # +1: more is better, -1: less is better
    transform: Transform
    agency: str
    freshness_months: int
    zero_is_fact: bool  # an absent record is a true zero, so the agency never reports "missing"
    personal: bool  # about a natural person: never used for default risk, never shown without its scope
    actionable: bool  # hard to fake, so advice may name it
    weights: Mapping[str, float]  # prior points at full marks, by stage


@dataclass(frozen=True, slots=True)
class CreditFact:
    """One fact outside the points: it never earns any. ``pd_direction`` is the sign of its effect on default."""

    key: str
    zh: str
    en: str
    unit: str
    dtype: Literal["float", "int"]
    low: float
    high: float
    pd_direction: int
    agency: str
    veto: bool


@dataclass(frozen=True, eq=False)
class Codebook:
    """The indicators in file order, and a digest that models carry to be checked on load."""

    indicators: tuple[Indicator, ...]
    digest: str

    @property
    def keys(self) -> tuple[str, ...]:
        """Indicator keys; this order is the column order of every model matrix."""
        return tuple(item.key for item in self.indicators)

    @property
    def stages(self) -> tuple[str, ...]:
        """Stages that have a weight column, in file order."""
        return tuple(self.indicators[0].weights)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Dimensions in order of first appearance."""
        return tuple(dict.fromkeys(item.dimension for item in self.indicators))

    def __getitem__(self, key: str) -> Indicator:
        for item in self.indicators:
            if item.key == key:
                return item
        raise KeyError(f"{key!r} is not in the codebook; it has {list(self.keys)}")

    def __iter__(self) -> Iterator[Indicator]:
        return iter(self.indicators)

    def __len__(self) -> int:
        return len(self.indicators)


def reference_path(name: str) -> Path:
    """Path of a file that ships in ``data/reference``."""
    return Path(str(files("data") / "reference" / name))


@cache
def read_codebook(path: Path | None = None) -> Codebook:
    """Read and check an indicator codebook; the default is the zone's own 24 rows."""
    source = path or reference_path("indicators.csv")
    rows = read_rows(source)
    indicators, problems = [], []
    for line, row in enumerate(rows, start=2):
        try:
            indicators.append(_indicator(row))
        except (KeyError, ValueError) as fault:
            problems.append(f"line {line}: {fault}")
    if not problems:
        problems = _faults(indicators)
    if problems:
        raise CodebookError(f"{source.name} breaks the codebook's rules:\n  " + "\n  ".join(problems))
    return Codebook(tuple(indicators), _digest(source))


@cache
def read_credit_facts(path: Path | None = None) -> tuple[CreditFact, ...]:
    """The facts about an enterprise that are no innovation indicator: size, debt, arrears, vetoes."""
    return tuple(
        CreditFact(
            key=row["key"],
            zh=row["zh"],
            en=row["en"],
            unit=row["unit"],
            dtype="int" if row["dtype"] == "int" else "float",
            low=float(row["low"]),
            high=float(row["high"]),
            pd_direction=int(row["pd_direction"]),
            agency=row["agency"],
            veto=row["veto"] == "1",
        )
        for row in read_rows(path or reference_path("credit_facts.csv"))
    )


@dataclass(frozen=True, slots=True)
class LoanTerm:
    """A loan product or a purpose of a loan, as the trade names it."""

    kind: Literal["product", "purpose"]
    key: str
    zh: str
    en: str


@cache
def read_loan_terms() -> tuple[LoanTerm, ...]:
    """Every product and purpose that a request may name; what a bank offers of them is in its policy."""
    return tuple(
        LoanTerm("product" if row["kind"] == "product" else "purpose", row["key"], row["zh"], row["en"])
        for row in read_rows(reference_path("loan_terms.csv"))
    )


def read_rows(source: Path) -> list[dict[str, str]]:
    """The rows of a table as texts by column."""
    with source.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _digest(source: Path) -> str:
    # Line endings are normalised, so a checkout on another system keeps the digest.
    return hashlib.sha256(source.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def _indicator(row: Mapping[str, str]) -> Indicator:
    kind, dtype, transform = row["kind"], row["dtype"], row["transform"]
    for name, value, allowed in (
        ("kind", kind, get_args(Kind)),
        ("dtype", dtype, ("float", "int")),
        ("transform", transform, get_args(Transform)),
        ("direction", row["direction"], ("1", "-1")),
    ):
        if value not in allowed:
            raise ValueError(f"{row['key']}: {name} is {value!r}, allowed: {list(allowed)}")
    return Indicator(
        key=row["key"],
        zh=row["zh"],
        en=row["en"],
        dimension=row["dimension"],
        kind=kind,  # type: ignore[arg-type]  # checked above
        unit=row["unit"],
        dtype=dtype,  # type: ignore[arg-type]  # checked above
        low=float(row["low"]),
        high=float(row["high"]),
        direction=int(row["direction"]),
        transform=transform,  # type: ignore[arg-type]  # checked above
        agency=row["agency"],
        freshness_months=int(row["freshness_months"]),
        zero_is_fact=row["zero_is_fact"] == "1",
        personal=row["personal"] == "1",
        actionable=row["actionable"] == "1",
        weights={name.removeprefix(_WEIGHT): float(row[name]) for name in row if name.startswith(_WEIGHT)},
    )


def _faults(indicators: list[Indicator]) -> list[str]:
    if not indicators:
        return ["no rows"]
    keys = [item.key for item in indicators]
    problems = [f"key {key!r} occurs {keys.count(key)} times" for key in dict.fromkeys(keys) if keys.count(key) > 1]
    for item in indicators:
        if not item.low < item.high:
            problems.append(f"{item.key}: low {item.low:g} is not below high {item.high:g}")
        if item.transform == "log1p" and item.low < 0:
            problems.append(f"{item.key}: log1p needs low >= 0, got {item.low:g}")
    for stage in indicators[0].weights:
        for kind, total in POINTS_TOTAL.items():
            members = [item.weights[stage] for item in indicators if item.kind == kind]
            if members and abs(sum(members) - total) > 1e-9:
                problems.append(f"{stage}: {kind} weights sum to {sum(members):g}, not {total:g}")
    return problems
