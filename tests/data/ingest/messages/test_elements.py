"""An element is read by its table: unknown ones are remarked, personal ones left out, contradictions refused."""

import pytest
from lxml import etree

from data.clearance.records import MessageError
from data.ingest.messages.elements import collect, element_table, one

pytestmark = pytest.mark.contract
ANSWER = element_table("answer")


def read(body, node="DEC_RESULT"):
    remarks = []
    return collect(etree.fromstring(f"<r>{body}</r>"), node, ANSWER, "r", remarks), remarks


def test_an_unknown_element_is_remarked_with_its_length_alone():
    found, remarks = read("<CHANNEL> J </CHANNEL><buyerName>某某某</buyerName>")
    assert found == {"CHANNEL": "J"}
    assert [(r.code, r.path, r.found) for r in remarks] == [("unknown_element", "r/buyerName", "3 characters")]


def test_an_element_twice_is_remarked_if_equal_and_refused_if_not():
    found, remarks = read("<CHANNEL>J</CHANNEL><CHANNEL>J</CHANNEL>")
    assert found == {"CHANNEL": "J"}
    assert [remark.code for remark in remarks] == ["repeated_element"]
    with pytest.raises(MessageError) as refusal:
        read("<CHANNEL>J</CHANNEL>\n<CHANNEL>P</CHANNEL>")
    assert (refusal.value.code, refusal.value.line) == ("repeated_element", 2)


def test_text_between_elements_elements_in_text_and_long_texts_are_remarked():
    _, remarks = read("x<CHANNEL>J</CHANNEL>y<NOTE>a<b>c</b></NOTE><CUSTOM_MASTER>29011</CUSTOM_MASTER>")
    assert [remark.code for remark in remarks] == ["stray_text", "stray_text", "unknown_element", "element_too_long"]


def test_a_personal_element_stays_in_the_bytes():
    assert read("<DECLARE_NO>1</DECLARE_NO><PACK_NO>2</PACK_NO>")[0] == {"PACK_NO": "2"}


def test_elements_in_elements_come_under_their_path():
    body = "<BizKey><Key>1</Key><Key>2</Key></BizKey><FileName>f</FileName>"
    assert read(body, "AddInfo")[0] == {"BizKey/Key[1]": "1", "BizKey/Key[2]": "2", "FileName": "f"}
    with pytest.raises(MessageError):
        read("<BizKey><Key>1</Key></BizKey><BizKey><Key>2</Key></BizKey>", "AddInfo")
    with pytest.raises(MessageError):
        one(etree.fromstring("<r><a/><a/></r>"), "a", "r")


def test_the_tables_hold_the_spellings_of_the_messages():
    table = element_table("dec_message")
    assert {"GrossWet", "EntyPortCode", "DistinatePort", "PromiseItmes", "TaxAaminMark"} <= set(table["DecHead"])
    assert "EdocRealation" in table["DecMessage"]
    assert sum(len(elements) for elements in table.values()) == 234
    assert table["DecSign"]["OperName"].personal
    assert not table["DecHead"]["TradeCode"].personal
