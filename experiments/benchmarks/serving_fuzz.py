"""A hundred thousand requests that no honest client sends: no 5xx, and no approval of what is not valid.

Each case is a valid request, damaged up to three times: in a value, in a member, in its bytes, its headers, its method
or its path. What may be approved is decided by ``serving_oracle``, which shares no code with the counter. A case
follows from the seed and its number alone, so a finding can be asked again.
"""

from __future__ import annotations

import asyncio
import copy
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import orjson
from rich.progress import Progress

from data.codebook import read_codebook, read_credit_facts
from data.requests import make_consent
from data.uscc import fictitious_uscc
from experiments.benchmarks.serving_inside import Heard, ask
from experiments.benchmarks.serving_oracle import faults, read_body
from experiments.benchmarks.serving_world import BANKS, FROM, UNTIL, World
from models.quota_policy import read_policies
from serving.examples import examples
from serving.gate import Gate
from serving.problems import KINDS, MEDIA_TYPE

AT_ONCE = 96
SHOWN = 20
OUTSIDERS = 40  # enterprises that are not on file; few, as each costs a case of its own
DEEP = (50, 600, 20_000)


class Raw(str):
    """Text that stands in the JSON as it is, without quotes."""

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


@dataclass
class Findings:
    """What a campaign saw, and the first cases that should not have been."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    approvals: int = 0
    valid: int = 0
    server_errors: list[str] = field(default_factory=list)
    wrong_approvals: list[str] = field(default_factory=list)
    valid_refused: list[str] = field(default_factory=list)
    bad_problems: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For the record: counts, and at most twenty cases of each kind."""
        lists = ("server_errors", "wrong_approvals", "valid_refused", "bad_problems")
        told: dict[str, Any] = {name: len(getattr(self, name)) for name in lists}
        told["cases"] = {name: getattr(self, name)[:SHOWN] for name in lists if getattr(self, name)}
        statuses = {str(status): count for status, count in sorted(self.statuses.items())}
        return {
            "requests": self.requests,
            "valid": self.valid,
            "approvals": self.approvals,
            "statuses": statuses,
        } | told


