"""Alerts that were shown come back as they were, and each is kept once."""

import datetime as dt

import pytest

from data.events import EventStore
from models.clearance.alerts import Alert
from serving.clearance.alert_log import alert_event, shown_alerts

pytestmark = pytest.mark.contract
AT = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
ALERT = Alert(
    declaration_id="T1", client_seq_no="T1", kind="ship", stage="released", cutoff_at=AT + 6 * HOUR, chance=0.5,
    loss_cny=6_000.0, worth_cny=1_500.0, act_by=AT + 2 * HOUR, alerted_at=AT, milestone="examined",
    activity="examined", median_at=AT + 5 * HOUR, low_at=AT + 3 * HOUR, high_at=AT + 9 * HOUR, coverage=0.8,
    reliable=True, reasons=(("可能延误", "may be late"),),
)  # fmt: skip


def test_an_alert_is_kept_once_and_read_as_it_was(tmp_path):
    store = EventStore(f"sqlite:///{tmp_path / 'e.sqlite'}")
    assert store.append_all([alert_event(ALERT), alert_event(ALERT)]) == 1
    assert shown_alerts(store) == [ALERT]
    store.close()
