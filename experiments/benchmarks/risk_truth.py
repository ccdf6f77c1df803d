"""``bench risk_truth``: on planted truth, is the pipeline's default risk calibrated in every stage and never too good?

A cohort alone has few defaults a stage, and one of ten honest 90 % intervals misses; so the cohorts are also judged
together, by one slope a stage over all of them, and by how often the intervals held.

Labels are synthetic: the figures measure the generator. What they can show is whether the method keeps its promises.
"""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import typer
from rich.console import Console
from rich.progress import track
from scipy.stats import chi2, rankdata

from data.codebook import read_codebook
from data.ingest_folder import ingest_directory
from data.splits import vintage_enterprise_split
from data.stages import STAGE3
from data.synthetic import SyntheticParams, synthesize, write_cohort
from data.synthetic_truth import read_truth
from experiments.machine import machine
from features.labels import default_labels
from features.risk import risk_values
from features.snapshot import build_cases
from models.risk import RiskModel
from training import risk as risk_training
from training.assembled import AssembleParams
from training.params import read_section
from training.risk_figures import TAIL, slope_interval
from training.risk_leakage import find_leaks
from training.risk_leakage_column import LeakageParams
from training.stages import CAVEAT

Floats = npt.NDArray[np.float64]
LEAK = "litigation_count_24m"
LEVEL = 1 - 2 * TAIL
console = Console()


