"""What is answered: a state in words, findings, a list, and refused messages without their content."""

import datetime as dt

import pytest

from serving.clearance.answers import checks_answer, declaration_answer, listing, message_answer, refused_messages
from serving.clearance.expected import NextDates
from serving.contract.clearance_answers import ChecksAnswer, ClearanceAnswer, DeclarationsAnswer, MessageAnswer
from tests.serving.clearance.planted_release import AT, NUMBER, ZONE, declaration, planted_clearance, receipt, response

pytestmark = pytest.mark.contract
FIRM = "91330000TEST000001"
NO_DATES = NextDates({}, "not_packed")


@pytest.fixture
def service(tmp_path):
    made = planted_clearance(tmp_path, FIRM)
    yield made
    made.close()


def test_answers_are_what_the_contract_says(service):
    seen = service.see(NUMBER, FIRM)
    answer = ClearanceAnswer(**declaration_answer(seen, AT, None))
    assert (answer.status_zh, answer.status_en) == ("海关已放行", "released by customs") or answer.status_zh
    assert answer.stages["completed"] is None
    assert ChecksAnswer(**checks_answer(service, declaration(FIRM))).kind == "sw.declaration"
    rows = DeclarationsAnswer(**listing(service.declarations(None), NO_DATES, None, 0, 10))
    assert (rows.count, rows.rows[0].clearance_status) == (1, "released")
    none = listing(service.declarations(None), NO_DATES, "withdrawn", 0, 10)
    assert (none["count"], none["rows"], none["by_status"]) == (0, [], {"released": 1})
    assert listing(service.declarations(None), NO_DATES, None, 1, 10)["rows"] == []
    kept = service.stores.get().receive(receipt("R", at="2026-03-03T09:00:00"), ZONE, AT)
    assert MessageAnswer(**message_answer(kept)).numbers == [{"kind": "seq_no", "number": NUMBER}]


@pytest.mark.law
def test_a_line_says_since_when_it_is_where_it_is(service):
    """Released at 09:11:02 on the second in Beijing; customs ordered an inspection of another at 10:00 on the third."""
    store = service.stores.get()
    for raw in (
        declaration(FIRM, "T9"),
        response("E9", "T9"),
        receipt("7", "E9"),
        receipt("C", "E9", "2026-03-03T10:00:00"),
    ):
        store.receive(raw, ZONE, AT)
    dates = NextDates({"T9": {"stage": "released"}}, "current")
    found = {one["number"]: one for one in listing(service.declarations(None), dates, None, 0, 10)["rows"]}
    assert (found["T000000000000001"]["status_at"], found["T9"]["status_at"]) == (
        "2026-03-02T01:11:02+00:00",
        "2026-03-03T02:00:00+00:00",
    )
    assert (found["T9"]["expected"], found["T000000000000001"]["expected"]) == ({"stage": "released"}, None)


def test_a_declaration_without_an_answer_is_sent(service):
    service.stores.get().receive(declaration(FIRM, "T9"), ZONE, AT)
    answer = declaration_answer(service.see("T9", FIRM), AT, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert (answer["clearance_status"], answer["timeline"], answer["numbers"]) == (
        "sent",
        [],
        {"client_seq_no": ["T9"]},
    )


def test_a_refused_message_is_listed_without_its_content(service):
    listed = refused_messages(service.stores.get())
    assert (listed["count"], listed["messages"][0]["code"]) == (1, "not_well_formed")
    assert "raw" not in listed["messages"][0]


@pytest.mark.law
def test_a_receipt_dated_after_it_arrived_is_marked_beside_its_status(service):
    """The planted release of 01:11 on the second came at 13:00 on the first."""
    answer = declaration_answer(service.see(NUMBER, FIRM), AT, None)
    marked = [row["code"] for row in answer["timeline"] if "instant_in_future" in row["marks"]]
    (found,) = (one for one in answer["contradictions"] if one["code"] == "instant_in_future")
    assert (answer["clearance_status"], marked, len(found["events"])) == ("released", ["P"], 1)
    assert not found["undecidable"]
