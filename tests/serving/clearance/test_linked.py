"""Messages by declaration: own numbers that two firms share join nothing."""

import datetime as dt

import pytest

from data.ingest.messages.read import read_message
from serving.clearance.linked import events_of, of_one, parties_of, separated
from serving.clearance.store import Kept, Source
from tests.serving.clearance.planted_release import declaration, receipt, response

pytestmark = pytest.mark.law
ZONE, AT = Source("operator", "zone"), dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
ONE = "91330000TEST000001"


def kept(*raws):
    return [Kept(at, f"m{at}", AT, ZONE, False, read_message(raw)) for at, raw in enumerate(raws)]


def test_a_shared_own_number_joins_nothing_and_finds_nothing():
    held = kept(response("E7", "T7"), response("E8", "T7"), receipt("7", "E8"), declaration(ONE, "T7"))
    assert sorted([one.sequence for one in some] for some in separated(held)) == [[0], [1, 2], [3]]
    assert [one.sequence for one in of_one(held, "E8", None)] == [1, 2]
    assert of_one(held, "T7", None) == []
    assert [one.sequence for one in of_one(held, "T7", ONE)] == [3]
    assert separated([]) == []


def test_what_messages_say_and_name():
    held = kept(declaration(ONE), response(), receipt("7"))
    assert [event.code for event in events_of(held)] == ["0", "7"]
    assert parties_of(held) >= {ONE}
