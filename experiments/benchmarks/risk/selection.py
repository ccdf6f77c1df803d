"""How often the stated ranges of the declined hold the truth, over cohorts in which everyone's PD is planted."""

from __future__ import annotations

import json
import platform
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from data.codebook import read_codebook
from data.synthetic.cohort import OBSERVED_UNTIL, SyntheticCohort
from data.synthetic.tables import SyntheticParams, synthesize
from features.invoices.features import INVOICE_FEATURES
from features.labels import default_labels
from features.point_in_time import build_cases
from features.risk import risk_values
from training.params import read_section
from training.risk.selection import EVERY, SelectionParams, selection_ranges

OUT = Path("artifacts/bench/selection.json")


def lent_and_declined(cohort: SyntheticCohort) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Matured loans with their outcome, and declined applications with their planted PD, both with a fitted PD."""
    book = read_codebook()
    tables = {name: table for name, table in cohort.tables.items() if name != "invoices"}
    loans = tables["loans"].rename(columns={"granted_on": "as_of"}).reset_index(drop=True)
    labels = default_labels(tables["loans"].reset_index(drop=True), OBSERVED_UNTIL)
    applications = tables["applications"].rename(columns={"applied_on": "as_of"})
    applications = applications.loc[
        (applications["decision"] == "decline") & (applications["as_of"] <= loans.loc[labels.rows, "as_of"].max())
    ]
    applications = applications.reset_index(drop=True)
    sides = [build_cases(tables, loans).frame.loc[labels.rows], build_cases(tables, applications).frame]
    values = [risk_values(side, book).drop(columns=list(INVOICE_FEATURES)) for side in sides]
    known = values[0].columns[values[0].notna().any()]
    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(C=0.05, max_iter=500))
    model.fit(values[0][known], labels.values)
    lent, declined = (
        side[["growth_stage"]].assign(pd_12m=model.predict_proba(own[known])[:, 1])
        for side, own in zip(sides, values, strict=True)
    )
    truth = cohort.latent.assign(year=pd.to_datetime(cohort.latent["period_end"]).dt.year + 1)
    keys = applications.assign(year=applications["as_of"].dt.year)[["uscc", "year"]]
    planted = keys.merge(truth[["uscc", "year", "pd_12m"]], how="left", validate="m:1", on=["uscc", "year"])["pd_12m"]
    return lent.assign(default=labels.values), declined.assign(amount_wan=applications["requested_wan"], truth=planted)


def bench(
    cohorts: int = typer.Option(40, min=2, help="Synthetic cohorts, each with its own seed."),
    enterprises: int = typer.Option(1_500, min=200, help="Enterprises in each."),
    out: Path = typer.Option(OUT, help="Where the record goes."),
) -> None:
    """Share of cohorts whose planted default rate of the declined lies in the range, by allowed confounding."""
    params, console = read_section("selection", SelectionParams), Console()
    held: dict[tuple[str, float], list[bool]] = defaultdict(list)
    naive: list[bool] = []
    for seed in track(range(1, cohorts + 1), description="cohorts", console=console):
        cohort = synthesize(SyntheticParams(n_enterprises=enterprises, seed=seed))
        lent, declined = lent_and_declined(cohort)
        ranges = selection_ranges(lent, declined, params)["stages"]
        for name, one in ranges.items():
            truth = float(declined.loc[(declined["growth_stage"] == name) | (name == EVERY), "truth"].mean())
            for step in one["ranges"]:
                held[name, round(step["confounding"], 3)].append(step["rate_low"] <= truth <= step["rate_high"])
            if name == EVERY:
                naive.append(one["rate_of_lent"]["low"] <= truth <= one["rate_of_lent"]["high"])
    lines: list[dict[str, Any]] = [
        {"stage": name, "confounding": step, "held": float(np.mean(hits)), "cohorts": len(hits)}
        for (name, step), hits in held.items()
    ]
    shown = Table("stage", "confounding", "held", "cohorts")
    for line in lines:
        shown.add_row(line["stage"], f"{line['confounding']:g}", f"{line['held']:.2f}", str(line["cohorts"]))
    console.print(shown, f"the rate of the lent, taken for the declined, holds in {np.mean(naive):.2f}")
    record = {
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        "versions": {name: version(name) for name in ("numpy", "pandas", "scipy", "scikit-learn")},
        "caveat": "synthetic cohorts with planted PDs",
        "enterprises": enterprises,
        "seeds": [1, cohorts],
        "rate_of_lent_holds": float(np.mean(naive)),
        "lines": lines,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
