"""A message store in a folder, and the changes of its messages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.events import EventStore
from serving.clearance.changes import StoredChanges
from serving.clearance.store import MessageStore
from tests.serving.clearance.planted import read, status


@pytest.fixture
def events(tmp_path: Path) -> Iterator[EventStore]:
    made = EventStore(f"sqlite:///{tmp_path / 'events.sqlite'}")
    yield made
    made.close()


@pytest.fixture
def messages(events: EventStore) -> MessageStore:
    return MessageStore(events, read)


@pytest.fixture
def changes(messages: MessageStore) -> StoredChanges:
    return StoredChanges(messages, status)
