"""Messages by declaration: own numbers that two firms share join nothing."""

import datetime as dt

import pytest

from data.ingest.messages.read import read_message
from models.clearance.table import tables
from serving.clearance.linked import arrived, events_of, of_one, parties_of, separated
from serving.clearance.store import Kept, Source
from tests.serving.clearance.planted_release import declaration, receipt, response

pytestmark = pytest.mark.law
ZONE, AT = Source("operator", "zone"), dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
ONE, TWO = "91330000TEST000001", "91330000TEST000002"
RESULT = (
    "<DEC_RESULT><CUS_CIQ_NO>{}</CUS_CIQ_NO><NOTICE_DATE>2026-03-01T20:58:36</NOTICE_DATE><CHANNEL>{}</CHANNEL>"
    "</DEC_RESULT>"
)
BATCH = f"<DEC_DATA>{RESULT.format('E7', '7')}{RESULT.format('E8', 'L')}</DEC_DATA>".encode()


def pieces(*raws):
    made = [Kept(at, f"m{at}", AT, ZONE, False, read_message(raw)) for at, raw in enumerate(raws)]
    return [piece for one in made for piece in one.pieces]


def sequences(some):
    return [one.kept.sequence for one in some]


def test_a_shared_own_number_joins_nothing_and_finds_nothing():
    held = pieces(response("E7", "T7"), response("E8", "T7"), receipt("7", "E8"), declaration(ONE, "T7"))
    assert sorted(sequences(some) for some in separated(held)) == [[0], [1, 2], [3]]
    assert sequences(of_one(held, "E8")) == [1, 2]
    assert of_one(held, "T7") == []
    assert separated([]) == []


def test_a_message_about_two_declarations_is_taken_apart():
    held = pieces(response("E7", "T7"), response("E8", "T8"), BATCH, declaration(ONE, "T7"), declaration(TWO, "T8"))
    first, second = of_one(held, "E7"), of_one(held, "E8")
    assert (parties_of(first) >= {ONE}, TWO in parties_of(first)) == (True, False)
    assert [event.code for event in events_of(second)] == ["0", "L"]
    assert [event.code for event in events_of(first)] == ["0", "7"]


def test_firms_that_have_nothing_in_common_name_nobody():
    held = pieces(declaration(ONE, "T7"), declaration(TWO, "T7"))
    assert parties_of(held) == frozenset()
    assert parties_of(held[:1]) >= {ONE}
    assert parties_of([]) == frozenset()


def test_the_pieces_make_tables_of_that_declaration_alone():
    held = of_one(pieces(response("E7", "T7"), response("E8", "T8"), BATCH), "E7")
    made = tables(arrived(held))
    assert list(made.declarations["seq_no"]) == ["E7"]
    assert sorted(made.events["code"]) == ["0", "7"]
