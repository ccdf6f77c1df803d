"""The bank API called in process, as the person who is signed in: no key, and every check of the API itself.

A request from the network cannot name a caller: only ``scope["caller"]`` does, which no server sets from what it is
sent.
"""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

import httpx
import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from data.texts.sentences import label
from serving.auth.access import Caller
from serving.console.texts import Lang, console_sentences, text
from serving.contract.refusals import Fault, Refusal, shown
from serving.http.problems import problem_members

T = TypeVar("T")
LIMIT_S = 30.0
ADDRESS = "http://console.invalid"  # never looked up: the request stays in this process


class Refused(Exception):  # noqa: N818  # an answer, no fault of the program
    """The API refused a call.

    status : of HTTP
    problem : the problem+json
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('type')}")
        self.status = status
        self.problem = problem

    def text(self, lang: Lang) -> str:
        """What was refused, what is wrong and what is allowed, in words; a line each."""
        zh = lang == "zh"
        title = self.problem.get("title_zh" if zh else "title") or str(self.status)
        lines = [str(title), self._action(lang)]
        for fault in self.problem.get("faults", ()):
            lines.append(f"{_field(fault.get('where'), lang)}: {fault.get('allowed_zh' if zh else 'allowed')}")
        return "\n".join(line for line in lines if line)

    def _action(self, lang: Lang) -> str:
        """What to do: the sentence ``action.<kind>`` of the console where what the API says is for programs."""
        key = f"action.{str(self.problem.get('type')).rpartition('/')[2]}"
        if key in console_sentences():
            return text(key, lang)
        return str(self.problem.get("detail_zh" if lang == "zh" else "detail") or "")


def _field(where: object, lang: Lang) -> str:
    """What a person calls the member of a request: the sentence ``where.<member>``; the member itself without one."""
    key = f"where.{where}"
    return text(key, lang) if key in console_sentences() else str(where)


def is_plain(path: str) -> bool:
    """Whether a path is the one that the API will see: nothing in it leads elsewhere or ends it early."""
    return path.isprintable() and posixpath.normpath(path) == path and not any(letter in path for letter in "?#\\")


class Api:
    """The API as one caller reaches it, from a thread that is not the API's loop."""

    def __init__(self, app: ASGIApp, loop: asyncio.AbstractEventLoop, caller: Caller) -> None:
        self.app = app
        self.loop = loop
        self.caller = caller

    def get(self, path: str, **query: Any) -> Any:
        """The parsed answer of a GET; raises Refused."""
        return self._parsed(self.raw("GET", path, query=query))

    def post(self, path: str, body: Any = None) -> Any:
        """The parsed answer of a POST of JSON; raises Refused."""
        return self._parsed(self.raw("POST", path, content=b"{}" if body is None else orjson.dumps(body)))

    def send(self, path: str, content: bytes, media: str, **query: Any) -> Any:
        """The parsed answer of a POST of a file; raises Refused."""
        return self._parsed(self.raw("POST", path, query=query, content=content, media=media))

    def body(self, path: str, **query: Any) -> bytes:
        """The body of a GET that answers a page or a file; raises Refused."""
        return self._answered(self.raw("GET", path, query=query)).content

    def raw(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, content: bytes | None = None,
        media: str = "application/json",
    ) -> httpx.Response:  # fmt: skip
        """The answer as it comes, whatever its status; raises Refused where the path would lead elsewhere."""
        if not is_plain(path):  # it may hold an identifier that a browser sent
            fault = Fault("path", shown(path), label("fault.route"))
            raise Refused(404, problem_members(Refusal("not-found", faults=[fault])))
        return self.run(self._send(method, path, dict(query or {}), content, media))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine on the API's loop; raises TimeoutError after ``LIMIT_S`` seconds."""
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result(LIMIT_S)
        except TimeoutError:
            future.cancel()
            raise

    async def _send(
        self, method: str, path: str, query: dict[str, Any], content: bytes | None, media: str
    ) -> httpx.Response:
        async def app_as_caller(scope: Scope, receive: Receive, send: Send) -> None:
            await self.app({**scope, "caller": self.caller}, receive, send)

        headers = {} if content is None else {"content-type": media}
        sent = {name: value for name, value in query.items() if value is not None}
        transport = httpx.ASGITransport(app_as_caller)
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            return await client.request(method, path, params=sent, content=content, headers=headers)

    @classmethod
    def _parsed(cls, answer: httpx.Response) -> Any:
        return orjson.loads(cls._answered(answer).content)

    @staticmethod
    def _answered(answer: httpx.Response) -> httpx.Response:
        if answer.is_success:
            return answer
        try:
            problem = orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            problem = {"title": answer.reason_phrase}
        raise Refused(answer.status_code, problem)
