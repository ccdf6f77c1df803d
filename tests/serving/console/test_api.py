"""The API in process: the caller of the scope passes the API's own checks, a header names nobody."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from serving.auth.access import Caller
from serving.console.api import Api, Refused
from serving.contract.refusals import Fault, Refusal
from serving.http.problems import problem_members


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop that runs on a thread, as a server's does."""
    running = asyncio.new_event_loop()
    thread = threading.Thread(target=running.run_forever, daemon=True)
    thread.start()
    yield running
    running.call_soon_threadsafe(running.stop)
    thread.join(5)
    running.close()


async def show_caller(scope, receive, send):
    """An application that answers who calls, or a problem where nobody does."""
    caller = scope.get("caller")
    status, body = (200, f'{{"name": "{caller.name}", "query": "{scope["query_string"].decode()}"}}') if caller else (
        401, "{}"
    )  # fmt: skip
    if scope["path"] == "/refused":
        status, body = 422, (
            '{"title": "Wrong", "title_zh": "有误", "detail": "", "detail_zh": "",'
            ' "faults": [{"where": "tenor", "found": "0", "allowed": "1 or more", "allowed_zh": "至少 1"}]}'
        )  # fmt: skip
    await receive()
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": body.encode()})


CALLER = Caller("zone", "operator", "a person", "console:a1", frozenset({"audit"}))


def test_a_call_carries_the_caller_and_what_is_none_is_left_out_of_the_query(loop):
    """No key goes with it: the scope holds the caller."""
    answer = Api(show_caller, loop, CALLER).get("/v1/x", count=3, after=None)
    assert answer == {"name": "zone", "query": "count=3"}


@pytest.mark.parametrize("number", ["../consents/c1/revoke?x=", "..", "a?b", "a#b", "a/../b", "a\0", "/a", ""])
def test_an_identifier_that_leads_to_another_route_is_not_found(loop, number):
    """It comes from a browser; the call would be made as its person, but it is not the one that was meant."""
    with pytest.raises(Refused) as refused:
        Api(show_caller, loop, CALLER).post(f"/v1/demands/{number}/close", {})
    assert refused.value.status == 404


def test_a_refusal_is_words_in_either_language(loop):
    """Title, then what is allowed where."""
    with pytest.raises(Refused) as refused:
        Api(show_caller, loop, CALLER).post("/refused", {"tenor": 0})
    assert refused.value.status == 422
    assert refused.value.text("zh") == "有误\ntenor: 至少 1"
    assert refused.value.text("en") == "Wrong\ntenor: 1 or more"


def test_what_to_do_is_for_a_person_where_the_api_speaks_to_programs():
    """A program may send the firm's data itself; a person on a page reads what a person can do."""
    firm = Refusal("unknown-enterprise", faults=[Fault("uscc", "1", ("企业", "a firm"))])
    refused = Refused(404, problem_members(firm))
    assert "`enterprise`" in refused.problem["detail"]
    assert "enterprise" not in refused.text("zh")
    assert "`" not in refused.text("en")
    assert refused.text("en").split("\n")[1].startswith("Check the unified social credit code")
    other = problem_members(Refusal("not-found"))
    assert Refused(404, other).text("en").split("\n")[1] == other["detail"]


def test_nothing_that_a_client_sends_names_a_caller(shop):
    """A member of the query, a header or a cookie of that name is no caller: without a key it stays 401."""
    answer = shop.client.get("/v1/monitoring?caller=zone", headers={"caller": "zone"}, cookies={"caller": "zone"})
    assert answer.status_code == 401


def test_the_api_s_own_checks_apply_to_the_caller(shop, loop):
    """The same route, the same role and permission, in process: an operator with `audit` may read, a bank may not."""
    assert Api(shop.client.app, loop, CALLER).raw("GET", "/v1/monitoring").status_code == 200
    bank = Caller("standard", "bank", "a person", "console:a2", frozenset({"audit"}))
    with pytest.raises(Refused) as refused:
        Api(shop.client.app, loop, bank).get("/v1/monitoring")
    assert (refused.value.status, refused.value.problem["type"]) == (403, "/problems/permission-missing")
