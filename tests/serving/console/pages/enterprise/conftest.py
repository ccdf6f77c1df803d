"""Views of the console over an open service, for each role, without a browser."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from dash.development.base_component import Component

from serving.auth.access import ROLE_PERMISSIONS
from serving.console.account import Account
from serving.console.app import make_console
from serving.console.page import Console, View
from serving.decide.decision_service import DecisionService
from tests.serving.conftest import Shop, opened_shops


def words(part: Any) -> str:
    """Everything that a component and what is in it shows as text, in order, a line each."""
    found: list[str] = []

    def read(one: Any) -> None:
        if isinstance(one, list | tuple):
            for inner in one:
                read(inner)
        elif isinstance(one, Component):
            for name in ("title", "label", "description", "children"):
                read(getattr(one, name, None))
        elif one is not None and not isinstance(one, bool):
            found.append(str(one))

    read(part)
    return "\n".join(found)


@pytest.fixture(scope="module")
def shop(service: DecisionService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """An open service for one module: each test takes another enterprise of it."""
    folder = tmp_path_factory.mktemp("console")
    with opened_shops(service, folder) as open_one:
        yield open_one(f"sqlite:///{folder / 'shop.sqlite'}")


@pytest.fixture(scope="module")
def console(shop: Shop) -> Iterator[Console]:
    """The console over it, with every page, whose API runs on a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    made = make_console(shop.client.app)
    made.running_loop = loop
    yield made
    loop.call_soon_threadsafe(loop.stop)
    thread.join(timeout=10)


@pytest.fixture
def view_of(console: Console, shop: Shop) -> Callable[..., View]:
    """Makes a view: of an enterprise by its position in the snapshot, or of another role."""

    def make(firm: int = 0, role: str = "enterprise", lang: Any = "zh", holder: str = "li", **more: Any) -> View:
        name = shop.codes[firm] if role == "enterprise" else {"bank": "standard"}.get(role, "zone")
        permissions = frozenset(ROLE_PERMISSIONS[role]) | frozenset(more.pop("permissions", ()))
        account = Account(f"{role}-{firm}", holder, role, name, holder, permissions, lang)
        return console.view("/", more.pop("params", None), more, account)

    return make
