"""The tables of a result as CSV, one row a figure; a figure with an interval has a column for each of its members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from models.reform.result import ReformResult

ENCODING = "utf-8-sig"  # so that spreadsheets read Chinese


def tables(result: ReformResult) -> dict[str, pd.DataFrame]:
    """Every table of a result by the name of its file; ``reform`` is the key of the reform that a row belongs to."""
    names = ("totals", "distributions", "attribution", "indicators", "cliffs", "typical", "point_prices", "frontier")
    found = {
        name: pd.DataFrame(
            [{"reform": reform.scenario.key, **flat(row)} for reform in result.reforms for row in getattr(reform, name)]
        )
        for name in names
    }
    changes = [
        {"reform": reform.scenario.key, "lever": one.lever, "bank_id": one.bank_id}
        | _columns("baseline_value", one.baseline)
        | _columns("reform_value", one.reform)
        for reform in result.reforms
        for one in reform.changes
    ]
    curves = [
        {
            "reform": reform.scenario.key,
            **flat(cliff, only=("scenario", "bank_id", "below", "above", "youngest_years", "oldest_years", "begins")),
            "border_wan": cliff.revenue_wan,
            **flat(point),
        }
        for reform in result.reforms
        for cliff in reform.cliffs
        for point in cliff.curve
    ]
    found["changes"] = pd.DataFrame(changes)
    return {**found, "cliff_curves": pd.DataFrame(curves), "stack": pd.DataFrame([flat(row) for row in result.stack])}


def flat(row: Any, only: Iterable[str] | None = None) -> dict[str, Any]:
    """A value's fields as columns: members of members are joined by a dot, sequences of texts by a plus sign."""
    found: dict[str, Any] = {}
    for one in fields(row):
        if one.name != "curve" and (only is None or one.name in only):
            found |= _columns(one.name, getattr(row, one.name))
    return found


def write_tables(result: ReformResult, out: Path) -> None:
    """Write every table that has rows; one that an earlier result left there and this one lacks is removed."""
    for name, table in tables(result).items():
        (out / f"{name}.csv").unlink(missing_ok=True)
        if len(table):
            table.to_csv(out / f"{name}.csv", index=False, encoding=ENCODING, lineterminator="\n")


def _columns(name: str, value: Any) -> dict[str, Any]:
    if is_dataclass(value):
        return {f"{name}.{key}": inner for key, inner in flat(value).items()}
    if isinstance(value, Mapping):
        joined: dict[str, Any] = {}
        for key, inner in value.items():
            joined |= _columns(f"{name}.{key}", inner)
        return joined
    return {name: "+".join(map(str, value)) if isinstance(value, tuple) else value}
