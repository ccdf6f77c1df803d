"""Two analysts of a console over a store of its own, with quick models and without a running service."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dash
import flask
import pytest
from dash.development.base_component import Component
from starlette.datastructures import State

from models.reform.levers import Packed
from models.reform.read import read_packed
from serving.clock import Clock
from serving.console.account import Account
from serving.console.page import Console, View
from serving.jobs.job import Job
from serving.jobs.store import Jobs
from serving.ledger.ledger import Ledger
from serving.ledger.store import migrate
from tests.serving.console.components import all_of


@pytest.fixture(scope="session")
def packed(trained: Any) -> Packed:
    """Models of the small cohort under the shipped policies and prices."""
    return read_packed(trained.folder)


@pytest.fixture
def rules(packed: Packed, monkeypatch: pytest.MonkeyPatch) -> Packed:
    """The rules in force of every page."""
    for module in ("reform_form", "reform_acts"):
        monkeypatch.setattr(f"serving.console.pages.analyst.{module}.release", lambda: packed)
    monkeypatch.setattr("serving.console.pages.analyst.reform_form.has_draws", lambda: True)
    return packed


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated store's file, which is copied for each test: making one takes longer than most of them."""
    path = tmp_path_factory.mktemp("store") / "ledger.sqlite"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_ledger(empty_store: Path, tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    shutil.copyfile(empty_store, tmp_path / "ledger.sqlite")
    book = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    yield book
    book.close()


@pytest.fixture
def console(sqlite_ledger: Ledger) -> Console:
    """A registry over the store; no page reaches the API."""
    worker = SimpleNamespace(ledger=sqlite_ledger, service=SimpleNamespace(clock=Clock("Asia/Shanghai")))
    app = dash.Dash("analyst", server=flask.Flask("analyst", static_folder=None), use_async=False)
    made = Console(api_app=None, state=State({"worker": worker}), dash_app=app)  # type: ignore[arg-type]
    made.running_loop = object()  # type: ignore[assignment]  # nothing here reaches the API
    return made


@pytest.fixture
def view_of(console: Console, monkeypatch: pytest.MonkeyPatch) -> Callable[..., View]:
    """Makes the view of an analyst; what it records is kept in ``records``."""

    def make(name: str = "one", lang: str = "zh", params: Any = None, query: Any = None) -> View:
        account = Account(name, name, "policy_analyst", "zone", f"Analyst {name}", frozenset({"reform"}), lang)  # type: ignore[arg-type]
        made = View(console, account, "/", params, query)
        made.records = []  # type: ignore[attr-defined]
        monkeypatch.setattr(View, "record", lambda self, act, subject, note: self.records.append((act, subject)))
        return made

    return make


@pytest.fixture
def jobs(sqlite_ledger: Ledger) -> Jobs:
    """The store's jobs."""
    return Jobs(sqlite_ledger)


def words(component: Any) -> str:
    """Every text that a person reads or hears in a component, one after the other."""
    return " ".join(_texts(component))


def _texts(component: Any) -> Iterator[str]:
    if isinstance(component, list | tuple):
        for one in component:
            yield from _texts(one)
    elif isinstance(component, str | int | float) and not isinstance(component, bool):
        yield str(component)
    elif component is not None and isinstance(component, Component):
        for name in ("title", "label", "description", "children"):
            yield from _texts(getattr(component, name, None))
        data = getattr(component, "data", None)
        if isinstance(data, list):
            yield from (str(one["label"]) for one in data if isinstance(one, dict) and "label" in one)


def every_id(component: Any) -> list[Any]:
    """Every id on a page."""
    return [one.id for one in all_of(component) if getattr(one, "id", None) is not None]


def ended(jobs: Jobs, job: Job, state: str, folder: Path | None = None, **values: Any) -> Job:
    """A job as a worker would have ended it."""
    from serving.jobs.claims import Claims

    claims = Claims(jobs, "worker", [job.kind])
    claim = claims.claim()
    assert claim is not None
    assert claim.job.job_id == job.job_id
    if state == "done":
        claim.folder.mkdir(parents=True)
        for name, content in values["files"].items():
            (claim.folder / name).write_text(content, encoding="utf-8")
        claims.done(claim, {**values.get("result", {}), "files": sorted(values["files"])})
    else:
        claims.broken(claim, values["problem"])
    return jobs.find(job.job_id, job.account_id)
