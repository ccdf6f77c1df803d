"""Run a reform study on the packed release and write its result: result.json, CSV of every table, moves of firms."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.reform.tables import ENCODING, write_tables
from models.reform.evaluate import MICRO, PACKED
from models.reform.passes import Gathered
from models.reform.read import StudyError
from models.reform.result import ReformResult
from models.reform.simulate import PART_ROWS, Progress, Run, simulate
from models.reform.study import BASELINE, Study
from training.run_rows import salted

CASES = "snapshot/cases.parquet"


class FirmFile:
    """Firms of a snapshot, read part by part; with ``sample`` only so many of them, drawn without replacement.

    others : other values of the same firms by name, as files with the snapshot's columns; firms that one of them lacks
        are left out and counted in ``dropped``
    raises : StudyError for a file that is no Parquet, lacks columns, or has a firm more than once or none that counts
    """

    def __init__(
        self, path: Path, rows: int = PART_ROWS, sample: int | None = None, seed: int = 7,
        others: Mapping[str, Path] | None = None,
    ) -> None:  # fmt: skip
        self.path, self.rows = path, rows
        names, table = _read(path, ["uscc"])
        self.others = {name: _other(other, path.name, names) for name, other in (others or {}).items()}
        codes = _each_once(table["uscc"], path)
        held = np.ones(len(codes), dtype=bool)
        self.dropped: dict[str, int] = {}
        for name, table in self.others.items():
            absent = held & ~codes.isin(table.index).to_numpy()
            held &= ~absent
            self.dropped |= {f"not in {name}": int(absent.sum())} if absent.any() else {}
        self.chosen = np.flatnonzero(held)
        self.firms = len(self.chosen)
        if not self.firms:
            where = f"{', '.join(one.name for one in others.values())}: " if others else ""
            raise StudyError(f"{where}found no firm of {path.name}; allowed: at least one")
        self.sampled = sample is not None and sample < self.firms
        if self.sampled:
            self.chosen = np.sort(np.random.default_rng(seed).permutation(self.chosen)[:sample])

    @property
    def digest(self) -> bytes:
        """SHA-256 of the file."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()

    def __call__(self) -> Iterator[Mapping[str, pd.DataFrame]]:
        """The firms in their order."""
        start = 0
        for batch in pq.ParquetFile(self.path).iter_batches(batch_size=self.rows):
            first, last = np.searchsorted(self.chosen, [start, start + batch.num_rows])
            inside = self.chosen[first:last] - start
            start += batch.num_rows
            if len(inside):
                table = batch.to_pandas()
                if len(inside) < len(table):
                    table = table.iloc[inside].reset_index(drop=True)
                others = {name: one.loc[table["uscc"]].reset_index(drop=True) for name, one in self.others.items()}
                yield {PACKED: table, **others}


def _read(path: Path, columns: list[str] | None = None) -> tuple[list[str], pd.DataFrame]:
    """Names of a file's columns, and a table of those wanted; raises StudyError where it is no file of firms."""
    allowed = "a Parquet file with a row for each firm and its code in the column uscc"
    try:
        names = pq.read_schema(path).names
        if "uscc" not in names:
            raise StudyError(f"{path.name}: found no column uscc; allowed: {allowed}")
        table = pd.read_parquet(path, columns=columns)
    except (OSError, pa.ArrowException) as fault:
        raise StudyError(f"{path.name}: found {fault}; allowed: {allowed}") from fault
    return names, table if "uscc" in table else table.reset_index()


def _other(path: Path, snapshot: str, columns: list[str]) -> pd.DataFrame:
    """Other values of the firms, by their code."""
    names, table = _read(path)
    if lacking := [name for name in columns if name not in names]:
        raise StudyError(f"{path.name}: found no column {', '.join(lacking)}; allowed: the columns of {snapshot}")
    _each_once(table["uscc"], path)
    return table.set_index("uscc", drop=False)


def _each_once(codes: pd.Series, path: Path) -> pd.Series:
    """The codes; raises StudyError where a firm has several rows, for which intervals would be too narrow."""
    again = codes[codes.duplicated()]
    if len(again):
        found = f"{again.iloc[0]} in more than one row; firms with several rows: {again.nunique()}"
        raise StudyError(f"{path.name}: uscc: found {found}; allowed: each firm once")
    return codes


class MoveFile:
    """Writes a row for each firm and reform: its figures before and after, and its parts.

    key : of the hashes that stand for the firms' codes; the snapshot's digest, which no file of a result holds and
        which is the same on every machine that has the snapshot: who has it can undo the hashes
    """

    def __init__(self, path: Path, study: Study, key: bytes) -> None:
        self.path, self.study, self.key = path, study, key
        self._fresh = True

    def __call__(self, firms: pd.DataFrame, part: Gathered) -> None:
        """Write one part's firms."""
        codes = salted(firms["uscc"].to_numpy(dtype=str), self.key)
        for reform in self.study.reforms:
            before, after = part.outcomes[BASELINE], part.outcomes[reform.key]
            for bank in self.study.banks:
                table = pd.DataFrame(
                    {
                        "firm": codes,
                        "reform": reform.key,
                        "bank_id": bank,
                        **{name: part.groups[name] for name in part.groups},
                        "points_baseline": np.where(before.points >= 0, before.points / MICRO, np.nan),
                        "points_reform": np.where(after.points >= 0, after.points / MICRO, np.nan),
                        "quota_baseline_cny": before.banks[bank].quota_cny,
                        "quota_reform_cny": after.banks[bank].quota_cny,
                    }
                    | {f"part_{group}_cny": values for group, values in part.parts[reform.key][bank].items()}
                )
                for group in ("indicator", "weight", "stage", "model", "policy"):
                    if f"part_{group}_cny" not in table:
                        table[f"part_{group}_cny"] = 0
                table.to_csv(
                    self.path, mode="w" if self._fresh else "a", header=self._fresh, index=False,
                    encoding=ENCODING if self._fresh else "utf-8", lineterminator="\n",
                )  # fmt: skip
                self._fresh = False


def run_study(
    study: Study,
    firms: FirmFile,
    run: Run,
    out: Path | None = None,
    *,
    progress: Progress | None = None,
) -> ReformResult:
    """Simulate, and with ``out`` write the result there."""
    moves = None
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        moves = MoveFile(out / "moves.csv", study, firms.digest)
    if firms.sampled:
        run = replace(run, population=firms.firms)
    result = simulate(study, firms, run, dropped=firms.dropped, progress=progress, on_part=moves)
    if out is not None:
        write(result, out)
    return result


def write(result: ReformResult, out: Path) -> None:
    """Write result.json and the tables; the same result gives the same bytes."""
    text = json.dumps(result.as_dict(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    (out / "result.json").write_text(text, encoding="utf-8")
    write_tables(result, out)
