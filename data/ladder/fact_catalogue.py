"""What the rules of a subject ask of it: each fact's name, unit and range, in ``facts.csv`` of the subject's folder.

Firms, incubators and tenant firms have catalogues of their own; a key is in one of them alone.
The column ``snapshot`` says how the fact relates to the firm snapshot: ``same`` quantity, ``near`` (the difference is
in ``snapshot_note``), ``bound`` (the snapshot gives one end alone), from a ``placement`` on a chain, or ``none``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from data.codebook import read_rows, reference_path
from data.texts.figures import Text
from data.texts.sentences import Sentence, read_sentences

Unit = Literal[
    "ratio", "wan_cny", "count", "persons", "flag", "level", "rank", "points", "years", "days", "m2", "firms", "number",
    "months",
]  # fmt: skip
FactKind = Literal["measured", "judgement"]
Rounding = Literal["near", "down", "up"]
OfSnapshot = Literal["same", "near", "bound", "placement", "none"]
WHOLE: tuple[Unit, ...] = ("count", "persons", "flag", "level", "rank", "days", "firms")
Subject = Literal["firm", "incubator", "tenant"]  # what rules are about
# Folder in data/reference that holds the subject's facts, tiers and rules.
FOLDERS: Mapping[Subject, str] = {
    "firm": "ladder", "incubator": "incubators/recognition", "tenant": "incubators/tenancy",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """One row; ``low`` and ``high`` are inclusive and in ``unit``; ``grows``: with every day that goes by."""

    key: str
    zh: str
    en: str
    unit: Unit
    kind: FactKind
    low: float
    high: float
    grows: bool
    snapshot: OfSnapshot
    snapshot_note: str

    @property
    def whole(self) -> bool:
        """Whether its values are whole numbers."""
        return self.unit in WHOLE

    @property
    def per_day(self) -> float:
        """What a day adds to it."""
        return (1.0 if self.unit == "days" else 1.0 / 365.25) if self.grows else 0.0

    def written(self, value: float, rounding: Rounding = "near") -> Text:
        """A value with its unit, in Chinese and English, rounded so that it does not seem to cross an edge."""
        sentences = ladder_sentences()
        if self.unit == "flag":
            return sentences["value.yes" if value >= 1.0 else "value.no"].fill({})
        rounded = f"value.{self.unit}.{rounding}"
        return sentences[rounded if rounded in sentences else f"value.{self.unit}"].fill({"x": value})


@cache
def fact_of(key: str) -> Fact:
    """The fact of a key, whatever it is about; raises KeyError where no catalogue has it."""
    for subject in FOLDERS:
        if key in (catalogue := read_fact_catalogue(subject)):
            return catalogue[key]
    raise KeyError(key)


@cache
def read_fact_catalogue(subject: Subject = "firm") -> Mapping[str, Fact]:
    """A subject's facts by key, in file order; raises ValueError naming the first row that breaks the rules."""
    rows = read_rows(reference_path(f"{FOLDERS[subject]}/facts.csv"))
    found: dict[str, Fact] = {}
    for line, row in enumerate(rows, start=2):
        for name, allowed in (("unit", Unit), ("kind", FactKind), ("snapshot", OfSnapshot)):
            if row[name] not in get_args(allowed):
                raise ValueError(f"facts.csv line {line}: {name} is {row[name]!r}, allowed: {list(get_args(allowed))}")
        low, high = float(row["low"]), float(row["high"])
        if row["key"] in found or not low < high:
            raise ValueError(f"facts.csv line {line}: {row['key']} occurs twice, or its low is not below its high")
        found[row["key"]] = Fact(
            key=row["key"],
            zh=row["zh"],
            en=row["en"],
            unit=row["unit"],  # type: ignore[arg-type]  # checked above
            kind=row["kind"],  # type: ignore[arg-type]  # checked above
            low=low,
            high=high,
            grows=row["grows"] == "1",
            snapshot=row["snapshot"],  # type: ignore[arg-type]  # checked above
            snapshot_note=row["snapshot_note"],
        )
    return found


@cache
def ladder_sentences() -> Mapping[str, Sentence]:
    """The sentences of clauses, gaps and advice: ``data/reference/ladder/sentences.csv``."""
    return read_sentences(reference_path("ladder/sentences.csv"))
