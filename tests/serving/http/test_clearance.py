"""Customs clearance over HTTP: messages in, states and pages out, and only to whom they concern."""

import pytest

from serving.clearance.dates import TooManyWantedError
from tests.serving.clearance.planted_release import CLIENT_NUMBER, NUMBER, declaration, receipt, response

pytestmark = pytest.mark.contract
XML = {"content-type": "application/xml"}
ONE = f"/v1/clearance/declarations/{NUMBER}"


@pytest.fixture
def operator(shop):
    return shop.key("zone", "operator", holder="wang")


@pytest.fixture
def firm(shop):
    return shop.key(shop.codes[0], "enterprise")


@pytest.fixture
def stranger(shop):
    return shop.key(shop.codes[1], "enterprise")


def test_a_state_is_the_same_by_every_number_whatever_the_order_of_arrival(shop, operator, firm):
    answers = [
        shop.client.get(f"/v1/clearance/declarations/{one}", headers=firm).json() for one in (NUMBER, CLIENT_NUMBER)
    ]
    assert answers[0] | {"number": "", "known_at": ""} == answers[1] | {"number": "", "known_at": ""}
    first = answers[0]
    assert (first["clearance_status"], first["confirmed"], first["reported_status"]) == ("released", True, None)
    assert [row["code"] for row in first["timeline"]] == ["0", "7", "L", "J", "P"] or first["timeline"][-1][
        "code"
    ] == "0"
    assert first["stages"]["released"] == "2026-03-02T01:11:02+00:00"
    assert first["count_of_duplicates"] == 0  # the same bytes are kept once
    assert first["numbers"] == {"client_seq_no": [CLIENT_NUMBER], "seq_no": [NUMBER]}


def test_a_declaration_is_shown_to_its_parties_and_the_operator_alone(shop, operator, stranger):
    assert shop.client.get(ONE, headers=operator).status_code == 200
    for path in (ONE, f"{ONE}/page.html", f"{ONE}/sheet.html", f"{ONE}/sheet.pdf"):
        hidden = shop.client.get(path, headers=stranger)
        absent = shop.client.get(path.replace(NUMBER, "E999"), headers=stranger)
        assert hidden.status_code == absent.status_code == 404
        assert hidden.text.replace(NUMBER, "E999") == absent.text
    assert shop.client.get("/v1/clearance/declarations", headers=stranger).json()["count"] == 0


def test_it_is_answered_as_it_was_known_and_as_it_was(shop, operator):
    """The messages came backwards from 13:00 on, an hour apart: at 14:30 only P and J were known."""
    known = shop.client.get(ONE, params={"known_at": "2026-03-01T14:30:00Z"}, headers=operator).json()
    assert [row["code"] for row in known["timeline"]] == ["J", "P"]
    was = shop.client.get(ONE, params={"until": "2026-03-01T20:58:40+08:00"}, headers=operator).json()
    assert was["clearance_status"] == "accepted"
    wrong = shop.client.get(ONE, params={"until": "yesterday"}, headers=operator)
    assert (wrong.status_code, wrong.json()["faults"][0]["where"]) == (422, "until")


def test_a_number_with_a_slash_is_read_by_every_route(shop, operator):
    for raw in (declaration(shop.codes[0], "T/9"), response("E9", "T/9"), receipt("7", "E9")):
        shop.client.post("/v1/clearance/messages", content=raw, headers=operator | XML)
    for number in ("T%2F9", "T/9"):
        one = f"/v1/clearance/declarations/{number}"
        assert shop.client.get(one, headers=operator).json()["numbers"]["client_seq_no"] == ["T/9"]
        for form in ("page.html", "sheet.html", "sheet.pdf"):
            assert shop.client.get(f"{one}/{form}", headers=operator).status_code == 200, form
        assert shop.client.get(f"{one}/forecast", headers=operator).json()["type"] == "/problems/clearance-not-packed"
    counted = shop.client.get("/metrics", headers=operator).text
    assert "/v1/clearance/declarations/{number}/page.html" in counted


def test_a_state_waits_for_no_dates(shop, operator, monkeypatch):
    """Dates have a route of their own, and a page; the state is answered where they cannot be made at all."""

    def broken(*_):
        raise OSError

    monkeypatch.setattr(type(shop.client.app.state.clearance), "forecast", broken)
    assert shop.client.get(ONE, headers=operator).json()["clearance_status"] == "released"
    monkeypatch.undo()
    unpacked = shop.client.get(f"{ONE}/forecast", headers=operator)  # the tests' release comes without forecasts
    assert (unpacked.status_code, unpacked.json()["type"]) == (404, "/problems/clearance-not-packed")
    assert shop.client.get(f"{ONE}/page.html", headers=operator).status_code == 200


def test_one_more_than_may_wait_for_dates_is_refused_and_its_state_is_not(shop, operator, monkeypatch):
    def full(*_):
        raise TooManyWantedError

    monkeypatch.setattr(shop.client.app.state.clearance.dates, "wanted", full)
    refused = shop.client.get(f"{ONE}/forecast", headers=operator)
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-requests")
    assert refused.headers["retry-after"] == "10"
    assert "fewer declarations that wait for dates" in refused.text
    assert shop.client.get(ONE, headers=operator).status_code == 200


def test_a_page_is_shown_as_it_was_known(shop, operator):
    """At 14:30 only P and J had come; the page says of when it is, and refuses what is no instant."""
    page = shop.client.get(
        f"{ONE}/page.html", params={"known_at": "2026-03-01T14:30:00Z", "lang": "en"}, headers=operator
    )
    assert "As it was known at 2026-03-01 22:30:00 (Beijing time)" in page.text
    assert ("回执J" in page.text, "回执7" in page.text) == (True, False)
    now = shop.client.get(f"{ONE}/page.html", params={"lang": "en"}, headers=operator).text
    assert ("回执7" in now, "As it was known" in now) == (True, False)
    wrong = shop.client.get(f"{ONE}/page.html", params={"known_at": "yesterday"}, headers=operator)
    assert (wrong.status_code, wrong.json()["faults"][0]["where"]) == (422, "known_at")


