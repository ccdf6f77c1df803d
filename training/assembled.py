"""What the assemble stage leaves and the later stages read: cases, their labels, and the parts they are split into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.splits import Split, vintage_enterprise_split
from features.labels import Labels
from features.snapshot import Cases
from training.params import read_section

DERIVED = Path("data/derived")
TABLES = DERIVED / "tables"
LABELS = {  # label -> the folder of the cases beside which its table lies
    "points_outcome": "vintages",
    "serviceable_debt": "vintages",
    "default_12m": "loans",
}


@dataclass(frozen=True)
class AssembleParams:
    """When the snapshot is taken, and how the cases are divided."""

    snapshot_on: str  # the day for which every enterprise is answered
    points_vintages: tuple[str, ...]  # days on which every enterprise is measured for points and limit
    calibrate_from: str  # first day of the cases that calibrate; what is fitted before has its outcome by then
    test_from: str  # first day of the cases that test; what is fitted or calibrated has its outcome by then
    test_share: float  # share of enterprises kept for testing alone
    observed_until: str  # no outcome is known after this day


@dataclass(frozen=True)
class Labelled:
    """Cases whose label is known, and the part of each.

    cases, known_at, labels, until : by case, same index
    counts : cases by part, and of every dropped one the reason
    """

    cases: pd.DataFrame
    known_at: pd.DataFrame
    labels: pd.Series
    until: pd.Series
    split: Split
    counts: Mapping[str, int]

    def rows(self, *names: str) -> npt.NDArray[np.bool_]:
        """Mask of the given parts, shape (n,)."""
        return self.split.part.isin(names).to_numpy()

    def part(self, name: str) -> tuple[pd.DataFrame, pd.Series]:
        """Cases and labels of one part."""
        return self.cases.loc[self.rows(name)], self.labels[self.rows(name)]


def read_tables() -> dict[str, pd.DataFrame]:
    """The ingested tables by name."""
    return {path.stem: pd.read_parquet(path) for path in sorted(TABLES.glob("*.parquet"))}


def read_cases(folder: Path) -> Cases:
    """``cases.parquet`` and ``known_at.parquet`` of a folder, as the assemble stage wrote them."""
    return Cases(pd.read_parquet(folder / "cases.parquet"), pd.read_parquet(folder / "known_at.parquet"))


def write_labels(name: str, labels: Labels) -> None:
    """The label table beside its cases, row by row."""
    labels.table.to_parquet(DERIVED / LABELS[name] / f"{name}.parquet", index=False)


def read_labels(name: str) -> Labels:
    """What ``write_labels`` wrote."""
    return Labels(pd.read_parquet(DERIVED / LABELS[name] / f"{name}.parquet"))


def read_labelled(name: str, *, embargo_before_calibration: bool = True) -> Labelled:
    """The cases of one label, split by time and by enterprise."""
    params, labels = read_section("assemble", AssembleParams), read_labels(name)
    cases = read_cases(DERIVED / LABELS[name]).take(labels.known)
    values, until = labels.values.reset_index(drop=True), labels.until.reset_index(drop=True)
    split = vintage_enterprise_split(
        cases.frame,
        until,
        pd.Timestamp(params.calibrate_from),
        pd.Timestamp(params.test_from),
        params.test_share,
        embargo_before_calibration=embargo_before_calibration,
    )
    counts = {**split.counts, **{f"dropped: {reason}": count for reason, count in labels.dropped.items()}}
    return Labelled(cases.frame, cases.known_at, values, until, split, counts)
