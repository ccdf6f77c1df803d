"""The console's WSGI application as an ASGI application with bounds of its own.

What a server grants to an application that is mounted on another holds for neither: so the number of requests at once,
of those that wait, the time and the size of a body are bounded here. What is over a bound is answered in words.
"""

from __future__ import annotations

import asyncio
import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
from a2wsgi import WSGIMiddleware
from starlette.types import Message, Receive, Scope, Send

from serving.console.caching import NEVER, Answer, Headers, StaticFiles, dynamic
from serving.console.texts import LANGS, text

RETRY_AFTER_S = 5
_SESSION = re.compile(rb"(?:^|; ?)ip_console=([^;]{1,200})")
_LANGUAGES = {"zh": "zh-CN", "en": "en"}


class BodyTooLargeError(Exception):
    """The body of a request is over the bound."""


class TooManyError(Exception):
    """More would be held or would wait than the bounds allow."""


class Unread:
    """The bytes of bodies that have begun to arrive and are not whole yet, of all requests together."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes, self.held_bytes = most_bytes, 0

    def add(self, count: int) -> None:
        """Note bytes that came; raises TooManyError beyond the bound."""
        if self.held_bytes + count > self.most_bytes:
            raise TooManyError
        self.held_bytes += count


class ConsoleMount:
    """An ASGI application that answers what the WSGI application answers, within bounds.

    at_once : requests that the WSGI application answers at the same time, each in a thread of its own
    waiting : requests that may wait for that; one more gets 503 with Retry-After
    seconds : from the request's first byte to its answer; 503 where the WSGI application had not begun, else 504. A
        thread cannot be ended: it goes on, keeps its position among ``at_once`` and its answer is dropped
    body_limit_bytes : a longer body, by its header or as it comes, gets 413; the WSGI application never sees it

    One session has at most a third of all that may be present, so that nobody takes every turn; static files, of which
    a first page needs many, do not count for it.
    A request counts among those that wait once its body is whole: senders that keep one back, who need no session,
    take nobody's turn. Bodies on their way hold as many bytes together as the whole ones of all requests may, and time.

    Static files are given from memory after their first answer; see ``serving.console.caching``.
    """

    def __init__(
        self,
        wsgi_app: Any,
        *,
        at_once: int = 8,
        waiting: int = 64,
        seconds: float = 30.0,
        body_limit_bytes: int = 4 * 2**20,
    ) -> None:
        self.seconds, self.body_limit_bytes = seconds, body_limit_bytes
        self._most_present, self._present = at_once + waiting, 0
        self._most_of_one, self._of_session = max(1, self._most_present // 3), Counter[bytes]()
        self._unread = Unread(self._most_present * body_limit_bytes)
        self._free = asyncio.Semaphore(at_once)
        self._wsgi = WSGIMiddleware(wsgi_app, workers=at_once)
        self._running: set[asyncio.Task[Answer]] = set()
        self._files = StaticFiles()

    def close(self) -> None:
        """Take no further request; threads end with the request that they answer."""
        self._wsgi.executor.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._wsgi(scope, receive, send)  # type: ignore[arg-type]  # its scope is a TypedDict of its own
            return
        request = dict(reversed(scope["headers"]))
        answer = await self._answer(scope, receive, request)
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})

    async def _answer(self, scope: Scope, receive: Receive, request: Mapping[bytes, bytes]) -> Answer:
        """The kept file, or what the WSGI application answers within the bounds."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        name, versioned, kept = self._files.find(path, scope["query_string"])
        if kept is None:
            answer = await self._bounded(scope, receive, request, b"" if name else session_of(request))
            if not name or scope["method"] != "GET":
                return await asyncio.to_thread(dynamic, answer, request)
            kept = await asyncio.to_thread(self._files.keep, name, answer)
            if kept is None:
                return answer.sent(NEVER)
        elif scope["method"] not in ("GET", "HEAD"):
            return in_words(405, "method", request, (b"allow", b"GET, HEAD"))
        return kept.answer(request, versioned)

    async def _bounded(self, scope: Scope, receive: Receive, request: Mapping[bytes, bytes], session: bytes) -> Answer:
        retry = (b"retry-after", str(RETRY_AFTER_S).encode())
        task: asyncio.Task[Answer] | None = None
        try:
            async with asyncio.timeout(self.seconds) as bound:
                body = await read_body(receive, request, self.body_limit_bytes, self._unread)
                with self._counted(session):
                    await self._free.acquire()
                    task = asyncio.create_task(self._run(scope, body))
                    self._running.add(task)
                    task.add_done_callback(self._ended)
                    return await asyncio.shield(task)
        except BodyTooLargeError:
            return in_words(413, "large", request, (b"connection", b"close"))  # the rest of the body is never read
        except TooManyError:
            return in_words(503, "busy", request, retry, (b"connection", b"close"))
        except TimeoutError:
            if not bound.expired():
                raise
            return in_words(503, "busy", request, retry) if task is None else in_words(504, "slow", request)

    @contextmanager
    def _counted(self, session: bytes) -> Iterator[None]:
        """Count a whole request until it is answered; raises TooManyError where no more may wait, or none of one."""
        if self._present >= self._most_present or self._of_session[session] >= self._most_of_one:
            raise TooManyError
        own = [session] if session else []
        self._present += 1
        self._of_session.update(own)
        try:
            yield
        finally:
            self._present -= 1
            self._of_session -= Counter(own)  # keeps those that are left alone

    def _ended(self, task: asyncio.Task[Answer]) -> None:
        self._free.release()
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # of a request that nobody waits for any more

    async def _run(self, scope: Scope, body: bytes) -> Answer:
        """The whole answer of the WSGI application to a whole request."""
        status, headers, parts = 500, [], []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], list(message["headers"])
            else:
                parts.append(message.get("body", b""))

        # The length is the body's that was read: a header that says another is not handed on.
        own: Headers = [one for one in scope["headers"] if one[0] not in (b"content-length", b"transfer-encoding")]
        length = (b"content-length", str(len(body)).encode())
        await self._wsgi({**scope, "headers": [*own, length]}, receive, send)  # type: ignore[arg-type]  # as above
        return Answer(status, headers, b"".join(parts))