class Fuzzer:
    """Makes cases from a world and a seed."""

    def __init__(self, gate: Gate, world: World, seed: int) -> None:
        if gate.desk is None:
            raise ValueError("the gate has no desk")
        snapshot = gate.desk.counter.snapshot
        self.world, self.seed, self.on_file = world, seed, frozenset(world.usccs)
        self.day = f"{snapshot.as_of:%Y-%m-%d}"
        self.rows = [case.row for case in list(snapshot.cases.values())[:400]]
        self.keys = tuple(item.key for item in read_codebook())
        self.credit = tuple(fact.key for fact in read_credit_facts())
        self.ends = [end for item in (*read_codebook(), *read_credit_facts()) for end in (item.low, item.high)]
        policies = read_policies()
        self.policies = {policy.version for policy in policies}
        self.every_path = [(route.method, route.path) for route in gate.routes]

    def make(self, number: int) -> Try:
        """Case ``number``."""
        chance = random.Random(self.seed * 1_000_003 + number)
        bank = chance.choice(BANKS)
        method, path, body, holder = self._valid(chance, number, bank)
        damages = chance.choices((0, 1, 2, 3), (1, 6, 2, 1))[0]
        for _ in range(damages):
            if isinstance(body, dict | list) and chance.random() < 0.85:
                body = self._damage(chance, body)
        text = b"" if body is None else _written(body)
        case = Try(
            number, method, path, bank, _headers(self.world.keys[holder]), text, parts=chance.choice((1, 1, 1, 3))
        )
        if damages and chance.random() < 0.25:
            case = chance.choice(_ROUGH)(chance, case, self)
        return case

    def _valid(self, chance: random.Random, number: int, bank: str) -> tuple[str, str, Any, str]:
        kind = chance.random()
        if kind < 0.55:
            return "POST", "/v1/quota", self._quota(chance, number, bank, f"f{number}"), bank
        if kind < 0.65:
            size = chance.choice((1, 2, 5))
            items = [self._quota(chance, number + place, bank, f"f{number}.{place}") for place in range(size)]
            return "POST", "/v1/quota/batch", items, bank
        if kind < 0.75:
            body = {key: value for key, value in self._quota(chance, number, bank, "p").items() if key in _POINTS}
            return "POST", "/v1/points", body, bank
        method, path = chance.choice(self.every_path)
        example: Any = copy.deepcopy(examples().get(path)) if method == "POST" else None
        holder = chance.choice((bank, "enterprise", "operator"))
        for name in ("{audit_id}", "{order_id}", "{key}"):
            path = path.replace(name, chance.choice(("dec-0", "ord-0", "not-ready", "☃", "a" * 300, "%00", "..")))
        return method, path, example, holder

    def _quota(self, chance: random.Random, number: int, bank: str, request_id: str) -> dict[str, Any]:
        body = self.world.quota(chance.randrange(len(self.world.usccs)), request_id, bank)
        if chance.random() < 0.3:
            body["as_of"] = self.day
        if chance.random() < 0.06:  # building a case of an enterprise that is not on file takes milliseconds
            row = chance.choice(self.rows)
            uscc = fictitious_uscc(80_000_000 + number % OUTSIDERS)
            body |= {"uscc": uscc, "enterprise": self._facts(row), "as_of": self.day}
            consent = make_consent("c", uscc, bank, ("points", "quota"), FROM, UNTIL)
            body["consent"] = consent.model_dump(mode="json")
        return body

    def _facts(self, row: Any) -> dict[str, Any]:
        known = {name: value for name, value in row.items() if value is not None and value == value}
        founded = date.fromisoformat(self.day).toordinal() - int(row["age_years"] * 365.25)
        return {
            "industry": row["industry"],
            "size_rule": row["size_rule"],
            "founded_on": date.fromordinal(founded).isoformat(),
            "known_at": self.day,
            "indicators": {key: float(known[key]) for key in self.keys if key in known},
            "credit_facts": {key: float(known[key]) for key in self.credit if key in known},
        }

    def _damage(self, chance: random.Random, body: Any) -> Any:
        """One value, member or list element of the tree changed."""
        body = copy.deepcopy(body)
        places: list[tuple[Any, Any]] = []
        _walk(body, places)
        if not places:
            return self._odd(chance)
        holder, key = chance.choice(places)
        act = chance.random()
        if act < 0.6:
            holder[key] = self._odd(chance)
        elif act < 0.72:
            del holder[key]
        elif act < 0.84 and isinstance(holder, dict):
            holder[chance.choice(("extra", "", "\x00", "__proto__", "decision", "名", f" {key}", str(key).upper()))] = (
                self._odd(chance)
            )
        elif act < 0.92:
            other, place = chance.choice(places)
            holder[key] = copy.deepcopy(other[place]) if other is not holder or place != key else None
        elif isinstance(holder, list):
            holder.insert(0, copy.deepcopy(holder[key]))
        else:
            holder[key] = [holder[key]]
        return body

    def _odd(self, chance: random.Random) -> Any:
        kind = chance.random()
        if kind < 0.3:
            return chance.choice(_ODD_NUMBERS)
        if kind < 0.45:
            end = chance.choice(self.ends)
            return chance.choice((end, end - 1, end + 1, -end, end * 1.0000001, end * 1000))
        if kind < 0.75:
            return chance.choice(_ODD_TEXTS)
        if kind < 0.95:
            return copy.deepcopy(chance.choice(_ODD_THINGS))
        depth = chance.choice(DEEP)
        opening, closing = chance.choice((("[", "]"), ('{"a":', "}")))
        return Raw(opening * depth + "1" + closing * depth)


async def campaign(gate: Gate, world: World, n_cases: int, seed: int, progress: Progress | None = None) -> Findings:
    """Send ``n_cases`` cases, many at once, and hold each answer against the oracle."""
    fuzzer, found, numbers = Fuzzer(gate, world, seed), Findings(), iter(range(n_cases))
    bar = progress.add_task("fuzzed requests", total=n_cases) if progress else None

    async def client() -> None:
        for number in numbers:
            case = fuzzer.make(number)
            heard = await ask(gate, case.method, case.path, case.headers, case.body, case.query, case.parts)
            judge(found, fuzzer, case, heard)
            if progress and bar is not None:
                progress.advance(bar)

    await asyncio.gather(*(client() for _ in range(AT_ONCE)))
    return found


