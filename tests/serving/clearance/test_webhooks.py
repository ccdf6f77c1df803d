"""Webhooks go to hosts that an operator allowed, see what their owner may see, and stop when they are disabled."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from data.events import Event
from serving.clearance.store import Source
from serving.clearance.webhook_key import WebhookKey
from serving.clearance.webhooks import (
    DELIVERIES,
    MESSAGE,
    STATUS_CHANGED,
    UnknownWebhookError,
    WebhookError,
    Webhooks,
)
from tests.serving.clearance.planted import AT, FIRM, FOLDER, OTHER

pytestmark = pytest.mark.contract
URL = "https://receiver.example.com/hook?a=1"


@pytest.fixture
def webhooks(events):
    made = Webhooks(events, WebhookKey(b"k" * 32))
    assert made.allow_host("receiver.example.com", "an operator", AT)
    return made


def test_a_registered_webhook_shows_its_secret_once_and_the_store_never_holds_it(webhooks, events):
    made, secret = webhooks.register(URL, [STATUS_CHANGED], FIRM, "an operator", AT)
    assert secret == webhooks.key.secret_of(made.webhook_id)
    stored = "".join(str(row.payload) for row in events.read("clearance.webhook"))
    assert secret.removeprefix("whsec_") not in stored
    assert "secret" not in made.as_dict()
    assert webhooks.every() == [made]
    assert made.as_dict()["state"] == "active"


def test_what_cannot_be_registered_names_where(webhooks):
    for url, kinds, owner, where in (
        ("http://receiver.example.com/", [MESSAGE], "zone", "url"),
        ("https://other.example.com/", [MESSAGE], "zone", "url"),
        ("https://receiver.example.com:8443/", [MESSAGE], "zone", "url"),
        ("https://a@receiver.example.com/", [MESSAGE], "zone", "url"),
        (URL, [], "zone", "events"),
        (URL, ["everything"], "zone", "events"),
        (URL, [MESSAGE], "91330000TEST", "owner"),
        (URL, [MESSAGE], "", "owner"),
    ):
        with pytest.raises(WebhookError) as caught:
            webhooks.register(url, kinds, owner, "an operator", AT)
        assert (caught.value.where, webhooks.every()) == (where, [])


def test_a_host_that_is_no_name_is_not_allowed(webhooks):
    for host in ("127.0.0.1", "localhost", "[::1]", "A.example.com", "a.example.com/x", "0x7f.1", ""):
        with pytest.raises(WebhookError):
            webhooks.allow_host(host, "an operator", AT)


def test_a_host_that_ends_stops_its_webhooks_and_may_come_back(webhooks):
    webhooks.register(URL, [MESSAGE], "zone", "an operator", AT)
    assert not webhooks.allow_host("receiver.example.com", "another", AT)
    assert webhooks.end_host("receiver.example.com", "another", AT)
    assert (webhooks.hosts(), webhooks.every()[0].state) == ({}, "host_not_allowed")
    assert not webhooks.end_host("receiver.example.com", "another", AT)
    webhooks.allow_host("receiver.example.com", "another", AT)
    assert (webhooks.hosts(), webhooks.every()[0].state) == ({"receiver.example.com": "another"}, "active")


def test_a_disabled_webhook_says_by_whom_and_twice_is_once(webhooks):
    made, _ = webhooks.register(URL, [MESSAGE], "zone", "an operator", AT)
    later = AT + dt.timedelta(hours=1)
    first = webhooks.disable(made.webhook_id, "another", "moved", later)
    assert webhooks.disable(made.webhook_id, "a third", "", later + dt.timedelta(hours=1)) == first
    assert (first.state, first.disabled_at, first.as_dict()["disabled_by"]) == ("disabled", later, "another")
    with pytest.raises(UnknownWebhookError):
        webhooks.disable("wh_none", "another", "", AT)


def test_a_firm_that_withdraws_has_no_webhook_any_more(webhooks, events):
    webhooks.register(URL, [MESSAGE], FIRM, "an operator", AT)
    events.withdraw(FIRM, AT)
    assert webhooks.every() == []
    with pytest.raises(WebhookError, match="has not withdrawn"):
        webhooks.register(URL, [MESSAGE], FIRM, "an operator", AT)


def test_only_so_many_are_in_use(webhooks, monkeypatch):
    monkeypatch.setattr("serving.clearance.webhooks.MOST_WEBHOOKS", 1)
    made, _ = webhooks.register(URL, [MESSAGE], "zone", "an operator", AT)
    with pytest.raises(WebhookError, match="in use"):
        webhooks.register(URL, [MESSAGE], "zone", "an operator", AT)
    webhooks.disable(made.webhook_id, "another", "", AT)
    webhooks.register(URL, [MESSAGE], "zone", "an operator", AT)


def test_each_owner_is_sent_what_it_may_see_of_the_kind_it_wants(webhooks, messages, changes):
    for raw in (f"D seq_no:E1 of:{FIRM}", "7 seq_no:E1"):
        messages.receive(raw.encode(), FOLDER, AT)
    messages.receive(b"R seq_no:E1", Source("enterprise", FIRM), AT)
    made, _ = webhooks.register(URL, [STATUS_CHANGED], FIRM, "an operator", AT)
    found = [change for one in changes.newer(0, 9)[0] for change in one.changes]
    kinds = {
        (owner, events): [replace(made, owner=owner, events=events).kind_of(change) for change in found]
        for owner, events in ((FIRM, (STATUS_CHANGED,)), ("zone", (MESSAGE, STATUS_CHANGED)), (OTHER, (MESSAGE,)))
    }
    assert kinds[FIRM, (STATUS_CHANGED,)] == [None, STATUS_CHANGED, None]
    assert kinds["zone", (MESSAGE, STATUS_CHANGED)] == [MESSAGE, STATUS_CHANGED, MESSAGE]
    assert kinds[OTHER, (MESSAGE,)] == [None, None, None]


def test_the_log_is_read_in_pages_and_by_webhook(webhooks, events):
    for number in range(6):
        payload = {
            "webhook_id": f"wh_{number % 2}", "delivery_id": f"msg_{number}", "message": number, "attempt": 1,
            "outcome": "failed", "status": 500, "reason": "status", "duration_ms": 3,
            "first_at": AT.isoformat(), "next_at": AT.isoformat(),
        }  # fmt: skip
        events.append(Event(DELIVERIES, f"msg_{number}:1", "", AT, payload))
        events.append(Event(DELIVERIES, f"wh_{number % 2}:mark:{number}", "", AT, {"webhook_id": "wh_0", "mark": 1}))
    first = webhooks.deliveries(most=4)
    assert [one.message for one in (*first, *webhooks.deliveries(after=first[-1].sequence))] == list(range(6))
    assert [one.message for one in webhooks.deliveries("wh_1")] == [1, 3, 5]
    assert first[0].as_dict()["status"] == 500
