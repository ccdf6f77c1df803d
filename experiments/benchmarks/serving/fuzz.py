"""A hundred thousand requests that no regular client sends: no 5xx, and no approval of what is not valid.

Each case is a valid request, damaged up to three times: in a value, in a member, in its bytes, its headers, its method
or its path. What may be approved is decided by ``serving_oracle``, which shares no code with the service. A case
follows from the seed and its number alone, so a finding can be repeated.
"""

from __future__ import annotations

import asyncio
import copy
import random
from collections.abc import Mapping
from datetime import date
from typing import Any

from rich.progress import Progress
from starlette.applications import Starlette

from data.codebook import read_codebook, read_credit_facts
from data.uscc import fictitious_uscc
from experiments.benchmarks.serving.fuzz_verdicts import Findings, evaluate
from experiments.benchmarks.serving.fuzz_wire import ROUGH, Raw, Try, headers, written
from experiments.benchmarks.serving.inside import ask
from experiments.benchmarks.serving.world import BANKS, World
from models.quota.policy import read_policies
from serving.http.examples import examples
from serving.http.routes import OPERATIONS

AT_ONCE = 96
OUTSIDERS = 40  # enterprises that are not on file; few, as each costs a case of its own
DEEP = (50, 600, 20_000)


class Fuzzer:
    """Makes cases from a world and a seed."""

    def __init__(self, app: Starlette, world: World, seed: int) -> None:
        snapshot = app.state.worker.service.snapshot
        self.world, self.seed, self.on_file = world, seed, frozenset(world.usccs)
        self.day = f"{snapshot.as_of:%Y-%m-%d}"
        self.rows = [case.row for case in list(snapshot.cases.values())[:400]]
        self.keys = tuple(item.key for item in read_codebook())
        self.credit = tuple(fact.key for fact in read_credit_facts())
        self.ends = [end for item in (*read_codebook(), *read_credit_facts()) for end in (item.low, item.high)]
        self.policies: Mapping[str, str] = {policy.bank_id: policy.version for policy in read_policies()}
        self.every_path = [(route.method, route.path) for route in OPERATIONS]

    def make(self, number: int) -> Try:
        """Case ``number``."""
        chance = random.Random(self.seed * 1_000_003 + number)
        bank = chance.choice(BANKS)
        method, path, body, holder = self._valid(chance, number, bank)
        damages = chance.choices((0, 1, 2, 3), (1, 6, 2, 1))[0]
        for _ in range(damages):
            if isinstance(body, dict | list) and chance.random() < 0.85:
                body = self._damage(chance, body)
        text = b"" if body is None else written(body)
        case = Try(
            number, method, path, bank, headers(self.world.keys[holder]), text, parts=chance.choice((1, 1, 1, 3))
        )
        if damages and chance.random() < 0.25:
            case = chance.choice(ROUGH)(chance, case, self.world)
        return case

    def _valid(self, chance: random.Random, number: int, bank: str) -> tuple[str, str, Any, str]:
        kind = chance.random()
        if kind < 0.55:
            return "POST", "/v1/quota", self._quota(chance, number, bank, f"f{number}"), bank
        if kind < 0.65:
            size = chance.choice((1, 2, 5))
            items = [self._quota(chance, number + position, bank, f"f{number}.{position}") for position in range(size)]
            return "POST", "/v1/quota/batch", items, bank
        if kind < 0.75:
            body = {key: value for key, value in self._quota(chance, number, bank, "p").items() if key in _POINTS}
            return "POST", "/v1/points", body, bank
        method, path = chance.choice(self.every_path)
        example: Any = copy.deepcopy(examples().get(path)) if method == "POST" else None
        holder = chance.choice((bank, "enterprise", "operator"))
        for name in ("{audit_id}", "{bank_application_id}", "{key}"):
            path = path.replace(name, chance.choice(("dec-0", "bap-0", "not-ready", "☃", "a" * 300, "%00", "..")))
        return method, path, example, holder

    def _quota(self, chance: random.Random, number: int, bank: str, request_id: str) -> dict[str, Any]:
        body = self.world.quota(chance.randrange(len(self.world.usccs)), request_id, bank)
        if chance.random() < 0.3:
            body["as_of"] = self.day
        if chance.random() < 0.06:  # building a case of an enterprise that is not on file takes milliseconds
            row = chance.choice(self.rows)
            uscc = fictitious_uscc(80_000_000 + number % OUTSIDERS)
            body |= {"uscc": uscc, "enterprise": self._facts(row), "as_of": self.day}
            body["consent"] = self.world.consent("c", uscc, bank)
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
        positions: list[tuple[Any, Any]] = []
        _walk(body, positions, into_consents=chance.random() < 0.3)  # they have more members than all the rest
        if not positions:
            return self._odd(chance)
        holder, key = chance.choice(positions)
        act = chance.random()
        if act < 0.6:
            holder[key] = self._odd(chance)
        elif act < 0.72:
            del holder[key]
        elif act < 0.84 and isinstance(holder, dict):
            holder[chance.choice(("extra", "", "\x00", "__proto__", "outcome", "名", f" {key}", str(key).upper()))] = (
                self._odd(chance)
            )
        elif act < 0.92:
            other, position = chance.choice(positions)
            holder[key] = copy.deepcopy(other[position]) if other is not holder or position != key else None
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


async def campaign(app: Starlette, world: World, n_cases: int, seed: int, progress: Progress | None = None) -> Findings:
    """Send ``n_cases`` cases, many at once, and hold each answer against the oracle."""
    fuzzer, found, numbers = Fuzzer(app, world, seed), Findings(), iter(range(n_cases))
    bar = progress.add_task("fuzzed requests", total=n_cases) if progress else None

    async def client() -> None:
        for number in numbers:
            case = fuzzer.make(number)
            received = await ask(app, case.method, case.path, case.headers, case.body, case.query, case.parts)
            evaluate(found, fuzzer, case, received)
            if progress and bar is not None:
                progress.advance(bar)

    await asyncio.gather(*(client() for _ in range(AT_ONCE)))
    return found


def _walk(value: Any, positions: list[tuple[Any, Any]], *, into_consents: bool) -> None:
    for key, item in list(value.items() if isinstance(value, dict) else enumerate(value)):
        positions.append((value, key))
        if isinstance(item, dict | list) and (into_consents or key != "consent"):
            _walk(item, positions, into_consents=into_consents)


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
