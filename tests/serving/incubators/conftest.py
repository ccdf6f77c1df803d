"""The registry worked by hand, opened once; a test that writes opens one of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data.uscc import fictitious_uscc
from serving.auth.access import Caller
from serving.incubators.service import INCUBATORS_OFF, IncubatorsService
from serving.matching.packed import FirstUse
from tests.serving.incubators.planted_registry import TODAY, entry_store, planted_incubators

USCC = fictitious_uscc(5)
ZONE = Caller("zone", "operator", "wang", "k1", frozenset())


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IncubatorsService]:
    """For tests that read."""
    made = planted_incubators(tmp_path_factory.mktemp("registry"), USCC)
    yield made
    made.close()


@pytest.fixture
def own_service(tmp_path: Path, service: IncubatorsService) -> Iterator[IncubatorsService]:
    """For a test that writes."""
    made = planted_incubators(tmp_path, USCC)
    made.board.expect(service.state())  # checked once for all of them
    yield made
    made.close()


@pytest.fixture
def of_entries(tmp_path: Path) -> Iterator[Callable[..., IncubatorsService]]:
    """Opens services over versions that a test gives."""
    opened: list[IncubatorsService] = []

    def open_one(entries=(), name="a"):
        store = entry_store(tmp_path / name, entries)
        opened.append(IncubatorsService.made_of(FirstUse(lambda: store, INCUBATORS_OFF), lambda: TODAY))
        opened[-1].stores.get()
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()
