"""Pages of cases and statistics: both languages, no script, nothing loaded, what the date rests on."""

import pytest

from data.uscc import fictitious_uscc
from serving.approvals.expected import Outlook
from serving.approvals.pages import page_of_case, statistics_file
from tests.serving.approvals.conftest import NOW
from tests.serving.approvals.planted_release import ENDED, NUMBER, planted_approvals
from tests.serving.approvals.planted_release import NOW as PLANTED


@pytest.fixture
def planted(tmp_path):
    made = planted_approvals(tmp_path, fictitious_uscc(1), fictitious_uscc(2))
    yield made
    made.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_page_says_what_lateness_is_read_from_and_names_no_officer(planted, lang):
    page = page_of_case(planted, planted.see(NUMBER, None, None, PLANTED), lang)
    rule = planted.late_rule()
    assert rule["rule"] == "days_left"
    assert rule[lang] in page
    assert "王五" not in page
    assert "<script" not in page
    ended = page_of_case(planted, planted.see(ENDED, None, None, PLANTED), lang)
    assert rule[lang] not in ended


def test_a_page_says_whether_its_date_is_ready_and_how_likely_the_case_is_late(service, monkeypatch):
    frame = service.board.current(NOW).frame
    row = frame[~frame["is_closed"].astype(bool) & (frame["status"] != "contradictory")].iloc[0]
    seen = service.see(row["case_number"], None, None, NOW)
    assert "is being made" in page_of_case(service, seen, "en")
    service.expected.wait()
    late = {"late_chance": 0.25, "late_basis": "model"}
    monkeypatch.setattr(Outlook, "of_case", lambda self, name: self.forecast.row(name) | late)
    page = page_of_case(service, seen, "en")
    assert "is being made" not in page
    assert "is 25%" in page
    assert "holds if the clock is not suspended again" in page  # which the date allows for, so the two may differ
    assert service.late_rule()["en"] in page


def test_the_page_of_statistics_leads_to_its_files_and_groupings(planted):
    page = statistics_file(planted, None, {"by": "item", "first": "2024-06"}, "page.html", "zh", PLANTED)
    for name, by, lang in (("table.csv", "item", "zh"), ("page.html", "month", "zh"), ("page.html", "item", "en")):
        assert f"{name}?by={by}&amp;first=2024-06&amp;lang={lang}" in page


def test_cases_of_the_simulator_are_simulated_whatever_their_item(service):
    """Some items of the simulated cases are in no catalogue."""
    frame = service.board.current(NOW).frame
    made = service.statistics(None, NOW, {"by": "item"}, NOW)
    assert made.synthetic_share == 1
    assert "全部办件均为模拟" in statistics_file(service, None, {"by": "item"}, "page.html", "zh", NOW)
    assert frame is service.board.current(NOW).frame
