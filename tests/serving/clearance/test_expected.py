"""The next date of every declaration that runs: nobody waits for it, and it says what it rests on."""

import datetime as dt

import pytest

from features.clearance import recent_medians
from models.alerts import AlertParams
from serving.approvals import beside
from serving.clearance.expected import next_dates
from serving.clearance.service import Forecasts
from tests.models.clearance.given import model
from tests.serving.clearance.planted_release import AT, NUMBER, ZONE, declaration, planted_clearance, receipt, response

pytestmark = pytest.mark.law
FIRM = "91330000TEST000001"
CLIENT_NUMBER = "T000000000000001"
NOW = dt.datetime(2026, 3, 3, 4, 30, tzinfo=dt.UTC)


@pytest.fixture
def service(tmp_path):
    """Whatever stage is to come is a day away, half a day to two days."""
    bare = planted_clearance(tmp_path / "bare", FIRM)
    known = bare.board.current()
    recent = recent_medians(known.events, known.declarations)
    bare.close()
    made = planted_clearance(tmp_path, FIRM, Forecasts(model(1.0, 0.5, 2.0, recent=recent), AlertParams()))
    yield made
    made.close()


def test_a_list_does_not_wait_and_later_has_the_next_date(service, monkeypatch):
    """It was released, so completion is next: at 04:30 on the fourth, in UTC."""
    monkeypatch.setattr(beside, "RESTS", 0.0)
    assert service.next_dates(NOW).state == "being_made"
    service.expected.wait()
    found = service.next_dates(NOW)
    row = found.rows[CLIENT_NUMBER]
    assert (found.state, row["stage"]) == ("current", "completed")
    assert [row[name] for name in ("low_at", "median_at", "high_at")] == [
        "2026-03-03T16:30:00Z",
        "2026-03-04T04:30:00Z",
        "2026-03-05T04:30:00Z",
    ]
    service.stores.get().receive(receipt("R", at="2026-03-03T10:00:00"), ZONE, AT)
    assert service.next_dates(NOW).state == "earlier"
    service.expected.wait()
    assert service.next_dates(NOW).rows == {}  # it is completed: nothing is to come


def test_dates_of_the_last_hour_are_earlier_ones(service):
    service.next_dates(NOW)
    service.expected.wait()
    assert service.next_dates(NOW + dt.timedelta(minutes=29)).state == "current"
    assert service.next_dates(NOW + dt.timedelta(minutes=31)).state == "earlier"


def test_what_has_ended_or_contradicts_itself_has_no_date(service):
    """Of the three the first runs; the second was withdrawn; the third was released and returned."""
    store = service.stores.get()
    for at, channels in enumerate(("7", "7A", "7PE")):
        number = f"E{at}"
        sent = [receipt(one, number, f"2026-03-03T10:0{step}:00") for step, one in enumerate(channels)]
        for raw in (declaration(FIRM, f"T{at}"), response(number, f"T{at}"), *sent):
            store.receive(raw, ZONE, AT)
    made = service.board.current()
    statuses = dict(zip(made.declarations["declaration_id"], made.declarations["clearance_status"], strict=True))
    assert (statuses["T1"], statuses["T2"]) == ("withdrawn", "contradictory")
    packed = service.forecasts.get().model
    assert set(next_dates(made, packed, NOW)) == {"T0", CLIENT_NUMBER}
    assert next_dates(made, packed, NOW)["T0"]["stage"] == "accepted"


def test_a_release_without_forecasts_says_so(tmp_path):
    bare = planted_clearance(tmp_path, FIRM)
    assert bare.next_dates(NOW).state == "not_packed"
    assert bare.see(NUMBER, None).state is not None
    bare.close()
