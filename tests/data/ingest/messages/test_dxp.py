"""An envelope is read with what it carries, or refused with it."""

import pytest

from data.clearance.records import MessageError
from data.ingest.messages.build import build
from data.ingest.messages.dxp import MAX_ENVELOPES
from data.ingest.messages.read import read_message

pytestmark = pytest.mark.contract


def enveloped(inner):
    add = {"FileName": "f", "IcCard": "1", "BizKey": {"RetType": "1", "DealFlag": "0"}}
    info = {"SenderId": "SW", "ReceiverIds": {"ReceiverId": ["A", "B"]}, "MsgType": "DECCUS001"}
    return build("dxp", {"TransInfo": info, "Data": inner, "AddInfo": add})


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
def test_the_message_inside_is_what_it_is_alone(receipt, encoding):
    read = read_message(enveloped(receipt(encoding)))
    assert read.inner == (read_message(receipt(encoding)),)
    assert read.keys == read.inner[0].keys
    expected = {"SenderId": "SW", "ReceiverId[1]": "A", "ReceiverId[2]": "B", "MsgType": "DECCUS001", "FileName": "f"}
    assert read.values == expected | {"RetType": "1", "DealFlag": "0"}


def test_an_envelope_with_the_numbers_of_servers_around_it_says_the_same(receipt):
    inside = enveloped(receipt())
    raw = b"<DxpMsgSv><SvNo><MsgId>1</MsgId></SvNo>" + inside.partition(b"?>")[2] + b"</DxpMsgSv>"
    assert read_message(raw).inner == read_message(inside).inner
    assert read_message(raw).values == read_message(inside).values
    with pytest.raises(MessageError):
        read_message(b"<DxpMsgSv/>")


def test_envelopes_in_envelopes_end(receipt):
    raw = receipt()
    for _ in range(MAX_ENVELOPES):
        raw = enveloped(raw)
    assert read_message(raw).keys
    with pytest.raises(MessageError) as refusal:
        read_message(enveloped(raw))
    assert refusal.value.code == "too_many_envelopes"


def test_what_cannot_be_read_inside_is_refused_outside(receipt):
    with pytest.raises(MessageError) as refusal:
        read_message(enveloped(receipt()[:-20]))
    assert refusal.value.code == "not_well_formed"
    for raw, code in (
        (enveloped(receipt()).replace(b"<Data>", b"<Data>*"), "not_base64"),
        (b"<DxpMsg/>", "missing_element"),
        (b"<DxpMsg><Data/><Data/></DxpMsg>", "repeated_element"),
        (b"<DxpMsg><Data/></DxpMsg>", "empty"),
    ):
        with pytest.raises(MessageError) as refusal:
            read_message(raw)
        assert refusal.value.code == code
