"""A message is kept or refused with the place of its fault; a declaration is checked and not kept."""

import base64

import pytest

from serving.console.pages.zone.clearance_messages import CHECK, MESSAGE, MOST_BYTES, check, layout, send
from serving.contract.refusals import Refusal
from tests.serving.clearance.planted_release import declaration, receipt
from tests.serving.console.pages.zone.record_views import STRANGER, every, grid_rows, links, words

pytestmark = pytest.mark.contract


def chosen(raw):
    return "data:application/xml;base64," + base64.b64encode(raw).decode()


def test_a_message_is_kept_and_leads_to_its_declaration(seen_by):
    said, cleared = send(seen_by(), chosen(receipt("R", at="2026-03-03T09:00:00")), "r.xml")
    assert cleared is None
    assert (said.title, said.color) == ("报文已接收", "green")
    assert "r.xml：新报文，已保存。" in words(said)
    assert list(links(said).values()) == ["/console/clearance/declaration?number=E20260000000000001"]
    again, _ = send(seen_by(), chosen(receipt("R", at="2026-03-03T09:00:00")), "r.xml")
    assert "此前已收到相同报文" in words(again)


def test_what_the_zone_sends_counts_for_the_zone_and_what_a_firm_sends_for_itself(seen_by, record_shop):
    """Only the zone's message makes the state that everybody sees."""
    mine = declaration(record_shop.codes[3], "T77")
    send(seen_by("enterprise", name=record_shop.codes[3]), chosen(mine), "d.xml")
    route = "/v1/clearance/declarations/T77"
    assert seen_by("enterprise", name=record_shop.codes[3]).api.get(route)["confirmed"] is False
    send(seen_by(), chosen(mine), "d.xml")
    assert seen_by().api.get(route)["confirmed"] is True


def test_a_message_that_cannot_be_read_is_refused_with_its_place(seen_by):
    said, cleared = send(seen_by(), chosen(b"<DecMessage>\n<open>"), "cut.xml")
    assert cleared is None
    assert said.title.startswith("文件未接收：")
    assert "第 2 行" in words(said)
    assert "格式良好的 XML 1.0" in words(said)


def test_too_much_or_nothing_is_refused_before_it_is_sent(seen_by):
    for contents, found in ((chosen(b"x" * (MOST_BYTES + 10)), "body-too-large"), ("data:,", "invalid-request")):
        with pytest.raises(Refusal) as refused:
            send(seen_by(), contents, "x")
        assert refused.value.key == found


def test_findings_are_sentences_and_nothing_is_kept(seen_by):
    raw = declaration(STRANGER, "T88")
    said, _ = check(seen_by(), chosen(raw), "d.xml")
    lines = grid_rows(said, "clearance-findings")
    assert {line["severity"] for line in lines} <= {"错误", "提示", "未核对"}
    assert all(line["what"] for line in lines)
    assert seen_by().api.raw("GET", "/v1/clearance/declarations/T88").status_code == 404


def test_both_files_have_their_button_and_an_analyst_would_have_none(seen_by):
    page = layout(seen_by("enterprise"))
    assert [one.id for one in every(page, "Upload")] == [MESSAGE, CHECK]
    assert "不改变该状态" in words(page)
