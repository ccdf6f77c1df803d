"""Experiment 0004: matching on real text, from the record of ``bench matching`` and its tables of queries.

Figures, tables and pictures hold no text. Examples hold texts that may not be passed on: they are written apart, to a
folder that git ignores.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import beta

from experiments.benchmarks.matching.figures import interval
from experiments.benchmarks.matching.peers import PEERS
from experiments.real_demands_examples import write_examples
from experiments.real_demands_report import write_report
from features.text import CARD
from models.matching.confidence import Confidence

Doubles = npt.NDArray[np.float64]
POOLED_BINS, TASK_BINS, SHARED_BINS = 15, 6, 5
LEAST_IN_BIN = 10  # queries; a task with fewer has fewer bins
CURVE_POINTS = 80
LEVEL = 0.9


class RecordError(ValueError):
    """The record is absent or of another model; the message says which."""


@dataclass(frozen=True)
class Bench:
    """What ``bench matching`` wrote: its record, and one table of queries by task."""

    record: Mapping[str, Any]
    queries: Mapping[str, pd.DataFrame]

    @classmethod
    def read(cls, path: Path, model: Path) -> Bench:
        """Raises RecordError where something is missing, or another model or only a part was measured."""
        if not path.is_file():
            raise RecordError(f"{path.name} does not exist")
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            whole = (record["split"], record["judged_only"], record["queries_a_task"]) == ("test", False, None)
            measured = record["model"]["confidence"]
        except (ValueError, KeyError, TypeError) as fault:
            raise RecordError(f"{path.name} is no record of `bench matching`: {fault!r}") from fault
        if not whole:
            raise RecordError(f"{path.name} is not of all queries of the test split against all documents")
        if measured != Confidence.load(model / "model").digest:
            raise RecordError(f"{path.name} is of another model")
        if "languages" not in record or not all(_table(path, task).is_file() for task in record["tasks"]):
            raise RecordError(f"{path.name} has no tables of queries beside it")
        return cls(record, {task: pd.read_parquet(_table(path, task)) for task in record["tasks"]})


def _table(path: Path, task: str) -> Path:
    return path.with_suffix("") / f"{task}.parquet"


def run(data: Path, model: Path, record: Path, out: Path, examples: Path, bench: Callable[[], None]) -> dict[str, Any]:
    """Write metrics.json, tables and pictures to ``out``, README.md beside it, and the examples; return the figures.

    bench : runs the benchmark where its record is missing or of another model
    raises : RecordError where that did not help
    """
    try:
        found = Bench.read(record, model)
    except RecordError:
        bench()
        found = Bench.read(record, model)
    metrics = figures(found)
    card = model / "encoder" / CARD
    metrics["encoder"] = json.loads(card.read_text(encoding="utf-8"))["source"] if card.is_file() else None
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(metrics, ensure_ascii=False, indent=1, sort_keys=True)
    (out / "metrics.json").write_text(text + "\n", encoding="utf-8")
    write_report(metrics, out)
    write_examples(data, found.record["split"], found.queries, record.with_suffix(""), examples)
    return metrics


def figures(found: Bench) -> dict[str, Any]:
    """Everything that the README and the pictures show."""
    record, every = found.record, pd.concat(found.queries.values(), ignore_index=True)
    peers = [name for name in PEERS if f"ndcg_{name}" in every]
    return {
        "split": record["split"],
        "queries": len(every),
        "peers": peers,
        "model": record["model"],
        "tasks": {name: _task(record["tasks"][name], table) for name, table in found.queries.items()},
        "unseen_wording": _over_best(record["pooled"]["unseen_wording"]),
        "across_languages": _over_best(record["pooled"]["across_languages"]),
        "languages": record["languages"],
        "calibration": record["pooled"]["calibration"],
        "reliability": reliability(_doubles(every, "first"), _doubles(every, "hit"), POOLED_BINS),
        "abstention": record["pooled"]["abstention"],
        "curves": curves(every),
        "by_shared_words": by_shared_words(every, peers, record["seed"]),
    }


def _task(one: Mapping[str, Any], table: pd.DataFrame) -> dict[str, Any]:
    bins = min(TASK_BINS, max(1, len(table) // LEAST_IN_BIN))
    return {
        "queries": one["queries"],
        "candidates": one["candidates"],
        "shared_pairs": one["shared_pairs"],
        "ndcg_10": {name: row["ndcg_10"] for name, row in one["figures"].items()},
        "pair_accuracy": one["pair_accuracy"],
        "gain": one["gain"],
        "unseen_wording": _over_best(one["unseen_wording"]),
        "calibration": one["calibration"],
        "reliability": reliability(_doubles(table, "first"), _doubles(table, "hit"), bins),
        "first_three": one["first_three"],
        "abstention": one["abstention"],
    }


def _over_best(some: Mapping[str, Any]) -> dict[str, Any]:
    return {"queries": some["queries"], "ndcg_10": some["ndcg_10"], "gain": some["gain"]}


def _doubles(table: pd.DataFrame, name: str) -> Doubles:
    return np.asarray(table[name], dtype=float)


def reliability(p: Doubles, hit: Doubles, bins: int) -> list[dict[str, float]]:
    """Mean probability and frequency in bins of equal count, with the exact 90 % interval of the frequency."""
    found = []
    for part in np.array_split(np.argsort(p, kind="stable"), bins):
        right, n = float(hit[part].sum()), len(part)
        low = float(beta.ppf((1 - LEVEL) / 2, right, n - right + 1)) if right else 0.0
        high = float(beta.ppf((1 + LEVEL) / 2, right + 1, n - right)) if right < n else 1.0
        found.append({"queries": n, "p": float(p[part].mean()), "frequency": right / n, "low": low, "high": high})
    return found


def curves(every: pd.DataFrame) -> dict[str, list[dict[str, float]]]:
    """Coverage and error at every threshold, ours and TF-IDF's, with all suppliers and with some removed."""
    gone = every["removed"].to_numpy(dtype=bool)
    found = {}
    for name, p, removed_p, right in (
        ("ours", "any_of_three_p", "removed_p", "any_of_three"),
        ("tfidf", "simple_p", "simple_removed_p", "simple_right"),
    ):
        if every[p].notna().all():
            good = every[right].to_numpy(dtype=bool)
            found[f"{name}_all_suppliers"] = curve(_doubles(every, p), good)
            mixed = np.where(gone, _doubles(every, removed_p), _doubles(every, p))
            found[f"{name}_suppliers_removed"] = curve(mixed, good & ~gone)
    return found


