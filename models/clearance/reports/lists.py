"""The tables of a report as files: CSV of one of them, XLSX of all with how they are measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

from models import spreadsheet
from models.chain.picture.text_width import em_width, plain
from models.clearance.reports.decompose import rounded
from models.clearance.reports.gather import Gathered, Part
from models.clearance.reports.query import ReportError
from models.clearance.reports.report import TIMED
from models.clearance.reports.stages import STATES
from models.spreadsheet import Cell, Sheet

Table = Literal["periods", "currencies", "change"]
TABLES: tuple[Table, ...] = ("periods", "currencies", "change")
SHARE, MONEY, DAYS, WHOLE, TENTHS = "0.0%", "#,##0.00", "0.00", "#,##0", "#,##0.0"
WIDEST = 48.0


class Listed(NamedTuple):
    """A table: titles, rows, and the number format of each column, None for texts."""

    heads: list[str]
    rows: list[list[Cell]]
    formats: list[str | None]


def listed(made: Gathered, table: Table) -> Listed:
    """One table of a report; raises ReportError for an unknown one."""
    makers = {"periods": _periods, "currencies": _currencies, "change": _change}
    if table not in makers:
        raise ReportError("table", table, ", ".join(TABLES))
    return makers[table](made)


def csv_of(made: Gathered, table: Table) -> bytes:
    """One table as CSV."""
    found = listed(made, table)
    return spreadsheet.csv_bytes(found.heads, found.rows)


def xlsx_of(made: Gathered) -> bytes:
    """Every table as a sheet, and a last sheet with sources and methods."""
    sheets = []
    for name in TABLES:
        found = listed(made, name)
        widths = [_width(found, at) for at in range(len(found.heads))]
        sheets.append(Sheet(plain(made.say(f"list.{name}")), found.heads, found.rows, found.formats, widths))
    about = [[text] for text in (made.say("title"), *made.sources(), *made.methods())]
    return spreadsheet.xlsx_bytes([*sheets, Sheet(made.say("section.method"), (), about, widths=(120.0,))])


def _width(found: Listed, at: int) -> float:
    texts = [found.heads[at], *(str(row[at]) for row in found.rows[:200] if row[at] is not None)]
    return min(WIDEST, 3 + 1.9 * max(em_width(text) for text in texts))


def number_cell(value: object, digits: int | None = None) -> Cell:
    """A figure as a cell: none where it is missing, whole where it has no digits."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    figure = float(str(value))
    return round(figure) if digits is None else round(figure, digits)


def _periods(made: Gathered) -> Listed:
    columns: list[tuple[str, str, int | None, str]] = [  # key, title, digits, format
        ("n", made.say("column.n"), None, WHOLE),
        *((f"n_{state}", made.say(f"column.n_{state}"), None, WHOLE) for state in STATES),
        ("completed_share", made.say("column.completed_share"), 4, SHARE),
        ("inspected_share", made.say("column.inspected_share"), 4, SHARE),
        ("amount_cny", made.say("column.amount_cny"), 2, MONEY),
        ("no_rate_share", made.say("column.no_rate_share"), 4, SHARE),
    ]
    for stage in TIMED:
        text = made.say(f"stage.{stage}")
        columns += [
            (f"{stage}_median_days", made.say("column.median_days", stage=text), 4, DAYS),
            (f"{stage}_p90_days", made.say("column.p90_days", stage=text), 4, DAYS),
            (f"{stage}_n", made.say("column.stage_n", stage=text), None, WHOLE),
            (f"{stage}_running", made.say("column.stage_running", stage=text), None, WHOLE),
        ]
    rows = [
        [*_group_cells(made, row["period"], row["group"]),
         *(number_cell(row[key], digits) for key, _, digits, _ in columns)]
        for row in made.report.table.to_dict("records")
    ]  # fmt: skip
    return Listed(
        [*_group_heads(made), *(title for _, title, _, _ in columns)],
        rows,
        [None, None, None, *(form for _, _, _, form in columns)],
    )


def _currencies(made: Gathered) -> Listed:
    heads = [*_group_heads(made), *(made.say(f"column.{key}") for key in ("currency", "n", "amount"))]
    rows = [
        [*_group_cells(made, row["period"], row["group"]), made.group(row["currency"], row["period"], "currency"),
         number_cell(row["n"]), number_cell(row["amount"], 2)]
        for row in made.report.currencies.to_dict("records")
    ]  # fmt: skip
    return Listed(heads, rows, [None, None, None, None, WHOLE, MONEY])


def _change(made: Gathered) -> Listed:
    """Parts in whole seconds, fen and declarations: those between two means add up to their difference."""
    heads = [made.say(f"column.{key}") for key in ("figure", "part", "unit", "value", "low", "high")]
    rows: list[list[Cell]] = []

    def add(figure: str, unit: str, parts: Sequence[Part]) -> None:
        name, of = made.say(f"figure.{figure}"), made.say(f"unit.{unit}")
        for one in parts:
            ends = [number_cell(one.low, 1), number_cell(one.high, 1)]
            rows.append([name, plain(one.text), of, int(one.value), *ends])

    change = made.change
    if change is not None:
        add("time", "seconds", made.steps())
        add("time", "seconds", [
            Part(made.say(f"part.group_{name}", group=text), part.value, part.low, part.high)
            for text, *both in made.group_parts() for name, part in zip(("mix", "speed"), both, strict=True)
        ])  # fmt: skip
        add("amount", "fen", money_parts(made))
        counts = (change.counts[1] - change.counts[0]).tolist()
        groups = [made.group(code, change.periods[1]) for code in change.groups]
        whole = change.part("count_change")
        add("count", "count", [
            *(Part(made.say("part.group_count", group=text), Fraction(n), None, None)
              for text, n in zip(groups, counts, strict=True)),
            Part(made.say("part.count_change"), whole.value, whole.low, whole.high),
        ])  # fmt: skip
    return Listed(heads, rows, [None, None, None, WHOLE, TENTHS, TENTHS])


def money_parts(made: Gathered) -> list[Part]:
    """The parts of the change of the amount in whole fen and their sum; none without amounts in both periods."""
    change = made.change
    if change is None or "amount_change" not in change.parts:
        return []
    names = ("amount_volume", "amount_mix", "amount_mean")
    values = rounded([change.part(name).value for name in names])
    parts = [
        Part(made.say(f"part.{name}"), value, change.part(name).low, change.part(name).high)
        for name, value in zip(names, values, strict=True)
    ]
    whole = change.part("amount_change")
    return [*parts, Part(made.say("part.amount_change"), sum(values, Fraction(0)), whole.low, whole.high)]


def _group_heads(made: Gathered) -> list[str]:
    return [made.say("column.period"), made.say("column.group"), made.say("column.name")]


def _group_cells(made: Gathered, period: str, group: str) -> list[Cell]:
    return [period, plain(group), plain(made.group(group, period))]
