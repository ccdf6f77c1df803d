"""Alerts that the zone was shown, as events. Each takes one of the day's numbered looks, so the budget is used once.

However many workers answer at the same time: a look's number is the identifier of its event, and an identifier is
stored once.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from data.beijing import BEIJING
from data.events import Event, EventConflictError, EventStore
from models.approvals.alerts import Alert

ALERTS = "approvals.alert"


def day_of(instant: dt.datetime) -> dt.date:
    """The day of Beijing whose budget an alert uses."""
    return instant.astimezone(BEIJING).date()


def shown_alerts(store: EventStore) -> list[Alert]:
    """Every alert that was shown, in the order in which it was."""
    return [_alert(dict(one.payload)) for one in store.read(ALERTS) if one.payload is not None]


def show(
    store: EventStore, budget: int, now: dt.datetime, make: Callable[[Sequence[Alert]], Sequence[Alert]]
) -> list[Alert]:
    """The alerts of the day: those shown before, and new ones as long as the budget lasts.

    make : new alerts, the worth most first, where these were shown before; raises EventStoreError
    """
    while True:
        shown = shown_alerts(store)
        today = [one for one in shown if day_of(one.alerted_at) == day_of(now)]
        new = list(make(shown))[: max(0, budget - len(today))]
        try:
            store.append_all([_event(one, len(today) + at) for at, one in enumerate(new)])
        except EventConflictError:  # another worker has used these looks meanwhile
            continue
        return [*today, *new]


def _event(alert: Alert, look: int) -> Event:
    """The event of one alert, by its day and the number of its look, from 0."""
    return Event(ALERTS, f"{day_of(alert.alerted_at)}|{look}", "", alert.alerted_at, alert.as_dict())


def _alert(values: dict[str, Any]) -> Alert:
    """The alert of its ``as_dict``."""
    read = {"datetime": dt.datetime.fromisoformat, "date": dt.date.fromisoformat}
    made = {
        field.name: read[str(field.type)](values[field.name]) if str(field.type) in read else values[field.name]
        for field in dataclasses.fields(Alert)
    }
    return Alert(**made | {"reasons": tuple((one["zh"], one["en"]) for one in values["reasons"])})
