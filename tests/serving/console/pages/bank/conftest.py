"""A bank's people and an enterprise over an open service, without a browser."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import dash
import pytest

from serving.auth.access import ROLE_PERMISSIONS
from serving.console.account import Account
from serving.console.page import Console, View


@dataclass
class People:
    """An enterprise that applies, and persons of banks."""

    console: Console
    shop: Any

    def view(
        self, holder: str = "李一", bank: str = "standard", lang: Any = "zh", params: Any = None, **more: Any
    ) -> View:
        """What one person of a bank sees; ``more`` are the address's query, or permissions that are added."""
        permissions = frozenset(ROLE_PERMISSIONS["bank"]) | frozenset(more.pop("permissions", ()))
        account = Account(f"a-{holder}", holder, "bank", bank, holder, permissions, lang)
        return self.console.view("/", params, more, account)

    def apply(self, firm: int = 0, *banks: str, **changes: Any) -> Any:
        """The bank applications of one enterprise."""
        body = {"request_id": f"apply-{firm}", "banks": list(banks or ("standard",)), "requested_amount_cny": 3_000_000}
        key = self.shop.key(self.shop.codes[firm], "enterprise", holder="founder")
        answer = self.shop.client.post("/v1/applications", json=body | changes, headers=key)
        assert answer.status_code == 201, answer.text
        return answer.json()["bank_applications"]

    def revoke(self, application: Any) -> None:
        """The enterprise ends the consent of an application."""
        key = self.shop.key(application["uscc"], "enterprise", holder="founder")
        address = f"/v1/consents/{application['consent']['id']}/revoke"
        answer = self.shop.client.post(address, json={"reason": "another bank"}, headers=key)
        assert answer.status_code == 200, answer.text
        self.shop.worker.refresh()

    def quota(self, application: Any, **changes: Any) -> Any:
        """The bank's decision about an application under its consent."""
        body = {
            "request_id": f"q-{application['bank_application_id']}",
            "uscc": application["uscc"],
            "requested_amount_cny": application["request"]["requested_amount_cny"],
            "consent": application["consent"],
        }
        return self.view(bank=application["bank_id"]).api.post("/v1/quota", body | changes)

    @property
    def today(self) -> date:
        return self.shop.worker.params.today()

    def of_outcome(self, outcome: str, bank: str = "standard") -> int:
        """The position of the first enterprise that the bank's policy decides so about."""
        from data.requests import QuotaRequest

        policy = self.shop.worker.policies.policy_of(bank)
        for position, code in enumerate(self.shop.codes):
            request = QuotaRequest(request_id="x", bank_id=bank, uscc=code, requested_amount_cny=3_000_000)
            if self.shop.worker.service.quota(request, policy)["outcome"] == outcome:
                return position
        raise AssertionError(outcome)


class Captured:
    """A registry that keeps the functions of callbacks."""

    def __init__(self, register: Callable[[Any], None]) -> None:
        self.functions: dict[str, list[Callable[..., Any]]] = {}
        self.permissions: set[tuple[tuple[str, ...], str]] = set()
        register(self)

    def add(self, *_: Any) -> None:
        """Pages are no callbacks."""

    download = add

    def callback(self, *_: Any, roles: Any, permission: str, **__: Any) -> Callable[[Any], Any]:
        def keep(function: Any) -> Any:
            self.functions.setdefault(function.__name__, []).append(function)
            self.permissions.add((tuple(roles), permission))
            return function

        return keep


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop that runs, as that of the API."""
    made = asyncio.new_event_loop()
    thread = threading.Thread(target=made.run_forever, daemon=True)
    thread.start()
    yield made
    made.call_soon_threadsafe(made.stop)
    thread.join(timeout=10)


@pytest.fixture
def people(shop: Any, loop: asyncio.AbstractEventLoop) -> People:
    """Everybody over one open service."""
    app = shop.client.app
    console = Console(app, app.state, dash.Dash("serving.console", add_log_handler=False))
    console.running_loop = loop
    return People(console, shop)
