"""The operator's schemas check what arrives; what was kept before stays readable."""

import datetime as dt

import pytest

from data.clearance.records import MessageError
from data.events import EventStore
from data.ingest.messages.read import read_message
from serving.clearance.schemas import SCHEMAS, checked_reader
from serving.clearance.store import MessageStore, Source
from tests.serving.clearance.planted_release import receipt

pytestmark = pytest.mark.contract
AT = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def test_without_a_folder_nothing_is_checked_and_a_folder_without_schemas_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv(SCHEMAS, raising=False)
    assert checked_reader()(receipt("7")).schema == "not_checked"
    monkeypatch.setenv(SCHEMAS, str(tmp_path))
    with pytest.raises(ValueError, match="no schema found"):
        checked_reader()


def test_what_was_kept_is_never_refused_afterwards(tmp_path):
    def strict(raw):
        raise MessageError("schema_invalid", "element", "a valid one", 1, 1)

    events = EventStore(f"sqlite:///{tmp_path / 'e.sqlite'}")
    assert MessageStore(events, read_message).receive(receipt("7"), Source("operator", "zone"), AT).new
    later = MessageStore(events, read_message, strict)
    assert later.receive(receipt("L"), Source("operator", "zone"), AT).refusal.code == "schema_invalid"
    assert [one.message.events[0].code for one in later.newer(0)] == ["7"]
    events.close()
