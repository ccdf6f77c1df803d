"""CDS: a notification is an event under LRN and MRN; blanks in codes and two-digit offsets are read."""

import datetime as dt

import pytest

from data.clearance.records import LRN, MRN, MessageError
from data.ingest.messages.read import read_message

pytestmark = pytest.mark.contract
NUMBERS = "<Declaration><FunctionalReferenceID>L9</FunctionalReferenceID><ID>26GB9</ID></Declaration>"


def notification(code="01", time="20260613172216+01", numbers=NUMBERS, more=""):
    return (
        f"<MetaData><WCODataModelVersionCode>3.6</WCODataModelVersionCode><Response><FunctionCode>{code}</FunctionCode>"
        f"<IssueDateTime><DateTimeString>{time}</DateTimeString></IssueDateTime>{more}{numbers}</Response></MetaData>"
    ).encode()


def test_a_notification_is_an_event_under_both_numbers():
    read = read_message(notification())
    event = read.events[0]
    assert (read.kind, read.version, event.dialect, event.code) == ("cds.notification", "3.6", "cds", "01")
    assert event.keys == ((LRN, "L9"), (MRN, "26GB9"))
    assert event.at == dt.datetime(2026, 6, 13, 16, 22, 16, tzinfo=dt.UTC)
    assert read.remarks == ()


def test_blanks_inside_a_code_are_passed_over_and_remarked():
    read = read_message(notification(code="1\n 6 "))
    assert read.events[0].code == "16"
    assert [remark.code for remark in read.remarks] == ["blanks_in_code"]


def test_a_time_without_zone_is_no_instant_and_codes_beside_are_kept():
    more = "<Error><ValidationCode>CDS12005</ValidationCode></Error><Status><NameCode>39</NameCode></Status>"
    read = read_message(notification(time="20260613172216", more=more))
    assert (read.events[0].at, read.events[0].at_text) == (None, "20260613172216")
    assert (read.events[0].values["ValidationCode"], read.events[0].values["Status"]) == ("CDS12005", "39")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (notification(code=""), "missing_element"),
        (notification(numbers=""), "no_key"),
        (notification(numbers=NUMBERS + NUMBERS.replace("26GB9", "26GB8")), "contradicting_keys"),
        (b"<MetaData/>", "missing_element"),
        (b"<submitDeclarationRequest/>", "missing_element"),
    ],
)
def test_a_notification_that_says_nothing_certain_is_refused(raw, code):
    with pytest.raises(MessageError) as refusal:
        read_message(raw)
    assert refusal.value.code == code


def test_a_declaration_is_read_without_names_and_addresses_within_its_request_too():
    body = (
        "<MetaData><Declaration><FunctionalReferenceID>L9</FunctionalReferenceID><TypeCode>IMA</TypeCode>"
        "<Importer><Name>Some One</Name><ID>GB000000000009</ID><Address><Line>1 Some Street</Line></Address></Importer>"
        "<GoodsShipment><GovernmentAgencyGoodsItem><SequenceNumeric>1</SequenceNumeric><Commodity><Description>d"
        "</Description></Commodity></GovernmentAgencyGoodsItem><Seal><A>1</A></Seal><Seal><A>2</A></Seal>"
        "</GoodsShipment></Declaration></MetaData>"
    )
    for raw in (body, f"<submitDeclarationRequest><requestDetail>{body}</requestDetail></submitDeclarationRequest>"):
        made = read_message(raw.encode()).declaration
        assert (made.keys, made.parties) == (((LRN, "L9"),), ("GB000000000009",))
        assert made.goods == ({"SequenceNumeric": "1", "Commodity/Description": "d"},)
        assert (made.head["GoodsShipment/Seal[2]/A"], made.head["TypeCode"]) == ("2", "IMA")
        assert "Some" not in str(made)
    assert [remark.code for remark in read_message(b"<MetaData><Declaration/></MetaData>").remarks] == ["no_key"]


def test_a_movement_goes_under_its_consignment_reference():
    raw = b"<x:inventoryLinkingMovementRequest xmlns:x='urn:x'><x:messageCode>EDL</x:messageCode>"
    raw += b"<x:ucrBlock><x:ucr>U9</x:ucr></x:ucrBlock>"
    raw += b"<x:goodsDepartureDateTime>2026-06-13T16:22:16Z</x:goodsDepartureDateTime>"
    event = read_message(raw + b"</x:inventoryLinkingMovementRequest>").events[0]
    assert (event.keys, event.code, event.dialect) == ((("ucr", "U9"),), "EDL", "cds_movement")
    assert event.at == dt.datetime(2026, 6, 13, 16, 22, 16, tzinfo=dt.UTC)
    empty = read_message(b"<inventoryLinkingConsolidationRequest/>")
    assert (empty.events, [remark.code for remark in empty.remarks]) == ((), ["no_key"])
