"""The bounds of the mounted console: requests at once, those that wait, time, size of a body."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from serving.console.mount import ConsoleMount

PAGE = {"accept": "text/html"}


class Application:
    """A WSGI application that notes what it was asked; under /hold it answers once ``go`` is set."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.go = threading.Event()
        self.length = -1

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        self.asked.append(environ["PATH_INFO"])
        if environ["PATH_INFO"] == "/hold":
            self.go.wait(30)
        if environ["PATH_INFO"] == "/fault":
            raise RuntimeError("ours")
        self.length = len(environ["wsgi.input"].read())
        kind = "text/css" if environ["PATH_INFO"].startswith("/assets/") else "text/plain"
        start("200 OK", [("Content-Type", kind), ("X-Frame-Options", "DENY")])
        return [b"answered ", environ["PATH_INFO"].encode()]


@asynccontextmanager
async def opened(application: Application, **bounds: Any):
    mount = ConsoleMount(application, **bounds)
    transport = httpx.ASGITransport(mount, raise_app_exceptions=True)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
            yield client
    finally:
        application.go.set()
        mount.close()


async def filled(noted: list[Any], count: int) -> None:
    """Wait until so many are noted."""
    while len(noted) < count:
        await asyncio.sleep(0.005)


async def kept_back(part: bytes, came: list[bytes]) -> AsyncIterator[bytes]:
    """A body of which one part comes, noted once it was taken, and then nothing."""
    yield part
    came.append(part)
    await asyncio.sleep(60)


def test_one_more_than_may_wait_is_refused_and_the_others_are_answered():
    """Two at once, one waits, the fourth gets 503 with the time to wait; nothing reaches the application twice."""
    application = Application()

    async def run() -> tuple[list[httpx.Response], httpx.Response]:
        async with opened(application, at_once=2, waiting=1) as client:
            held = [asyncio.create_task(client.get("/hold")) for _ in range(3)]
            await filled(application.asked, 2)
            refused = await client.get("/more", headers=PAGE)
            application.go.set()
            return await asyncio.gather(*held), refused

    answers, refused = asyncio.run(run())
    assert [one.text for one in answers] == ["answered /hold"] * 3
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert "请等待几秒" in refused.text
    assert "Wait a few seconds" in refused.text
    assert application.asked == ["/hold"] * 3


def test_senders_who_keep_their_bodies_back_take_nobody_s_turn():
    """With more unfinished bodies than may be present at once, a whole request is answered."""
    application, came = Application(), []

    async def run() -> httpx.Response:
        async with opened(application, at_once=1, waiting=1) as client:
            held = [asyncio.create_task(client.post("/slow", content=kept_back(b"one", came))) for _ in range(5)]
            await filled(came, 5)
            answer = await client.get("/now")
            for one in held:
                one.cancel()
            return answer

    assert asyncio.run(run()).text == "answered /now"
    assert application.asked == ["/now"]


def test_unfinished_bodies_hold_no_more_memory_than_whole_ones_may():
    """Two present at once with 10 bytes each: of three bodies of 9 that stop there the last is refused."""
    application, came = Application(), []

    async def run() -> httpx.Response:
        async with opened(application, at_once=1, waiting=1, body_limit_bytes=10) as client:
            bodies = [kept_back(b"123456789", came) for _ in range(3)]
            held = [asyncio.create_task(client.post("/slow", content=one)) for one in bodies[:2]]
            await filled(came, 2)
            refused = await client.post("/slow", content=bodies[2])
            for one in held:
                one.cancel()
            await asyncio.gather(*held, return_exceptions=True)
            assert (await client.post("/now", content=b"123456789")).status_code == 200
            return refused

    assert asyncio.run(run()).status_code == 503


def test_one_session_takes_no_more_than_a_third_of_the_turns():
    """Of six that may be present one session has two; its third is refused, another person's request is not."""
    application = Application()

    async def run() -> list[int]:
        async with opened(application, at_once=4, waiting=2) as client:
            mine, other = ({"cookie": f"ip_console_lang=zh; ip_console={one}"} for one in ("a", "b"))
            held = [asyncio.create_task(client.get("/hold", headers=mine)) for _ in range(2)]
            await filled(application.asked, 2)
            statuses = [(await client.get("/more", headers=one)).status_code for one in (mine, other, {})]
            assert (await client.get("/assets/a.css", headers=mine)).status_code == 200
            application.go.set()
            await asyncio.gather(*held)
            return [*statuses, (await client.get("/more", headers=mine)).status_code]

    assert asyncio.run(run()) == [503, 200, 200, 200]


def test_what_takes_too_long_is_said_and_keeps_its_position_until_it_ends():
    """504 in time; a request behind it that never began gets 503, and once the first has ended, all is as before."""
    application = Application()

    async def run() -> tuple[httpx.Response, httpx.Response, httpx.Response, float]:
        async with opened(application, at_once=1, waiting=5, seconds=0.2) as client:
            began = time.perf_counter()
            slow = await client.get("/hold", headers=PAGE)
            spent = time.perf_counter() - began
            behind = await client.get("/behind")
            application.go.set()
            async with asyncio.timeout(20.0):  # the thread that went on ends a moment later
                while not (after := await client.get("/after")).is_success:
                    await asyncio.sleep(0.01)
            return slow, behind, after, spent

    slow, behind, after, spent = asyncio.run(run())
    assert (slow.status_code, behind.status_code, after.status_code) == (504, 503, 200)
    assert spent < 10  # it would be held for 30 s
    assert "可能仍会完成" in slow.text
    assert behind.json()["detail"].startswith("This request was not carried out.")
    assert application.asked[0] == "/hold"
    assert set(application.asked[1:]) == {"/after"}


@pytest.mark.parametrize("declared", [True, False], ids=["by its header", "as it comes"])
def test_a_body_over_the_bound_never_reaches_the_application(declared):
    """413 in words; a body of exactly the bound is taken whole."""
    application = Application()

    async def pieces():
        for _ in range(11):
            yield b"0123456789"

    async def run() -> tuple[httpx.Response, httpx.Response]:
        async with opened(application, body_limit_bytes=100) as client:
            refused = await client.post("/big", content=b"0" * 101 if declared else pieces())
            return refused, await client.post("/fits", content=b"0" * 100)

    refused, taken = asyncio.run(run())
    assert (refused.status_code, taken.status_code) == (413, 200)
    assert refused.json()["title_zh"] == "提交的内容过大"
    assert (application.asked, application.length) == (["/fits"], 100)


def test_a_static_file_is_asked_for_once():
    """The second answer comes from memory with the same security headers; a post to it is refused."""
    application = Application()

    async def run() -> list[httpx.Response]:
        async with opened(application) as client:
            first = await client.get("/assets/a.css")
            again = await client.get("/assets/a.css", headers={"if-none-match": first.headers["etag"]})
            return [first, await client.get("/assets/a.css?m=7"), again, await client.post("/assets/a.css")]

    first, second, again, posted = asyncio.run(run())
    assert first.text == second.text == "answered /assets/a.css"
    assert (again.status_code, posted.status_code) == (304, 405)
    assert second.headers["x-frame-options"] == "DENY"
    assert application.asked == ["/assets/a.css"]


def test_a_fault_of_the_application_goes_on_to_the_server_and_frees_its_position():
    """Whoever mounts it answers for faults; the next request is answered."""
    application = Application()

    async def run() -> str:
        async with opened(application, at_once=1) as client:
            with pytest.raises(RuntimeError, match="ours"):
                await client.get("/fault")
            return (await client.get("/next")).text

    assert asyncio.run(run()) == "answered /next"
