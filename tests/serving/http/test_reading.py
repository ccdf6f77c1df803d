"""Bodies and queries as bytes arrive: whole, in parts, slowly, too long, cut off, in another type."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from starlette.requests import Request

from data.requests import Reasoned
from serving.contract.parameters import COUNT, DAY, TEXT
from serving.contract.refusals import Refusal
from serving.http import reading
from serving.http.reading import check_declared_length, check_query, parse, read_body

pytestmark = pytest.mark.contract
JSON = (b"content-type", b"application/json; charset=utf-8")


def request(parts=(b"",), headers=(JSON,), query=b"", pause_s=0.0, cut=False):
    """A request whose body comes in these parts; ``cut``: the connection ends before the last."""
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages[-1] = {"type": "http.disconnect"} if cut else messages[-1] | {"more_body": False}

    async def receive():
        await asyncio.sleep(pause_s)
        return messages.pop(0)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": list(headers), "query_string": query}
    made = Request(scope, receive)
    made.state.left = messages
    return made


def refused(call):
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value


def test_a_body_is_whole_however_it_comes():
    """At once, in parts, and with pauses between them."""
    for parts in ([b"abcdef"], [b"ab", b"", b"cdef"], [b"a", b"b", b"c", b"d", b"ef"]):
        assert asyncio.run(read_body(request(parts, pause_s=0.01), 6)) == b"abcdef"


def test_a_body_over_the_limit_is_refused_and_not_read_on():
    """By what is sent, whatever is declared; the parts after the limit stay unread."""
    made = request([b"x" * 4] * 1_000)
    refusal = refused(lambda: asyncio.run(read_body(made, 10)))
    assert (refusal.key, refusal.faults[0].texts) == ("body-too-large", ("至多 10 字节", "at most 10 bytes"))
    assert len(made.state.left) == 997


@pytest.mark.parametrize(
    ("declared", "fits"), [("10", True), ("11", False), ("9" * 5_000, False), ("²", True), ("-1", True), ("", True)]
)
def test_a_declared_length_is_enough_to_refuse(declared, fits):
    """A number beyond the limit, however long it is written; what is no number is left to what is sent."""
    made = request(headers=[(b"content-length", declared.encode("latin-1"))])
    if fits:
        check_declared_length(made, 10)
    else:
        assert refused(lambda: check_declared_length(made, 10)).key == "body-too-large"


def test_a_body_that_is_cut_off_is_no_json():
    """The client went away before the end."""
    assert refused(lambda: asyncio.run(read_body(request([b"{", b""], cut=True), 10))).key == "malformed-json"


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch):
    """However few of its bytes come in time."""
    monkeypatch.setattr(reading, "BODY_LIMIT_S", 0.05)
    refusal = refused(lambda: asyncio.run(read_body(request([b"{", b"}"], pause_s=0.04), 10)))
    assert (refusal.key, refusal.detail) == ("malformed-json", "the body was not sent within 0.05 s")


@pytest.mark.parametrize("kind", [b"text/plain", b"application/jsonp", b"", b";", b"\xff"])
def test_another_content_type_is_named(kind):
    """So is none at all."""
    for headers in ([(b"content-type", kind)], []):
        refusal = refused(lambda headers=headers: asyncio.run(read_body(request([b"{}"], headers), 10)))
        assert refusal.key == "unsupported-media"


def test_a_body_is_read_as_its_type_or_refused_with_everything_wrong():
    """Not JSON, JSON of another form, and a member that occurs twice."""
    assert parse(Reasoned, b'{"reason": "because"}').reason == "because"
    assert refused(lambda: parse(Reasoned, b"{")).key == "malformed-json"
    assert refused(lambda: parse(Reasoned, b"\xef\xbb\xbf{}")).key == "malformed-json"
    twice = refused(lambda: parse(Reasoned, b'{"reason": "a", "reason": "b", "colour": 1}'))
    assert [fault.where for fault in twice.faults] == ["colour", "reason"]


@pytest.mark.parametrize("query", [b"&", b"a", b"a=1", b"on=1&on=2", b"on=1&a=2", b"=", b"%00=1", b"\xff\xfe"])
def test_a_query_that_is_not_known_is_refused(query):
    """Malformed, unknown, or given twice."""
    assert refused(lambda: check_query(request(query=query), {"on": DAY})).faults[0].where == "query"
    check_query(request(query=b"on=2026-01-31"), {"on": DAY, "what": TEXT})
    check_query(request(), {})


def test_an_instant_of_the_query_is_in_utc_and_a_day_reaches_to_its_end():
    """1 March ends in Shanghai before 16:00 in UTC: what is of 2 March, named by its day alone, is later."""
    ends = {
        "2026-03-01": "2026-03-01T15:59:59.999999+00:00",
        "2026-03-01T09:00:00%2B08:00": "2026-03-01T01:00:00+00:00",
    }
    for text, end in ends.items():
        found = reading.query_instant(request(query=f"until={text}".encode()), "until", "Asia/Shanghai")
        assert found is not None
        assert found.isoformat() == end
    assert reading.query_instant(request(), "until", "Asia/Shanghai") is None
    refusal = refused(lambda: reading.query_instant(request(query=b"until=yesterday"), "until", "Asia/Shanghai"))
    assert (refusal.key, refusal.faults[0].where) == ("invalid-request", "until")


@pytest.mark.parametrize("text", ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31", "2026-02-30", "20260301"])
def test_a_day_of_the_query_is_one_that_sums_of_days_may_start_from(text):
    assert reading.query_day(request(query=b"on=2199-12-31"), "on") == dt.date(2199, 12, 31)
    assert refused(lambda: reading.query_day(request(query=f"on={text}".encode()), "on")).faults[0].where == "on"


@pytest.mark.parametrize(("query", "count"), [(b"", 100), (b"count=0", 0), (b"count=1000", 1000)])
def test_a_count_of_the_query_is_whole_and_bounded(query, count):
    assert reading.query_number(request(query=query), "count", COUNT) == count


@pytest.mark.parametrize("query", [b"count=1001", b"count=-1", b"count=1.5", b"count=x", b"count=%C2%B2"])
def test_another_count_is_refused(query):
    refusal = refused(lambda: reading.query_number(request(query=query), "count", COUNT))
    assert (refusal.key, refusal.faults[0].where) == ("invalid-request", "count")
