"""Facts that the snapshot lacks, imported from a table: a row a fact of a firm, with unit, date and source.

A row that cannot be taken goes to the quarantine with its reason; none is guessed. The unit is named in each row
because 2.6 % and 2.6 are written alike in too many forms.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from data.ladder.fact_catalogue import read_fact_catalogue
from data.ladder.facts import NO_DAY, LadderFacts, checked, column
from data.ladder.rule_parts import LadderError

COLUMNS = ("firm_id", "fact", "value", "unit", "date", "source")


def read_extra_facts(path: Path, facts: LadderFacts) -> tuple[LadderFacts, pd.DataFrame]:
    """The facts with those of the table put in, and the rows that were not taken, each with its ``reason``.

    path : CSV in UTF-8 with the columns of ``COLUMNS``; an empty value makes the fact unknown
    raises : LadderError where a column is missing or the table is no UTF-8
    """
    rows = _read(path)
    catalogue = read_fact_catalogue(facts.subject)
    firms = {firm: row for row, firm in enumerate(facts.firm_ids)}
    low, high, day, origin = facts.low.copy(), facts.high.copy(), facts.day.copy(), facts.source.copy()
    sources, refused = list(facts.sources), []
    taken: dict[tuple[str, str], int] = {}
    for line, row in enumerate(rows.to_dict("records"), start=2):
        firm, key, unit = str(row["firm_id"]), str(row["fact"]), str(row["unit"])
        try:
            if firm not in firms:
                raise LadderError(f"no firm {firm!r}")
            if key not in catalogue:
                raise LadderError(f"no fact {key!r}")
            fact = catalogue[key]
            if unit != fact.unit:
                raise LadderError(f"{key} is in {unit!r}, allowed: {fact.unit!r}")
            if not str(row["source"]).strip():
                raise LadderError("no source")
            known_on = _day(str(row["date"]))
            value = None if str(row["value"]).strip() == "" else checked(fact, row["value"])
            if (firm, key) in taken:
                raise LadderError(f"{key} of {firm} is in line {taken[firm, key]} already")
        except LadderError as fault:
            refused.append({"line": line, **{name: row[name] for name in COLUMNS}, "reason": str(fault)})
            continue
        taken[firm, key] = line
        if row["source"] not in sources:
            sources.append(str(row["source"]))
        cell = firms[firm], column(key, facts.subject)
        low[cell], high[cell] = (-np.inf, np.inf) if value is None else (value, value)
        day[cell], origin[cell] = (NO_DAY if value is None else np.datetime64(known_on)), sources.index(row["source"])
    made = replace(facts, low=low, high=high, day=day, source=origin, sources=tuple(sources))
    return made, pd.DataFrame(refused, columns=["line", *COLUMNS, "reason"])


def _read(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as fault:
        raise LadderError(f"{path.name} is no CSV in UTF-8: {fault}") from fault
    if missing := [key for key in COLUMNS if key not in table.columns]:
        raise LadderError(f"{path.name} lacks {missing}; its columns are {list(COLUMNS)}")
    return table.astype(object).where(table.notna(), "")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError as fault:
        raise LadderError(f"date is {text!r}, allowed: as 2024-06-30") from fault
