"""Twenty people at once: each opens the list of firms and filters it, by the requests that a browser sends."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import numpy as np
from playwright.sync_api import Request

from experiments.benchmarks.console.speed import quantiles
from serving.console.page import PREFIX

if TYPE_CHECKING:
    from experiments.benchmarks.console.bench import World

ROUNDS, THINK_S = 10, (0.5, 1.5)
STATIC = ("/assets/", "/_dash-component-suites/", "/_favicon.ico")


@dataclass(frozen=True)
class Sent:
    """A request as the browser sent it."""

    method: str
    path: str  # with its query
    body: str | None

    @property
    def kind(self) -> str:
        """What it is for: an address, or the first output of a callback."""
        if self.body is None:
            return urlsplit(self.path).path.removeprefix(PREFIX) or "/"
        return str(json.loads(self.body)["output"]).strip(".").split("...")[0].split("@")[0]


def is_dynamic(path: str) -> bool:
    """Whether an address is no file that a browser keeps."""
    return not urlsplit(path).path.removeprefix(PREFIX).startswith(STATIC)


def recorded(world: World) -> list[Sent]:
    """What a browser sends to open the list of firms and to filter it by two letters of a code."""
    sent: list[Sent] = []

    def note(request: Request) -> None:
        path = request.url.removeprefix(world.address)
        if is_dynamic(path) and path.startswith(PREFIX):
            sent.append(Sent(request.method, path, request.post_data))

    with world.person("zone_officer") as person:
        person.page.on("request", note)
        person.open(f"{PREFIX}/firms")
        person.page.fill("#firms-text", "19G")
        person.page.wait_for_function("() => location.search.includes('19G')")
        person.settled()
    return sent


async def sign_in(client: httpx.AsyncClient, name: str, password: str) -> dict[str, str]:
    """Sign in by the form; the headers of a page's callbacks."""
    origin = {"Origin": str(client.base_url).rstrip("/")}
    form = (await client.get(f"{PREFIX}/sign-in")).text
    found = re.search(r'name="csrf_token" value="([^"]+)"', form)
    if found is None:
        raise AssertionError("the form has no token")
    fields = {"name": name, "password": password, "csrf_token": found[1]}
    answer = await client.post(f"{PREFIX}/sign-in", data=fields, headers=origin)
    if answer.status_code != 303:
        raise AssertionError(f"{answer.status_code} at sign-in of {name}")
    await client.get(f"{PREFIX}/")
    return origin | {"X-CSRFToken": client.cookies["_csrf_token"], "Content-Type": "application/json"}


async def one_person(
    address: str, name: str, password: str, sent: Sequence[Sent], begin: asyncio.Barrier, seed: int
) -> list[tuple[str, int, float]]:
    """Kind, status and seconds of each of one person's requests."""
    rng, found = np.random.default_rng(seed), []
    async with httpx.AsyncClient(base_url=address, timeout=60, headers={"accept-encoding": "gzip"}) as client:
        headers = await sign_in(client, name, password)
        await begin.wait()
        for _ in range(ROUNDS):
            for one in sent:
                began = time.perf_counter()
                given = headers if one.body is not None else {}
                answer = await client.request(one.method, one.path, content=one.body, headers=given)
                found.append((one.kind, answer.status_code, time.perf_counter() - began))
            await asyncio.sleep(float(rng.uniform(*THINK_S)))
    return found


async def together(address: str, people: Sequence[tuple[str, str]], sent: Sequence[Sent]) -> dict[str, Any]:
    """All of them at once: median and 99th percentile of each kind of request, and every answer that was none."""
    begin = asyncio.Barrier(len(people))
    rows = await asyncio.gather(
        *(one_person(address, name, password, sent, begin, seed) for seed, (name, password) in enumerate(people))
    )
    every = [row for person in rows for row in person]
    kinds = {kind for kind, _, _ in every}
    wrong = [f"{status} {kind}" for kind, status, _ in every if status >= 400]
    return {
        "people": len(people),
        "requests": len(every),
        "refused": len(wrong),
        "first_refused": wrong[:3],
        "by_kind": {kind: quantiles([spent for one, _, spent in every if one == kind]) for kind in sorted(kinds)},
    }


def crowd(world: World) -> dict[str, Any]:
    """Twenty people; the bar is that none is refused and that 99 of 100 filters answer within 300 ms."""
    sent = recorded(world)
    with ThreadPoolExecutor(1) as apart:  # the browser's driver has a loop of its own on this thread
        found = apart.submit(lambda: asyncio.run(together(world.address, world.running.crowd, sent))).result()
    filters = [one for kind, one in found["by_kind"].items() if kind.startswith("firms-")]
    return found | {"holds": not found["refused"] and all(one["p99_s"] <= 0.3 for one in filters)}
