"""Columns of the registry's records: tables of incubators, tenant firms and vouchers, and the form of a report.

``data/reference/incubators/fields.csv`` holds the first three, ``torch_2008.csv`` the form GZ-007 in its edition of
2008 with its codes. Money of a report is in thousand yuan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from data.codebook import read_rows, reference_path
from data.ingest.rules import Field
from data.ingest.source import heading
from data.texts.figures import Text
from data.texts.sentences import Sentence, read_sentences

Record = Literal["incubator", "tenant", "report", "voucher"]
RECORDS: tuple[Record, ...] = get_args(Record)
Basis = Literal["stock", "flow", "cumulative"]
BASES: tuple[Basis, ...] = get_args(Basis)
KEYS: Mapping[Record, tuple[str, ...]] = {
    "incubator": ("incubator_id",),
    "tenant": ("tenant_id",),
    "report": ("incubator_id", "period_to"),
    "voucher": ("entry_id",),
}
WHOLE = ("persons", "firms", "count")


class RegistryError(ValueError):
    """A record of the registry, or a figure of it, breaks its rules."""


@dataclass(frozen=True, slots=True)
class RecordField:
    """One column.

    code : of the form, "" where it has none or where it was not read; basis : of a figure of the form, None else
    """

    key: str
    zh: str
    en: str
    field: Field
    code: str = ""
    basis: Basis | None = None
    confidence: float = 1.0
    source: str = ""

    @property
    def kind(self) -> Text:
        """What its values are, with the unit where there is one: 数字（人）, a number (persons)."""
        (zh, en), (unit_zh, unit_en) = registry_sentences()[f"kind.{self.field.dtype}"].fill({}), self.unit
        return (f"{zh}（{unit_zh}）", f"{en} ({unit_en})") if unit_zh != self.field.unit else (zh, en)

    @property
    def unit(self) -> Text:
        """How a person reads the unit; as it is where it has no name."""
        unit, sentences = self.field.unit, registry_sentences()
        key = f"value.unit.{unit}"
        return sentences[key].fill({}) if key in sentences else (unit, unit)

    @property
    def name(self) -> Text:
        """How a person reads it, with the code of the form where it has one."""
        if not self.code or self.code in self.zh:  # two columns may share all of a name but the code
            return self.zh, self.en
        return f"{self.zh}（{self.code}）", f"{self.en} ({self.code})"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a record: the column, what was found there, what is allowed, as a person reads it."""

    where: str
    found: str
    allowed: str
    text: Text

    def as_dict(self) -> dict[str, str]:
        """The fault as it is sent."""
        zh, en = self.text
        return {"where": self.where, "found": self.found, "allowed": self.allowed, "text_zh": zh, "text_en": en}


@dataclass(frozen=True, slots=True)
class LogicCheck:
    """How figures of one report hang together.

    relation : sum, the parts add up to the whole; each_at_most, no part is above it; at_least, the parts together are
        not above it; together, as each_at_most, and whole and part are 0 together; both, 0 together
    """

    key: str
    relation: Literal["sum", "each_at_most", "at_least", "together", "both"]
    whole: str
    parts: tuple[str, ...]
    text: Text


@cache
def record_fields(record: Record) -> Mapping[str, RecordField]:
    """The columns of a record by key, in the order of their file."""
    if record == "report":
        return {row["key"]: _form_field(row) for row in read_rows(reference_path("incubators/torch_2008.csv"))}
    found = {row["key"]: row for row in read_rows(reference_path("incubators/fields.csv")) if row["record"] == record}
    return {key: RecordField(key, row["zh"], row["en"], _field(row)) for key, row in found.items()}


@cache
def logic_checks() -> tuple[LogicCheck, ...]:
    """The checks of a report; raises RegistryError where one names a figure that the form lacks."""
    known, found = record_fields("report"), []
    for row in read_rows(reference_path("incubators/logic_checks.csv")):
        parts = tuple(row["parts"].split(";"))
        if alien := {row["whole"], *parts} - set(known):
            raise RegistryError(f"logic_checks.csv, {row['key']}: no figures {sorted(alien)} in the form")
        found.append(LogicCheck(row["key"], row["relation"], row["whole"], parts, (row["zh"], row["en"])))  # type: ignore[arg-type]  # of the file
    return tuple(found)


@cache
def heads(record: Record) -> Mapping[str, str]:
    """Key of a column by every head that it may have: its key, its code (TDF711 or 711), its name, code and name."""
    found: dict[str, str] = {}
    for key, one in record_fields(record).items():
        for title in (key, one.code, one.code.removeprefix("TDF"), one.zh, one.en, one.code and one.code + one.zh):
            if title:
                found.setdefault(heading(title)[0], key)
    return found


@cache
def registry_sentences() -> Mapping[str, Sentence]:
    """What is said of faults, figures and reports: ``data/reference/incubators/sentences_registry.csv``."""
    return read_sentences(reference_path("incubators/sentences_registry.csv"))


def fault(
    key: str,
    where: str,
    found: object,
    allowed: object,
    *,
    name: Text | None = None,
    allowed_text: Text | None = None,
    **figures: Any,
) -> Fault:
    """A fault with its sentence, in which ``name`` and ``allowed_text`` are written where they are given."""
    shown = {"where": name or where, "found": str(found), "allowed": allowed_text or str(allowed)}
    return Fault(where, str(found), str(allowed), registry_sentences()[f"fault.{key}"].fill(shown | figures))


def _field(row: Mapping[str, str]) -> Field:
    return Field(
        row["dtype"],  # type: ignore[arg-type]  # of the file
        nullable=row["needed"] != "1",
        column_needed=row["needed"] == "1",
        low=float(row["low"]) if row["low"] else None,
        high=float(row["high"]) if row["high"] else None,
        unit=row["unit"],
        whole=row["unit"] in WHOLE,
        allowed=tuple(row["allowed"].split(";")) if row["allowed"] else (),
    )


def _form_field(row: Mapping[str, str]) -> RecordField:
    return RecordField(
        key=row["key"],
        zh=row["zh"],
        en=row["en"],
        field=_field(row),
        code=row["code"],
        basis=row["basis"] or None,  # type: ignore[arg-type]  # of the file
        confidence=float(row["confidence"]),
        source=row["source"],
    )
