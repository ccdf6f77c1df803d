"""A stage's MLflow run: its parameters, its figures by dotted name, its files and its model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Real
from pathlib import Path
from typing import Any

import pandas as pd

from training.pipeline.artifacts import ARTIFACTS
from training.promotion.registry import keep_release
from training.promotion.sources import sources
from training.tracking import file_digest, track


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
) -> None:
    """Log one run: ``inputs`` are digested, ``files`` kept beside the model, ``example`` gives its signature.

    The files that would be packed are kept with it, so that the run can become champion.
    """
    flat = pd.json_normalize(dict(metrics), sep=".").iloc[0]
    numbers = {str(name).replace(":", ""): float(value) for name, value in flat.items() if isinstance(value, Real)}
    run = track(capability, params, numbers, file_digest(inputs), files, model, example.head(20))
    keep_release(run, capability, ARTIFACTS, sources(capability))
