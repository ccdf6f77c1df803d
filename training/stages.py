"""The pipeline's stages: read, call, write. The only file of training that touches tables and artefacts.

A function's name is its stage in dvc.yaml and its command in ``python -m training``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from data.codebook import read_codebook
from data.ingest import ingest_directory
from data.splits import vintage_enterprise_split
from data.synthetic import SyntheticParams, target_table, write_cohort
from data.synthetic import synthesize as make_cohort
from features.snapshot import Cases, build_cases
from models.points import PointsCard
from models.quota import QuotaEngine
from training import points as points_training
from training import quota as quota_training
from training import risk as risk_training
from training.params import read_section
from training.tracking import file_digest, track

RAW, TRUTH = Path("data/raw/synthetic"), Path("data/raw/truth")
TABLES, QUARANTINE = Path("data/derived/tables"), Path("data/derived/quarantine")
DERIVED, ARTIFACTS = Path("data/derived"), Path("artifacts")
CAVEAT = "Synthetic labels: these figures measure the generator, not the world."

console = Console()


@dataclass(frozen=True)
class AssembleParams:
    """When the snapshot is taken, and how the vintages are divided."""

    snapshot_on: str  # the day for which every enterprise is answered
    points_vintages: tuple[str, ...]  # days on which every enterprise is measured for the points
    train_until: str  # last vintage that models are fitted on
    calibrate_until: str  # last vintage that calibrates; later ones test
    test_share: float  # share of enterprises kept for testing alone
    observed_until: str  # no outcome is known after this day


def synthesize() -> None:
    """Make the synthetic cohort, its planted truth apart, and print its figures beside their targets."""
    cohort = make_cohort(read_section("synthetic", SyntheticParams))
    write_cohort(cohort, RAW, TRUTH)
    targets = target_table(cohort)
    console.print(targets.to_string())
    write_json(
        ARTIFACTS / "synthetic/metrics.json",
        {"caveat": CAVEAT, **{str(row["target"]): float(row["figure"]) for row in targets.to_dict("records")}},
    )


def ingest() -> None:
    """Check every raw table; keep what is right, quarantine the rest with its reasons."""
    params = read_section("assemble", AssembleParams)
    counts = ingest_directory(RAW, DERIVED, as_of=pd.Timestamp(params.observed_until))
    write_json(ARTIFACTS / "ingest/metrics.json", counts)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Sorted keys and a closing newline, so equal figures are equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def read_tables() -> dict[str, pd.DataFrame]:
    """The ingested tables by name."""
    return {path.stem: pd.read_parquet(path) for path in sorted(TABLES.glob("*.parquet"))}


def write_cases(cases: Cases, folder: Path) -> None:
    """``cases.parquet`` and ``known_at.parquet`` in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    cases.frame.to_parquet(folder / "cases.parquet", index=False)
    cases.known_at.to_parquet(folder / "known_at.parquet", index=False)


def read_cases(folder: Path) -> Cases:
    """What ``write_cases`` wrote."""
    return Cases(pd.read_parquet(folder / "cases.parquet"), pd.read_parquet(folder / "known_at.parquet"))
