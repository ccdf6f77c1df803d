"""How long a posted message needs until it is visible in the state and in the stream of a running service."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, dataclass

import aiohttp
import numpy as np

from experiments.benchmarks.clearance.kills import receipt

POLL_S = 0.01  # between two looks at the state of a declaration
GIVE_UP_S = 10.0


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds from the begin of the POST; missing : messages that were not visible in time."""

    n: int
    missing: int
    p50_s: float
    p99_s: float
    max_s: float


@dataclass(frozen=True, slots=True)
class LiveReport:
    """From the POST to visible in state and stream, to the POST's answer, and to the dates, which are wanted once the
    state is seen; rate_per_s : posted, as it came out.
    """

    rate_per_s: float
    post: Spread
    state: Spread
    stream: Spread
    dates: Spread

    def as_dict(self) -> dict[str, object]:
        """As JSON may hold it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Seconds of one message from the begin of its POST; None where it was not seen."""

    post: float
    state: float | None
    dates: float | None


async def measure(
    url: str,
    key: str,
    *,
    rate_per_s: float = 50.0,
    seconds: float = 60.0,
    first: int = 0,
    stream_url: str | None = None,
    each: Callable[[int], None] = lambda _: None,
) -> LiveReport:
    """Post receipts at a rate to the service at ``url`` with an operator's key.

    first : number of the first declaration; each run takes numbers of its own
    stream_url : of another process of the same service, whose stream is listened to; None for ``url``
    each : called with the number of messages posted until then
    """
    total = round(rate_per_s * seconds)
    session = aiohttp.ClientSession(
        url,
        headers={"authorization": f"Bearer {key}"},
        timeout=aiohttp.ClientTimeout(GIVE_UP_S),
        connector=aiohttp.TCPConnector(limit=0),  # no POST waits here for a connection that waits for dates
    )
    async with session as client:
        begun: dict[str, float] = {}
        streamed: dict[str, float] = {}
        listening = asyncio.Event()
        listener = asyncio.create_task(_listen(client, stream_url or url, streamed, listening))
        await asyncio.wait_for(listening.wait(), GIVE_UP_S)
        start, tasks = time.perf_counter(), []
        for number in range(total):
            await asyncio.sleep(max(0.0, start + number / rate_per_s - time.perf_counter()))
            tasks.append(asyncio.create_task(_post(client, first + number, begun)))
            each(number + 1)
        spent = time.perf_counter() - start
        done = await asyncio.gather(*tasks)
        deadline = time.perf_counter() + GIVE_UP_S
        while len(streamed.keys() & begun.keys()) < total and time.perf_counter() < deadline:
            await asyncio.sleep(0.05)
        listener.cancel()
        await asyncio.wait({listener})
    stream = [streamed[name] - at for name, at in begun.items() if name in streamed]
    return LiveReport(
        rate_per_s=total / spent,
        post=spread([one.post for one in done], total),
        state=spread([one.state for one in done if one.state is not None], total),
        stream=spread(stream, total),
        dates=spread([one.dates for one in done if one.dates is not None], total),
    )


async def _post(client: aiohttp.ClientSession, number: int, begun: dict[str, float]) -> _Seen:
    name, raw = f"2244{number:014d}", receipt(number)
    begin = begun[name] = time.perf_counter()
    async with client.post("/v1/clearance/messages", data=raw, headers={"content-type": "application/xml"}) as answer:
        answer.raise_for_status()
        await answer.read()
    posted = time.perf_counter() - begin
    while time.perf_counter() - begin < GIVE_UP_S:
        if await _found(client, f"/v1/clearance/declarations/{name}"):
            seen = time.perf_counter() - begin
            try:
                dated = await _found(client, f"/v1/clearance/declarations/{name}/forecast")
            except (aiohttp.ClientError, TimeoutError):  # given up: the dates are missing, the state is not
                dated = False
            return _Seen(posted, seen, time.perf_counter() - begin if dated else None)
        await asyncio.sleep(POLL_S)
    return _Seen(posted, None, None)


async def _found(client: aiohttp.ClientSession, path: str) -> bool:
    async with client.get(path) as answer:
        await answer.read()
        return answer.status == 200


async def _listen(
    client: aiohttp.ClientSession, url: str, streamed: dict[str, float], listening: asyncio.Event
) -> None:
    """Note when each declaration is first named; goes on with the last id where the stream breaks off."""
    last: str | None = None
    while True:
        headers = {} if last is None else {"last-event-id": last}
        try:
            forever = aiohttp.ClientTimeout(total=None)
            async with client.get(f"{url}/v1/clearance/stream", headers=headers, timeout=forever) as response:
                response.raise_for_status()
                lines = (line.decode().rstrip("\r\n") async for line in response.content)
                async for event, name, data in _events(lines):
                    last = name or last
                    if event == "opened":
                        listening.set()
                    elif event == "clearance":
                        streamed.setdefault(json.loads(data)["declaration"], time.perf_counter())
        except aiohttp.ClientError:
            await asyncio.sleep(0.1)


async def _events(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, str, str]]:
    """Kind, id and data of each event; one with an id alone, as a heartbeat has, comes too."""
    found = {"event": "", "id": "", "data": ""}
    async for line in lines:
        if line:
            name, _, value = line.partition(":")
            if name in found:
                found[name] = value.removeprefix(" ")
        else:
            yield found["event"], found["id"], found["data"]
            found = {"event": "", "id": "", "data": ""}


def spread(seconds: Sequence[float], total: int) -> Spread:
    """The quantiles of these times; total : how many there should be."""
    if not seconds:
        return Spread(0, total, float("nan"), float("nan"), float("nan"))
    values = np.asarray(seconds)
    return Spread(
        len(values), total - len(values), float(np.quantile(values, 0.5)), float(np.quantile(values, 0.99)),
        float(values.max()),
    )  # fmt: skip
