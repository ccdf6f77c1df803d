"""Dates are made beside the requests: together, each as of its own instant, and states wait for none of them."""

import datetime as dt
import threading
from concurrent.futures import wait

import pytest

from features.clearance import recent_medians
from models.alerts import AlertParams
from serving.clearance.dates import Dates, TooManyWantedError
from serving.clearance.service import Forecasts
from tests.models.clearance.given import model
from tests.serving.clearance.planted_release import AT, NUMBER, ZONE, declaration, planted_clearance, receipt, response

pytestmark = pytest.mark.law
FIRM = "91330000TEST000001"
NOW, EARLIER = AT + dt.timedelta(hours=9), AT + dt.timedelta(hours=8, minutes=30)


def rows(batch):
    return [[{"declaration": one, "known_at": now}] for one, now in batch]


def test_what_is_wanted_meanwhile_is_made_together_each_as_of_its_own_instant():
    batches, begun, go_on = [], threading.Event(), threading.Event()

    def make(batch):
        batches.append(len(batch))
        begun.set()
        go_on.wait(5)
        return rows(batch)

    dates = Dates(make, share=1.0)
    first = dates.wanted("a", NOW)
    begun.wait(5)
    later = [dates.wanted(one, EARLIER) for one in "bcdef"]
    go_on.set()
    wait([first, *later], 5)
    dates.close()
    assert batches == [1, 5]
    assert [one.result()[0]["declaration"] for one in later] == list("bcdef")
    assert first.result()[0]["known_at"] == NOW
    assert {one.result()[0]["known_at"] for one in later} == {EARLIER}


def test_the_thread_rests_for_nine_times_its_processor_time_and_a_second_at_most(monkeypatch):
    """20 ms of the processor's time are followed by 180 ms of rest, 2 s by one second; waiting is no work."""
    spent, rests = iter([0.0, 0.02, 5.0, 7.0, 8.0, 8.0]), []
    monkeypatch.setattr("serving.clearance.dates.thread_time", lambda: next(spent))
    monkeypatch.setattr("serving.clearance.dates.sleep", rests.append)
    dates = Dates(rows, share=0.1)
    for number in range(3):
        dates.wanted(number, NOW).result(5)
    dates.close()
    assert rests == [pytest.approx(0.18), 1.0, 0.0]


def test_no_more_wait_than_may_and_those_that_wait_are_made():
    begun, go_on = threading.Event(), threading.Event()

    def make(batch):
        begun.set()
        go_on.wait(5)
        return rows(batch)

    dates = Dates(make, share=1.0, most_waiting=2)
    found = [dates.wanted("a", NOW)]
    begun.wait(5)
    found += [dates.wanted(one, NOW) for one in "bc"]
    with pytest.raises(TooManyWantedError, match="2 declarations wait"):
        dates.wanted("d", NOW)
    go_on.set()
    wait(found, 5)
    assert [one.result()[0]["declaration"] for one in [*found, dates.wanted("d", NOW)]] == list("abcd")
    dates.close()


def test_one_that_cannot_be_made_keeps_the_dates_of_no_other():
    begun, go_on = threading.Event(), threading.Event()

    def make(batch):
        begun.set()
        go_on.wait(5)
        if any(one == "b" for one, _ in batch):
            raise ValueError("b")
        return rows(batch)

    dates = Dates(make, share=1.0)
    found = [dates.wanted(one, NOW) for one in "abc"]
    go_on.set()
    wait(found, 5)
    dates.close()
    assert [one.exception() is None for one in found] == [True, False, True]


@pytest.fixture
def service(tmp_path):
    plain = planted_clearance(tmp_path / "plain", FIRM)
    made = plain.board.current()
    plain.close()
    given = model(days=1.0, low=0.5, high=2.0, recent=recent_medians(made.events, made.declarations))
    service = planted_clearance(tmp_path / "own", FIRM, Forecasts(given, AlertParams()))
    yield service
    service.learned.wait()
    service.close()


def test_dates_of_several_declarations_are_those_of_each_alone(service):
    """One number seen by the zone and, in a view of its own, by who posted under it: nothing is joined."""
    store = service.stores.get()
    for raw in (declaration(FIRM, "T9"), response("E9", "T9"), receipt("7", "E9")):
        store.receive(raw, ZONE, AT)
    seen = [service.see(NUMBER, None), service.see("E9", FIRM), service.see(NUMBER, None)]
    instants = [NOW, NOW, EARLIER]
    together = service.forecast(list(zip(seen, instants, strict=True)))
    assert together == [service.forecast([pair])[0] for pair in zip(seen, instants, strict=True)]
    assert [[row["stage"] for row in rows] for rows in together] == [
        ["completed"], ["accepted", "examined", "released", "completed"], ["completed"],
    ]  # fmt: skip
    assert [rows[0]["known_at"] for rows in together] == [f"{one:%Y-%m-%dT%H:%M:%SZ}" for one in instants]
