"""What a comparison takes: a page of many runs from what each has stored, and the statistics of one run afresh."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import numpy as np
import orjson
import pandas as pd
from scipy.special import expit

from experiments.compare.command import run_command
from models.comparison.params import ComparisonParams
from training.params import read_section
from training.run_rows import RUN, EvaluationRows, evaluation_rows, read_rows, run_statistics, write_run

PAGE_S, FRESH_CPU_S = 5.0, 1.0  # allowed
ROWS, FIRMS = 3_000, 1_500
DIFFERENT = 5  # challengers with rows of their own; the other runs of the page are copies with other parameters
TIMES = 3  # each is measured, the middle one counts


def times_taken(runs: int, rows: int = ROWS) -> dict[str, float]:
    """Seconds of the command with its pages in both languages, and of the processor for one run's statistics.

    runs : on the page, the baseline among them; each has ``rows`` rows
    """
    params = read_section("comparison", ComparisonParams)
    with tempfile.TemporaryDirectory(prefix="comparison-") as root:
        folders = planted_runs(Path(root), runs, rows, params)
        names, out = [str(folder) for folder in folders], Path(root) / "page"

        def page() -> None:
            with redirect_stdout(io.StringIO()):
                run_command(names, out, (), fresh=False)

        held_out = folders[0] / "rows.parquet"
        return {
            "runs": runs,
            "rows": rows,
            "page_s": _middle(perf_counter, page),
            "fresh_cpu_s": _middle(process_time, lambda: run_statistics(read_rows(held_out), params)),
        }


def planted_runs(root: Path, runs: int, rows: int, params: ComparisonParams) -> list[Path]:
    """Folders of runs on the same rows, as training keeps them: each has parameters of its own."""
    rng, folders = np.random.default_rng(1), [root / f"run-{number:04d}" for number in range(runs)]
    firm = np.arange(rows) % min(FIRMS, rows)
    truth = rng.normal(-1.8, 1.2, rows)
    outcome = pd.Series((rng.random(rows) < expit(truth)).astype(float))
    cases = pd.DataFrame(
        {
            "uscc": [f"9133{number:014d}" for number in firm],
            "as_of": pd.Timestamp("2022-12-31"),
            "growth_stage": "growth",
        }
    )
    for number, folder in enumerate(folders):
        facts = {"capability": "risk", "parameters": {"rounds": number, "seed": 7}, "git_commit": None}
        if number <= DIFFERENT:
            predicted = expit(truth + 0.6 * rng.normal(size=rows))
            tested: EvaluationRows = evaluation_rows(cases, outcome, predicted, "probability")
            write_run(folder, tested, {**facts, "data_sha256": None}, params, b"k" * 32)
        else:
            shutil.copytree(folders[1 + number % DIFFERENT], folder)
            about = orjson.loads((folder / RUN).read_bytes())
            (folder / RUN).write_bytes(orjson.dumps(about | {"parameters": facts["parameters"]}))
    return folders


def _middle(clock: Callable[[], float], what: Callable[[], object]) -> float:
    taken = []
    for _ in range(TIMES):
        started = clock()
        what()
        taken.append(clock() - started)
    return median(taken)
