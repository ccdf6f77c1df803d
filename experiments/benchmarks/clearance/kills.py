"""Kills a receiving process again and again: what it acknowledged is in the store, and nothing is there twice.

A child process receives messages, one a line, and answers with the identifier of each once it is stored. It is killed
by SIGKILL at a random moment of a random message; the next child gets the same message again, as a sender without an
acknowledgement does. SIGKILL ends the process, not the machine: a loss of power is not tried.
"""

from __future__ import annotations

import base64
import datetime as dt
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from data.events import EventStore
from data.ingest.messages.read import read_message
from serving.clearance.store import FAILED, MESSAGES, MessageStore, Source

SOURCE = Source("simulator", "kills")
CHILD = "import sys; from experiments.benchmarks.clearance.kills import serve; serve(sys.argv[1])"
RECEIPT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<DEC_DATA><DEC_RESULT><CUS_CIQ_NO>E2026{number:013d}</CUS_CIQ_NO>'
    "<ENTRY_ID>2244{number:014d}</ENTRY_ID><NOTICE_DATE>{at}</NOTICE_DATE><CHANNEL>{channel}</CHANNEL>"
    "<NOTE>simulated receipt {number}</NOTE><CUSTOM_MASTER>2244</CUSTOM_MASTER></DEC_RESULT></DEC_DATA>\n"
)


@dataclass(frozen=True, slots=True)
class KillReport:
    """Counts; ``lost`` and ``twice`` are to be 0.

    kills : children killed; sent : different messages; acknowledged : of them; resent : sent again after a kill
    unanswered_but_kept : stored, though the child was killed before it could say so
    """

    kills: int
    sent: int
    acknowledged: int
    resent: int
    unanswered_but_kept: int
    lost: int
    twice: int
    altered: int


@dataclass(slots=True)
class _Tally:
    acknowledged: dict[str, bytes] = field(default_factory=dict)
    sent: list[bytes] = field(default_factory=list)
    resent: int = 0
    kept: int = 0


def receipt(number: int, channel: str = "L") -> bytes:
    """A receipt of the declaration with this number, of about 1 kB with its envelope left out."""
    at = dt.datetime(2026, 3, 1, 8) + dt.timedelta(seconds=number)  # noqa: DTZ001  # local time, as the message has it
    return RECEIPT.format(number=number, at=at.isoformat(), channel=channel).encode()


def serve(url: str) -> None:
    """The child: receive a message for each line, and answer with its identifier once it is stored."""
    messages = MessageStore(EventStore(url), read_message)
    print("ready", flush=True)
    for line in sys.stdin.buffer:
        received = messages.receive(base64.b64decode(line), SOURCE, dt.datetime.now(dt.UTC), simulated=True)
        print(received.message_id, flush=True)


def run(url: str, kills: int, seed: int = 19, each: Callable[[int], None] = lambda _: None) -> KillReport:
    """Kill ``kills`` children while they receive, and compare the store with what was acknowledged.

    each : called with the number of kills until then
    """
    draw, tally = random.Random(seed), _Tally()
    pending: bytes | None = None
    for life in range(kills):
        pending = _live(url, draw, tally, pending)
        each(life + 1)
    store = EventStore(url)
    rows = [row for stream in (MESSAGES, FAILED) for row in store.read(stream)]
    kept = {row.event_id: base64.b64decode((row.payload or {})["raw"]) for row in rows}
    raws = list(kept.values())
    store.close()
    return KillReport(
        kills=kills,
        sent=len(tally.sent),
        acknowledged=len(tally.acknowledged),
        resent=tally.resent,
        unanswered_but_kept=len(kept) - len(tally.acknowledged),
        lost=len(tally.acknowledged.keys() - kept.keys()),
        twice=len(rows) - len(set(raws)),
        altered=sum(kept.get(key, raw) != raw for key, raw in tally.acknowledged.items()),
    )


def _live(url: str, draw: random.Random, tally: _Tally, pending: bytes | None) -> bytes | None:
    """One child from its start to its end; returns the message that it did not acknowledge."""
    child = subprocess.Popen([sys.executable, "-c", CHILD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if child.stdin is None or child.stdout is None:
        raise RuntimeError("a child has both pipes")
    try:
        if child.stdout.readline() != b"ready\n":
            raise RuntimeError("the receiving process did not start")
        for _ in range(draw.randrange(1, 20)):
            pending = _send(child, tally, pending)
            tally.acknowledged[child.stdout.readline().decode().strip()] = pending
            pending = None
        pending = _send(child, tally, pending)
        time.sleep(draw.uniform(0, 0.012))  # a receipt takes a few milliseconds, so kills fall before, in and behind it
        child.kill()
        if (answer := child.stdout.readline().decode()).endswith("\n"):
            tally.acknowledged[answer.strip()] = pending
            pending = None
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
        child.stdin.close()
    return pending


def _send(child: subprocess.Popen[bytes], tally: _Tally, pending: bytes | None) -> bytes:
    if child.stdin is None:
        raise RuntimeError("a child has both pipes")
    if pending is None:
        pending = receipt(len(tally.sent))
        tally.sent.append(pending)
    else:
        tally.resent += 1
    child.stdin.write(base64.b64encode(pending) + b"\n")
    child.stdin.flush()
    return pending
