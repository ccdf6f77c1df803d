"""A stage's MLflow run: its parameters, its figures by dotted name, its files and its model."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from numbers import Real
from pathlib import Path
from typing import Any

import pandas as pd

from models.comparison.params import ComparisonParams
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS
from training.promotion.registry import keep_release
from training.promotion.sources import sources
from training.run_rows import EvaluationRows, store_key, write_run
from training.tracking import file_digest, git_commit, track


class Scored:
    """A model as MLflow sees it: ``predict(frame) -> frame``, of the numbers alone."""

    def __init__(self, score: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        self.score = score

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The figures of every row."""
        return self.score(frame)


def track_stage(
    capability: str,
    params: Any,
    metrics: Mapping[str, Any],
    inputs: list[Path],
    files: list[Path],
    model: Scored,
    example: pd.DataFrame,
    tested: EvaluationRows,
) -> None:
    """Log one run: ``inputs`` are digested, ``files`` kept beside the model, ``example`` gives its signature.

    The files that would be packed are kept with it, so that the run can become champion; so are the rows that it was
    ``tested`` on, so that it can be compared.
    """
    flat = pd.json_normalize(dict(metrics), sep=".").iloc[0]
    numbers = {str(name).replace(":", ""): float(value) for name, value in flat.items() if isinstance(value, Real)}
    digest, comparison = file_digest(inputs), read_section("comparison", ComparisonParams)
    facts = {
        "capability": capability,
        "parameters": asdict(params),
        "git_commit": git_commit(),
        "data_sha256": digest,
    }
    with tempfile.TemporaryDirectory() as folder:
        kept = write_run(Path(folder), tested, facts, comparison, store_key())
        run = track(capability, params, numbers, digest, [*files, *kept], model, example.head(20))
    keep_release(run, capability, ARTIFACTS, sources(capability))
