"""A date after the promise is said beside a lamp that still has days left."""

import datetime as dt

import pytest

from models.approvals.expected_late import expected_late
from models.approvals.page import case_page
from tests.models.approvals.events import CHINA, event
from tests.models.approvals.items import table
from tests.models.approvals.test_page import words

ROW = {"is_closed": False, "late": False, "promised_due_on": "2026-03-10", "lamp": "green"}
MOST = {"text": {"zh": "预计", "en": "expected"}, "late_chance": 0.34}


def dates(low, median, high, **more):
    """A forecast by days of March; 15:59 in UTC is still the same day in China."""
    return {f"{name}_at": f"2026-03-{day}T15:59:00+00:00"
            for name, day in (("low", low), ("median", median), ("high", high))} | MOST | more  # fmt: skip


@pytest.mark.parametrize(
    ("low", "median", "high", "code"),
    [
        ("06", "09", "16", ""), ("06", "10", "16", ""),  # by the end of the promised day is in time
        ("06", "11", "16", "expected_late"), ("10", "11", "16", "expected_late"),
        ("11", "12", "16", "expected_wholly_late"),
    ],
)  # fmt: skip
def test_by_hand_against_the_10th(low, median, high, code):
    assert expected_late(ROW, dates(low, median, high), CHINA)[0] == code


def test_nothing_to_compare_is_not_said():
    late = dates("11", "12", "16")
    for row in ({"is_closed": True}, {"late": True}, {"promised_due_on": None}):
        assert expected_late(ROW | row, late, CHINA) == ("", ("", ""))
    assert expected_late(ROW, None, CHINA)[0] == expected_late(ROW, late | {"low_at": None}, CHINA)[0] == ""
    aware = {name: dt.datetime.fromisoformat(late[name]) for name in ("low_at", "median_at", "high_at")}
    zh, en = expected_late(ROW | {"lamp": "red"}, aware, CHINA)[1]
    assert "%" not in zh + en  # no chance is known
    assert "lamp" not in en  # a red lamp needs no word against it


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_is_among_what_a_person_should_look_at(lang):
    """Accepted on the 3rd and seen on the 4th: 4 of 5 days left, green, due on the 10th."""
    made = table(event("accepted", "03"), now="2026-03-04T12:00")
    html = case_page(made, 0, lang, forecast=dates("11", "12", "16"))
    flags = words(html[html.index('id="flags"') : html.index('id="history"')])
    days = [f"2026年3月{day}日" if lang == "zh" else f"{day} March 2026" for day in (10, 11, 16)]
    for part in (*days, "34%"):
        assert part in flags
    assert ("只按剩余天数" if lang == "zh" else "goes by the days left alone") in flags
    calm = words(case_page(made, 0, lang, forecast=dates("05", "09", "10")))
    assert ("没有需要留意之处" if lang == "zh" else "Nothing.") in calm
    assert made.row(0)["lamp"] == "green"
