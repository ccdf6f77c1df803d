"""Statistics of cases as CSV and as a workbook: groups, reductions in all readings, and how they are measured."""

from __future__ import annotations

import math
from collections.abc import Iterator

from data.beijing import BEIJING
from models import spreadsheet
from models.approvals.statistics import COMPARISONS, READINGS, STATES, Statistics
from models.approvals.texts import say
from models.chain.node_view import Language
from models.clearance.reports.periods import period_name
from models.spreadsheet import Cell, Sheet

SHARE, DAYS, WHOLE = "0.0%", "0.0", "#,##0"
COUNTS = ("n", *(f"n_{state}" for state in STATES), "n_accepted", "n_on_time", "n_late", "n_no_promise")
# Figure of a row and its number format.
FIGURES: tuple[tuple[str, str], ...] = (
    *((name, WHOLE) for name in COUNTS), ("on_time_share", SHARE), ("median_days", DAYS), ("p90_days", DAYS),
    ("n_timed", WHOLE), ("n_censored", WHOLE), ("suspended_share", SHARE), ("n_flagged", WHOLE),
    ("n_provisional", WHOLE),
)  # fmt: skip
METHODS = ("cohort", "censored", "late", "reductions", "pooled")
WIDTHS = (20.0, 30.0)


def group_name(made: Statistics, group: str, lang: Language) -> str:
    """How a group of the table is written."""
    return made.names[group][lang == "en"]


def sources(made: Statistics, lang: Language) -> Iterator[str]:
    """Of which months, as of when, how much is simulated, and what was left out."""
    ends = [period_name(month)[lang == "en"] if month else "…" for month in (made.first, made.last)]
    months = say(lang, "statistics.months", first=ends[0], last=ends[1])
    yield months if made.first or made.last else say(lang, "statistics.all_months")
    yield say(lang, "statistics.as_of", instant=f"{made.as_of.astimezone(BEIJING):%Y-%m-%d %H:%M}")
    if made.synthetic_share:
        key = "statistics.all_synthetic" if made.synthetic_share == 1 else "statistics.synthetic"
        yield say(lang, key, share=made.synthetic_share)
    if made.n_undated:
        yield say(lang, "statistics.undated", n=made.n_undated)


def reduction_rows(made: Statistics, lang: Language) -> Iterator[tuple[str, str, float | None]]:
    """Comparison, reading and reduction of the total."""
    for pair in COMPARISONS:
        for reading in READINGS:
            value = getattr(made.reductions[pair], reading)
            yield say(lang, f"statistics.pair_{pair}"), say(lang, f"statistics.{reading}"), value


def compared(pair: str, lang: Language) -> str:
    """The head of the number of items that the readings of a comparison rest on."""
    return say(lang, "statistics.reading", pair=say(lang, f"statistics.pair_{pair}"),
               reading=say(lang, "statistics.compared"))  # fmt: skip


def statistics_csv(made: Statistics, lang: Language) -> bytes:
    """The groups as CSV in UTF-8 with its mark."""
    heads, rows, _ = _groups(made, lang)
    return spreadsheet.csv_bytes(heads, rows)


def statistics_xlsx(made: Statistics, lang: Language) -> bytes:
    """The groups, the reductions of the total, and the methods as a workbook."""
    heads, rows, formats = _groups(made, lang)
    pairs = [[pair, reading, cell(value)] for pair, reading, value in reduction_rows(made, lang)]
    titles = [say(lang, f"statistics.{key}") for key in ("reductions", "group")]
    about = [[line] for line in (*sources(made, lang), *(say(lang, f"statistics.method_{key}") for key in METHODS))]
    return spreadsheet.xlsx_bytes([
        Sheet(say(lang, "statistics.groups"), heads, rows, formats, WIDTHS),
        Sheet(titles[0], (titles[0], "", ""), pairs, (None, None, SHARE), (34.0, 34.0)),
        Sheet(say(lang, "section.method"), (), about, widths=(120.0,)),
    ])  # fmt: skip


def cell(value: float | None) -> Cell:
    """A figure as a cell: none where it is missing, whole where it is."""
    if value is None or math.isnan(value):
        return None
    return int(value) if float(value).is_integer() else round(value, 6)


def _groups(made: Statistics, lang: Language) -> tuple[list[str], list[list[Cell]], list[str | None]]:
    """Heads, rows and number formats."""
    heads = [say(lang, f"statistics.by_{made.by}"), say(lang, "statistics.group")]
    heads += [say(lang, f"statistics.{key}") for key, _ in FIGURES]
    readings = [(pair, reading) for pair in COMPARISONS for reading in READINGS]
    for pair, reading in readings:
        names = {"pair": say(lang, f"statistics.pair_{pair}"), "reading": say(lang, f"statistics.{reading}")}
        heads.append(say(lang, "statistics.reading", **names))
    heads += [compared(pair, lang) for pair in COMPARISONS]
    keys = [*(key for key, _ in FIGURES), *(f"{pair}_{reading}" for pair, reading in readings)]
    keys += [f"n_{pair}" for pair in COMPARISONS]
    rows: list[list[Cell]] = [
        [row["group"], group_name(made, row["group"], lang), *(cell(row[key]) for key in keys)]
        for row in made.table.to_dict("records")
    ]
    return (
        heads,
        rows,
        [None, None, *(form for _, form in FIGURES), *[SHARE] * len(readings), *[WHOLE] * len(COMPARISONS)],
    )
