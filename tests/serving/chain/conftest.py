"""The chains of a planted release, and who asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from data.events import EventStore
from data.uscc import fictitious_uscc
from serving.auth.access import Caller
from serving.chain.service import ChainService
from tests.serving.chain.planted import planted_chain

CODES = [fictitious_uscc(number) for number in range(4)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    """An empty store of events."""
    opened = EventStore(f"sqlite:///{tmp_path / 'events.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def chains(tmp_path: Path, store: EventStore) -> ChainService:
    """The small chain with firms on it; nobody has withdrawn."""
    matching = SimpleNamespace(withdrawn=store.withdrawn, today=lambda: dt.date(2024, 7, 1), store=store)
    return planted_chain(tmp_path / "release", CODES, matching)


@pytest.fixture
def caller() -> SimpleNamespace:
    """The zone, an enterprise of the small chain, and a bank."""
    return SimpleNamespace(
        zone=Caller("zone", "operator", "wang", "", frozenset()),
        firm=Caller(CODES[0], "enterprise", CODES[0], "", frozenset()),
        bank=Caller("standard", "bank", "li", "", frozenset()),
    )
