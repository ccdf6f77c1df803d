"""Points for patents from R&D, on the public panel of 346 US firms (Hall, Griliches, Hausman 1986).

The panel: R&D of 1970-1979 in logarithms, capital of 1972, patents applied for in each year.
source: Cameron and Trivedi 1998, data patr7079; doi 10.2307/2526676 for the panel
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.codebook import read_codebook
from experiments.benchmarks.points.panel import Columns, PanelError, read_panel, study
from training.params import read_section
from training.points.fit import PointsParams
from training.points.shapes import ShapeParams

FIRST, LAST = 1974, 1978  # five years of R&D behind each case, and a year of patents after it
COLUMNS = Columns(target="log_patents_next_year", entity="firm", time="year", stage="stage", industry=None)


def long_table(wide: pd.DataFrame) -> pd.DataFrame:
    """One row per firm and year: what the codebook needs, the stage, and the next year's patents.

    stage : ``small`` or ``large`` by the median capital of all firms in 1972, before anything else happened
    raises : PanelError naming absent columns
    """
    years = range(1970, 1980)
    wanted = [
        "cusip",
        "scisect",
        "logk",
        *(f"logr{year - 1900}" for year in years),
        *(f"pat{year - 1900}" for year in years),
    ]
    absent = [name for name in wanted if name not in wide]
    if absent:
        raise PanelError(f"the panel lacks the columns {absent}; it has {list(wide.columns)}")
    research = {year: np.exp(wide[f"logr{year - 1900}"]) for year in years}
    capital = np.exp(wide["logk"])
    parts = [
        pd.DataFrame(
            {
                "firm": wide["cusip"],
                "year": year,
                "stage": np.where(capital < capital.median(), "small", "large"),
                "rd_expense": research[year],
                "rd_mean_5y": sum(research[year - back] for back in range(5)) / 5.0,
                "rd_growth": np.log(research[year] / research[year - 2]),
                "rd_to_capital": research[year] / capital,
                "capital": capital,
                "science_sector": wide["scisect"].astype(int),
                "log_patents_next_year": np.log1p(wide[f"pat{year - 1900 + 1}"]),
            }
        )
        for year in range(FIRST, LAST + 1)
    ]
    return pd.concat(parts, ignore_index=True)


def run(path: Path, folder: Path) -> dict[str, Any]:
    """Learn and test the points, firms in two stages and in one; writes ``results/metrics.json`` in ``folder``.

    The panel itself is never kept.
    """
    out = folder / "results"
    out.mkdir(parents=True, exist_ok=True)
    params, shape = read_section("points", PointsParams), read_section("points_shape", ShapeParams)
    table = out / "long.csv"
    long_table(pd.read_csv(path)).to_csv(table, index=False)
    report = {}
    try:
        for name, stage in (("codebook", "stage"), ("codebook-one-stage", None)):
            book = read_codebook(folder / f"{name}.csv")
            report[name] = study(read_panel(table, book, replace(COLUMNS, stage=stage)), book, params, shape)
    finally:
        table.unlink(missing_ok=True)
    text = json.dumps(report, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    (out / "metrics.json").write_text(text, encoding="utf-8")
    return report
