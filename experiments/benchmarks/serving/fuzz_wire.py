"""A request as the bytes that are sent, also those that no client writes: damaged below the values it carries."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import orjson

from experiments.benchmarks.serving.world import World


class Raw(str):
    """Text that is written into the JSON as it is, without quotes."""

    __slots__ = ()


@dataclass(frozen=True)
class Try:
    """One request to be sent."""

    number: int
    method: str
    path: str
    bank: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    query: bytes = b""
    parts: int = 1


def headers(key: str) -> tuple[tuple[bytes, bytes], ...]:
    """What a regular client sends beside its body."""
    return ((b"authorization", f"Bearer {key}".encode()), (b"content-type", b"application/json"))


def written(value: Any) -> bytes:
    """JSON, also of values that JSON does not have."""
    if isinstance(value, Raw):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, dict):
        return b"{" + b",".join(_text(str(key)) + b":" + written(item) for key, item in value.items()) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(written(item) for item in value) + b"]"
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return {None: b"null", True: b"true", False: b"false"}[value]
    return repr(value).replace("nan", "NaN").replace("inf", "Infinity").encode()


def _text(value: str) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # half a character
        return b'"' + value.encode("utf-8", "surrogatepass") + b'"'


def _method(chance: random.Random, case: Try, _: World) -> Try:
    return replace(
        case, method=chance.choice(("GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "post", "BREW", ""))
    )


def _path(chance: random.Random, case: Try, _: World) -> Try:
    odd: tuple[str, ...] = (
        case.path + "/", "/" + case.path, case.path.upper(), case.path + "%20", "", "/", "*", case.path + "\x00",
        "/v1/☃", "/v1/" + "a" * 9_000, "/v1/decisions/", "/v1/bank-applications//grant",
        "/v1/bank-applications/\n/grant", "/.git/config",
        "/v2/quota",
    )  # fmt: skip
    return replace(case, path=chance.choice(odd))


def _query(chance: random.Random, case: Try, _: World) -> Try:
    return replace(
        case,
        query=chance.choice((b"a=1", b"=", b"&&&", b"\xff\xfe", b"on=2024-13-45", b"what=model&on=" + b"9" * 5_000)),
    )


def _auth(chance: random.Random, case: Try, world: World) -> Try:
    keys = [f"Bearer {key}".encode() for key in world.keys.values()]
    odd = (
        None, b"", b"Bearer", b"Bearer ", b"Basic eDp5", b"bearer x", b"Bearer ip__", b"Bearer ip_0_0_0_0",
        b"Bearer \xff\xfe", b"Bearer " + b"a" * 50_000, keys[0][:-1], keys[0] + b"x", keys[0].upper(),
        chance.choice(keys),
    )  # fmt: skip
    value = chance.choice(odd)
    rest = tuple(item for item in case.headers if item[0] != b"authorization")
    return replace(case, headers=rest if value is None else (*rest, (b"authorization", value)))


def _content_type(chance: random.Random, case: Try, _: World) -> Try:
    odd = (
        None, b"", b"text/plain", b"application/xml", b"application/json; charset=gbk", b"multipart/form-data", b"\xff",
        b";", b"application/jsonp", b"APPLICATION/JSON",
    )  # fmt: skip
    value = chance.choice(odd)
    rest = tuple(item for item in case.headers if item[0] != b"content-type")
    return replace(case, headers=rest if value is None else (*rest, (b"content-type", value)))


def _other_headers(chance: random.Random, case: Try, _: World) -> Try:
    odd = (
        (b"content-length", b"99999999999999999999"), (b"content-length", b"-1"), (b"content-length", b"\xb2"),
        (b"content-length", b"abc"), (b"x-forwarded-for", b"\xff" * 300), (b"content-encoding", b"gzip"),
        (b"transfer-encoding", b"chunked"), (b"accept", b"text/html"), (b"expect", b"100-continue"), (b"", b""),
        (b"content-length", b"1" * 5_000),
    )  # fmt: skip
    return replace(case, headers=(*case.headers, chance.choice(odd)))


def _bytes(chance: random.Random, case: Try, _: World) -> Try:
    body = case.body
    position = chance.randrange(len(body) + 1)
    text = body.decode("utf-8", "replace")
    odd: tuple[Callable[[], bytes], ...] = (
        lambda: b"",
        lambda: body[:position],
        lambda: body + chance.choice((b"}", b" {}", b"\x00", b"//", b",")),
        lambda: body[:position] + bytes([chance.randrange(256)]) + body[position + 1 :],
        lambda: body[:position] + bytes([chance.randrange(256)]) + body[position:],
        lambda: text.encode("utf-16"),
        lambda: text.encode("utf-32"),
        lambda: b"\xef\xbb\xbf" + body,
        lambda: text.encode("gbk", "replace"),
        lambda: body.replace(b'":', b'":\xff'),
        lambda: body.replace(b'"request_id"', b'"request_id":"twice","request_id"'),
        lambda: body.replace(b"{", b"{ /* */", 1),
        lambda: bytes(chance.randrange(256) for _ in range(chance.randrange(400))),
        lambda: b" " * 1_000_001,
        lambda: body + b" " * (1_000_000 - len(body)),
        lambda: b"\x1f\x8b" + body,
    )
    return replace(case, body=chance.choice(odd)())


ROUGH: tuple[Callable[[random.Random, Try, World], Try], ...] = (
    _method, _path, _query, _auth, _content_type, _other_headers, _bytes, _bytes, _bytes,
)  # fmt: skip
