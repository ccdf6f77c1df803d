"""The list of firms as CSV and XLSX: the rows of a filter, in the order of their points."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date

from models.spreadsheet import Cell, Sheet, csv_bytes, xlsx_bytes
from serving.console.firm_filter import FirmFilter
from serving.console.firm_words import DIMENSIONS, FirmWords
from serving.console.firms import USUAL_ORDER, FirmTable
from serving.console.texts import both
from serving.contract.refusals import Fault, Refusal

COLUMNS = (
    "uscc", "name", "stage", "size", "industry", "district", "points", "base", "bonus",
    *(f"dim_{name}" for name in DIMENSIONS), "coverage", "grade", "quota_wan", "outcome", "oldest_days", "fresh",
    "fresh_until", "chains", "alarms",
)  # fmt: skip
DECIMALS = {"quota_wan": 0, "oldest_days": 0, "coverage": 4}  # of the others 1, as the page shows them
FORMATS = {"quota_wan": "#,##0", "oldest_days": "0", "coverage": "0.0%", "fresh_until": "yyyy-mm-dd"}
TEXTS = ("uscc", "name", "stage", "size", "industry", "district", "grade", "outcome", "fresh", "chains", "alarms")
PART_ROWS = 20_000
MOST_XLSX = 100_000  # rows of a sheet; a spreadsheet opens no more than a million


def csv_file(table: FirmTable, wanted: FirmFilter, words: FirmWords) -> bytes:
    """The rows as CSV, in UTF-8 with its mark."""
    return csv_bytes(_heads(words), _rows(table, wanted, words))


def xlsx_file(table: FirmTable, wanted: FirmFilter, words: FirmWords) -> bytes:
    """The rows as a workbook with a sheet that says what they are; raises a Refusal for more than ``MOST_XLSX``."""
    mask = wanted.mask(table)
    count = len(table) if mask is None else int(mask.sum())
    if count > MOST_XLSX:
        allowed = both("firms.file.too_many", most=MOST_XLSX)
        raise Refusal.invalid(Fault("firms.xlsx", f"{count:,}", allowed))
    formats = [FORMATS.get(name, None if name in TEXTS else "0.0") for name in COLUMNS]
    widths = [22, 24, *[12] * (len(COLUMNS) - 2)]
    about: list[tuple[Cell, ...]] = [
        (words.say("firms.about.day"), table.as_of),
        (words.say("firms.about.today"), table.today),
        (words.say("firms.about.release"), table.release),
        (words.say("firms.about.policy"), table.policy.version),
        (words.say("firms.about.count"), count),
        (words.say("firms.about.filter"), "; ".join(words.filter(wanted)) or words.say("firms.no_filter")),
        (words.say("firms.about.points"), words.say("firms.note")),
    ]
    sheets = [
        Sheet(words.say("firms.title"), _heads(words), _rows(table, wanted, words), formats, widths),
        Sheet(words.say("firms.about.title"), (), about, widths=(24, 80)),
    ]
    return xlsx_bytes(sheets)


def _heads(words: FirmWords) -> list[str]:
    return [words.say(f"firms.column.{name}") for name in COLUMNS]


def _rows(table: FirmTable, wanted: FirmFilter, words: FirmWords) -> Iterator[list[Cell]]:
    mask, start = wanted.mask(table), 0
    while True:
        part, count = table.page(mask, USUAL_ORDER, start, start + PART_ROWS)
        for row in words.rows(part):
            yield [_cell(name, row[name]) for name in COLUMNS]
        start += PART_ROWS
        if start >= count:
            return


def _cell(name: str, value: Cell) -> Cell:
    """A figure as the page shows it, a day as a day."""
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, DECIMALS.get(name, 1))
    if name == "fresh_until" and isinstance(value, str):
        return date.fromisoformat(value)
    return value
