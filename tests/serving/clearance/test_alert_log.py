"""Alerts that were shown come back as they were, and each is kept once."""

import datetime as dt

import pytest

from data.events import EventStore
from models.clearance.alerts import Alert
from serving.clearance.alert_log import alert_event, shown_alerts

pytestmark = pytest.mark.contract
AT = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
ALERT = Alert(
    "T1", "T1", "ship", "released", AT + dt.timedelta(hours=6), 0.5, 6_000.0, 1_500.0, AT + dt.timedelta(hours=2), AT,
    "examined", "examined", AT + dt.timedelta(hours=5), AT + dt.timedelta(hours=3), AT + dt.timedelta(hours=9), 0.8,
    True, (("可能延误", "may be late"),),
)  # fmt: skip


def test_an_alert_is_kept_once_and_read_as_it_was(tmp_path):
    store = EventStore(f"sqlite:///{tmp_path / 'e.sqlite'}")
    assert store.append_all([alert_event(ALERT), alert_event(ALERT)]) == 1
    assert shown_alerts(store) == [ALERT]
    store.close()
