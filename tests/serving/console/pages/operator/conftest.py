"""Two operators and a zone officer over one open service, without a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from serving.console.accounts import Accounts
from serving.console.page import Console, View
from serving.decide.decision_service import DecisionService
from tests.serving.conftest import Shop, opened_shops
from tests.serving.console.pages.enterprise.conftest import console, view_of, words
from tests.serving.console.signed_in import QUICK

__all__ = ["console", "view_of", "words"]


@pytest.fixture(scope="module")
def shop(service: DecisionService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """An open service for one module."""
    folder = tmp_path_factory.mktemp("operator")
    with opened_shops(service, folder) as open_one:
        yield open_one(f"sqlite:///{folder / 'shop.sqlite'}")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords that take no time."""
    monkeypatch.setattr("serving.console.accounts.usual_passwords", lambda: QUICK)


@pytest.fixture
def operator(view_of: Callable[..., View]) -> Callable[..., View]:
    """The view of an operator by name."""

    def make(holder: str = "li", **more: Any) -> View:
        return view_of(role="operator", holder=holder, **more)

    return make


@pytest.fixture
def accounts(shop: Shop) -> Accounts:
    """The accounts of the open service."""
    return Accounts(shop.worker.ledger, QUICK)


def waits(console: Console, view: View) -> dict[str, int]:
    """What the start page lists for a person: sentences and how many."""
    from serving.console.page import waiting_for

    found = [one for source in waiting_for(console, view.account.role) for one in source(view)]
    return {one.text: one.count for one in found}
