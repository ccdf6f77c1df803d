"""What a run keeps of its held-out rows, so that it can be compared with any other run on the same rows.

rows.parquet     a row each: firm and key (keyed hashes), outcome, prediction, weight, kind, and the extras
statistics.json  every metric with its draws, and the curves, so that a page of many runs computes nothing afresh
run.json         capability, parameters, digests (of statistics.json too), how many rows were left out and why

The key of the hashes lies beside the tracking store and is in no run: rows of two runs of one store pair up, and a
firm's name cannot be found from them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from secrets import token_bytes
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pyarrow.parquet as pq

from models.comparison.curves import CURVED, captured, tenths
from models.comparison.metrics import metrics_of
from models.comparison.paired import Resamples, Statistic, statistics
from models.comparison.params import ComparisonParams
from models.comparison.rows import Labels, RowsError, RunRows

if TYPE_CHECKING:  # what matching learns with takes seconds to load, and a page of stored runs needs none of it
    from training.matching.fusion import Lists

ROWS, STATISTICS, RUN = "rows.parquet", "statistics.json", "run.json"
KEY_FILE = Path("mlflow.db.key")  # beside the store of training.tracking, and as little in git
KEY_BYTES = 32
STATISTICS_DIGEST = "statistics_sha256"  # in run.json: of the bytes of statistics.json
COLUMNS = ("firm", "key", "outcome", "prediction", "weight", "kind")


@dataclass(frozen=True)
class EvaluationRows:
    """Rows that a run was tested on, by the firms' own names, and how many were left out for which reason."""

    rows: RunRows
    left_out: Mapping[str, int] = field(default_factory=dict)


def evaluation_rows(
    cases: pd.DataFrame,
    outcome: pd.Series,
    prediction: npt.ArrayLike,
    kind: Any,
    extras: Mapping[str, npt.ArrayLike] | None = None,
) -> EvaluationRows:
    """Rows of cases by firm and day; those that lack an outcome, a prediction or a number are left out and counted.

    cases : uscc, as_of and growth_stage, other columns are not read; the other arguments are in the same order
    """
    values = np.asarray(prediction, dtype=float)
    known, predicted = outcome.notna().to_numpy(), np.isfinite(values)
    firm, day = cases["uscc"].astype(str), pd.to_datetime(cases["as_of"]).dt.strftime("%Y-%m-%d")
    number = cases.groupby(["uscc", "as_of"]).cumcount()  # a firm may take two loans on one day
    key = [" ".join(one) for one in zip(firm, day, number.astype(str), strict=True)]
    columns = {"growth_stage": cases["growth_stage"].to_numpy().astype(str)}
    columns |= {name: np.asarray(column) for name, column in (extras or {}).items()}
    kept, left_out = np.ones(len(cases), dtype=bool), {}
    reasons = {"no outcome": known, "no prediction": predicted}
    reasons |= {f"no {name}": np.isfinite(column) for name, column in columns.items() if column.dtype.kind == "f"}
    for reason, there in reasons.items():
        left_out[reason] = int((kept & ~there).sum())
        kept &= there
    rows = RunRows(
        firm=firm.to_numpy().astype(str)[kept],
        outcome=outcome.to_numpy(dtype=float)[kept],
        prediction=values[kept],
        weight=np.ones(int(kept.sum())),
        kind=kind,
        key=np.array(key, dtype=str)[kept],
        extras={name: column[kept] for name, column in columns.items()},
    )
    return EvaluationRows(rows, {reason: count for reason, count in left_out.items() if count})


def query_rows(lists: Sequence[Lists], scores: Sequence[npt.NDArray[np.float64]]) -> EvaluationRows:
    """Candidates of queries with their gains; what is resampled is the group that must not lie on two sides of a split.

    lists, scores : by task, the latter a number for each candidate. Rows whose gain nobody knows count as not relevant,
    as in nDCG@10 of the report; a relevant document that is no candidate comes last.
    """
    parts = []
    for task, (one, score) in enumerate(zip(lists, scores, strict=True)):
        every, gain = one.candidates, np.maximum(one.gain, 0.0)
        query = np.asarray(every.query)
        table = pd.DataFrame({"query": query, "document": every.firm.astype(str), "gain": gain, "score": score})
        missed = [
            {"query": number, "document": f"not a candidate {position}", "gain": left, "score": score.min() - 1.0}
            for number, ideal in enumerate(one.ideal)
            for position, left in enumerate(_without(ideal, gain[query == number]))
        ]
        table = pd.concat([table, pd.DataFrame(missed, columns=table.columns)], ignore_index=True)
        parts.append(table.assign(group=one.group[table["query"].to_numpy(dtype=int)], task=task))
    whole = pd.concat(parts, ignore_index=True)
    number = whole.groupby(["task", "query"]).ngroup()
    rows = RunRows(
        firm=whole["group"].to_numpy().astype(str),
        outcome=whole["gain"].to_numpy(dtype=float),
        prediction=whole["score"].to_numpy(dtype=float),
        weight=np.ones(len(whole)),
        kind="ranking",
        key=(number.astype(str) + " " + whole["document"].astype(str)).to_numpy().astype(str),
        extras={"query": number.to_numpy()},
    )
    return EvaluationRows(rows)


def _without(ideal: Sequence[float], found: npt.NDArray[np.float64]) -> list[float]:
    """The gains of an ideal list that are not among those found."""
    left = sorted(ideal)
    for gain in found[found > 0]:
        if gain in left:
            left.remove(gain)
    return left


def store_key(path: Path = KEY_FILE) -> bytes:
    """The key of the store's hashes, drawn at random where there is none yet; readable by its owner alone."""
    if not path.is_file():
        new = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(token_bytes(KEY_BYTES))
        try:
            os.link(new, path)  # who comes second takes the first one's key
        except FileExistsError:
            pass
        finally:
            new.unlink()
    return path.read_bytes()


