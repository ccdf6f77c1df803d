"""A small console for the tests of accounts, sessions and the guard, with quick passwords."""

from __future__ import annotations

import pytest

from serving.ledger.ledger import Ledger
from tests.serving.console.signed_in import QUICK, Browser, Small


@pytest.fixture
def small(sqlite_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Small:
    """A console of one page over an empty store."""
    monkeypatch.setattr("serving.console.accounts.usual_passwords", lambda: QUICK)
    return Small(sqlite_ledger)


@pytest.fixture
def browser(small: Small) -> Browser:
    """A browser that nobody has signed in from."""
    return Browser(small)