def bench(
    enterprises: int = typer.Option(12_000, help="Size of each planted cohort."),
    pd_mean: float = typer.Option(0.12, help="Mean 12-month default of the cohort: enough defaults to measure with."),
    cohorts: int = typer.Option(5, min=1, help="Planted cohorts, one seed each."),
    seed: int = typer.Option(1, help="Of the first cohort."),
    out: Path = typer.Option(Path("artifacts/bench/risk_truth.json"), help="JSON file."),
) -> None:
    """Calibration by stage and the oracle, out of time, on larger planted cohorts; and a planted leak."""
    began = time.perf_counter()
    rows, tables = [], []
    for place in track(range(cohorts), "cohorts", console=console, transient=True):
        row, table = measure(enterprises, pd_mean, seed + place)
        rows.append(row)
        tables.append(table)
    result = {
        "caveat": CAVEAT,
        "enterprises": enterprises,
        "pd_mean": pd_mean,
        "cohorts": rows,
        "calibration": calibration(pd.concat(tables, ignore_index=True)),
        "wall_s": round(time.perf_counter() - began, 1),
        "machine": machine("lightgbm", "numpy", "scipy"),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    console.print_json(json.dumps(result["calibration"]))


def measure(enterprises: int, pd_mean: float, seed: int) -> tuple[dict[str, Any], pd.DataFrame]:
    """One cohort: fit as the pipeline does, judge on the last vintages, then again with a column that knows.

    The table has a row a tested loan: cohort, stage, shock, told, truth and default.
    """
    book, assembled = read_codebook(), read_section("assemble", AssembleParams)
    params = read_section("risk", risk_training.RiskParams)
    planted = replace(
        read_section("synthetic", SyntheticParams), n_enterprises=enterprises, pd_12m_mean=pd_mean, seed=seed
    )
    with tempfile.TemporaryDirectory() as folder:
        raw, truth, tables_at = (Path(folder) / name for name in ("raw", "truth", "out"))
        write_cohort(synthesize(planted), raw, truth)
        ingest_directory(raw, tables_at, pd.Timestamp(assembled.observed_until))
        tables = {path.stem: pd.read_parquet(path) for path in sorted((tables_at / "tables").glob("*.parquet"))}
        _, latent = read_truth(truth)
    loans = tables["loans"].rename(columns={"granted_on": "as_of"})
    cases = build_cases(tables, loans).frame
    labels = default_labels(tables["loans"], pd.Timestamp(assembled.observed_until))
    kept = cases.loc[labels.rows]
    split = vintage_enterprise_split(
        kept,
        labels.until,
        pd.Timestamp(assembled.calibrate_from),
        pd.Timestamp(assembled.test_from),
        assembled.test_share,
        embargo_before_calibration=False,
    )
    part = {
        name: (kept.loc[split.rows(name)], labels.values[split.rows(name)]) for name in ("train", "calibration", "test")
    }
    model = risk_training.fit(*part["train"], *part["calibration"], book, params)
    honest = against_oracle(model, *part["test"], latent)
    spoilt = {name: (with_leak(side, default, seed), default) for name, (side, default) in part.items()}
    leaky = risk_training.fit(*spoilt["train"], *spoilt["calibration"], book, params)
    judged = risk_values(spoilt["train"][0], book).assign(default=spoilt["train"][1])
    found = [leak for leak in find_leaks(judged, "default", read_section("leakage", LeakageParams)) if leak.stops]
    tested, default = part["test"]
    table = pd.DataFrame(
        {
            "cohort": seed,
            "stage": tested["stage3"].to_numpy(dtype=object),
            "shock": (tested["as_of"].dt.year == planted.shock_granted_year).to_numpy(),
            "told": model.predict(tested, book)["pd_12m"].to_numpy(),
            "truth": oracle(tested, latent),
            "default": default.to_numpy(dtype=float),
        }
    )
    row = {
        "seed": seed,
        "defaults": {name: int(side[1].sum()) for name, side in part.items()},
        "calibration_slope": slopes(table, LEVEL),
        "calibration_method": model.calibration.method,
        "stage_strengths": {name: one.strength for name, one in model.stages.items()},
        "honest": honest,
        "planted_leak": against_oracle(leaky, *spoilt["test"], latent) | {"guard_names": [one.column for one in found]},
    }
    return row, table


def slopes(table: pd.DataFrame, level: float, told: str = "told") -> dict[str, dict[str, Any]]:
    """Calibration slope of all and of each stage, one over every cohort of the table, each cohort at its own level."""
    every = {}
    for name in ("all", *STAGE3):
        mine = table if name == "all" else table.loc[table["stage"] == name]
        odds = mine[told].to_numpy(dtype=float)
        slope = slope_interval(np.log(odds / (1 - odds)), mine["default"].to_numpy(), level, mine["cohort"].to_numpy())
        every[name] = {
            **slope,
            "defaults": int(mine["default"].sum()),
            "holds_1": bool(slope["low"] <= 1 <= slope["high"]),
        }
    return every


def calibration(table: pd.DataFrame) -> dict[str, Any]:
    """What the cohorts say together, of the model and, beside it, of the truth itself.

    ``interval_level`` is that of a single interval; "every stage" is one claim of three, so its intervals are of the
    higher ``joint_level`` (Sidak), told apart. ``planted`` takes the planted probabilities for the outcomes, so that
    no luck of who defaulted is left: a cohort's own spread about 1 is what its calibration did not learn, and makes
    intervals, which know of the test alone, hold 1 a little less often than their level. The level of the told ones
    is judged without the vintages of the planted shock, which nobody could foresee.
    """
    joint = LEVEL ** (1 / len(STAGE3))
    alone = [slopes(mine, LEVEL) for _, mine in table.groupby("cohort")]
    together = [slopes(mine, joint) for _, mine in table.groupby("cohort")]
    pooled, known = slopes(table, LEVEL), table.loc[np.isfinite(table["truth"])]
    wide, perfect = slopes(table, joint), slopes(known, LEVEL, "truth")
    certain = known.assign(default=known["truth"])
    planted = slopes(certain, LEVEL)
    sharp = [slopes(mine, LEVEL) for _, mine in certain.groupby("cohort")]
    calm = table.loc[~table["shock"]]
    sure = calm.loc[np.isfinite(calm["truth"])]
    seen, told = int(calm["default"].sum()), float(calm["told"].sum())
    low, high = chi2.ppf(TAIL, 2 * seen) / 2 / told, chi2.ppf(1 - TAIL, 2 * seen + 2) / 2 / told
    return {
        "interval_level": LEVEL,
        "joint_level": joint,
        "slope": {
            name: {
                "pooled": pooled[name],
                "truth_pooled": perfect[name],
                "planted": {
                    "pooled": planted[name]["value"],
                    "by_cohort": [one[name]["value"] for one in sharp],
                },
                "cohorts": len(alone),
                "cohorts_that_hold_1": sum(one[name]["holds_1"] for one in alone),
                "median": float(np.median([one[name]["value"] for one in alone])),
                "median_width": float(np.median([one[name]["high"] - one[name]["low"] for one in alone])),
            }
            for name in pooled
        },
        "observed_over_told": {
            "value": seen / told,
            "low": float(low),
            "high": float(high),
            "defaults": seen,
            "planted": float(sure["truth"].sum() / sure["told"].sum()),
            "in_the_shock": float(table.loc[table["shock"], "default"].sum() / table.loc[table["shock"], "told"].sum()),
        },
        "verdict": {
            "every_stage_holds_1": all(wide[name]["holds_1"] for name in STAGE3),
            "cohorts_where_every_stage_holds_1": sum(all(one[name]["holds_1"] for name in STAGE3) for one in together),
            "stage_intervals": len(alone) * len(STAGE3),
            "stage_intervals_that_hold_1": sum(one[name]["holds_1"] for one in alone for name in STAGE3),
        },
    }


def with_leak(cases: pd.DataFrame, default: pd.Series, seed: int) -> pd.DataFrame:
    """The lawsuits counted a year too late: each default adds up to two."""
    late = np.random.default_rng(seed).binomial(2, 0.8, len(cases)) * default.to_numpy()
    return cases.assign(**{LEAK: cases[LEAK].fillna(0.0) + late})


def oracle(cases: pd.DataFrame, latent: pd.DataFrame) -> Floats:
    """The planted probability of default of each case, from the state of the year before its grant."""
    year_end = pd.to_datetime((cases["as_of"].dt.year - 1).astype(str) + "-12-31").astype(latent["period_end"].dtype)
    keys = pd.DataFrame({"uscc": cases["uscc"].to_numpy(), "period_end": year_end.to_numpy()})
    return keys.merge(latent, on=["uscc", "period_end"], how="left", validate="m:1")["pd_12m"].to_numpy(dtype=float)


def against_oracle(model: RiskModel, cases: pd.DataFrame, default: pd.Series, latent: pd.DataFrame) -> dict[str, Any]:
    """AUC of the model and of the truth on the same cases; a model that beats the truth has seen the outcome."""
    truth, y = oracle(cases, latent), default.to_numpy(dtype=float)
    known = np.isfinite(truth)
    pd_12m = model.predict(cases)["pd_12m"].to_numpy()
    gap, error = auc_gap(y[known], pd_12m[known], truth[known])
    own, _ = auc_gap(y[known], truth[known], np.zeros(int(known.sum())))
    return {
        "oracle_auc": own + 0.5,
        "model_auc": own + 0.5 + gap,
        "gap": gap,
        "standard_error": error,
        "beats_the_oracle": gap > 2 * error,
    }


def auc_gap(y: Floats, one: Floats, two: Floats) -> tuple[float, float]:
    """AUC of ``one`` less AUC of ``two``, and its standard error; source: DeLong, DeLong, Clarke-Pearson (1988)."""
    bad = y == 1
    parts = []
    for told in (one, two):
        every = rankdata(told)
        into = (every[bad] - rankdata(told[bad])) / (~bad).sum()
        over = 1 - (every[~bad] - rankdata(told[~bad])) / bad.sum()
        parts.append((into, over))
    into, over = parts[0][0] - parts[1][0], parts[0][1] - parts[1][1]
    return float(into.mean()), float(
        np.sqrt(max(into.var(ddof=1) / bad.sum() + over.var(ddof=1) / (~bad).sum(), 1e-12))
    )