def salted(names: Labels, key: bytes) -> Labels:
    """Keyed hashes of names, 32 hexadecimal digits; equal names have equal hashes."""
    different, position = np.unique(names.astype(str), return_inverse=True)
    hashes = [hashlib.blake2b(name.encode(), key=key, digest_size=16).hexdigest() for name in different]
    return np.array(hashes)[position]


def write_run(
    folder: Path, tested: EvaluationRows, facts: Mapping[str, Any], params: ComparisonParams, key: bytes
) -> list[Path]:
    """Write the three files and return their paths.

    facts : capability, parameters, git_commit, data_sha256
    """
    rows = tested.rows
    if rows.key is None:
        raise RowsError("key: found none; allowed: one for every row of a run that is stored")
    rows = replace(rows, firm=salted(rows.firm, key), key=salted(rows.key, key))
    paths = [folder / name for name in (ROWS, STATISTICS, RUN)]
    folder.mkdir(parents=True, exist_ok=True)
    write_rows(rows, paths[0])
    digest = hashlib.sha256(paths[0].read_bytes()).hexdigest()
    found = {"rows_sha256": digest, **run_statistics(rows, params)}
    stored = orjson.dumps(found, option=orjson.OPT_SORT_KEYS)
    paths[1].write_bytes(stored)
    about = {"schema": "run/1", **facts, "rows": len(rows), "firms": rows.firms, "left_out": dict(tested.left_out)}
    about[STATISTICS_DIGEST] = hashlib.sha256(stored).hexdigest()
    paths[2].write_bytes(orjson.dumps(about, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2))
    return paths


def write_rows(rows: RunRows, path: Path) -> None:
    """One table; the kind is a column of it."""
    own = {name: getattr(rows, name) for name in COLUMNS}
    pd.DataFrame({**own, **rows.extras}).to_parquet(path, index=False)


def read_rows(path: Path) -> RunRows:
    """What ``write_rows`` wrote; raises RowsError naming the file and what it lacks."""
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as fault:
        raise RowsError(f"{path}: cannot be read as Parquet: {fault}") from fault
    if missing := [name for name in COLUMNS if name not in table]:
        raise RowsError(f"{path}: found the columns {', '.join(map(str, table.columns))}; {', '.join(missing)} missing")
    kinds = table["kind"].unique()
    if len(kinds) != 1:
        raise RowsError(f"{path}: kind: found {', '.join(map(str, kinds)) or 'none'}; allowed: one for all rows")
    try:
        return RunRows(
            firm=table["firm"].to_numpy().astype(str),
            outcome=table["outcome"].to_numpy(dtype=float),
            prediction=table["prediction"].to_numpy(dtype=float),
            weight=table["weight"].to_numpy(dtype=float),
            kind=kinds[0],
            key=table["key"].to_numpy().astype(str),
            extras={str(name): _plain(column) for name, column in table.items() if name not in COLUMNS},
        )
    except (RowsError, ValueError) as fault:
        raise RowsError(f"{path}: {fault}") from fault


def read_predictions(path: Path) -> npt.NDArray[np.float64]:
    """That column alone, in a hundredth of the time of all; raises RowsError naming the file."""
    try:
        found: npt.NDArray[np.float64] = (
            pq.ParquetFile(path).read(["prediction"], use_threads=False)["prediction"].to_numpy()
        )
    except (OSError, ValueError, KeyError) as fault:
        raise RowsError(f"{path}: prediction: cannot be read: {fault}") from fault
    return found.astype(float)


def _plain(column: pd.Series) -> Labels:
    values = column.to_numpy()
    return values if values.dtype.kind in "fiub" else values.astype(str)


def run_statistics(rows: RunRows, params: ComparisonParams) -> dict[str, Any]:
    """Every metric that the rows have, with its draws, and the curves."""
    resamples = Resamples(rows.firms, params.draws, params.seed)
    found = statistics(rows, metrics_of(rows, params.table()), resamples)
    curved = rows.kind in CURVED
    return {
        "schema": "statistics/1",
        **statistics_key(rows.digest, params),
        **rows_facts(rows),
        "metrics": {name: _as_dict(one) for name, one in found.items()},
        "tenths": [asdict(one) for one in tenths(rows, resamples, 1 - params.error)] if curved else [],
        "captured": [list(one) for one in captured(rows)] if rows.kind == "probability" else [],
    }


def rows_facts(rows: RunRows) -> dict[str, Any]:
    """What statistics say of the rows themselves."""
    mean = float(np.average(rows.outcome, weights=rows.weight))
    return {"kind": rows.kind, "rows": len(rows), "firms": rows.firms, "outcome_mean": mean}


def statistics_key(rows_digest: str, params: ComparisonParams) -> dict[str, Any]:
    """What two runs' statistics must have in common to be subtracted."""
    profit = {"annual_rate": params.annual_rate, "lgd": params.lgd}
    return {"rows_digest": rows_digest, "draws": params.draws, "seed": params.seed, "profit": profit}


def read_statistics(stored: Mapping[str, Any]) -> dict[str, Statistic]:
    """The metrics of a statistics.json by name."""
    return {
        name: Statistic(
            float("nan") if one["value"] is None else one["value"],
            np.array(one["draws"], dtype=float),
            np.array(one["left_out"], dtype=float),
            one["method"],
        )
        for name, one in stored["metrics"].items()
    }


def _as_dict(one: Statistic) -> dict[str, Any]:
    """JSON has no NaN: orjson writes null for it."""
    return {
        "value": one.value,
        "draws": one.draws.tolist(),
        "left_out": one.left_out.tolist(),
        "method": one.method,
    }
