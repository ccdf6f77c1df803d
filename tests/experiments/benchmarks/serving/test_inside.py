"""A request sent without a socket reaches the application as a server would hand it on."""

from __future__ import annotations

import asyncio

import pytest

from experiments.benchmarks.serving.inside import ask


@pytest.mark.contract
def test_a_body_comes_in_its_parts_and_the_answer_is_received_whole() -> None:
    """Seven bytes in three parts; method, path, query and headers as given."""
    seen: list[object] = []

    async def app(scope, receive, send):
        seen.append((scope["method"], scope["path"], scope["query_string"], scope["headers"]))
        more = True
        while more:
            message = await receive()
            seen.append(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 418, "headers": [(b"a", b"b")]})
        await send({"type": "http.response.body", "body": b"short and stout"})

    received = asyncio.run(ask(app, "PUT", "/x", [(b"k", b"v")], b"1234567", b"q=1", parts=3))
    assert seen == [("PUT", "/x", b"q=1", [(b"k", b"v")]), b"123", b"456", b"7"]
    assert (received.status, received.headers, received.body) == (418, {b"a": b"b"}, b"short and stout")
