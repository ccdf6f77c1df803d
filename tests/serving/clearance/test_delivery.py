"""What is acknowledged is sent no more, what is not is sent again under one identifier, until it is given up."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import hmac
import json
import time

import pytest

from data.events import EventStoreError
from serving.clearance.delivery import Backoff, Deliverer
from serving.clearance.sending import Sender, Sent
from serving.clearance.webhook_key import WebhookKey
from serving.clearance.webhooks import MESSAGE, STATUS_CHANGED, Webhooks
from tests.serving.clearance.planted import AT, FIRM, FOLDER, HOST, loopback, receiver

pytestmark = pytest.mark.law


class Planned:
    """A sender that answers by plan and keeps what it was given."""

    def __init__(self, *answers: int | None) -> None:
        self.answers, self.sent = list(answers), []

    async def post(self, target, headers, body):
        self.sent.append((headers["webhook-id"], json.loads(body)))
        status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        await asyncio.sleep(0)
        acknowledged = status is not None and status < 300
        return Sent(status, "" if acknowledged else "timeout" if status is None else "status", 1)


class Days:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> dt.datetime:
        return self.at


@pytest.fixture
def webhooks(events):
    made = Webhooks(events, WebhookKey(b"k" * 32))
    made.allow_host(HOST, "an operator", AT)
    return made


@pytest.fixture
def now():
    return Days()


@pytest.fixture
def deliver(events, changes, webhooks, now):
    """Run a deliverer until nothing happens any more; a new one each time, as after a restart."""

    def run(sender, at_least=0, **more):
        async def until_quiet():
            stop = asyncio.Event()
            made = Deliverer(events, changes, webhooks, sender, now=now, every_s=0.005, **more)
            task = asyncio.create_task(made.run(stop))
            seen, quiet = -1, 0
            give_up = time.monotonic() + 30.0
            while quiet < 4 or (len(getattr(sender, "sent", ())) < at_least and time.monotonic() < give_up):
                await asyncio.sleep(0.02)
                count = len(getattr(sender, "sent", ())) + len(webhooks.deliveries())
                quiet = quiet + 1 if count == seen else 0
                seen = count
            stop.set()
            await task

        asyncio.run(until_quiet())

    return run


def receive(messages, *texts):
    for text in texts:
        messages.receive(text.encode(), FOLDER, AT)


def register(webhooks, kinds=(MESSAGE,), owner="zone"):
    return webhooks.register(f"https://{HOST}/hook", kinds, owner, "an operator", AT)[0]


def test_each_change_since_registering_is_sent_once_over_restarts(messages, webhooks, deliver):
    receive(messages, "7 seq_no:E0")
    register(webhooks)
    receive(messages, *(f"7 seq_no:E{number}" for number in range(1, 6)))
    first, second = Planned(204), Planned(204)
    deliver(first)
    receive(messages, "L seq_no:E1")
    deliver(second)
    assert sorted(body["data"]["declaration"] for _, body in first.sent) == ["E1", "E2", "E3", "E4", "E5"]
    assert [body["data"]["code"] for _, body in second.sent] == ["L"]
    assert {one.outcome for one in webhooks.deliveries()} == {"acknowledged"}


def test_a_failed_delivery_is_repeated_under_its_identifier_and_waits_longer(messages, webhooks, deliver, now):
    register(webhooks)
    receive(messages, "7 seq_no:E1")
    sender = Planned(500, None, 204)
    waits = []
    for _ in range(4):
        deliver(sender)
        last = webhooks.deliveries()[-1]
        if last.next_at:
            waits.append((last.next_at - last.at).total_seconds())
            now.at = last.next_at
    assert [one.outcome for one in webhooks.deliveries()] == ["failed", "failed", "acknowledged"]
    assert [one.status for one in webhooks.deliveries()] == [500, None, 204]
    assert len({identifier for identifier, _ in sender.sent}) == 1
    assert sender.sent[0] == sender.sent[2]
    assert 3.5 <= waits[0] <= 5
    assert 14 <= waits[1] <= 20


def test_waits_by_hand_and_a_day_until_it_is_given_up():
    """Without jitter: 5, 20, 80, 320, 1280, 5120, then 4 h each; the shares drawn differ and stay in their range."""
    plain = Backoff(jitter=0.0)
    assert [plain.wait_s("a", number) for number in range(1, 9)] == [5, 20, 80, 320, 1280, 5120, 14_400, 14_400]
    drawn = [Backoff().wait_s(f"msg_{number}", 7) for number in range(200)]
    assert len(set(drawn)) > 190
    assert min(drawn) >= 0.7 * 14_400
    assert max(drawn) <= 14_400
    assert Backoff().wait_s("msg_1", 2) == Backoff().wait_s("msg_1", 2)


def test_it_is_given_up_after_a_day_and_never_sent_again(messages, webhooks, deliver, now):
    register(webhooks)
    receive(messages, "7 seq_no:E1")
    sender = Planned(500)
    while webhooks.deliveries()[-1:] == [] or webhooks.deliveries()[-1].next_at:
        deliver(sender, backoff=Backoff(first=3_600, factor=8, most=36_000))
        now.at = webhooks.deliveries()[-1].next_at or now.at
    log = webhooks.deliveries()
    assert [one.outcome for one in log[:-1]] == ["failed"] * (len(log) - 1)
    assert log[-1].outcome == "gave_up"
    assert dt.timedelta(hours=24) <= log[-1].at - log[0].at < dt.timedelta(hours=35)
    now.at += dt.timedelta(days=9)
    count = len(sender.sent)
    deliver(sender)
    assert len(sender.sent) == count


def test_a_failing_delivery_holds_up_no_other(messages, webhooks, deliver):
    register(webhooks)
    receive(messages, "7 seq_no:E1", "7 seq_no:E2", "7 seq_no:E3")
    deliver(Planned(500, 204), per_webhook=1)
    assert sorted(one.outcome for one in webhooks.deliveries()) == ["acknowledged", "acknowledged", "failed"]


def test_a_disabled_webhook_or_an_ended_host_gets_nothing_more(messages, webhooks, deliver, now):
    hook = register(webhooks)
    receive(messages, "7 seq_no:E1")
    deliver(sender := Planned(500))
    webhooks.end_host(HOST, "an operator", AT)
    now.at += dt.timedelta(hours=1)
    deliver(sender)
    assert len(sender.sent) == 1
    webhooks.allow_host(HOST, "an operator", AT)
    deliver(sender)
    assert len(sender.sent) == 2
    webhooks.disable(hook.webhook_id, "an operator", "", AT)
    now.at += dt.timedelta(hours=1)
    deliver(sender)
    assert len(sender.sent) == 2


def test_a_webhook_of_another_key_is_not_signed_with_this_one(messages, webhooks, deliver):
    register(webhooks)
    receive(messages, "7 seq_no:E1")
    webhooks.key = WebhookKey(b"l" * 32)
    deliver(sender := Planned(204))
    assert sender.sent == []


def test_only_so_many_wait_in_memory_and_the_rest_follows(messages, webhooks, deliver, monkeypatch):
    monkeypatch.setattr("serving.clearance.delivery.PAGE", 2)
    register(webhooks)
    receive(messages, *(f"7 seq_no:E{number}" for number in range(9)))
    deliver(sender := Planned(204), at_least=9, most_pending=2)
    assert len({identifier for identifier, _ in sender.sent}) == len(sender.sent) == 9


def test_an_acknowledgement_is_recorded_though_the_store_was_away(messages, webhooks, deliver, events, monkeypatch):
    monkeypatch.setattr("serving.clearance.delivery.AFTER_FAULT_S", 0.01)
    register(webhooks)
    receive(messages, "7 seq_no:E1")
    append, left = events.append, [2]

    def away(event):
        if left[0]:
            left[0] -= 1
            raise EventStoreError("away")
        return append(event)

    monkeypatch.setattr(events, "append", away)
    deliver(sender := Planned(204))
    assert (len(sender.sent), [one.outcome for one in webhooks.deliveries()]) == (1, ["acknowledged"])


def test_what_was_under_way_when_the_process_was_killed_is_sent_again_and_nothing_else(
    messages, webhooks, events, changes, deliver
):
    """One acknowledged and recorded, one sent and not recorded: as a kill between the two leaves it."""
    register(webhooks)
    receive(messages, "7 seq_no:E1", "7 seq_no:E2")

    class Killed(Planned):
        async def post(self, target, headers, body):
            sent = await super().post(target, headers, body)
            if len(self.sent) == 2:
                await asyncio.sleep(99)
            return sent

    async def run(sender):
        task = asyncio.create_task(Deliverer(events, changes, webhooks, sender, per_webhook=1).run(asyncio.Event()))
        while len(sender.sent) < 2 or not webhooks.deliveries():
            await asyncio.sleep(0.01)
        for one in asyncio.all_tasks() - {asyncio.current_task()}:
            one.cancel()
        await asyncio.wait({task})

    asyncio.run(run(killed := Killed(204)))
    deliver(after := Planned(204))
    assert after.sent == [killed.sent[1]]


def test_a_delivery_over_https_is_signed_and_names_no_person(messages, webhooks, events, changes, tmp_path):
    """As a receiver checks it, with the secret that was shown; the officer's note is not in it."""
    with receiver(tmp_path) as server:
        webhooks.allow_host(f"{HOST}:{server.port}", "an operator", AT)
        _, secret = webhooks.register(server.url, [STATUS_CHANGED], FIRM, "an operator", AT)
        receive(messages, f"D seq_no:E1 of:{FIRM}", "7 seq_no:E1", "7 seq_no:of-another")

        async def run():
            stop = asyncio.Event()
            sender = Sender(server.context, loopback, allow_loopback=True)
            task = asyncio.create_task(Deliverer(events, changes, webhooks, sender, every_s=0.01).run(stop))
            while not webhooks.deliveries():
                await asyncio.sleep(0.01)
            stop.set()
            await task

        asyncio.run(run())
        ((headers, body),) = server.came
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == expected
    assert json.loads(body)["data"] == {
        "declaration": "E1", "numbers": ["E1"], "clearance_status": "declared", "status_before": "unknown",
        "at": AT.isoformat(),
        "code": "7", "note_length": 18, "office": "2244", "received_at": AT.isoformat(), "reported": False,
        "simulated": False,
    }  # fmt: skip
    assert b"officer" not in body
    assert FIRM.encode() not in body


def test_nothing_is_sent_when_the_lease_is_lost(messages, webhooks, events, changes):
    register(webhooks)
    receive(messages, "7 seq_no:E1")
    sender = Planned(204)
    asyncio.run(Deliverer(events, changes, webhooks, sender).run(asyncio.Event(), lambda: False))
    assert sender.sent == []
