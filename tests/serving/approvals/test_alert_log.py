"""A day's looks are used once, however many workers answer, and what was shown is read back whole."""

import datetime as dt
import threading
from dataclasses import replace

import pytest

from data.events import EventStore
from models.approvals.alerts import Alert
from serving.approvals.alert_log import day_of, show, shown_alerts

NOW = dt.datetime(2024, 6, 21, 3, tzinfo=dt.UTC)
ONE = Alert(
    case_number="zone|A", item="permit", office="east", promised_due_on=dt.date(2024, 6, 24), chance=0.7,
    basis="forecast", loss_cny=500.0, worth_cny=60.0, act_by=NOW, alerted_at=NOW, activity="accepted", median_at=NOW,
    low_at=NOW, high_at=NOW, coverage=None, reliable=True, reasons=(("可能超期", "may be late"),),
)  # fmt: skip


def alerts(*numbers, at=NOW):
    return [replace(ONE, case_number=f"zone|{number}", alerted_at=at) for number in numbers]


@pytest.fixture
def store(tmp_path):
    made = EventStore(f"sqlite:///{tmp_path / 'e.sqlite'}")
    yield made
    made.close()


def test_an_alert_is_read_back_whole(store):
    show(store, 5, NOW, lambda _: [ONE, replace(ONE, case_number="zone|B", coverage=0.8)])
    assert shown_alerts(store) == [ONE, replace(ONE, case_number="zone|B", coverage=0.8)]


def test_the_budget_of_a_day_is_used_once(store):
    assert len(show(store, 3, NOW, lambda _: alerts("A", "B"))) == 2
    later = show(store, 3, NOW, lambda _: alerts("C", "D"))
    assert [one.case_number for one in later] == ["zone|A", "zone|B", "zone|C"]
    assert show(store, 3, NOW, lambda _: alerts("E")) == later
    tomorrow = NOW + dt.timedelta(days=1)
    assert [one.case_number for one in show(store, 3, tomorrow, lambda _: alerts("E", at=tomorrow))] == ["zone|E"]


def test_a_day_begins_at_midnight_of_beijing():
    assert [day_of(dt.datetime(2024, 6, 21, hour, 59, tzinfo=dt.UTC)).day for hour in (15, 16)] == [21, 22]


def test_workers_that_answer_at_once_share_the_budget(tmp_path):
    """Eight workers find two alerts each; the law is that no day has more looks than its budget."""
    url = f"sqlite:///{tmp_path / 'e.sqlite'}"
    stores, start, found = [EventStore(url) for _ in range(8)], threading.Barrier(8), []

    def work(at):
        start.wait()
        found.append(show(stores[at], 5, NOW, lambda _: alerts(f"{at}a", f"{at}b")))

    threads = [threading.Thread(target=work, args=(at,)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shown_alerts(stores[0])) == 5
    assert max(len(one) for one in found) == 5
    for store in stores:
        store.close()
