"""The bank API: parse, one call, answer. Decisions are made in ``models.quota``; refusals are problem+json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from data.codebook import read_codebook
from data.requests import PointsRequest, QuotaRequest
from models.quota import BankPolicy, QuotaDecision, QuotaEngine, read_policy
from serving.problems import Fault, ProblemError, invalid_request, shown
from serving.snapshot import Snapshot

BODY_LIMIT_BYTES = 1_000_000
BATCH_LIMIT = 500
T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True)
class Counter:
    """The models, the snapshot and the policy that answer; loaded and checked before the first request."""

    engine: QuotaEngine
    snapshot: Snapshot
    policy: BankPolicy

    @classmethod
    def load(cls, folder: Path) -> Counter:
        """Read everything from one folder of artefacts; raises the error of the file that is wrong."""
        book = read_codebook()
        return cls(QuotaEngine.load(folder, book), Snapshot.load(folder / "snapshot", book), read_policy())

    def quota(self, requests: list[QuotaRequest]) -> list[QuotaDecision]:
        """One decision per request."""
        for request in requests:
            if request.policy_version not in (None, self.policy.version):
                fault = Fault("policy_version", shown(request.policy_version), self.policy.version)
                raise ProblemError("invalid-request", "1 fault(s)", [fault])
        cases = self.snapshot.cases_of(requests)
        return self.engine.decide(cases.frame, cases.known_at, requests, self.policy)

    def points(self, request: PointsRequest) -> dict[str, Any]:
        """Points, what each indicator earned, and what was missing; the personal tier is never shown."""
        cases = self.snapshot.cases_of([request])
        book = self.engine.codebook
        score = {key: _plain(value) for key, value in self.engine.points.score(cases.frame, book).iloc[0].items()}
        earned = self.engine.points.contributions(cases.frame, book).iloc[0]
        row = cases.frame.iloc[0]
        return {
            "uscc": request.uscc,
            "as_of": row["as_of"].date().isoformat(),
            "stage5": row["stage5"],
            "stage3": row["stage3"],
            "score": score,
            "indicators": [
                {
                    "key": item.key,
                    "zh": item.zh,
                    "en": item.en,
                    "unit": item.unit,
                    "value": None if item.personal else _plain(row[item.key]),
                    "points": _plain(earned[item.key]),
                    "missing": _plain(row[item.key]) is None,
                }
                for item in book
            ],
            "versions": {"card": self.engine.points.version, "reference": self.engine.points.reference_version},
        }


def create_app() -> FastAPI:
    """The ASGI application; ``app.state.counter`` is set once the models are loaded."""
    app = FastAPI(title="Innovation points", version="1", docs_url=None, redoc_url=None)
    app.state.counter = None

    @app.post("/v1/quota", openapi_extra=_body(QuotaRequest), response_model=QuotaDecision)
    async def quota(request: Request) -> Response:
        """An indicative quota, the constraint that bound it, and its reasons."""
        asked = _parse(QuotaRequest, await request.body())
        decisions = await run_in_threadpool(_counter(app).quota, [asked])
        return Response(decisions[0].model_dump_json(), media_type="application/json")

    @app.post("/v1/quota/batch", response_model=list[QuotaDecision])
    async def quota_batch(request: Request) -> Response:
        """Up to 500 requests at once; each answer is the one that the request alone would get."""
        raw = _json(await request.body())
        if not isinstance(raw, list) or not 0 < len(raw) <= BATCH_LIMIT:
            found = f"{len(raw)} requests" if isinstance(raw, list) else type(raw).__name__
            raise ProblemError(
                "invalid-request", "", [Fault("(body)", found, f"a list of 1 to {BATCH_LIMIT} requests")]
            )
        asked = [_validate(QuotaRequest, item) for item in raw]
        decisions = await run_in_threadpool(_counter(app).quota, asked)
        text = "[" + ",".join(decision.model_dump_json() for decision in decisions) + "]"
        return Response(text, media_type="application/json")

    @app.post("/v1/points", openapi_extra=_body(PointsRequest))
    async def points(request: Request) -> Response:
        """Innovation points with what every indicator earned."""
        asked = _parse(PointsRequest, await request.body())
        answer = await run_in_threadpool(_counter(app).points, asked)
        return Response(json.dumps(answer, ensure_ascii=False), media_type="application/json")

    @app.exception_handler(ProblemError)
    async def refuse(_: Request, problem: ProblemError) -> Response:
        return problem.response()

    @app.exception_handler(HTTPException)
    async def refuse_route(_: Request, fault: HTTPException) -> Response:
        key = {404: "not-found", 405: "method-not-allowed"}.get(fault.status_code, "invalid-request")
        return ProblemError(key, str(fault.detail)).response()

    return app


def _counter(app: FastAPI) -> Counter:
    counter = app.state.counter
    if not isinstance(counter, Counter):
        raise ProblemError("not-ready", "the models are not loaded yet")
    return counter


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise ProblemError("malformed-json", str(fault)) from fault


def _parse(kind: type[T], body: bytes) -> T:
    return _validate(kind, _json(body))


def _validate(kind: type[T], raw: Any) -> T:
    try:
        return kind.model_validate(raw)
    except ValidationError as fault:
        raise invalid_request(fault) from fault


def _body(kind: type[BaseModel]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": kind.model_json_schema()}}}}


def _plain(value: Any) -> Any:
    """NaN as null, numpy numbers as Python's."""
    if isinstance(value, str):
        return value
    number = value.item() if hasattr(value, "item") else value
    return None if number != number else number
