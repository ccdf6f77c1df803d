"""One MLflow run per training stage: parameters, metrics, data hash, git commit, the model with its signature.

The only user of mlflow in training. The store is SQLite, so no server has to run; look with
``mlflow ui --backend-store-uri sqlite:///mlflow.db``.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

EXPERIMENT = "innovation-points"
STORE = "sqlite:///mlflow.db"


def file_digest(paths: Iterable[Path]) -> str:
    """SHA-256 over the bytes of the given files, in the given order."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def git_commit() -> str:
    """The commit of the checkout, ``-dirty`` when tracked files differ; ``unknown`` outside a checkout."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=40"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"


def track(
    capability: str,
    params: Any,
    metrics: Mapping[str, float],
    data_digest: str,
    artefacts: Iterable[Path] = (),
    model: Any = None,
    example: pd.DataFrame | None = None,
) -> str:
    """Log one run and return its id.

    params : the dataclass of the capability's section of params.yaml
    model : an object with ``predict(frame) -> frame``; logged as a pyfunc with the signature of ``example``
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    import mlflow  # seconds to import, and not needed where nothing is tracked

    mlflow.set_tracking_uri(STORE)
    if mlflow.get_experiment_by_name(EXPERIMENT) is None:
        mlflow.create_experiment(EXPERIMENT, artifact_location="mlruns")
    mlflow.set_experiment(EXPERIMENT)
    with mlflow.start_run(run_name=capability) as run:
        mlflow.log_params({key: str(value)[:500] for key, value in asdict(params).items()})
        mlflow.log_metrics({key: float(value) for key, value in metrics.items()})
        mlflow.set_tags({"data_sha256": data_digest, "git_commit": git_commit(), "capability": capability})
        for path in artefacts:
            mlflow.log_artifact(str(path))
        if model is not None and example is not None:
            _log_model(model, example)
        return str(run.info.run_id)


def _log_model(model: Any, example: pd.DataFrame) -> None:
    import mlflow
    from mlflow.models import infer_signature

    # Whole numbers may be missing later, so the signature says float.
    example = example.astype(dict.fromkeys(example.select_dtypes("integer").columns, float))

    class Predictor(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # mlflow ships no types
        # mlflow fixes the signature of this method.
        def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> Any:  # noqa: ARG002
            return model.predict(model_input)

    mlflow.pyfunc.log_model(
        name="model",
        python_model=Predictor(),
        signature=infer_signature(example, model.predict(example)),
        pip_requirements="requirements.lock",
    )
