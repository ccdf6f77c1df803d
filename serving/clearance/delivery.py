"""Sends changes to webhooks, at least once each: by one process, which may be killed at any moment.

What is to be sent follows from the messages and the webhooks, both in the event store, and so does its identifier.
Every attempt is an event there before the next thing is done, so a process that starts again finds what was
acknowledged and never sends that again; what was under way when the last one was killed is sent once more, under the
same identifier, and the receiver drops it. A mark says up to which message everything is settled for a webhook.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from data.events import Event, EventConflictError, EventStore, EventStoreError, WithdrawnError
from serving.clearance.changes import Arrived, Changes
from serving.clearance.sending import Sender, Sent, read_target
from serving.clearance.webhooks import DELIVERIES, Webhook, Webhooks

log = structlog.get_logger("serving.clearance.delivery")
PAGE = 200  # messages that are read at once
MARK_EVERY = 100  # messages
AFTER_FAULT_S = 1.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """When a failed attempt is repeated, in seconds: the wait grows from ``first`` by ``factor`` up to ``most``.

    The wait is shortened by up to ``jitter`` of itself, by a share that follows from the delivery, so it is the same
    after a restart. The first attempt that fails ``give_up_after`` or more after the first of all is the last.
    """

    first: float = 5.0
    factor: float = 4.0
    most: float = 4 * 3_600.0
    jitter: float = 0.3
    give_up_after: float = 24 * 3_600.0

    def wait_s(self, delivery_id: str, attempt: int) -> float:
        """From the attempt of this number, which is 1 for the first, to the next."""
        drawn = int.from_bytes(hashlib.sha256(f"{delivery_id}:{attempt}".encode()).digest()[:4]) / 2**32
        return min(self.first * self.factor ** min(attempt - 1, 40), self.most) * (1 - self.jitter * drawn)


@dataclass(slots=True)
class _Pending:
    """Something to be sent; due_at : of the next attempt."""

    delivery_id: str
    sequence: int
    body: bytes
    due_at: dt.datetime
    attempts: int = 0
    first_at: dt.datetime | None = None
    under_way: bool = False


@dataclass(slots=True)
class _Queue:
    """What one webhook is still to get. upto : every message until there is in ``pending`` or settled."""

    upto: int
    marked: int
    pending: dict[str, _Pending] = field(default_factory=dict)
    settled: dict[str, int] = field(default_factory=dict)  # by delivery, its message; behind the mark alone
    failed: dict[str, tuple[int, dt.datetime, dt.datetime]] = field(default_factory=dict)  # attempts, first, next

    def settled_upto(self) -> int:
        """The sequence until which nothing is pending."""
        return min((one.sequence - 1 for one in self.pending.values()), default=self.upto)


class Deliverer:
    """Delivers until it is stopped.

    most_pending : of one webhook in memory; together, per_webhook : attempts under way at once, in all and of one
    """

    def __init__(
        self,
        store: EventStore,
        changes: Changes,
        webhooks: Webhooks,
        sender: Sender,
        *,
        backoff: Backoff | None = None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        every_s: float = 0.25,
        most_pending: int = 1_000,
        together: int = 64,
        per_webhook: int = 8,
    ) -> None:
        self.store, self.changes, self.webhooks, self.sender = store, changes, webhooks, sender
        self.backoff, self.now, self.every_s = backoff or Backoff(), now, every_s
        self.most_pending, self.together, self.per_webhook = most_pending, together, per_webhook
        self._queues: dict[str, _Queue] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()

    async def run(self, stop: asyncio.Event, still_held: Callable[[], bool] = lambda: True) -> None:
        """Deliver until ``stop`` is set or the lease is lost; what is under way is finished and recorded."""
        loaded = False
        while not stop.is_set() and await asyncio.to_thread(still_held):
            self._wake.clear()
            try:
                if not loaded:
                    await asyncio.to_thread(self._load)
                    loaded = True
                active = await asyncio.to_thread(self._read)
            except EventStoreError as fault:
                log.warning("event_store_does_not_answer", reason=type(fault).__name__)
                await _first_of(AFTER_FAULT_S, stop)
                continue
            self._start(active)
            await _first_of(self.every_s, stop, self._wake)
        if self._tasks:
            await asyncio.wait(self._tasks)
        await asyncio.to_thread(self._mark, 1)

    def _load(self) -> None:
        """What earlier processes settled or tried, from the log."""
        for row in self.store.read(DELIVERIES):
            if row.payload is None:
                continue
            queue = self._queues.setdefault(row.payload["webhook_id"], _Queue(0, 0))
            if "mark" in row.payload:
                queue.upto = queue.marked = max(queue.marked, row.payload["mark"])
                queue.settled = {key: at for key, at in queue.settled.items() if at > queue.marked}
            elif row.payload["next_at"] is None:
                queue.settled[row.payload["delivery_id"]] = row.payload["message"]
                queue.failed.pop(row.payload["delivery_id"], None)
            else:
                first, following = (dt.datetime.fromisoformat(row.payload[name]) for name in ("first_at", "next_at"))
                queue.failed[row.payload["delivery_id"]] = row.payload["attempt"], first, following

    def _read(self) -> list[Webhook]:
        """Take newer messages into the queues; returns the webhooks that may be sent to."""
        every = self.webhooks.every()
        active = [one for one in every if one.state == "active" and self._has_its_key(one)]
        waiting = {one.webhook_id for one in every if one.state != "disabled"}
        self._queues = {key: queue for key, queue in self._queues.items() if key in waiting}
        pages: dict[int, tuple[list[Arrived], int]] = {}
        for webhook in active:
            queue = self._queues.setdefault(webhook.webhook_id, _Queue(0, 0))
            queue.upto = max(queue.upto, webhook.after)
            if len(queue.pending) >= self.most_pending:
                continue
            if queue.upto not in pages:
                pages[queue.upto] = self.changes.newer(queue.upto, PAGE)
            arrived, upto = pages[queue.upto]
            for one in arrived:
                self._take(webhook, queue, one)
            if upto > queue.upto:
                queue.upto = upto
                self._wake.set()
        self._mark(MARK_EVERY)
        return active

    def _has_its_key(self, webhook: Webhook) -> bool:
        if self.webhooks.key.check_of(webhook.webhook_id) == webhook.check:
            return True
        log.error("webhook_of_another_key", webhook_id=webhook.webhook_id)
        return False

    def _take(self, webhook: Webhook, queue: _Queue, arrived: Arrived) -> None:
        for position, change in enumerate(arrived.changes):
            kind = webhook.kind_of(change)
            named = f"{webhook.webhook_id}|{change.message_id}|{position}"
            delivery_id = f"msg_{hashlib.sha256(named.encode()).hexdigest()[:32]}"
            if kind is None or delivery_id in queue.settled or delivery_id in queue.pending:
                continue
            content = {
                "type": kind,
                "timestamp": change.received_at.astimezone(dt.UTC).isoformat(),
                "data": change.as_dict(with_note=False),
            }
            body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
            pending = _Pending(delivery_id, arrived.sequence, body, self.now())
            if delivery_id in queue.failed:
                pending.attempts, pending.first_at, pending.due_at = queue.failed.pop(delivery_id)
            queue.pending[delivery_id] = pending

    def _start(self, active: list[Webhook]) -> None:
        """Begin the attempts that are due, the longest waiting first."""
        now = self.now()
        for webhook in active:
            queue = self._queues[webhook.webhook_id]
            free = self.per_webhook - sum(one.under_way for one in queue.pending.values())
            due = [one for one in queue.pending.values() if one.due_at <= now and not one.under_way]
            for pending in sorted(due, key=lambda one: (one.due_at, one.sequence))[: max(free, 0)]:
                if len(self._tasks) < self.together:
                    pending.under_way = True
                    task = asyncio.create_task(self._attempt(webhook, queue, pending))
                    self._tasks.add(task)
                    task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wake.set()
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("attempt_broke_off", reason=type(fault).__name__)

    async def _attempt(self, webhook: Webhook, queue: _Queue, pending: _Pending) -> None:
        """One attempt; it is over when it is recorded, and due again if it breaks off by a fault of ours."""
        at = self.now()
        pending.due_at = at + dt.timedelta(seconds=self.backoff.most)
        try:
            await self._send(webhook, queue, pending, at)
        finally:
            pending.under_way = False

    async def _send(self, webhook: Webhook, queue: _Queue, pending: _Pending, at: dt.datetime) -> None:
        target = read_target(webhook.url)
        if target is None:
            raise ValueError("a webhook that was registered has a URL that can be read")
        stamp = int(at.timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": "clearance-webhooks/1",
            "webhook-id": pending.delivery_id,
            "webhook-timestamp": str(stamp),
            "webhook-signature": self.webhooks.key.signature(
                webhook.webhook_id, pending.delivery_id, stamp, pending.body
            ),
        }
        sent = await self.sender.post(target, headers, pending.body)
        pending.attempts += 1
        pending.first_at = pending.first_at or at
        next_at = self._next(pending, at) if sent.reason else None
        await self._record(webhook, pending, at, sent, next_at)
        if next_at is None:
            queue.settled[pending.delivery_id] = pending.sequence
            del queue.pending[pending.delivery_id]
        else:
            pending.due_at = next_at

    def _next(self, pending: _Pending, at: dt.datetime) -> dt.datetime | None:
        if pending.first_at is not None and (at - pending.first_at).total_seconds() >= self.backoff.give_up_after:
            return None
        return at + dt.timedelta(seconds=self.backoff.wait_s(pending.delivery_id, pending.attempts))

    async def _record(
        self, webhook: Webhook, pending: _Pending, at: dt.datetime, sent: Sent, next_at: dt.datetime | None
    ) -> None:
        payload = {
            "webhook_id": webhook.webhook_id,
            "delivery_id": pending.delivery_id,
            "message": pending.sequence,
            "attempt": pending.attempts,
            "outcome": "acknowledged" if not sent.reason else "gave_up" if next_at is None else "failed",
            "status": sent.status,
            "reason": sent.reason,
            "duration_ms": sent.duration_ms,
            "first_at": (pending.first_at or at).isoformat(),
            "next_at": None if next_at is None else next_at.isoformat(),
        }
        event = Event(DELIVERIES, f"{pending.delivery_id}:{pending.attempts}", "", at, payload)
        while True:
            try:
                await asyncio.to_thread(self.store.append, event)
            except EventStoreError:  # an acknowledgement that was not recorded would be sent again: wait for the store
                await asyncio.sleep(AFTER_FAULT_S)
            except (EventConflictError, WithdrawnError) as fault:
                log.error("attempt_not_recorded", webhook_id=webhook.webhook_id, reason=type(fault).__name__)
                return
            else:
                return

    def _mark(self, behind: int) -> None:
        """Record up to where all is settled, for webhooks that are ``behind`` messages or more past their mark."""
        for webhook_id, queue in self._queues.items():
            upto = queue.settled_upto()
            if upto - queue.marked >= behind:
                payload = {"webhook_id": webhook_id, "mark": upto}
                self.store.append(Event(DELIVERIES, f"{webhook_id}:mark:{upto}", "", self.now(), payload))
                queue.marked = upto
                queue.settled = {key: at for key, at in queue.settled.items() if at > upto}


async def _first_of(seconds: float, *events: asyncio.Event) -> None:
    """Until one of the events is set, or so many seconds."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
