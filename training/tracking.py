"""One MLflow run per training stage: parameters, metrics, data hash, git commit, the model with its signature.

Only this and ``training.promotion.registry`` use mlflow in training. The store is SQLite, so no server has to run; look
with ``mlflow ui --backend-store-uri sqlite:///mlflow.db``.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from string import hexdigits
from typing import Any

import pandas as pd
import sqlalchemy

from data.ingest.rules import Field
from data.ingest.values import typed_column
from models.champion import STORE

EXPERIMENT = "innovation-points"
ARTEFACTS = "mlruns"  # relative, as the store is: both move with their folder


def file_digest(paths: Iterable[Path]) -> str:
    """SHA-256 over the bytes of the given files, in the given order."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def git_commit() -> str:
    """The commit of the checkout, ``-dirty`` when tracked files differ; ``unknown`` outside a checkout."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
        capture_output=True,
        text=True,
        check=False,
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
    tags: Mapping[str, str] | None = None,
) -> str:
    """Log one run and return its id.

    params : the dataclass of the capability's section of params.yaml
    model : an object with ``predict(frame) -> frame``; logged as a pyfunc whose columns are those of ``example``. It
        takes them as ``in_types_of`` reads them: whole numbers for fractions, and a table that was a CSV file
    tags : of the run, beside those of every run
    """
    mlflow = _opened()
    with mlflow.start_run(run_name=capability) as run:
        mlflow.log_params({key: str(value)[:500] for key, value in asdict(params).items()})
        mlflow.log_metrics({key: float(value) for key, value in metrics.items()})
        own = {"data_sha256": data_digest, "git_commit": git_commit(), "capability": capability}
        mlflow.set_tags({**(tags or {}), **own})
        for path in artefacts:
            mlflow.log_artifact(str(path))
        if model is not None and example is not None:
            _log_model(model, example)
        return str(run.info.run_id)


def run_ids(beginning: str) -> list[str]:
    """The logged runs whose ids begin so; none where there is no store."""
    if not Path(STORE.removeprefix("sqlite:///")).is_file() or not set(beginning) <= set(hexdigits):
        return []
    import mlflow

    client = mlflow.MlflowClient(STORE)
    experiments = [one.experiment_id for one in client.search_experiments()]
    like = f"attributes.run_id LIKE '{beginning}%'"
    return sorted(one.info.run_id for one in client.search_runs(experiments, like))


def is_of_search(run: str) -> bool:
    """Whether a logged run is a search or one of its trials, which keep no rows."""
    import mlflow

    tags = mlflow.MlflowClient(STORE).get_run(run).data.tags
    return "study" in tags or "trial" in tags


class SearchRuns:
    """A search's run and a child run for each of its trials; what a search that was ended has logged is left.

    study : names the search; the same name goes on in the same run
    """

    def __init__(self, capability: str, study: str, params: Mapping[str, Any], data_digest: str) -> None:
        mlflow = _opened()
        self._client = mlflow.MlflowClient()
        self._experiment = mlflow.get_experiment_by_name(EXPERIMENT).experiment_id
        found = self._runs(f"tags.study = '{study}'")
        if found:
            self.run_id = str(found[0].info.run_id)
        else:
            tags = {"study": study, "data_sha256": data_digest, "git_commit": git_commit(), "capability": capability}
            self.run_id = self._begin(f"tune {capability}", params, tags)
        children = self._runs(f"tags.mlflow.parentRunId = '{self.run_id}'")
        self._logged = {one.data.tags["trial"] for one in children if one.info.status != "RUNNING"}

    def add(self, trial: str, values: Mapping[str, Any], metrics: Mapping[str, float], *, pruned: bool) -> None:
        """Log one trial, unless it is logged; ``trial`` names it within the search."""
        if trial in self._logged:
            return
        for half in self._runs(f"tags.mlflow.parentRunId = '{self.run_id}' and tags.trial = '{trial}'"):
            self._client.delete_run(half.info.run_id)  # of a process that was killed while it logged
        run = self._begin(trial, values, {"mlflow.parentRunId": self.run_id, "trial": trial})
        self._measure(run, metrics)
        self._client.set_terminated(run, "KILLED" if pruned else "FINISHED")
        self._logged.add(trial)

    def end(self, metrics: Mapping[str, float], artefacts: Iterable[Path]) -> None:
        """Log the search's own figures and files."""
        self._measure(self.run_id, metrics)
        for path in artefacts:
            self._client.log_artifact(self.run_id, str(path))
        self._client.set_terminated(self.run_id, "FINISHED")

    def _begin(self, name: str, params: Mapping[str, Any], tags: Mapping[str, str]) -> str:
        run = str(self._client.create_run(self._experiment, tags=dict(tags), run_name=name).info.run_id)
        for key, value in params.items():
            self._client.log_param(run, key, str(value)[:500])
        return run

    def _measure(self, run: str, metrics: Mapping[str, float]) -> None:
        for key, value in metrics.items():
            self._client.log_metric(run, key, float(value))

    def _runs(self, wanted: str) -> list[Any]:
        found, token = [], None
        while True:
            page = self._client.search_runs([self._experiment], wanted, page_token=token)
            found += page
            token = page.token
            if not token:
                return found


