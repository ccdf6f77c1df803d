"""A stage's MLflow run: its parameters, its figures by dotted name, its files and its model."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
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
from training.run_rows import STATISTICS, STATISTICS_DIGEST, EvaluationRows, store_key, write_run
from training.tracking import file_digest, git_commit, track


class Scored:
    """A model as MLflow sees it: ``predict(frame) -> frame``, of the numbers alone."""

    def __init__(self, score: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        self.score = score

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The figures of every row."""
        return self.score(frame)


class PackedFiles:
    """A score of packed files, kept as their bytes and read at each call: an open session of onnxruntime cannot be.

    parts : files and folders by the name that they are read under; score : of the folder that holds them, and a frame
    """

    def __init__(self, parts: Mapping[str, Path], score: Callable[[Path, pd.DataFrame], pd.DataFrame]) -> None:
        self.score = score
        self.files = {
            f"{name}{path.as_posix().removeprefix(root.as_posix())}": path.read_bytes()
            for name, root in parts.items()
            for path in (sorted(root.rglob("*")) if root.is_dir() else [root])
            if path.is_file()
        }

    def __call__(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The score's columns for every row."""
        with tempfile.TemporaryDirectory() as folder:
            for name, content in self.files.items():
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            return self.score(Path(folder), frame)


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
    run = track_tested(capability, params, numbers, inputs, files, model, example, tested)
    keep_release(run, capability, ARTIFACTS, sources(capability))


def track_tested(
    capability: str,
    params: Any,
    numbers: Mapping[str, float],
    inputs: Sequence[Path],
    files: Sequence[Path],
    model: Scored,
    example: pd.DataFrame,
    tested: EvaluationRows,
) -> str:
    """Log one run with its model and the rows that it was tested on, and return its id; arguments of ``track_stage``.

    The run can be compared with any other of the same rows. It keeps no release.
    """
    digest, comparison = file_digest(inputs), read_section("comparison", ComparisonParams)
    facts = {
        "capability": capability,
        "parameters": asdict(params),
        "git_commit": git_commit(),
        "data_sha256": digest,
    }
    with tempfile.TemporaryDirectory() as folder:
        kept = write_run(Path(folder), tested, facts, comparison, store_key())
        tags = {STATISTICS_DIGEST: file_digest([Path(folder) / STATISTICS])}
        return track(capability, params, numbers, digest, [*files, *kept], model, example.head(20), tags)
