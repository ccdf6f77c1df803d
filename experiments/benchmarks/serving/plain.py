"""The same engine as others serve it: a plain FastAPI application, and a model for ``mlflow models serve``.

Neither has keys, consents, a ledger or limits; both give the service's decision with its reasons.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from data.requests import QuotaRequest
from models.quota.engine import QuotaEngine, case_rows, read_policy

ARTIFACTS = "IP_BENCH_ARTIFACTS"
Rows = dict[str, tuple[Any, Any]]


def engine_and_rows(artifacts: Path) -> tuple[QuotaEngine, Rows]:
    """The engine, and each enterprise of the snapshot."""
    cases = pd.read_parquet(artifacts / "snapshot/cases.parquet")
    rows = case_rows(cases, pd.read_parquet(artifacts / "snapshot/known_at.parquet"))
    return QuotaEngine.load(artifacts), {str(row["uscc"]): (row, known) for row, known in rows}


def plain() -> Any:
    """A FastAPI application with one route, for ``uvicorn --factory``."""
    from fastapi import FastAPI, Request, Response

    engine, rows = engine_and_rows(Path(os.environ[ARTIFACTS]))
    policy, app = read_policy(), FastAPI()

    async def quota(request: Request) -> Response:
        sent = QuotaRequest.model_validate_json(await request.body())
        row, known = rows[sent.uscc]
        return Response(orjson.dumps(engine.decide_row(row, known, sent, policy)), media_type="application/json")

    quota.__annotations__ = {"request": Request, "return": Response}  # FastAPI cannot see names of this function
    app.post("/v1/quota")(quota)
    return app


def save_mlflow_model(folder: Path, artifacts: Path) -> None:
    """The same as an MLflow model, ready for ``mlflow models serve``."""
    import mlflow

    class Quotas(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
        """Decisions for a table of requests."""

        def load_context(self, context: Any) -> None:
            from experiments.benchmarks.serving.plain import engine_and_rows

            self.engine, self.rows = engine_and_rows(Path(context.artifacts["artifacts"]))
            self.policy = read_policy()

        def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> list[Any]:  # noqa: ARG002  # MLflow's
            answers = []
            for sent in model_input.to_dict("records"):
                request = QuotaRequest.model_validate(sent)
                row, known = self.rows[request.uscc]
                answers.append(orjson.loads(orjson.dumps(self.engine.decide_row(row, known, request, self.policy))))
            return answers

    mlflow.pyfunc.save_model(
        path=str(folder), python_model=Quotas(), artifacts={"artifacts": str(artifacts)}, pip_requirements=[]
    )


if __name__ == "__main__":
    save_mlflow_model(Path(sys.argv[1]), Path(sys.argv[2]))
