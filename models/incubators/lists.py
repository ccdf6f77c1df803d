"""The tables of a report: their heads and rows in one language, as CSV and as a workbook."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

import pandas as pd

from data.incubators.fields import RegistryError
from data.money import CNY_PER_WAN
from models import spreadsheet
from models.chain.picture.text_width import em_width
from models.incubators.gathered import Gathered
from models.incubators.recognition import recognition_rules
from models.incubators.statistics import GROUPS, KINDS, LEVELS
from models.spreadsheet import Cell, Sheet

Table = Literal["statistics", "groups", "reconciliation", "pairs", "recognition", "graduation", "quarantine"]
TABLES: tuple[Table, ...] = get_args(Table)
WHOLE, TENTHS, SHARE, MONEY = "#,##0.##", "0.0", "0.0%", "#,##0.####"
SHOWN = ("incubators", "area_m2", "staff", "mentors", "firms_ever", "firms_inside", "graduates_ever", "jobs_ever")
_ORDER: Mapping[str, Sequence[str]] = {"level": LEVELS, "kind": KINDS}  # regions by their key


class Listed(NamedTuple):
    """A table: heads, rows, number format of each column (None for texts)."""

    heads: list[str]
    rows: list[list[Cell]]
    formats: list[str | None]


def listed(made: Gathered, table: Table) -> Listed:
    """One table of a report; raises RegistryError for an unknown one."""
    if table not in _MAKERS:
        raise RegistryError(f"table is {table!r}, allowed: {list(TABLES)}")
    return _MAKERS[table](made)


def csv_of(made: Gathered, table: Table) -> bytes:
    """One table as CSV in UTF-8 with its mark."""
    found = listed(made, table)
    return spreadsheet.csv_bytes(found.heads, found.rows)


def xlsx_of(made: Gathered) -> bytes:
    """Every table as a sheet, and what the figures count on the last one."""
    sheets = []
    for name in TABLES:
        found = listed(made, name)
        widths = [
            min(48.0, 3 + 1.9 * max(em_width(str(cell)) for cell in (head, *(row[at] for row in found.rows[:100]))))
            for at, head in enumerate(found.heads)
        ]
        title = made.say("report.section.groups", by="…") if name == "groups" else made.say(f"report.section.{name}")
        sheets.append(Sheet(title, found.heads, found.rows, found.formats, widths))
    about: list[list[Cell]] = [[text] for text in (made.say("report.title"), *notes(made))]
    return spreadsheet.xlsx_bytes([*sheets, Sheet(made.say("report.section.method"), (), about, widths=(120.0,))])


def notes(made: Gathered) -> list[str]:
    """What the figures count."""
    found = [made.say("report.simulated")] if made.synthetic else []
    return [*found, *(made.say(f"report.method.{key}") for key in ("basis", "month", "latest", "level", "rules"))]


def time_of(since: object, on: object) -> str:
    """The day, or the period of a flow."""
    return str(on) if since is None or pd.isna(since) else f"{since} – {on}"  # type: ignore[call-overload]  # a cell


def _heads(made: Gathered, *keys: str) -> list[str]:
    return [made.say(f"report.column.{key}") for key in keys]


def _cell(value: object) -> Cell:
    if value is None or pd.isna(value):  # type: ignore[call-overload]  # a cell
        return None
    number = float(str(value))
    return int(number) if number.is_integer() else number


def _statistics(made: Gathered) -> Listed:
    rows: list[list[Cell]] = [
        [made.named("indicator", row["indicator"]), _cell(row["value"]), made.named("unit", row["unit"]),
         made.say(f"basis.{row['basis']}"), time_of(row["since"], row["on"]), row["n"], row["n_missing"]]
        for row in made.statistics.to_dict("records")
    ]  # fmt: skip
    heads = _heads(made, "indicator", "value", "unit", "basis", "period", "n", "n_missing")
    return Listed(heads, rows, [None, WHOLE, None, None, None, WHOLE, WHOLE])


def group_rows(made: Gathered, by: str) -> list[list[Cell]]:
    """A row a group with the indicators of ``SHOWN``."""
    table = made.groups[by].pivot_table(index=by, columns="indicator", values="value", sort=False)
    order = _ORDER.get(by, sorted(table.index))
    table = table.loc[[name for name in order if name in table.index]]
    return [
        [made.named(by, str(group)), *(_cell(values[key]) for key in SHOWN)]
        for group, values in zip(table.index, table.to_dict("records"), strict=True)
    ]


def _groups(made: Gathered) -> Listed:
    rows: list[list[Cell]] = [[made.say(f"report.by.{by}"), *row] for by in GROUPS for row in group_rows(made, by)]
    heads = [made.say("report.section.groups", by=""), "", *(made.named("indicator", key) for key in SHOWN)]
    return Listed(heads, rows, [None, None, *[WHOLE] * len(SHOWN)])


def _reconciliation(made: Gathered) -> Listed:
    rows: list[list[Cell]] = [
        [made.named("indicator", row["indicator"]), _cell(row["published"]), _cell(row["computed"]),
         _cell(row["difference"]), made.named("unit", row["unit"]), made.say(f"basis.{row['basis']}"),
         str(row["published_on"]), row["source_en" if made.lang == "en" else "source"]]
        for row in made.reconciliation.rows.to_dict("records")
    ]  # fmt: skip
    heads = _heads(made, "indicator", "published", "computed", "difference", "unit", "basis", "period", "source")
    return Listed(heads, rows, [None, WHOLE, WHOLE, WHOLE, None, None, None, None])


def _pairs(made: Gathered) -> Listed:
    rows: list[list[Cell]] = []
    for pair in made.reconciliation.pairs:
        texts = [one.text[made.lang == "en"] for one in pair.reasons]
        ends: list[Cell] = []
        for one in (pair.first, pair.second):
            ends += [made.named("region", one.area), one.on.isoformat(), _cell(one.value)]
        conclusion = made.say(f"verdict.{pair.verdict}")
        name = made.named("indicator", pair.first.indicator)
        rows.append([name, *ends, conclusion, (" " if made.lang == "en" else "").join(texts)])
    heads = _heads(made, "indicator", "first", "period", "value", "second", "period", "value", "verdict", "reasons")
    return Listed(heads, rows, [None, None, None, WHOLE, None, None, WHOLE, None, None])


def _recognition(made: Gathered) -> Listed:
    rows: list[list[Cell]] = [
        [row["incubator_id"], made.named("kind", row["kind"]), made.named("level", row["level"]),
         made.named("region", row["region"]), made.named("tier", row["tier"]),
         made.named("region", row["rules_of"]) if row["rules_of"] else made.say("report.country"), row["version"],
         made.say("report.yes" if row["held"] else "report.no"), made.named("overall", row["overall"]),
         _clauses(made, row),
         "" if pd.isna(row["status"]) else made.named("status", str(row["status"])),
         None if pd.isna(row["cost_cny"]) else round(float(row["cost_cny"]) / CNY_PER_WAN, 4)]
        for row in made.recognition.to_dict("records")
    ]  # fmt: skip
    heads = _heads(made, "incubator_id", "kind", "level", "region", "tier", "rules_of", "version", "held", "overall",
                   "clauses", "status", "cost_wan")  # fmt: skip
    return Listed(heads, rows, [*[None] * 11, MONEY])


def _clauses(made: Gathered, row: Mapping[Hashable, Any]) -> str:
    """The names of the clauses that are not met."""
    rule = recognition_rules().version(row["tier"], row["version"], row["rules_of"] or None)
    missed = str(row["not_met"]).split(";")
    names = [one.en if made.lang == "en" else one.zh for one in rule.clauses if one.key in missed]
    return ("; " if made.lang == "en" else "；").join(names)


def _graduation(made: Gathered) -> Listed:
    def share(value: float) -> Cell:
        return None if pd.isna(value) else round(value, 4)

    rows: list[list[Cell]] = [
        [made.named("condition", row["condition"]) if row["condition"] else made.say("report.whole"), row["graduates"],
         share(row["share"]), share(row["months_inside"]), share(row["revenue_growth"])]
        for row in made.graduation.to_dict("records")
    ]  # fmt: skip
    heads = _heads(made, "condition", "graduates", "share", "months_inside", "revenue_growth")
    return Listed(heads, rows, [None, WHOLE, SHARE, TENTHS, SHARE])


def _quarantine(made: Gathered) -> Listed:
    reason = "reason_en" if made.lang == "en" else "reason_zh"
    rows: list[list[Cell]] = [
        [made.named("record", row["record"]), row["key"], row[reason]] for row in made.quarantine.to_dict("records")
    ]
    return Listed(_heads(made, "record", "key", "reason"), rows, [None, None, None])


_MAKERS: Mapping[Table, Callable[[Gathered], Listed]] = {
    "statistics": _statistics, "groups": _groups, "reconciliation": _reconciliation, "pairs": _pairs,
    "recognition": _recognition, "graduation": _graduation, "quarantine": _quarantine,
}  # fmt: skip
