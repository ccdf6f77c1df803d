"""Views of the records' pages over an open service, without a browser, and the words that a page shows."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from dash.development.base_component import Component

from data.uscc import fictitious_uscc
from serving.auth.access import ROLE_PERMISSIONS
from serving.console.account import Account
from serving.console.page import Console, View
from serving.decide.decision_service import DecisionService
from tests.serving.conftest import Shop, opened_shops

STRANGER = fictitious_uscc(987)
READ = ("title", "label", "placeholder", "description", "children", "columnDefs", "rowData", "data")


def words(part: Any) -> str:
    """Everything that a component and what is in it shows as text, the cells of grids included, a line each."""
    found: list[str] = []

    def read(one: Any) -> None:
        if isinstance(one, list | tuple):
            for inner in one:
                read(inner)
        elif isinstance(one, dict):
            read([value for key, value in one.items() if key not in ("id", "href", "field", "value")])
        elif isinstance(one, Component):
            for name in READ:
                if not (name == "data" and type(one).__name__ == "Store"):
                    read(getattr(one, name, None))
        elif one is not None and not isinstance(one, bool):
            found.append(str(one))

    read(part)
    return "\n".join(found)


def every(part: Any, kind: str) -> list[Any]:
    """Every component of a kind within another."""
    if isinstance(part, list | tuple):
        return [one for child in part for one in every(child, kind)]
    if not isinstance(part, Component):
        return []
    found = [part] if type(part).__name__ == kind else []
    return found + every(getattr(part, "children", None), kind)


def grid_rows(part: Any, name: str) -> list[dict[str, Any]]:
    """The rows of the grid of this name."""
    (found,) = (one for one in every(part, "AgGrid") if one.id == name)
    return found.rowData


def links(part: Any) -> dict[str, str]:
    """Address by words of every link."""
    return {words(one): one.href for one in every(part, "A")}


@pytest.fixture(scope="module")
def record_shop(service: DecisionService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """An open service for one module, with the planted records of the first firm of its snapshot."""
    folder = tmp_path_factory.mktemp("records")
    with opened_shops(service, folder) as open_one:
        yield open_one(f"sqlite:///{folder / 'shop.sqlite'}")


@pytest.fixture(scope="module")
def api_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop on a thread of its own, as the service has one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join(timeout=10)


@pytest.fixture
def seen_by(record_shop: Shop, api_loop: asyncio.AbstractEventLoop) -> Callable[..., View]:
    """Makes the view of a role at a query; the enterprise is the first of the snapshot unless another is named."""
    app = record_shop.client.app
    console = Console(app, app.state, SimpleNamespace(), running_loop=api_loop)  # type: ignore[arg-type]

    def view(role: str = "zone_officer", lang: Any = "zh", name: str = "", **query: str) -> View:
        caller = name or (record_shop.codes[0] if role == "enterprise" else "zone")
        account = Account(role, role, role, caller, f"{role} of the tests", frozenset(ROLE_PERMISSIONS[role]), lang)
        return console.view("/", None, query, account)

    return view
