"""A stream shows what its viewer may see, resumes without loss, and holds up nobody."""

from __future__ import annotations

import asyncio
import json

import pytest

from data.events import EventStore, EventStoreError
from serving.clearance import stream
from serving.clearance.changes import StoredChanges
from serving.clearance.store import MessageStore
from serving.clearance.stream import LiveChanges, TooManyStreamsError
from tests.serving.clearance.planted import AT, FIRM, FOLDER, OTHER, read, status

pytestmark = pytest.mark.law


def receive(messages, *texts):
    for text in texts:
        messages.receive(text.encode(), FOLDER, AT)


async def take(response, most, within=20.0):
    """The next events of a stream: (id, code) pairs, or its comment."""
    found = []
    async with asyncio.timeout(within):
        while len(found) < most:
            try:
                event = await anext(response.body_iterator)
            except StopAsyncIteration:
                break
            if event.event == "opened":
                continue
            found.append(event.comment or (event.id, json.loads(event.data)["code"]))
    return found


async def opened(live, viewer=None, numbers=None, last=None, key="k"):
    response = live.open(key, viewer, numbers, last)
    first = await anext(response.body_iterator)
    assert first.event == "opened"
    return response


def test_messages_of_another_process_are_seen_at_once_by_those_whom_they_concern(messages, changes, tmp_path):
    """The other process is another store on the same file."""
    other = EventStore(f"sqlite:///{tmp_path / 'events.sqlite'}")

    async def run():
        live = LiveChanges(changes, every_s=0.01)
        streams = [await opened(live, viewer, key=str(viewer)) for viewer in (None, FIRM, OTHER)]
        await asyncio.to_thread(
            receive, MessageStore(other, read), f"D seq_no:E1 of:{FIRM}", "7 seq_no:E1", "7 seq_no:X"
        )
        zone, firm = await take(streams[0], 3), await take(streams[1], 2)
        with pytest.raises(TimeoutError):
            await take(streams[2], 1, within=0.05)
        for one in streams:
            await one.body_iterator.aclose()
        assert live.open_by_key.total() == 0
        return zone, firm

    zone, firm = asyncio.run(run())
    assert zone == [("1", ""), ("2", "7"), ("3", "7")]
    assert firm == zone[:2]
    other.close()


def test_a_client_that_comes_back_misses_nothing_and_gets_nothing_twice(messages, changes, monkeypatch):
    """From the store, page by page, and on from what is kept, whatever arrives meanwhile."""
    monkeypatch.setattr(stream, "PAGE", 3)
    receive(messages, *(f"7 seq_no:E{number}" for number in range(10)))

    async def run():
        live, found, last = LiveChanges(changes, every_s=0.01, kept=4), [], "0"
        for most in (2, 5, 1, 14):
            response = await opened(live, last=last)
            await asyncio.to_thread(receive, messages, *(f"L seq_no:E{most}x{number}" for number in range(3)))
            found += await take(response, most)
            last = found[-1][0]
            await response.body_iterator.aclose()
        return found

    assert [int(one) for one, _ in asyncio.run(run())] == list(range(1, 23))


def test_numbers_choose_declarations_by_any_of_their_numbers(messages, changes):
    receive(messages, "7 seq_no:E1 entry_id:29", "7 seq_no:E2", "P entry_id:29")

    async def run():
        live = LiveChanges(changes, every_s=0.01)
        response = await opened(live, numbers={"E1"}, last="0")
        found = await take(response, 2)
        await response.body_iterator.aclose()
        return found

    assert asyncio.run(run()) == [("1", "7"), ("3", "P")]


def test_a_client_behind_what_is_kept_is_cut_off_and_holds_up_nobody(messages, changes):
    async def run():
        live = LiveChanges(changes, every_s=0.01, kept=5)
        slow, quick = await opened(live), await opened(live)
        found = []
        for start in range(0, 20, 4):
            await asyncio.to_thread(receive, messages, *(f"7 seq_no:E{start + number}" for number in range(4)))
            found += await take(quick, 4)
            if start == 0:
                first = await take(slow, 1)
        rest = await take(slow, 99)
        await quick.body_iterator.aclose()
        return found, first, rest

    found, first, rest = asyncio.run(run())
    assert [int(one) for one, _ in found] == list(range(1, 21))
    assert first == [("1", "7")]
    assert rest[-1] == stream.AGAIN
    assert len(rest) <= 6


def test_each_key_and_the_worker_have_so_many_streams(changes):
    async def run():
        live = LiveChanges(changes, most=3, most_per_key=2)
        streams = [await opened(live, key=key) for key in ("a", "a", "b")]
        for key in ("a", "c"):
            with pytest.raises(TooManyStreamsError):
                live.open(key, None, None)
        for one in streams:
            await one.body_iterator.aclose()
        again = await opened(live, key="c")
        await again.body_iterator.aclose()

    asyncio.run(run())


@pytest.mark.parametrize("last", ["-1", "x", "1.5", "", "٣", "9" * 16])
def test_an_id_that_is_none_is_refused(changes, last):
    with pytest.raises(ValueError, match="Last-Event-ID"):
        LiveChanges(changes).open("k", None, None, last)


def test_an_id_of_a_later_time_than_the_store_waits_for_the_next_message(messages, changes):
    async def run():
        live = LiveChanges(changes, every_s=0.01)
        response = await opened(live, last="999999")
        await asyncio.to_thread(receive, messages, "7 seq_no:E1")
        found = await take(response, 1)
        await response.body_iterator.aclose()
        return found

    assert asyncio.run(run()) == [("1", "7")]


class Flaky(StoredChanges):
    """A store that does not answer when it is read the second time, and whose reader breaks later."""

    reads = 0

    def newer(self, after, most):
        self.reads += 1
        if self.reads == 2:
            raise EventStoreError("busy")
        if self.reads > 20:
            raise RuntimeError("a fault of ours")
        return super().newer(after, most)


def test_a_store_that_does_not_answer_is_read_again_and_a_fault_cuts_off(messages, monkeypatch):
    monkeypatch.setattr(stream, "AFTER_FAULT_S", 0.01)

    async def run():
        live = LiveChanges(Flaky(messages, status), every_s=0.005)
        response = await opened(live)
        await asyncio.to_thread(receive, messages, "7 seq_no:E1")
        return await take(response, 9)

    assert asyncio.run(run()) == [("1", "7"), stream.AGAIN]


def test_nobody_listening_reads_nothing(messages, changes):
    async def run():
        live = LiveChanges(changes, every_s=0.005)
        response = await opened(live)
        await response.body_iterator.aclose()
        await asyncio.sleep(0.02)
        return live.broken

    assert asyncio.run(run())


def test_heartbeats_carry_the_id_of_what_was_read(messages, changes):
    async def run():
        live = LiveChanges(changes, every_s=0.01)
        response = await opened(live, viewer=FIRM)
        waiting = asyncio.create_task(take(response, 1))
        await asyncio.to_thread(receive, messages, "7 seq_no:of-others")
        async with asyncio.timeout(20.0):
            while (beat := response.ping_message_factory()).id != "1":
                await asyncio.sleep(0.01)
        assert not waiting.done()
        waiting.cancel()
        return beat

    beat = asyncio.run(run())
    assert (beat.comment, beat.id) == ("heartbeat", "1")