def judge(found: Findings, fuzzer: Fuzzer, case: Try, heard: Heard) -> None:
    """Note one answer, and what is wrong with it."""
    found.requests += 1
    found.statuses[heard.status] += 1
    label = (
        f"#{case.number} {case.method} {case.path[:60]} -> {heard.status} {heard.body[:300]!r} for {case.body[:1500]!r}"
    )
    if heard.status >= 500:
        found.server_errors.append(label)
    if heard.status >= 400 and not _is_problem(heard):
        found.bad_problems.append(label)
    if case.method != "POST" or case.path not in ("/v1/quota", "/v1/quota/batch"):
        return
    is_batch = case.path.endswith("batch")
    try:
        asked = read_body(case.body)
    except (ValueError, RecursionError):
        asked = None
    items = (asked if isinstance(asked, list) else []) if is_batch else [asked]
    if is_batch and not 1 <= len(items) <= 500:
        items = []
    told = [_why(fuzzer, case, item) for item in items]
    if 200 <= heard.status < 300:
        answers = orjson.loads(heard.body)
        for place, answer in enumerate(answers if is_batch else [answers]):
            if answer["decision"] != "indicative_approve":
                continue
            found.approvals += 1
            against = told[place] if place < len(told) else ["nothing was asked"]
            if against or not answer["reasons"] or answer["quota"]["amount_cny"] <= 0:
                found.wrong_approvals.append(f"{against} {label}")
    is_valid = bool(told) and not any(told) and not _twice(items)
    found.valid += is_valid
    if is_valid and heard.status not in (200, 409):
        found.valid_refused.append(label)


def _why(fuzzer: Fuzzer, case: Try, item: Any) -> list[str]:
    against = faults(item, case.bank, fuzzer.on_file, fuzzer.policies, fuzzer.day)
    keys = [value for name, value in case.headers if name == b"authorization"]
    if keys[-1:] != [f"Bearer {fuzzer.world.keys[case.bank]}".encode()]:
        against.append("key")
    kinds = [value for name, value in case.headers if name == b"content-type"]
    if not kinds or kinds[-1].split(b";")[0].strip().lower() != b"application/json":
        against.append("content type")
    if any(name == b"content-length" and value.isdigit() for name, value in case.headers):
        against.append("another length")
    return [*against, *(["query"] if case.query else [])]


def _twice(items: list[Any]) -> bool:
    return len({item["request_id"] for item in items}) != len(items)


def _is_problem(heard: Heard) -> bool:
    if heard.headers.get(b"content-type") != MEDIA_TYPE.encode():
        return False
    told = orjson.loads(heard.body)
    kind = KINDS.get(told["type"].removeprefix("/problems/"))
    return kind is not None and kind.status == heard.status == told["status"] and b"Traceback" not in heard.body


def _headers(key: str) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"authorization", f"Bearer {key}".encode()), (b"content-type", b"application/json"))


def _walk(value: Any, places: list[tuple[Any, Any]]) -> None:
    for key, item in list(value.items() if isinstance(value, dict) else enumerate(value)):
        places.append((value, key))
        if isinstance(item, dict | list):
            _walk(item, places)


def _written(value: Any) -> bytes:
    """JSON, also of values that JSON does not have."""
    if isinstance(value, Raw):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, dict):
        return b"{" + b",".join(_text(str(key)) + b":" + _written(item) for key, item in value.items()) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(_written(item) for item in value) + b"]"
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


_POINTS = {"uscc", "consent", "enterprise"}
_ODD_NUMBERS: tuple[Any, ...] = (
    0, -1, 1, 0.5, -0.0, 3.0, 10**9, 10**9 + 1, 2**53 + 1, 2**63, 10**30, 10**4000, 1e308, -1e308, 5e-324,
    float("nan"), float("inf"), float("-inf"), Raw("1e400"), Raw("-1e999"), Raw("01"), Raw("+1"), Raw("1."),
    Raw("0x10"), Raw("1_000"), Raw("١٢"), Raw("3000000.0"), Raw("3e6"), 9_999, 61, 12, 10_000,
)  # fmt: skip
_ODD_TEXTS: tuple[Any, ...] = (
    "", " ", "x" * 201, "x" * 20_000, "\x00", "\u202e123", "😀" * 70, "é", "e\u0301", "\ud800",
    "'; DROP TABLE records;--", "../../etc/passwd", "{{7*7}}", "%s%n", "null", "NaN", "3000000", "true", "2024-06-30",
    "2024-02-30", "2099-01-01",
    "0001-01-01", "9999-12-31", "2024-06-30T00:00:00", "1e3", "standard", "bank-1", "personal", "quota", "zheke",
    "914403001922038216", "91440300192203821G", Raw('"\\ud800"'), Raw('"\\u0000"'), Raw('"\\x41"'),
    Raw("'a'"), Raw("\xff"),
)  # fmt: skip
_ODD_THINGS: tuple[Any, ...] = (None, True, False, [], {}, [[]], [None], {"": None}, [1, "a", None], {"a": {"b": []}})


