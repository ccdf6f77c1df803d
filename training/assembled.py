"""What the assemble stage leaves and the later stages read: cases, their labels, and the parts they are split into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from data.splits import Split, vintage_enterprise_split
from features.labels import Labels
from features.point_in_time import Cases
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
    history_years: int  # before it, on whose same day every enterprise is measured for the history of its points
    points_vintages: tuple[str, ...]  # days on which every enterprise is measured for points and limit
    calibrate_from: str  # first day of the cases that calibrate; what is fitted before has its outcome by then
    test_from: str  # first day of the cases that test; what is fitted or calibrated has its outcome by then
    test_share: float  # share of enterprises kept for testing alone
    observed_until: str  # no outcome is known after this day


@dataclass(frozen=True)
class Labelled:
    """Cases whose label is known, and the part of each.

    cases, labels, until : by case, same index
    counts : cases by part, and of every dropped one the reason
    """

    cases: pd.DataFrame
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


def read_tables(*names: str) -> dict[str, pd.DataFrame]:
    """The named ingested tables, by name."""
    return {name: pd.read_parquet(TABLES / f"{name}.parquet") for name in names}


def read_cases(folder: Path, as_of: pd.Timestamp | None = None) -> pd.DataFrame:
    """``cases.parquet`` of a folder, as the assemble stage wrote it; of one day alone where ``as_of`` is given."""
    return pd.read_parquet(folder / "cases.parquet", filters=None if as_of is None else [("as_of", "==", as_of)])


def read_case_parts(folder: Path, rows: int) -> Iterator[Cases]:
    """The cases of a folder and their days known, at most so many rows at a time, in their order."""
    files = [pq.ParquetFile(folder / f"{name}.parquet") for name in ("cases", "known_at")]
    for batches in zip(*(file.iter_batches(batch_size=rows) for file in files), strict=True):
        yield Cases(*(batch.to_pandas() for batch in batches))


def write_labels(name: str, labels: Labels) -> None:
    """The label table beside its cases, row by row."""
    labels.table.to_parquet(DERIVED / LABELS[name] / f"{name}.parquet", index=False)


def read_labels(name: str) -> Labels:
    """What ``write_labels`` wrote."""
    return Labels(pd.read_parquet(DERIVED / LABELS[name] / f"{name}.parquet"))


def read_labelled(name: str, *, embargo_before_calibration: bool = True) -> Labelled:
    """The cases of one label, split by time and by enterprise."""
    params, labels = read_section("assemble", AssembleParams), read_labels(name)
    cases = _known_rows(name, "cases", labels)
    values, until = labels.values.reset_index(drop=True), labels.until.reset_index(drop=True)
    split = vintage_enterprise_split(
        cases,
        until,
        pd.Timestamp(params.calibrate_from),
        pd.Timestamp(params.test_from),
        params.test_share,
        embargo_before_calibration=embargo_before_calibration,
    )
    counts = {**split.counts, **{f"dropped: {reason}": count for reason, count in labels.dropped.items()}}
    return Labelled(cases, values, until, split, counts)


def read_known_at(name: str) -> pd.DataFrame:
    """The day each value of ``read_labelled``'s cases was known, by the same index."""
    return _known_rows(name, "known_at", read_labels(name))


def _known_rows(name: str, file: str, labels: Labels) -> pd.DataFrame:
    rows = pd.read_parquet(DERIVED / LABELS[name] / f"{file}.parquet")
    return rows.loc[labels.known].reset_index(drop=True)
