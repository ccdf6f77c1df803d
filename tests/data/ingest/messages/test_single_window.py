"""Messages of the Single Window: what each says, which numbers it names, and what is refused."""

import datetime as dt

import pytest

from data.clearance.records import CLIENT_SEQ_NO, ENTRY_ID, SEQ_NO, MessageError
from data.ingest.messages.build import build
from data.ingest.messages.read import read_message

pytestmark = pytest.mark.contract


def test_a_receipt_is_one_event_under_its_numbers(receipt):
    event = read_message(receipt()).events[0]
    assert event.keys == ((SEQ_NO, "E20260000000000009"), (ENTRY_ID, "290120260000000009"))
    assert (event.dialect, event.code, event.note, event.office) == ("single_window", "J", "审结", "2901")
    assert event.at == dt.datetime(2026, 3, 1, 12, 58, 44, tzinfo=dt.UTC)
    assert event.at_text == "2026-03-01T20:58:44"
    assert event.values == {"D_DATE": "2026-03-01"}


def test_the_number_may_come_under_its_other_name_or_be_empty(receipt):
    renamed = read_message(receipt(CUS_CIQ_NO="", SEQ_NO="E20260000000000009"))
    assert renamed.keys == read_message(receipt()).keys
    assert read_message(receipt(CUS_CIQ_NO="")).keys == ((ENTRY_ID, "290120260000000009"),)
    assert (CLIENT_SEQ_NO, "T1") in read_message(receipt(CUS_CIQ_NO="", ENTRY_ID="", CLIENTSEQ_NO="T1")).keys


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"CUS_CIQ_NO": "", "ENTRY_ID": ""}, "no_key"),
        ({"SEQ_NO": "E20260000000000008"}, "contradicting_keys"),
        ({"CHANNEL": " "}, "missing_element"),
    ],
)
def test_a_receipt_that_says_nothing_certain_is_refused(receipt, members, code):
    with pytest.raises(MessageError) as refusal:
        read_message(receipt(**members))
    assert refusal.value.code == code
    assert refusal.value.line > 0


def test_an_unknown_code_an_odd_number_and_a_day_alone_are_kept(receipt):
    read = read_message(receipt(CHANNEL="XX9", CUS_CIQ_NO="0", NOTICE_DATE="2026-03-01"))
    assert (read.events[0].code, read.events[0].at, read.events[0].at_text) == ("XX9", None, "2026-03-01")
    assert [remark.code for remark in read.remarks] == ["number_form", "unreadable_time"]


def test_a_bare_result_says_what_the_same_result_in_its_frame_says(receipt):
    from_frame = read_message(receipt())
    members = {"CUS_CIQ_NO": "E20260000000000009", "ENTRY_ID": "290120260000000009", "CHANNEL": "J", "NOTE": "审结"}
    rest = {"NOTICE_DATE": "2026-03-01T20:58:44", "CUSTOM_MASTER": "2901", "D_DATE": "2026-03-01"}
    assert read_message(build("sw.bare_receipt", members | rest)).events == from_frame.events


def test_two_results_in_one_frame_are_two_events():
    results = [{"ENTRY_ID": "1", "CHANNEL": "L"}, {"ENTRY_ID": "2", "CHANNEL": "P"}]
    read = read_message(build("sw.receipt", {"DEC_RESULT": results, "RESULT_INFO": "x"}))
    assert [(event.code, event.values["RESULT_INFO"]) for event in read.events] == [("L", "x"), ("P", "x")]
    with pytest.raises(MessageError):
        read_message(b"<DEC_DATA><RESULT_INFO/></DEC_DATA>")


@pytest.mark.parametrize(("code", "note"), [("0", "暂存成功"), ("-1", "商品编号不存在")])
def test_an_answer_to_an_import_joins_the_two_numbers(code, note):
    members = {"ResponseCode": code, "ErrorMessage": note, "ClientSeqNo": "T1", "SeqNo": "E20260000000000009"}
    event = read_message(build("sw.import_response", members)).events[0]
    assert event.keys == ((CLIENT_SEQ_NO, "T1"), (SEQ_NO, "E20260000000000009"))
    assert (event.code, event.note, event.at, event.values["message"]) == (code, note, None, "DecImportResponse")
    assert event.dialect == "single_window_import"
    for missing in ("ResponseCode", "ClientSeqNo"):
        with pytest.raises(MessageError):
            read_message(build("sw.import_response", {"ResponseCode": "0", "ClientSeqNo": "T1"} | {missing: ""}))


def test_an_answer_of_an_agency_may_lack_everything():
    full = {"ResponseInfo": {"ResponseCode": "000", "ResponseMessage": "成功"}, "ConsignNo": "C1"}
    assert read_message(build("sw.agent_response", full)).keys == (("consign_no", "C1"),)
    failed = read_message(b"<ImportAgrResponse><ResponseInfo/></ImportAgrResponse>")
    assert failed.events == ()
    assert [remark.code for remark in failed.remarks] == ["no_key"]


def test_a_declaration_is_read_part_by_part_without_persons(declaration):
    read = read_message(declaration)
    made = read.declaration
    assert (read.kind, made.version, made.keys) == ("sw.declaration", "4.8", ((CLIENT_SEQ_NO, "T000000000000009"),))
    assert (made.head["VoyNo"], made.head["DecOtherPacks/DecOtherPack[2]/PackQty"]) == ("009E", "2")
    assert [line["CodeTS"] for line in made.goods] == ["8525891900", "8504401400"]
    assert made.containers == ({"ContainerId": "TEST0000009"},)
    assert [document["EdocID"] for document in made.documents] == ["a.pdf", "b.pdf"]
    assert made.parties == ("91330000TEST000009",)
    assert "某某某" not in str(made)
    assert read.remarks == ()


def test_both_names_of_a_container_and_an_untested_version_are_read(declaration):
    other = declaration.replace(b"Container>", b"DecContainer>").replace(b"<DecDecContainer", b"<DecContainer")
    other = other.replace(b'version="4.8"', b'version="5.0"')
    assert read_message(other).declaration.containers == ({"ContainerId": "TEST0000009"},)
    assert [remark.code for remark in read_message(other).remarks] == ["version_untested"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [(b"DecHead>", b"DecHeed>", "missing_element"), (b"<DecLists>", b"<DecSign/><DecLists>", "repeated_element")],
)
def test_a_declaration_without_or_with_two_of_a_part_is_refused(declaration, old, new, code):
    with pytest.raises(MessageError) as refusal:
        read_message(declaration.replace(old, new))
    assert refusal.value.code == code


def test_a_declaration_without_a_number_and_unknown_parts_are_remarked():
    raw = b"<DecMessage><DecHead/><More>1</More><DecLists><Line/></DecLists></DecMessage>"
    codes = [remark.code for remark in read_message(raw).remarks]
    assert codes == ["namespace", "version_untested", "unknown_element", "unknown_element", "no_key"]