def _method(chance: random.Random, case: Try, _: Fuzzer) -> Try:
    return replace(
        case, method=chance.choice(("GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "post", "BREW", ""))
    )


def _path(chance: random.Random, case: Try, _: Fuzzer) -> Try:
    odd: tuple[str, ...] = (
        case.path + "/", "/" + case.path, case.path.upper(), case.path + "%20", "", "/", "*", case.path + "\x00",
        "/v1/☃", "/v1/" + "a" * 9_000, "/v1/decisions/", "/v1/orders//grant", "/v1/orders/\n/grant", "/.git/config",
        "/v2/quota",
    )  # fmt: skip
    return replace(case, path=chance.choice(odd))


def _query(chance: random.Random, case: Try, _: Fuzzer) -> Try:
    return replace(
        case,
        query=chance.choice((b"a=1", b"=", b"&&&", b"\xff\xfe", b"on=2024-13-45", b"what=model&on=" + b"9" * 5_000)),
    )


def _auth(chance: random.Random, case: Try, fuzzer: Fuzzer) -> Try:
    keys = [f"Bearer {key}".encode() for key in fuzzer.world.keys.values()]
    odd = (
        None, b"", b"Bearer", b"Bearer ", b"Basic eDp5", b"bearer x", b"Bearer ip__", b"Bearer ip_0_0_0_0",
        b"Bearer \xff\xfe", b"Bearer " + b"a" * 50_000, keys[0][:-1], keys[0] + b"x", keys[0].upper(),
        chance.choice(keys),
    )  # fmt: skip
    value = chance.choice(odd)
    rest = tuple(item for item in case.headers if item[0] != b"authorization")
    return replace(case, headers=rest if value is None else (*rest, (b"authorization", value)))


def _content_type(chance: random.Random, case: Try, _: Fuzzer) -> Try:
    odd = (
        None, b"", b"text/plain", b"application/xml", b"application/json; charset=gbk", b"multipart/form-data", b"\xff",
        b";", b"application/jsonp", b"APPLICATION/JSON",
    )  # fmt: skip
    value = chance.choice(odd)
    rest = tuple(item for item in case.headers if item[0] != b"content-type")
    return replace(case, headers=rest if value is None else (*rest, (b"content-type", value)))


def _other_headers(chance: random.Random, case: Try, _: Fuzzer) -> Try:
    odd = (
        (b"content-length", b"99999999999999999999"), (b"content-length", b"-1"), (b"content-length", b"\xb2"),
        (b"content-length", b"abc"), (b"x-forwarded-for", b"\xff" * 300), (b"content-encoding", b"gzip"),
        (b"transfer-encoding", b"chunked"), (b"accept", b"text/html"), (b"expect", b"100-continue"), (b"", b""),
        (b"content-length", b"1" * 5_000),
    )  # fmt: skip
    return replace(case, headers=(*case.headers, chance.choice(odd)))


def _bytes(chance: random.Random, case: Try, _: Fuzzer) -> Try:
    body = case.body
    place = chance.randrange(len(body) + 1)
    text = body.decode("utf-8", "replace")
    odd: tuple[Callable[[], bytes], ...] = (
        lambda: b"",
        lambda: body[:place],
        lambda: body + chance.choice((b"}", b" {}", b"\x00", b"//", b",")),
        lambda: body[:place] + bytes([chance.randrange(256)]) + body[place + 1 :],
        lambda: body[:place] + bytes([chance.randrange(256)]) + body[place:],
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


_ROUGH: tuple[Callable[[random.Random, Try, Fuzzer], Try], ...] = (
    _method, _path, _query, _auth, _content_type, _other_headers, _bytes, _bytes, _bytes,
)  # fmt: skip
