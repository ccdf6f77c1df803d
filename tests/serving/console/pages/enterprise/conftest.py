"""Views of the console over an open service, for each role, without a browser."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import dash
import pytest
from dash.development.base_component import Component

from serving.auth.access import ROLE_PERMISSIONS
from serving.console.account import Account
from serving.console.page import Console, View


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


@pytest.fixture
def console(shop: Any) -> Iterator[Console]:
    """The console over an open service, whose API runs on a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    made = Console(shop.client.app, shop.client.app.state, dash.Dash("serving.console", add_log_handler=False))
    made.running_loop = loop
    yield made
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def view_of(console: Console, shop: Any) -> Callable[..., View]:
    """Makes a view: of an enterprise by its position in the snapshot, or of another role."""

    def make(firm: int = 0, role: str = "enterprise", lang: Any = "zh", holder: str = "li", **more: Any) -> View:
        name = shop.codes[firm] if role == "enterprise" else {"bank": "standard"}.get(role, "zone")
        permissions = frozenset(ROLE_PERMISSIONS[role]) | frozenset(more.pop("permissions", ()))
        account = Account(f"{role}-{firm}", holder, role, name, holder, permissions, lang)
        return console.view("/", more.pop("params", None), more, account)

    return make