def session_of(request: Mapping[bytes, bytes]) -> bytes:
    """What the request presents as its session, checked by nobody yet; empty for nothing."""
    found = _SESSION.search(request.get(b"cookie", b""))
    return found[1] if found else b""


async def read_body(
    receive: Receive, request: Mapping[bytes, bytes], limit_bytes: int, unread: Unread | None = None
) -> bytes:
    """The whole body; raises BodyTooLargeError before reading one that says it is longer, or while reading one.

    unread : where what has come is counted until the body is whole; raises TooManyError where that is too much
    """
    declared = request.get(b"content-length", b"")
    if declared.isdigit() and int(declared) > limit_bytes:
        raise BodyTooLargeError
    unread = unread or Unread(limit_bytes)
    body, more, counted = bytearray(), True, 0
    try:
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                break
            part = message.get("body", b"")
            if len(body) + len(part) > limit_bytes:
                raise BodyTooLargeError
            unread.add(len(part))
            counted += len(part)
            body += part
            more = message.get("more_body", False)
    finally:
        unread.held_bytes -= counted
    return bytes(body)


def in_words(status: int, key: str, request: Mapping[bytes, bytes], *more: tuple[bytes, bytes]) -> Answer:
    """What happened and what to do, in both languages, as a page or, for a callback, as problem+json."""
    titles = {lang: text(f"mount.{key}.title", lang) for lang in LANGS}
    details = {lang: text(f"mount.{key}.action", lang) for lang in LANGS}
    if b"text/html" not in request.get(b"accept", b""):
        members = {"status": status, "title": titles["en"], "title_zh": titles["zh"]}
        body = orjson.dumps(members | {"detail": details["en"], "detail_zh": details["zh"]})
        return Answer(status, [(b"content-type", b"application/problem+json")], body).sent(NEVER, *more)
    said = "".join(
        f'<section lang="{_LANGUAGES[lang]}"><h1>{html.escape(titles[lang])}</h1>'
        f"<p>{html.escape(details[lang])}</p></section>"
        for lang in LANGS
    )
    page = f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{html.escape(titles["zh"])}</title>{said}'
    return Answer(status, [(b"content-type", b"text/html; charset=utf-8")], page.encode()).sent(NEVER, *more)
