"""Cases and labels of all enterprises, made range by range of their codes, so that memory does not grow with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from features.former_days import FOLDER, former_cases, former_days
from features.labels import Labels, Outcome, default_labels, outcome_parts, serviceable_debt_labels, weighted_outcome
from features.point_in_time import DISTRICT, Cases, build_cases, districts
from training.assembled import DERIVED, TABLES, AssembleParams, write_labels
from training.quota.fit import QuotaParams

FIRMS_AT_ONCE = 5_000


@dataclass(frozen=True)
class Assembled:
    """The labels by name, and how many enterprises the snapshot has."""

    labels: dict[str, Labels]
    snapshot: int


def assemble_cases(snapshot: Path, params: AssembleParams, limit: QuotaParams, outcome: Outcome) -> Assembled:
    """Write the cases of vintages, loans, snapshot and former days, and the label table beside its cases.

    The snapshot's cases also have the firm's district, to group them by; those that models are fitted on do not.
    Rows come in the order of the enterprises' codes; row i of the loans' cases is loan i of the ingested table.
    """
    last, days = pd.Timestamp(params.observed_until), [pd.Timestamp(day) for day in params.points_vintages]
    former = former_days(pd.Timestamp(params.snapshot_on), params.history_years, _first_known())
    folders = [DERIVED / "vintages", DERIVED / "loans", snapshot, *([snapshot / FOLDER] if former else [])]
    writers = {folder: _Writer(folder) for folder in folders}
    outcomes, debts, defaults = [], [], []
    for tables in _ranges():
        vintages = writers[DERIVED / "vintages"].add(build_cases(tables, days))
        loans = tables["loans"].rename(columns={"granted_on": "as_of"})
        writers[DERIVED / "loans"].add(build_cases(tables, loans))
        today = build_cases(tables, pd.Timestamp(params.snapshot_on))
        district = districts(tables["enterprises"], today.frame["uscc"])
        writers[snapshot].add(replace(today, frame=today.frame.assign(**{DISTRICT: district})))
        if former:
            writers[snapshot / FOLDER].add(former_cases(tables, former))
        outcomes.append(outcome_parts(tables, vintages, last, outcome))
        terms = {"dscr_ratio": limit.dscr_ratio, "annual_rate": limit.annual_rate}
        debt = serviceable_debt_labels(tables, vintages, last, **terms, tenor_months=limit.tenor_months)
        debts.append(debt.table)
        defaults.append(default_labels(tables["loans"], last).table)
    for writer in writers.values():
        writer.close()
    labels = {
        "points_outcome": weighted_outcome(pd.concat(outcomes, ignore_index=True), outcome),
        "serviceable_debt": Labels(pd.concat(debts, ignore_index=True)),
        "default_12m": Labels(pd.concat(defaults, ignore_index=True)),
    }
    for name, made in labels.items():
        write_labels(name, made)
    return Assembled(labels, writers[snapshot].rows)


def _first_known() -> pd.Timestamp:
    """The day on which the first indicator of any enterprise was known."""
    first: pd.Timestamp = pd.read_parquet(TABLES / "snapshots.parquet", columns=["known_at"])["known_at"].min()
    return first


def _ranges() -> Iterator[dict[str, pd.DataFrame]]:
    """The ingested tables of one range of enterprises after another, in the order of their codes."""
    codes = np.sort(pd.read_parquet(TABLES / "enterprises.parquet", columns=["uscc"])["uscc"].to_numpy(dtype=object))
    paths = sorted(TABLES.glob("*.parquet"))
    for chosen in np.array_split(codes, max(-(-len(codes) // FIRMS_AT_ONCE), 1)):
        within = [("uscc", ">=", chosen[0]), ("uscc", "<=", chosen[-1])]
        yield {path.stem: pd.read_parquet(path, filters=within) for path in paths}


class _Writer:
    """``cases.parquet`` and ``known_at.parquet`` of one folder, range by range."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.rows = folder, 0
        self._files: dict[str, pq.ParquetWriter] = {}

    def add(self, cases: Cases) -> pd.DataFrame:
        """Append the cases and give their frame back."""
        for name, frame in (("cases", cases.frame), ("known_at", cases.known_at)):
            content = pa.Table.from_pandas(frame, preserve_index=False)
            if not self.rows:  # until one has come, what the columns hold is not known
                if name in self._files:
                    self._files[name].close()
                self._files[name] = pq.ParquetWriter(self.folder / f"{name}.parquet", content.schema)
            self._files[name].write_table(content.cast(self._files[name].schema))
        self.rows += len(cases.frame)
        return cases.frame

    def close(self) -> None:
        """End the files."""
        for file in self._files.values():
            file.close()