def test_what_a_stranger_posts_changes_nothing_for_anybody_else(shop, operator, firm, stranger):
    before = shop.client.get(ONE, headers=firm).json()
    sent = shop.client.post(
        "/v1/clearance/messages", content=receipt("R", at="2026-03-03T09:00:00"), headers=stranger | XML
    )
    assert (sent.status_code, sent.json()["new"]) == (201, True)
    claimed = shop.client.post("/v1/clearance/messages", content=declaration(shop.codes[1]), headers=stranger | XML)
    assert claimed.status_code == 201
    after = shop.client.get(ONE, headers=firm).json()
    assert after | {"known_at": ""} == before | {"known_at": ""}
    own = shop.client.get(ONE, headers=stranger).json()  # what it posted itself, and nothing of the others
    assert (own["confirmed"], [row["code"] for row in own["timeline"]]) == (False, ["R"])


def test_what_a_party_posts_is_shown_beside_and_never_instead(shop, firm):
    shop.client.post("/v1/clearance/messages", content=receipt("R", at="2026-03-03T09:00:00"), headers=firm | XML)
    seen = shop.client.get(ONE, headers=firm).json()
    assert (seen["clearance_status"], seen["reported_status"]) == ("released", "completed")


def test_a_message_that_cannot_be_read_is_refused_with_its_place_and_kept(shop, operator):
    refused = shop.client.post("/v1/clearance/messages", content=b"<a>\n<b></a>", headers=operator | XML)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/unreadable-message")
    assert "line 2" in refused.json()["faults"][0]["where"]
    listed = shop.client.get("/v1/clearance/refused", headers=operator).json()
    assert listed["count"] == 2
    bomb = b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    assert shop.client.post("/v1/clearance/messages", content=bomb, headers=operator | XML).status_code == 422
    text = shop.client.post("/v1/clearance/messages", content=b"x", headers=operator | {"content-type": "text/plain"})
    assert text.status_code == 415


def test_a_page_and_the_sheet_load_nothing(shop, firm):
    for path in (f"{ONE}/page.html", f"{ONE}/sheet.html"):
        for lang in ("zh", "en"):
            page = shop.client.get(path, params={"lang": lang}, headers=firm)
            assert page.status_code == 200
            assert "<script" not in page.text
            assert "http" not in page.text.replace("http://www.w3.org", "")
    assert shop.client.get(f"{ONE}/sheet.pdf", headers=firm).content.startswith(b"%PDF")


def test_checks_name_the_rule_and_where(shop, firm):
    wrong = declaration(shop.codes[0]).replace(b"<NetWt>240</NetWt>", b"<NetWt>300</NetWt>")
    found = shop.client.post("/v1/clearance/checks", content=wrong, headers=firm | XML).json()
    assert not found["passed"]
    assert any(
        "NetWt" in one["where"] or "GrossWet" in one["where"] for one in found["findings"] if one["severity"] == "error"
    )
    assert shop.client.get("/v1/clearance/declarations", headers=firm).json()["count"] == 1  # nothing was kept


def test_the_list_follows_what_arrives(shop, operator):
    assert shop.client.get("/v1/clearance/declarations", headers=operator).json()["count"] == 1
    for raw in (declaration(shop.codes[2], "T2"), response("E2", "T2"), receipt("7", "E2")):
        shop.client.post("/v1/clearance/messages", content=raw, headers=operator | XML)
    listed = shop.client.get("/v1/clearance/declarations", headers=operator).json()
    assert [(one["number"], one["clearance_status"]) for one in listed["rows"]] == [
        (CLIENT_NUMBER, "released"), ("T2", "declared"),
    ]  # fmt: skip
    shop.client.post("/v1/clearance/messages", content=receipt("R", at="2026-03-03T09:00:00"), headers=operator | XML)
    only = shop.client.get("/v1/clearance/declarations", params={"status": "completed"}, headers=operator).json()
    assert [one["number"] for one in only["rows"]] == [CLIENT_NUMBER]


def test_reports_answer_as_page_and_files(shop, operator, firm):
    for key in (operator, firm):
        page = shop.client.get("/v1/clearance/reports/page.html", params={"period": "month"}, headers=key)
        assert (page.status_code, "<script" in page.text) == (200, False)
        assert shop.client.get("/v1/clearance/reports/table.csv", headers=key).content.startswith(b"\xef\xbb\xbf")
        assert shop.client.get("/v1/clearance/reports/table.xlsx", headers=key).content.startswith(b"PK")
    wrong = shop.client.get("/v1/clearance/reports/page.html", params={"period": "week"}, headers=operator)
    assert (wrong.status_code, wrong.json()["faults"][0]["where"]) == (422, "period")


def test_a_cut_off_is_of_a_declaration_of_ones_own(shop, firm, stranger):
    given = {
        "cutoff_id": "b1", "number": NUMBER, "kind": "ship", "milestone": "completed",
        "cutoff_at": "2036-01-01T00:00:00Z", "empty_space_fee_cny": 6000,
    }  # fmt: skip
    sent = [shop.client.post("/v1/clearance/cutoffs", json=given, headers=key) for key in (firm, firm, stranger)]
    assert [one.status_code for one in sent] == [201, 201, 404]
    other = shop.client.post("/v1/clearance/cutoffs", json=given | {"kind": "contract"}, headers=firm)
    assert other.status_code == 409
