"""What a person reads: every receipt with its meaning, in two time zones, with the note as it came."""

import dataclasses
import datetime as dt

import pytest

from data.clearance.dialects import dialects
from data.clearance.records import CaseEvent
from models.clearance.fold import fold
from models.clearance.timeline import STATUS_TEXT, span, timeline, timeline_html, timeline_svg

START = dt.datetime(2026, 3, 1, 20, 58, 36, tzinfo=dt.timezone(dt.timedelta(hours=8)))
KEYS = (("seq_no", "E20260000000000001"),)


def event(code, seconds=None, note=""):
    at = None if seconds is None else START + dt.timedelta(seconds=seconds)
    return CaseEvent(KEYS, "single_window", code, at, "三月一日" if at is None else str(at), note, "2901")


EVENTS = [event("7", 0), event("L", 1), event("J", 8), event("P", 40_000), event("R", 40_000)]


def test_a_row_has_both_times_the_meaning_and_the_note():
    row = timeline(fold([event("7", 0, note="直接申报成功")]), "zh")[0]
    assert (row.at, row.at_utc) == ("2026-03-01 20:58:36", "2026-03-01 12:58:36Z")
    assert (row.code, row.meaning, row.note, row.office, row.episode) == ("7", "申报成功", "直接申报成功", "2901", 1)
    assert timeline(fold([event("7", 0)]), "en")[0].meaning == "declared"
    unreadable = timeline(fold([event("P")]), "en")[0]
    assert (unreadable.at, unreadable.at_utc, unreadable.mark_texts) == ("三月一日", "", ("no readable time",))


def test_an_unknown_code_is_shown_with_its_note_and_says_so():
    row = timeline(fold([event("Q9", 0, note="新状态")]), "en")[0]
    assert (row.code, row.note, row.marks) == ("Q9", "新状态", ("unknown_code",))
    assert row.meaning.startswith("unknown code")


def test_late_is_what_came_after_something_later_had_come():
    """J came last although P had come; P and R share an instant, so neither is late whatever came first."""
    state = fold(EVENTS)
    came = {"7": 1, "L": 2, "R": 3, "P": 4, "J": 5}
    received = {row.digest: START + dt.timedelta(days=came[row.code]) for row in state.history}
    rows = timeline(state, "zh", received=received)
    assert [row.code for row in rows if "late" in row.marks] == ["J"]
    assert rows[0].received == "2026-03-02 20:58:36"
    assert not [row for row in timeline(state, "zh") if row.marks or row.received]


def test_every_status_and_every_mark_has_a_text():
    assert set(STATUS_TEXT) >= {row.status for row in dialects().rows if row.status} | {"unknown", "contradictory"}
    events = [*EVENTS, event("E", 50_000), event("L", 60_000), event("P", 40_000, note="x"), event("Q", 1), event("R")]
    events.append(dataclasses.replace(event("L", 1), keys=(*KEYS, ("entry_id", "290120260000000001"))))
    events.append(dataclasses.replace(event("R", 9), keys=(*KEYS, ("entry_id", "290120260000000002"))))
    state = fold(events)
    assert len({one.code for one in state.contradictions}) == 5
    for lang in ("zh", "en"):
        assert all(row.mark_texts for row in timeline(state, lang) if row.marks)
        assert STATUS_TEXT["contradictory"][lang == "en"] in timeline_html(state, lang)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_page_has_no_script_and_shows_a_note_as_text(lang):
    """What a sender wrote is never markup; the picture and the table say the same instants."""
    state = fold([*EVENTS[:4], event("M", 9, note='<script>alert("1")</script>')])
    page = timeline_html(state, lang)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert page.count("2026-03-01 20:58:37") == 3  # two widths of the picture, one row
    assert "http" not in page.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert timeline_html(state, lang) == page


def test_a_contradiction_is_named_above_the_receipts():
    assert "同一次申报中既放行又退单" in timeline_html(fold([*EVENTS, event("E", 50_000)]), "zh")


def test_the_picture_is_drawn_for_a_width():
    state = fold(EVENTS)
    assert 'viewBox="0 0 900 ' in timeline_svg(state, "zh")
    assert 'viewBox="0 0 360 ' in timeline_svg(state, "zh", 360.0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3600, "1.0 h"), (86_400, "24.0 h"), (172_800, "2.0 d")],
)
def test_a_length_of_time_is_in_its_largest_unit(seconds, text):
    assert span(seconds, "en") == text


@pytest.mark.law
def test_a_receipt_dated_after_it_came_is_marked_and_still_counts():
    """An hour is left to the clocks: P came 60 minutes before its instant, R 61."""
    state = fold([event("7", 0), event("P", 40_000), event("R", 50_000)])
    came = {"7": 5, "P": 40_000 - 3_600, "R": 50_000 - 3_660}
    received = {row.digest: START + dt.timedelta(seconds=came[row.code]) for row in state.history}
    rows = timeline(state, "en", received=received)
    assert {row.code: "instant_in_future" in row.marks for row in rows} == {"7": False, "P": False, "R": True}
    assert state.clearance_status == "completed"
    assert "more than an hour after it was received" in timeline_html(state, "en", received=received).split("<h3>")[1]
    assert not any(row.marks for row in timeline(state, "en"))  # where it is not known when they came


def test_both_times_of_a_receipt_share_a_cell():
    """With a column for each, the table is wider than its page on a screen of 1280 pixels."""
    page = timeline_html(fold(EVENTS), "en")
    assert page.count('<th scope="col">') == 8
    assert '<td class="keep">2026-03-01 20:58:36<small>2026-03-01 12:58:36Z</small></td>' in page
