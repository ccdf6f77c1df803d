"""What a message holds: equal content has equal digests, and a message names every number in it once."""

import dataclasses
import datetime as dt

import pytest

from data.clearance.records import ENTRY_ID, SEQ_NO, CaseEvent, Declaration, MessageError, ReadMessage

pytestmark = pytest.mark.law
AT = dt.datetime(2026, 3, 1, 12, 58, 44, tzinfo=dt.UTC)
EVENT = CaseEvent(((SEQ_NO, "E1"), (ENTRY_ID, "2901")), "single_window", "J", AT, "2026-03-01T20:58:44", "审结")


def test_a_digest_is_of_the_content_and_not_of_the_order_of_numbers():
    turned = dataclasses.replace(EVENT, keys=EVENT.keys[::-1])
    assert turned.digest == EVENT.digest
    for changed in ({"code": "P"}, {"at_text": "2026-03-01"}, {"note": ""}, {"values": {"D_DATE": "1"}}):
        assert dataclasses.replace(EVENT, **changed).digest != EVENT.digest


def test_a_message_names_the_numbers_of_its_events_its_declaration_and_what_it_carries():
    declaration = Declaration((("client_seq_no", "T1"),), "single_window", "4.8", (), {})
    inner = ReadMessage("sw.receipt", "", "single_window", "utf-8", "d", b"", (EVENT,))
    outer = ReadMessage("dxp", "1.0", "single_window", "utf-8", "e", b"", (), declaration, inner=(inner, inner))
    assert outer.keys == (("client_seq_no", "T1"), ("entry_id", "2901"), ("seq_no", "E1"))


def test_a_refusal_gives_where_what_and_what_is_allowed():
    fault = MessageError("not_well_formed", "x" * 200, "XML 1.0", 3, 7)
    assert str(fault) == f"line 3, column 7: not_well_formed: found {'x' * 80}; allowed: XML 1.0"
