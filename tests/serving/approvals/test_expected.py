"""Forecasts are made once for all running cases beside the requests, and say which events they rest on."""

import pytest

from data.approvals.calendar import WorkCalendar
from data.events import EventStore
from serving.approvals import beside
from serving.approvals.answers import alerts_answer
from serving.approvals.board import Board
from serving.approvals.expected import Expected
from serving.approvals.store import CaseStore
from serving.contract.refusals import Refusal
from serving.matching.packed import FirstUse, NotPackedError
from tests.serving.approvals.conftest import NOW
from tests.serving.approvals.planted_release import event


@pytest.fixture
def running(service):
    """A running case whose events do not contradict one another."""
    frame = service.board.current(NOW).frame
    row = frame[~frame["is_closed"].astype(bool) & (frame["status"] != "contradictory")].iloc[0]
    return service.board.find(row["case_number"], NOW)[0]


def test_the_first_request_does_not_wait_and_a_later_one_has_a_date(service, running):
    assert alerts_answer(service, NOW)["forecast_state"] == "being_made"
    assert service.expected.of_case(running, NOW) == (None, "being_made")
    service.expected.wait()
    row, state = service.expected.of_case(running, NOW)
    assert (state, row["case_number"], row["source"] in ("own", "pooled", "median")) == (
        "current",
        running.number,
        True,
    )
    assert row["low_at"] <= row["median_at"] <= row["high_at"]
    assert row["learned_from"] == "simulated"


def test_a_date_from_before_the_newest_event_says_so(service, running, monkeypatch):
    monkeypatch.setattr(beside, "RESTS", 0.0)
    service.expected.latest(NOW)
    service.expected.wait()
    earlier, _ = service.expected.of_case(running, NOW)
    store = service.stores.get()
    store.receive([event(running.number, "step", "2024-06-28T10:30:00+08:00", activity="x")], running.source, NOW)
    newer = service.board.find(running.number, NOW)[0]
    assert service.expected.of_case(newer, NOW) == (earlier, "earlier")
    assert alerts_answer(service, NOW)["forecast_state"] == "earlier"  # a new case may lack its alert
    service.expected.wait()
    assert service.expected.of_case(newer, NOW)[1] == "current"
    assert alerts_answer(service, NOW)["forecast_state"] == "current"


def test_ended_and_contradictory_cases_have_no_date(service):
    service.expected.latest(NOW)
    service.expected.wait()
    cases = service.board.current(NOW).by_key.values()
    states = {case.row["status"]: service.expected.of_case(case, NOW)[1] for case in cases}
    assert states["delivered"] == "not_running"
    assert states.get("contradictory", "no_date") == "no_date"


def test_where_nothing_runs_there_is_nothing_to_forecast(service, tmp_path):
    store = CaseStore(EventStore(f"sqlite:///{tmp_path / 'none.sqlite'}"))
    bare = Board(lambda: store, service.board.tabulate)
    expected = Expected(bare, service.forecasts, WorkCalendar.load, lambda: NOW)
    assert expected.latest(NOW) is None
    expected.wait()
    made = expected.latest(NOW)
    assert (made.forecast, made.of_case("zone|A")) == (None, None)


def test_a_release_without_forecasts_says_so(service, running):
    def packed():
        raise NotPackedError

    bare = Expected(
        service.board, FirstUse(packed, ("approvals-not-packed", "approvals-unavailable")), None, lambda: NOW
    )
    assert bare.of_case(running, NOW) == (None, "not_packed")
    with pytest.raises(Refusal, match="approvals-not-packed"):
        bare.latest(NOW)