def curve(p: Doubles, right: npt.NDArray[np.bool_]) -> list[dict[str, float]]:
    """Of the most probable share of queries: how many have no relevant firm among the first three.

    Queries of one probability come together; at most CURVE_POINTS thresholds.
    """
    order = np.argsort(-p, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(p[order]) < 0), len(p) - 1)
    ends = ends[np.unique(np.linspace(0, len(ends) - 1, min(CURVE_POINTS, len(ends))).round().astype(int))]
    wrong = np.cumsum(~right[order])
    return [{"coverage": float((end + 1) / len(p)), "error": float(wrong[end] / (end + 1))} for end in ends]


def by_shared_words(every: pd.DataFrame, peers: Sequence[str], seed: int) -> list[dict[str, Any]]:
    """nDCG@10 by fifths of the share of a query's character pairs that its relevant documents repeat."""
    found = []
    group = every["group"].to_numpy(dtype=object)
    for part in np.array_split(np.argsort(_doubles(every, "shared"), kind="stable"), SHARED_BINS):
        ndcg = {name: _doubles(every, f"ndcg_{name}")[part] for name in ("ours", *peers)}
        best = max(peers, key=lambda name: float(ndcg[name].mean()))
        found.append(
            {
                "queries": len(part),
                "shared": float(_doubles(every, "shared")[part].mean()),
                "ndcg_10": {name: float(values.mean()) for name, values in ndcg.items()},
                "best_peer": best,
                "over_best": interval(ndcg["ours"] - ndcg[best], group[part], seed),
                "over_tfidf": interval(ndcg["ours"] - ndcg["tfidf"], group[part], seed),
            }
        )
    return found
