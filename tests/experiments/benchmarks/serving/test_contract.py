"""The service keeps its own OpenAPI document: Schemathesis over every route, with every check.

A short run of the campaign of ``python -m experiments bench serving --only schemathesis``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import orjson
import pytest
from starlette.applications import Starlette

from experiments.benchmarks.serving.contract import campaign
from experiments.benchmarks.serving.inside import ask, open_app
from experiments.benchmarks.serving.world import World

pytestmark = pytest.mark.contract
PARAMS = Path("params.yaml")


@pytest.mark.filterwarnings("ignore")  # Schemathesis's and Hypothesis's own
def test_schemathesis_finds_nothing(tmp_path: Path, trained: SimpleNamespace) -> None:
    """Statuses, media types, schemas, keys, wrong and right data: a hundred requests, all checks pass."""
    with open_app(trained.folder, PARAMS, f"sqlite:///{tmp_path}/ledger.sqlite") as (app, world):
        found = campaign(app, world, cases=100, seed=20_240_630, coverage=False)
    assert found["holds"], found["errors"] + found["cases"]
    assert found["statuses"]["200"] > 20
    assert {"negative_data_rejection", "positive_data_acceptance", "ignored_auth"} <= set(found["checks"])


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, trained: SimpleNamespace) -> Iterator[tuple[Starlette, World]]:
    """The application and its world, for requests that leave nothing behind."""
    folder = tmp_path_factory.mktemp("opened")
    with open_app(trained.folder, PARAMS, f"sqlite:///{folder}/ledger.sqlite") as both:
        yield both


def test_what_json_allows_and_the_ledger_cannot_write_is_refused(opened: tuple[Starlette, World]) -> None:
    """A release whose body has a number past 64 bits or hundreds of levels is a 422, not a fault of ours."""
    deep: list[object] = []
    for _ in range(180):
        deep = [deep]
    app, world = opened
    headers = tuple((name.lower().encode(), value.encode()) for name, value in world.headers("operator").items())
    for value in (str(2**70), orjson.dumps(deep).decode().replace("[]", "[" * 100 + "]" * 100)):
        body = f'{{"what":"model","owner":"*","version":"m","reason":"r","body":{{"n":{value}}}}}'.encode()
        received = asyncio.run(ask(app, "POST", "/v1/releases", headers, body))
        assert received.status in (400, 422), received.body


def test_a_length_of_thousands_of_digits_is_refused(opened: tuple[Starlette, World]) -> None:
    """A declared length that no number type holds is too large a body."""
    app, world = opened
    headers = [(name.lower().encode(), value.encode()) for name, value in world.headers().items()]
    received = asyncio.run(ask(app, "POST", "/v1/quota", [*headers, (b"content-length", b"1" * 5_000)], b"{}"))
    assert received.status == 413
