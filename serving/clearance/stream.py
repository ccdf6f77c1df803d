"""Live states of declarations as server-sent events: nothing is lost over a break, and a slow client holds up nobody.

Every client has only a position in the sequence of messages, no queue: one reader for each worker looks for newer
messages while somebody listens and keeps the last of them for all; a client that is further behind than these is cut
off with a comment, and one that comes back with its ``Last-Event-ID`` reads what it missed from the store. So messages
that another worker took are seen as well, and memory does not grow with slow clients.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from itertools import takewhile
from typing import TYPE_CHECKING, TypeVar

import structlog
from sse_starlette import EventSourceResponse, ServerSentEvent

from data.events import EventStoreError
from serving.clearance.changes import Arrived, Change, Changes, Viewer

if TYPE_CHECKING:
    from concurrent.futures import Executor

PAGE = 200  # messages that are read from the store at once
RETRY_MS = 1_000  # after which a client that was cut off comes back
AFTER_FAULT_S = 1.0  # until the store is read again when it did not answer
log = structlog.get_logger("serving.clearance.stream")
LINE = "\n"
T = TypeVar("T")
AGAIN = "too far behind, or the store does not answer: connect again with Last-Event-ID"


class TooManyStreamsError(ValueError):
    """The key, or the worker, has as many open streams as it may have."""


class LiveChanges:
    """The streams of one worker, on one event loop.

    every_s : between two looks for newer messages; kept : messages that a client may be behind
    most, most_per_key : open streams of the worker, and of one API key
    heartbeat_s : between comments on a quiet stream; send_timeout_s : for a client that does not read
    executor : threads that read the store; None for the loop's own
    """

    def __init__(
        self,
        changes: Changes,
        *,
        every_s: float = 0.04,
        kept: int = 2_000,
        most: int = 500,
        most_per_key: int = 5,
        heartbeat_s: float = 15.0,
        send_timeout_s: float = 10.0,
        executor: Executor | None = None,
    ) -> None:
        self.changes, self.every_s, self.most, self.most_per_key = changes, every_s, most, most_per_key
        self.heartbeat_s, self.send_timeout_s, self.executor = heartbeat_s, send_timeout_s, executor
        self.open_by_key: Counter[str] = Counter()
        self._kept: deque[Arrived] = deque(maxlen=kept)
        self._before_kept = 0  # the sequence behind which every message is kept
        self._newest = 0  # up to which the store has been read
        self._wake = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self._started = asyncio.Event()

    def open(
        self, key_id: str, viewer: Viewer, numbers: Collection[str] | None, last_event_id: str | None = None
    ) -> EventSourceResponse:
        """A stream for one client.

        numbers : of the declarations that are wanted; None for every one that the viewer may see
        last_event_id : the header's value; without it the stream begins with the next message
        raises : TooManyStreamsError; ValueError where the header is no event's id
        """
        if last_event_id is not None and not (last_event_id.isascii() and last_event_id.isdigit()):
            raise ValueError("Last-Event-ID is the id of an event of this stream: a whole number")
        if len(last_event_id or "") > 15:
            raise ValueError("Last-Event-ID has more than 15 digits")
        if self.open_by_key[key_id] >= self.most_per_key or self.open_by_key.total() >= self.most:
            raise TooManyStreamsError(f"allowed: {self.most_per_key} streams of one key, {self.most} of one worker")
        client = _Client(self, viewer, None if numbers is None else frozenset(numbers))
        after = None if last_event_id is None else int(last_event_id)
        return EventSourceResponse(
            self._counted(key_id, client, after),
            ping=self.heartbeat_s,
            ping_message_factory=client.heartbeat,
            send_timeout=self.send_timeout_s,
            sep=LINE,
        )

    async def _counted(self, key_id: str, client: _Client, after: int | None) -> AsyncIterator[ServerSentEvent]:
        self.open_by_key[key_id] += 1
        try:
            await self._start()
            # An id of a later time than this store's, as of one that was restored, would wait for ever.
            newest = self._newest if after is None else await self.in_thread(self.changes.newest)
            async for event in client.events(newest if after is None else min(after, newest)):
                yield event
        finally:
            self.open_by_key[key_id] -= 1
            self.open_by_key += Counter()  # drops the keys without a stream
            if not self.open_by_key and self._reading is not None:
                self._reading.cancel()
                self._reading = None

    async def _start(self) -> None:
        if self._reading is None or self._reading.done():
            self._started = asyncio.Event()
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(self._ended)
        await self._started.wait()

    def _ended(self, reader: asyncio.Task[None]) -> None:
        """Let nobody wait for a reader that broke; one that was cancelled has been replaced, or nobody listens."""
        if reader is self._reading and not reader.cancelled():
            log.error("stream_reader_ended", reason=type(reader.exception()).__name__)
            self._started.set()
            self._wake.set()

    @property
    def broken(self) -> bool:
        """Whether the reader ended by a fault; the next client starts it again."""
        return self._reading is None or self._reading.done()

    async def _read(self) -> None:
        """Read newer messages as long as somebody listens."""
        newest: int | None = None
        while True:
            try:
                if newest is None:
                    newest = self._newest = self._before_kept = await self.in_thread(self.changes.newest)
                    self._kept.clear()
                    self._started.set()
                arrived, upto = await self.in_thread(self.changes.newer, newest, PAGE)
            except EventStoreError:
                await asyncio.sleep(AFTER_FAULT_S)
                continue
            if upto == newest:
                await asyncio.sleep(self.every_s)
                continue
            newest = self._newest = upto
            self._keep(arrived)

    def _keep(self, arrived: list[Arrived]) -> None:
        for one in arrived:
            if len(self._kept) == self._kept.maxlen:
                self._before_kept = self._kept[0].sequence
            self._kept.append(one)
        self._wake.set()
        self._wake = asyncio.Event()

    def behind(self, after: int) -> list[Arrived] | None:
        """Kept messages behind ``after``; None where some of them are kept no more."""
        if after < self._before_kept:
            return None
        return list(takewhile(lambda one: one.sequence > after, reversed(self._kept)))[::-1]

    async def wait(self) -> None:
        """Until there is a newer message."""
        await self._wake.wait()

    async def in_thread(self, call: Callable[..., T], *arguments: int) -> T:
        """The result of a call that waits for the store."""
        return await asyncio.get_running_loop().run_in_executor(self.executor, call, *arguments)


class _Client:
    """One open stream; ``after`` is the last message of which everything was sent."""

    def __init__(self, live: LiveChanges, viewer: Viewer, numbers: frozenset[str] | None) -> None:
        self.live, self.viewer, self.numbers, self.after = live, viewer, numbers, 0

    def heartbeat(self) -> ServerSentEvent:
        """A comment whose id moves the client on past messages that are none of its own."""
        return ServerSentEvent(comment="heartbeat", id=str(self.after), sep=LINE)

    async def events(self, after: int) -> AsyncIterator[ServerSentEvent]:
        """What the client gets, without an end unless it is cut off."""
        self.after, follows = after, False  # whether it has once reached what is kept
        opened = json.dumps({"after": after})
        yield ServerSentEvent(event="opened", data=opened, id=str(after), retry=RETRY_MS, sep=LINE)
        while True:
            found, upto = self.live.behind(self.after), self.after
            if self.live.broken or (found is None and follows):
                yield ServerSentEvent(comment=AGAIN, sep=LINE)
                return
            if found is None:
                try:
                    found, upto = await self.live.in_thread(self.live.changes.newer, self.after, PAGE)
                except EventStoreError:
                    await asyncio.sleep(AFTER_FAULT_S)
            else:
                follows = True
                if not found:
                    await self.live.wait()
            for one in found or ():
                for event in self._of(one):
                    yield event
            self.after = max(self.after, upto)

    def _of(self, arrived: Arrived) -> Iterator[ServerSentEvent]:
        """The events of one message: only the last has its id, so a break between them repeats and loses none."""
        wanted = [one for one in arrived.changes if one.seen_by(self.viewer) and self._wants(one)]
        for left, change in zip(range(len(wanted) - 1, -1, -1), wanted, strict=True):
            text = json.dumps(change.as_dict(with_note=True), ensure_ascii=False)
            yield ServerSentEvent(event="clearance", data=text, id=None if left else str(arrived.sequence), sep=LINE)
        self.after = arrived.sequence

    def _wants(self, change: Change) -> bool:
        return self.numbers is None or any(number in self.numbers for _, number in change.numbers)
