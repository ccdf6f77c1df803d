"""Webhooks: which https hosts an operator allows, who is sent what, and what came of each attempt to send it.

All of it are events of the event store, so nothing is changed and nothing deleted: a host is allowed and ended, a
webhook registered and disabled, each by a person with a time. Hosts are allowed by a command on the service's machine
alone, so a key of the API cannot make the service send to a host of its holder's choice.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from data.events import Event, EventStore, StoredEvent, WithdrawnError
from data.uscc import uscc_fault
from serving.clearance.changes import Change, Viewer
from serving.clearance.sending import read_site, read_target
from serving.clearance.store import MESSAGES
from serving.clearance.webhook_key import WebhookKey

HOSTS, WEBHOOKS, DELIVERIES = "clearance.webhook_host", "clearance.webhook", "clearance.delivery"
MESSAGE, STATUS_CHANGED = "clearance.message", "clearance.status_changed"
KINDS = (MESSAGE, STATUS_CHANGED)
ZONE = "zone"
MOST_WEBHOOKS = 200  # that are not disabled


class WebhookError(ValueError):
    """A webhook that cannot be registered, or a host that cannot be allowed; where, found, allowed as in a fault."""

    def __init__(self, where: str, found: str, allowed: str) -> None:
        super().__init__(f"{where}: {found}; allowed: {allowed}")
        self.where, self.found, self.allowed = where, found, allowed


class UnknownWebhookError(LookupError):
    """No webhook has this identifier."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Who is sent what; after : the sequence of the newest message when it was registered; check : of its secret."""

    webhook_id: str
    url: str
    events: tuple[str, ...]
    owner: str
    by: str
    registered_at: dt.datetime
    after: int
    check: str
    host_allowed: bool = True
    disabled_at: dt.datetime | None = None
    disabled_by: str = ""

    @property
    def viewer(self) -> Viewer:
        """As whom it sees declarations."""
        return None if self.owner == ZONE else self.owner

    @property
    def state(self) -> str:
        """``active``, ``disabled`` or ``host_not_allowed``."""
        if self.disabled_at is not None:
            return "disabled"
        return "active" if self.host_allowed else "host_not_allowed"

    def kind_of(self, change: Change) -> str | None:
        """The kind of event that it is sent for a change; None for nothing."""
        if not change.seen_by(self.viewer):
            return None
        if STATUS_CHANGED in self.events and change.clearance_status != change.status_before:
            return STATUS_CHANGED
        return MESSAGE if MESSAGE in self.events else None

    def as_dict(self) -> dict[str, Any]:
        """As an operator reads it; the secret is not in it."""
        return {
            "webhook_id": self.webhook_id,
            "url": self.url,
            "events": list(self.events),
            "owner": self.owner,
            "state": self.state,
            "registered_at": _text(self.registered_at),
            "registered_by": self.by,
            "disabled_at": None if self.disabled_at is None else _text(self.disabled_at),
            "disabled_by": self.disabled_by or None,
        }


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt; outcome : acknowledged, failed (it is tried again at ``next_at``) or gave_up."""

    sequence: int
    webhook_id: str
    delivery_id: str
    message: int
    at: dt.datetime
    attempt: int
    outcome: str
    status: int | None
    reason: str
    duration_ms: int
    first_at: dt.datetime
    next_at: dt.datetime | None

    def as_dict(self) -> dict[str, Any]:
        """As an operator reads it."""
        return {
            "sequence": self.sequence,
            "webhook_id": self.webhook_id,
            "delivery_id": self.delivery_id,
            "at": _text(self.at),
            "attempt": self.attempt,
            "outcome": self.outcome,
            "status": self.status,
            "reason": self.reason or None,
            "duration_ms": self.duration_ms,
            "next_at": None if self.next_at is None else _text(self.next_at),
        }


class Webhooks:
    """The webhooks of one event store; every method raises EventStoreError where it does not answer."""

    def __init__(self, store: EventStore, key: WebhookKey) -> None:
        self.store, self.key = store, key

    def hosts(self) -> dict[str, str]:
        """Hosts that are allowed, and who allowed each."""
        found: dict[str, str] = {}
        for row in self.store.read(HOSTS):
            if row.payload is not None:
                found.pop(row.payload["host"], None)
                if row.payload["allowed"]:
                    found[row.payload["host"]] = row.payload["by"]
        return found

    def allow_host(self, host: str, by: str, at: dt.datetime) -> bool:
        """Allow ``host`` or ``host:port``; whether it was not allowed before. Raises WebhookError."""
        site = read_site(host)
        if site is None:
            raise WebhookError("host", host[:80], "a host name in small letters, without an address, as example.com")
        return self._set_host(site, by, at, allowed=True)

    def end_host(self, host: str, by: str, at: dt.datetime) -> bool:
        """Allow a host no longer, so that nothing is sent to it from the next attempt on; whether it was allowed."""
        return self._set_host(host, by, at, allowed=False)

    def _set_host(self, site: str, by: str, at: dt.datetime, *, allowed: bool) -> bool:
        if (site in self.hosts()) == allowed:
            return False
        payload = {"host": site, "by": by, "allowed": allowed}
        return self.store.append(Event(HOSTS, f"{site}:{secrets.token_hex(8)}", "", at, payload))

    def register(self, url: str, events: Sequence[str], owner: str, by: str, at: dt.datetime) -> tuple[Webhook, str]:
        """A webhook for messages that arrive from now on, and its secret, which is shown this once.

        events : of ``KINDS``; owner : the USCC of the firm or agent as whom it sees declarations, or ``zone``
        raises : WebhookError
        """
        target = read_target(url)
        if target is None:
            raise WebhookError("url", url[:80], "https://host/path with a host name, no user, no fragment")
        if target.site not in self.hosts():
            raise WebhookError("url", target.site, "a host that an operator allowed: python -m serving clearance-hosts")
        if not events or set(events) - set(KINDS):
            raise WebhookError("events", ", ".join(events)[:80], ", ".join(KINDS))
        if owner != ZONE and uscc_fault(owner):
            raise WebhookError("owner", owner[:40], f"a USCC, or {ZONE}")
        if sum(one.state != "disabled" for one in self.every()) >= MOST_WEBHOOKS:
            raise WebhookError("webhooks", f"{MOST_WEBHOOKS} are in use", "disable one first")
        webhook_id = f"wh_{secrets.token_hex(12)}"
        payload = {
            "url": url, "events": sorted(set(events)), "owner": owner, "by": by,
            "after": self.store.last(MESSAGES), "check": self.key.check_of(webhook_id),
        }  # fmt: skip
        try:
            self.store.append(Event(WEBHOOKS, f"{webhook_id}:registered", "", at, payload))
        except WithdrawnError as fault:
            raise WebhookError("owner", owner[:40], "a firm that has not withdrawn") from fault
        return self._one(webhook_id), self.key.secret_of(webhook_id)

    def disable(self, webhook_id: str, by: str, reason: str, at: dt.datetime) -> Webhook:
        """Send nothing more to it; disabling twice changes nothing. Raises UnknownWebhookError."""
        if self._one(webhook_id).disabled_at is None:
            payload = {"by": by, "reason": reason}
            self.store.append(Event(WEBHOOKS, f"{webhook_id}:disabled", "", at, payload))
        return self._one(webhook_id)

    def every(self) -> list[Webhook]:
        """All, in the order in which they were registered; one whose owner withdrew is in the list no more."""
        hosts, found = self.hosts(), dict[str, Webhook]()
        for row in self.store.read(WEBHOOKS):
            webhook_id, _, what = row.event_id.partition(":")
            if row.payload is None:
                if what == "registered":
                    found.pop(webhook_id, None)
            elif what == "registered":
                target = read_target(row.payload["url"])
                allowed = target is not None and target.site in hosts
                values = {**row.payload, "events": tuple(row.payload["events"])}
                found[webhook_id] = Webhook(webhook_id, registered_at=row.at, host_allowed=allowed, **values)
            elif webhook_id in found:
                found[webhook_id] = replace(found[webhook_id], disabled_at=row.at, disabled_by=row.payload["by"])
        return list(found.values())

    def _one(self, webhook_id: str) -> Webhook:
        found = [one for one in self.every() if one.webhook_id == webhook_id]
        if not found:
            raise UnknownWebhookError(f"no webhook {webhook_id[:40]}")
        return found[0]

    def deliveries(self, webhook_id: str | None = None, after: int = 0, most: int = 500) -> list[Delivery]:
        """At most ``most`` attempts behind a sequence, the oldest first; of one webhook, or of all."""
        rows = self.store.read(DELIVERIES, after)
        found: list[Delivery] = []
        for row in rows:
            if len(found) == most:
                break
            if row.payload is not None and "attempt" in row.payload and webhook_id in (None, row.payload["webhook_id"]):
                found.append(delivery_of(row))
        return found


def delivery_of(row: StoredEvent) -> Delivery:
    """An attempt as it was stored."""
    values = dict(row.payload or {})
    first_at, next_at = dt.datetime.fromisoformat(values.pop("first_at")), values.pop("next_at")
    next_time = None if next_at is None else dt.datetime.fromisoformat(next_at)
    return Delivery(sequence=row.sequence, at=row.at, first_at=first_at, next_at=next_time, **values)


def _text(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat()
