"""A figure with what it counts: basis, day, area, who is counted; and why two true figures of one name differ.

Published figures are cited facts of ``data/reference/incubators/published.csv``; none of them enters a computed one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Literal, get_args

from data.codebook import read_rows, reference_path
from data.incubators.fields import BASES, Basis, RegistryError, registry_sentences
from data.texts.figures import Text

Membership = Literal["inside", "ever", "all"]
MEMBERSHIPS: tuple[Membership, ...] = get_args(Membership)
Verdict = Literal["equal", "consistent", "contradictory", "not_comparable"]
Relation = Literal["same", "inside", "contains", "run_by", "apart"]


@dataclass(frozen=True, slots=True)
class Indicator:
    """What can be counted; ``inside_of`` : the indicator that it is a part of and is not added to."""

    key: str
    zh: str
    en: str
    unit: str
    basis: Basis
    membership: Membership
    inside_of: str | None


@dataclass(frozen=True, slots=True)
class Area:
    """A region or one incubator that a figure covers.

    inside : area that it lies in; run_by : area whose incubator it is, though it lies elsewhere; rules : region of its
    rules of recognition
    """

    key: str
    zh: str
    en: str
    inside: str
    run_by: str
    rules: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    indicator : key, with the parts it is narrowed to, as ``incubators:level=national:kind=incubator``
    basis : stock on the day, flow from ``since`` to the day, cumulative since ever; basis_stated : by the source
    membership : firms inside on the day, ever, or no firms (all); area : key of areas.csv
    confidence : that the source has this figure, 0..1; note : what the source says about it; source_en : its name in
    English, "" where it has none
    """

    indicator: str
    value: float
    unit: str
    basis: Basis
    membership: Membership
    on: dt.date
    since: dt.date | None
    area: str
    source: str
    confidence: float
    basis_stated: bool = True
    note: str = ""
    source_en: str = ""

    def __post_init__(self) -> None:
        if self.basis not in BASES or self.membership not in MEMBERSHIPS or (self.basis == "flow") != bool(self.since):
            raise RegistryError(
                f"{self.indicator}: basis {self.basis!r}, membership {self.membership!r}, since {self.since}; allowed: "
                f"{BASES}, {MEMBERSHIPS}, since where it is a flow"
            )

    @property
    def key(self) -> str:
        """The indicator without what it is narrowed to."""
        return self.indicator.partition(":")[0]

    def as_dict(self) -> dict[str, Any]:
        """The figure as it is sent."""
        since = self.since.isoformat() if self.since else None
        return asdict(self) | {"on": self.on.isoformat(), "since": since}


@dataclass(frozen=True, slots=True)
class Reason:
    """One difference between two figures."""

    key: str
    text: Text


@dataclass(frozen=True, slots=True)
class Explanation:
    """Two figures beside each other.

    verdict : equal; consistent, both can be true, for the reasons; contradictory, both cannot be true as they are
        stated; not_comparable, they count different things
    """

    first: Figure
    second: Figure
    verdict: Verdict
    reasons: tuple[Reason, ...]

    def as_dict(self) -> dict[str, Any]:
        """The explanation as it is sent."""
        zh, en = registry_sentences()[f"verdict.{self.verdict}"].fill({})
        return {
            "first": self.first.as_dict(),
            "second": self.second.as_dict(),
            "verdict": self.verdict,
            "text_zh": zh,
            "text_en": en,
            "reasons": [{"key": one.key, "text_zh": one.text[0], "text_en": one.text[1]} for one in self.reasons],
        }


@cache
def indicators() -> Mapping[str, Indicator]:
    """Every indicator by key."""
    return {
        row["key"]: Indicator(
            row["key"], row["zh"], row["en"], row["unit"],
            row["basis"], row["membership"], row["inside_of"] or None,  # type: ignore[arg-type]  # of the file
        )
        for row in read_rows(reference_path("incubators/indicators.csv"))
    }  # fmt: skip


@cache
def areas() -> Mapping[str, Area]:
    """Every area by key."""
    return {row["key"]: Area(**row) for row in read_rows(reference_path("incubators/areas.csv"))}


@cache
def published() -> Mapping[str, Figure]:
    """The cited figures by key."""
    return {row["key"]: _figure(row) for row in read_rows(reference_path("incubators/published.csv"))}


def relation(first: str, second: str) -> Relation:
    """How the first area lies to the second."""
    if first == second:
        return "same"
    if second in _around(first):
        return "inside"
    if first in _around(second):
        return "contains"
    for one, other in ((first, second), (second, first)):
        run_by = areas()[one].run_by
        if run_by and other in (run_by, *_around(run_by)):
            return "run_by"
    return "apart"


def _around(key: str) -> list[str]:
    found = []
    while key := areas()[key].inside:
        found.append(key)
    return found


def _figure(row: Mapping[str, str]) -> Figure:
    return Figure(
        indicator=row["indicator"],
        value=float(row["value"]),
        unit=row["unit"],
        basis=row["basis"],  # type: ignore[arg-type]  # checked when made
        membership=row["membership"],  # type: ignore[arg-type]  # checked when made
        on=dt.date.fromisoformat(row["on"]),
        since=dt.date.fromisoformat(row["since"]) if row["since"] else None,
        area=row["area"],
        source=row["source"],
        confidence=float(row["confidence"]),
        basis_stated=row["basis_stated"] == "1",
        note=row["note"],
        source_en=row["source_en"],
    )
