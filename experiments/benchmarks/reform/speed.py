"""How long simulations take beside one evaluation of the firms, and how much memory a million firms need."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from models.quota.engine import QuotaEngine
from models.reform.evaluate import PACKED, Evaluator, Requested
from models.reform.levers import Levers, Packed, read_levers
from models.reform.rules import Rules
from models.reform.simulate import PART_ROWS, Run, simulate
from models.reform.study import BASELINE, Proposal, Study

REFORM = {"weights": {"growth": {"rd_intensity": 12}}, "policies": {"*": {"min_raroc": 0.06}}}
LEVERS = 20
# What runs in a process of its own, so that its memory is its own.
MILLION = """
import json, sys, time
from pathlib import Path
from models.reform.read import read_study
from experiments.reform.run import FirmFile, run_study
from models.reform.read import read_packed
from models.reform.simulate import Run
folder, artifacts, workers = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
packed = read_packed(artifacts)
study = read_study(folder / "baseline.yaml", [folder / "reform.yaml"], packed)
def most_mb():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
loaded = most_mb()
began, used = time.perf_counter(), time.process_time()
result = run_study(study, FirmFile(folder / "firms.parquet"), Run(workers=workers))
print(json.dumps({
    "firms": result.method.sampled_firms or result.population.firms, "seconds": time.perf_counter() - began,
    "processor_seconds": time.process_time() - used,
    "memory_mb": most_mb(), "memory_before_mb": loaded,
    "credit_difference_cny": result.reforms[0].totals[0].difference.value,
}))
"""


def speed(
    packed: Packed, snapshot: pd.DataFrame, draws: Sequence[QuotaEngine], workers: int, runs: int
) -> dict[str, Any]:
    """Wall and processor seconds, warm; evaluation : measuring the firms and deciding, once, for one bank or for all.

    draws : refitted models; where there are none, ``planted_draws`` are timed in their stead
    """
    base = Proposal(BASELINE, "", "", Levers({}))
    parts = [{PACKED: snapshot}]

    def study(reforms: int, banks: tuple[str, ...], levers: dict[str, Any] | None = None) -> Study:
        made = []
        for at in range(reforms):
            raw = levers or {"policies": {"standard": {"min_raroc": 0.051 + at / 1e3}}}
            made.append(Proposal(f"r{at}", "", "", read_levers(raw, packed)))
        return Study(packed, base, tuple(made), banks)

    def run(one: Study, drawn: Sequence[QuotaEngine] = ()) -> Callable[[], object]:
        return lambda: simulate(one, lambda: iter(parts), Run(workers=workers, draws=drawn))

    def evaluation(banks: tuple[str, ...]) -> Callable[[], object]:
        rules = Rules.of(Levers({}), packed)
        return lambda: Evaluator(packed, {PACKED: snapshot}, Requested()).outcome(rules, banks)

    every = tuple(packed.policies)
    weights = [{"weights": {"growth": {key: 8.0}}} for key in list(packed.engine.points.weights["growth"])[:LEVERS]]
    mixed = tuple(Proposal(f"w{at}", "", "", read_levers(raw, packed)) for at, raw in enumerate(weights))
    return {
        "firms": len(snapshot), "workers": workers,
        "evaluation": _timed(evaluation(("standard",)), runs),
        f"evaluation_{len(every)}_banks": _timed(evaluation(every), runs),
        "one_bank": _timed(run(study(1, ("standard",), REFORM)), runs),
        f"{len(every)}_banks": _timed(run(study(1, every, REFORM)), runs),
        f"{LEVERS}_policy_reforms": _timed(run(study(LEVERS, ("standard",))), runs),
        f"{LEVERS}_weight_reforms": _timed(run(Study(packed, base, mixed, ("standard",))), runs),
        "refitted_draws": {"draws": len(draws), **_timed(run(study(1, ("standard",), REFORM), draws), 1)},
    }  # fmt: skip


def planted_draws(engine: QuotaEngine, count: int, seed: int) -> list[QuotaEngine]:
    """Engines whose risk level is moved at random: as much work as refitted models, and no refit."""
    moves = np.random.default_rng(seed).normal(0.0, 0.1, count)
    return [replace(engine, risk=replace(engine.risk, level=engine.risk.level + float(move))) for move in moves]


def million(artifacts: Path, snapshot: pd.DataFrame, rows: int, workers: int, seed: int) -> dict[str, Any]:
    """A baseline and a reform of one bank over so many firms in a file: the snapshot repeated, with values moved."""
    with tempfile.TemporaryDirectory(prefix="reform-") as name:
        folder = Path(name)
        (folder / "baseline.yaml").write_text("", encoding="utf-8")
        (folder / "reform.yaml").write_text(json.dumps(REFORM), encoding="utf-8")
        _write_firms(folder / "firms.parquet", snapshot, rows, seed)
        command = [sys.executable, "-c", MILLION, str(folder), str(artifacts), str(workers)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _write_firms(path: Path, snapshot: pd.DataFrame, rows: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    moved = [name for name in ("rd_intensity", "patent_quality_index", "revenue_growth") if name in snapshot]
    schema, written = pa.Schema.from_pandas(snapshot, preserve_index=False), 0
    with pq.ParquetWriter(path, schema) as writer:
        while written < rows:
            part = snapshot.iloc[generator.permutation(len(snapshot))[: rows - written]]
            part = part.assign(**{name: part[name] * generator.uniform(0.8, 1.0, len(part)) for name in moved})
            part["uscc"] = [f"{at:018d}" for at in range(written, written + len(part))]
            writer.write_table(
                pa.Table.from_pandas(part, schema=schema, preserve_index=False), row_group_size=PART_ROWS
            )
            written += len(part)


def _timed(work: Callable[[], object], runs: int) -> dict[str, float]:
    work()
    wall, processor = [], []
    for _ in range(runs):
        began, used = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - began)
        processor.append(time.process_time() - used)
    return {"seconds": min(wall), "median_seconds": float(np.median(wall)), "processor_seconds": min(processor)}
