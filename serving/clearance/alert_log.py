"""Alerts that the zone was shown, as events: a day's budget is used once, and nothing comes again unchanged."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from typing import Any

from data.events import Event, EventStore
from models.clearance.alerts import Alert

ALERTS = "clearance.alert"
INSTANTS = ("cutoff_at", "act_by", "alerted_at", "median_at", "low_at", "high_at")


def alert_event(alert: Alert) -> Event:
    """The event of one alert, under its declaration, stage and instant."""
    name = f"{alert.declaration_id}|{alert.kind}|{alert.stage}|{alert.alerted_at.isoformat()}"
    return Event(ALERTS, hashlib.sha256(name.encode()).hexdigest(), "", alert.alerted_at, alert.as_dict())


def shown_alerts(store: EventStore) -> list[Alert]:
    """Every alert that was shown, in the order in which it was."""
    return [_alert(dict(one.payload)) for one in store.read(ALERTS) if one.payload is not None]


def _alert(values: dict[str, Any]) -> Alert:
    instants = {name: dt.datetime.fromisoformat(values[name]) for name in INSTANTS}
    reasons = tuple((one["zh"], one["en"]) for one in values["reasons"])
    names = {field.name for field in dataclasses.fields(Alert)}
    return Alert(**{name: value for name, value in values.items() if name in names} | instants | {"reasons": reasons})