def _opened() -> Any:
    """MLflow, at this project's store and experiment."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    import mlflow  # seconds to import, and not needed where nothing is tracked

    mlflow.set_tracking_uri(STORE)
    if mlflow.get_experiment_by_name(EXPERIMENT) is None:
        mlflow.create_experiment(EXPERIMENT, artifact_location=ARTEFACTS)
        _relative_artifacts(STORE, EXPERIMENT)
    mlflow.set_experiment(EXPERIMENT)
    return mlflow


def _relative_artifacts(store: str, name: str) -> None:
    """Let the experiment's artefacts lie beside the store: MLflow makes their path absolute, and then neither moves.

    Runs and models take their path from the experiment's, so one row is enough. No call of MLflow changes it.
    """
    engine = sqlalchemy.create_engine(store)
    with engine.begin() as connection:
        statement = sqlalchemy.text("UPDATE experiments SET artifact_location = :path WHERE name = :name")
        connection.execute(statement, {"path": ARTEFACTS, "name": name})
    engine.dispose()


def in_types_of(table: pd.DataFrame, example: pd.DataFrame) -> pd.DataFrame:
    """``table`` with the example's kinds of columns, whatever the types in the file: read as the ingest reads cells.

    raises : ValueError naming a column that is missing, or a cell that is not of its column's kind
    """
    if lost := [name for name in example if name not in table]:
        raise ValueError(f"the table lacks the columns {lost}")
    kinds = {"f": "number", "i": "number", "u": "number", "b": "flag", "M": "date"}
    columns, faults = {}, []
    for name, own in example.items():
        if table[name].dtype == own.dtype:
            columns[name] = table[name]
            continue
        kind = kinds.get(own.dtype.kind, "text")
        read = typed_column(table[name], Field(kind))  # type: ignore[arg-type]  # one of Field's kinds
        faults += [f"{name}: row {row} {fault}" for row, fault in read.faults.items()]
        values = read.values.mask(read.empty)
        columns[name] = values if kind != "number" else values.astype(float)
    if faults:
        raise ValueError("; ".join(faults[:5]))
    return pd.DataFrame(columns)


def _log_model(model: Any, example: pd.DataFrame) -> None:
    import mlflow
    from mlflow.models import ModelSignature, infer_signature
    from mlflow.types.schema import AnyType, ColSpec, Schema

    class Predictor(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # mlflow ships no types
        # mlflow fixes the signature of this method, and reads a schema out of annotations.
        def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]  # noqa: ARG002
            return model.predict(in_types_of(model_input, example))

    # A schema with types refuses a whole number where it saw a fraction, and text where a file lost a column's type.
    names = Schema([ColSpec(AnyType(), str(name)) for name in example])
    outputs = infer_signature(example, model.predict(example)).outputs
    mlflow.pyfunc.log_model(
        name="model",
        python_model=Predictor(),
        signature=ModelSignature(inputs=names, outputs=outputs),
        pip_requirements="requirements.lock",
    )
