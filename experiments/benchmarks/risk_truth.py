"""``bench risk_truth``: on planted truth, is the pipeline's default risk calibrated in every stage and never too good?

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
from scipy.stats import rankdata

from data.codebook import read_codebook
from data.ingest import ingest_directory
from data.splits import vintage_enterprise_split
from data.synthetic import SyntheticParams, synthesize, write_cohort
from data.synthetic_truth import read_truth
from features.risk import default_labels, risk_values
from features.snapshot import build_cases
from models.risk import RiskModel
from training import risk as risk_training
from training.params import read_section
from training.risk_leakage import LeakageParams, find_leaks
from training.stages import CAVEAT, AssembleParams

Floats = npt.NDArray[np.float64]
LEAK = "litigation_count_24m"
console = Console()


def bench(
    enterprises: int = typer.Option(12_000, help="Size of each planted cohort."),
    pd_mean: float = typer.Option(0.12, help="Mean 12-month default of the cohort: enough defaults to measure with."),
    cohorts: int = typer.Option(1, min=1, help="Planted cohorts, one seed each."),
    seed: int = typer.Option(1, help="Of the first cohort."),
    out: Path = typer.Option(Path("artifacts/bench/risk_truth.json"), help="JSON file."),
) -> None:
    """Calibration by stage and the oracle, out of time, on larger planted cohorts; and a planted leak."""
    began = time.perf_counter()
    every = [measure(enterprises, pd_mean, seed + place) for place in range(cohorts)]
    result = {"caveat": CAVEAT, "enterprises": enterprises, "pd_mean": pd_mean, "cohorts": every}
    result["wall_s"] = round(time.perf_counter() - began, 1)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    console.print_json(json.dumps(result))


def measure(enterprises: int, pd_mean: float, seed: int) -> dict[str, Any]:
    """One cohort: fit as the pipeline does, judge on the last vintages, then again with a column that knows."""
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
        kept, pd.Timestamp(assembled.train_until), pd.Timestamp(assembled.calibrate_until), assembled.test_share
    )
    part = {
        name: (kept.loc[split.rows(name)], labels.values[split.rows(name)]) for name in ("train", "calibration", "test")
    }
    model = risk_training.fit(*part["train"], *part["calibration"], book, params)
    told = risk_training.evaluate(model, *part["test"], book)
    honest = against_oracle(model, *part["test"], latent)
    spoilt = {name: (with_leak(side, default, seed), default) for name, (side, default) in part.items()}
    leaky = risk_training.fit(*spoilt["train"], *spoilt["calibration"], book, params)
    judged = risk_values(spoilt["train"][0], book).assign(default=spoilt["train"][1])
    found = [leak for leak in find_leaks(judged, "default", read_section("leakage", LeakageParams)) if leak.stops]
    slopes = {"all": told, **told["stages"]}
    return {
        "seed": seed,
        "defaults": {name: int(side[1].sum()) for name, side in part.items()},
        "calibration_slope": {
            name: {
                **one["figures"]["calibration_slope"],
                "defaults": one["defaults"],
                "holds_1": one["figures"]["calibration_slope"]["low"]
                <= 1
                <= one["figures"]["calibration_slope"]["high"],
            }
            for name, one in slopes.items()
        },
        "calibration_method": model.calibration.method,
        "stage_strengths": {name: one.strength for name, one in model.stages.items()},
        "honest": honest,
        "planted_leak": against_oracle(leaky, *spoilt["test"], latent) | {"guard_names": [one.column for one in found]},
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
