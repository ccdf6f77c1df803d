"""Cross-border e-commerce messages: a record is an event under its numbers, and no buyer leaves the bytes."""

import datetime as dt

import pytest

from data.clearance.records import COP_NO, INVT_NO, ORDER_NO, PRE_NO, MessageError
from data.ingest.messages.build import build
from data.ingest.messages.elements import element_table
from data.ingest.messages.read import read_message

pytestmark = pytest.mark.contract
GUID = "4CDE1CFD-0000-0000-0000-000000000009"
RETURN = {
    "guid": GUID,
    "customsCode": "2901",
    "copNo": "C9",
    "preNo": "B9",
    "invtNo": "I9",
    "returnStatus": "800",
    "returnTime": "20260301205844999",
    "returnInfo": "放行",
}
HEAD = {"guid": GUID, "appStatus": "2", "appTime": "20260301205844", "copNo": "C9", "orderNo": "O9", "ebcCode": "1"}
PERSON = {"buyerName": "某某某", "buyerTelephone": "10000000000", "consigneeAddress": "某地", "buyerIdNumber": "0"}
SIGNATURE = (
    '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:SignatureMethod Algorithm="{}"/>'
    "</ds:SignedInfo></ds:Signature>"
)


def test_each_record_of_an_answer_is_an_event():
    records = [RETURN, RETURN | {"copNo": "C8", "returnStatus": "23", "returnTime": ""}]
    read = read_message(build("ceb.CEB622Message", {"@guid": GUID, "InventoryReturn": records}))
    first, second = read.events
    assert first.keys == ((COP_NO, "C9"), (PRE_NO, "B9"), (INVT_NO, "I9"))
    assert (first.dialect, first.code, first.note, first.office) == ("ceb", "800", "放行", "2901")
    assert first.at == dt.datetime(2026, 3, 1, 12, 58, 44, 999000, tzinfo=dt.UTC)
    assert (first.values["message"], second.code, second.at) == ("CEB622Message", "23", None)
    assert (read.kind, read.values["edition"], read.remarks) == ("ceb.CEB622Message", "unknown", ())


@pytest.mark.parametrize(
    ("kind", "record", "dialect"),
    [
        ("CEB604Message", "InventoryReturn", "ceb"),
        ("CEB624Message", "InvtCancelReturn", "ceb_cancellation"),
        ("CEB606Message", "InvtCancelReturn", "ceb_cancellation"),
        ("CEB626Message", "InvtRefundReturn", "ceb_document"),
        ("CEB712Message", "DeliveryReturn", "ceb_document"),
    ],
)
def test_a_code_is_of_the_document_that_it_answers(kind, record, dialect):
    known = element_table("ceb")[f"{kind}/{record}"]
    members = {name: text for name, text in RETURN.items() if name in known}
    assert read_message(build(f"ceb.{kind}", {record: members})).events[0].dialect == dialect


def test_a_single_list_is_a_declaration_without_its_buyer():
    head = {
        name: text
        for name, text in (HEAD | PERSON).items()
        if name in element_table("ceb")["CEB621Message/Inventory/InventoryHead"]
    }
    inventory = {"InventoryHead": head, "InventoryList": [{"gnum": "1", "gcode": "85258919"}, {"gnum": "2"}]}
    read = read_message(build("ceb.CEB621Message", {"Inventory": inventory, "BaseTransfer": {"copCode": "1"}}))
    assert read.declaration.keys == ((COP_NO, "C9"), (ORDER_NO, "O9"))
    assert read.declaration.goods == ({"gnum": "1", "gcode": "85258919"}, {"gnum": "2"})
    assert (read.declaration.parties, read.values["copCode"]) == (("1",), "1")
    assert read.events[0].code == "2"
    assert not [text for text in PERSON.values() if len(text) > 1 and text in f"{read.declaration}{read.events}"]
    two = read_message(build("ceb.CEB621Message", {"Inventory": [inventory, inventory]}))
    assert two.declaration is None
    assert len(two.events) == 2


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", "2018"),
        ("http://www.chinaport.gov.cn/2022/04/xmldsig#sm2-sm3", "2022"),
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "unknown"),
    ],
)
def test_the_edition_is_seen_by_the_signature(algorithm, expected):
    raw = build("ceb.CEB622Message", {"InventoryReturn": RETURN})
    signed = raw.replace(b"</CEB622Message>", SIGNATURE.format(algorithm).encode() + b"</CEB622Message>")
    assert read_message(signed).values["edition"] == expected


def test_documents_without_a_number_of_a_list_go_under_their_own():
    order = {"payTransactionId": "P9", "guid": GUID, "returnStatus": "120"}
    assert read_message(build("ceb.CEB412Message", {"PaymentReturn": order})).keys == (("payment_no", "P9"),)
    only = {"guid": GUID, "returnStatus": "120"}
    assert read_message(build("ceb.CEB412Message", {"PaymentReturn": only})).keys == (("guid", GUID),)
    with pytest.raises(MessageError) as refusal:
        read_message(build("ceb.CEB412Message", {"PaymentReturn": {"returnStatus": "120"}}))
    assert refusal.value.code == "no_key"


def test_what_is_odd_is_remarked_and_what_is_nothing_is_refused():
    raw = b"<CEB622><InventoryReturn><copNo>1</copNo><more>x</more></InventoryReturn><Other/></CEB622>"
    codes = [remark.code for remark in read_message(raw).remarks]
    assert codes == ["root_name", "namespace", "unknown_element", "unknown_element", "no_status"]
    twice = build("ceb.CEB603Message", {"Inventory": {"InventoryHead": HEAD | {"ebcCode": ""}}})
    twice = twice.replace(b"</CEB603Message>", b"<BaseTransfer/><BaseTransfer/></CEB603Message>")
    assert [remark.code for remark in read_message(twice).remarks] == ["repeated_element"]
    for bad, code in ((b"<CEB999Message/>", "unknown_kind"), (b"<CEB622Message/>", "missing_element")):
        with pytest.raises(MessageError) as refusal:
            read_message(bad)
        assert refusal.value.code == code


def test_the_table_has_every_kind_of_both_directions():
    roots = [node for node in element_table("ceb") if "/" not in node]
    assert len(roots) == 42
    assert "acturalPaid" in element_table("ceb")["CEB311Message/Order/OrderHead"]
    personal = {name for node in element_table("ceb").values() for name, element in node.items() if element.personal}
    assert {"buyerName", "buyerIdNumber", "buyerTelephone", "consignee", "consigneeAddress", "payerName"} <= personal
