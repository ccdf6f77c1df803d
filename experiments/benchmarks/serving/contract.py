"""Schemathesis on the service's own OpenAPI document, inside this process, with keys and enterprises that exist.

What a schema cannot express (a consent's signature, a day that must lie ahead, a bank that exists, two members that
depend on each other) is put right in requests that are meant to be valid, so that these reach the models; requests that
are meant to be wrong stay as they are.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import schemathesis
from hypothesis import strategies as st
from pydantic import ValidationError
from rich.console import Console
from schemathesis import Case, HookContext
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from starlette.applications import Starlette

from data.beijing import BEIJING_ZONE
from data.members import FIRST_YEAR, LAST_YEAR
from experiments.benchmarks.serving.world import BANKS, World
from models.quota.policy import read_policy
from serving.contract.instants import today_in
from serving.http.routes import OPERATIONS

FAILURES_SHOWN = 20
BEYOND_SCHEMA = (
    "/v1/approvals/events", "/v1/approvals/logs", "/v1/incubators/reports", "/v1/incubators/vouchers",
    "/v1/incubators/corrections",
)  # fmt: skip
RULES_IN_FORCE = "2026-01-31"  # rules of incubators are: on an earlier day the answer says that there were none
FIRST, LAST = date(FIRST_YEAR, 1, 2), date(LAST_YEAR, 12, 30)  # a day within, whatever the offset
# Statuses of a refusal: those that Schemathesis expects, and 413, by which a body is refused before it is read.
REFUSED = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429", "5xx"]
WITH_CONSENT = {
    "/v1/quota": "quota", "/v1/quota/batch": "quota", "/v1/points": "points", "/v1/points/advice": "points",
}  # fmt: skip


def campaign(
    app: Starlette, world: World, cases: int, seed: int, console: Console | None = None, *, coverage: bool = True
) -> dict[str, Any]:
    """Run every check until at least ``cases`` requests were sent; counts, and what failed.

    coverage : also visit every boundary of every schema, which takes some 1,300 requests
    """
    counted: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    failures: list[str] = []
    errors: list[str] = []
    sent = rounds = 0
    while sent < cases and rounds < 20 and not failures and not errors:
        before = sent
        for event in from_schema(_schema(app, world, cases, seed + rounds, coverage=coverage)).execute():
            if isinstance(event, events.ScenarioFinished):
                sent += len(event.recorder.interactions)
                for interaction in event.recorder.interactions.values():
                    statuses[str(interaction.response.status_code if interaction.response else "none")] += 1
                for checks in event.recorder.checks.values():
                    for check in checks:
                        counted[check.name] += 1
                        if check.failure_info is not None:
                            info = check.failure_info
                            failures.append(f"{event.label}: {check.name}: {info.failure!r}\n{info.code_sample}")
                if console:
                    console.print(f"{event.phase.value} {event.label}: {sent} requests", end="\r", soft_wrap=True)
            elif isinstance(event, events.NonFatalError):
                errors.append(f"{event.label}: {event.value!r}")
            elif isinstance(event, events.FatalError):
                errors.append(repr(event.exception))
        rounds += 1
        if sent == before:
            break
    return {
        "holds": not failures and not errors and sent >= cases,
        "requests": sent,
        "checks": dict(sorted(counted.items())),
        "statuses": dict(sorted(statuses.items())),
        "failures": len(failures),
        "errors": errors[:FAILURES_SHOWN],
        "cases": failures[:FAILURES_SHOWN],
    }


def _schema(app: Starlette, world: World, cases: int, seed: int, *, coverage: bool) -> Any:
    n_operations = len(OPERATIONS)
    config = SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "generation": {"max-examples": max(1, cases // n_operations // 2), "database": "none", "mode": "all"},
            "phases": {
                "coverage": {"enabled": coverage},
                "stateful": {"generation": {"max-examples": max(1, cases // 400)}},
            },
            # Logs as bytes, members by kind, records that have to be registered: no schema says what is accepted.
            "checks": {"negative_data_rejection": {"expected-statuses": REFUSED}},
            "operations": [
                {"include-path": path, "checks": {"positive_data_acceptance": {"enabled": False}}}
                for path in BEYOND_SCHEMA
            ],
        }
    )
    schemathesis.serializer.alias("application/edifact", "application/octet-stream")  # bytes as they are
    schemathesis.openapi.format("uscc", st.sampled_from(world.usccs[:500]))
    # Of the years that the patterns beside these formats allow: of others, nearly all are thrown away.
    schemathesis.openapi.format("date", st.dates(FIRST, LAST).map(date.isoformat))
    instants = st.builds("{}T{}Z".format, st.dates(FIRST, LAST), st.times().map(lambda time: f"{time:%H:%M:%S}"))
    schemathesis.openapi.format("date-time", instants)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=config)
    roles = {(route.path, route.method): route.roles for route in OPERATIONS}

    @schema.auth(refresh_interval=None)  # another operation, another key
    class Keys:
        """The key of a role that may call the operation."""

        def get(self, case: Case[Any], _: Any) -> str:
            allowed = roles.get((case.operation.path, case.operation.method.upper()), ())
            return world.keys[BANKS[0] if not allowed or "bank" in allowed else allowed[0]]

        def set(self, case: Case[Any], data: str, _: Any) -> None:
            case.headers["Authorization"] = f"Bearer {data}"

    fresh = itertools.count()

    @schema.hook("map_case")
    def put_right(_: HookContext, case: Case[Any]) -> Case[Any]:
        meta = case.meta
        if meta is None or not meta.generation.mode.is_positive:
            return case
        _put_query_right(case.operation.path, case.query)
        if case.operation.method.upper() != "POST":
            return case
        bodies = case.body if isinstance(case.body, list) else [case.body]
        for body in bodies:
            if isinstance(body, dict):
                _whole(body)
                _put_right(case.operation.path, body, next(fresh))
        return case

    return schema


def _whole(value: Any) -> None:
    """Write 6.0 as 6: a schema's integer may have a fraction of zero, the contract's is written without."""
    for key, item in list(value.items() if isinstance(value, dict) else enumerate(value)):
        if isinstance(item, dict | list):
            _whole(item)
        elif isinstance(item, float) and item.is_integer():
            value[key] = int(item)


def _put_query_right(path: str, query: dict[str, Any]) -> None:
    """What the schema cannot express, in place: rules that are in force on a day, and which of two comes first."""
    if path.startswith("/v1/incubators"):
        query |= {name: RULES_IN_FORCE for name in ("on", "since") if name in query or "since" in query}
    elif path.startswith("/v1/approvals/statistics") and query.get("first") and query.get("last"):
        query["first"], query["last"] = sorted((query["first"], query["last"]))


def _put_right(path: str, body: dict[str, Any], number: int) -> None:
    """What the schema cannot express, in place."""
    chance = random.Random(number)
    if path in WITH_CONSENT:
        if path == "/v1/quota/batch" or ("request_id" in body and chance.random() < 0.8):
            body["request_id"] = f"s{number}"
        for name in ("as_of", "enterprise", "policy_version"):
            if body.get(name) is not None:
                body.pop(name)
        if "bank_id" in body and chance.random() < 0.9:
            body["bank_id"] = BANKS[0]
        if chance.random() < 0.9:
            try:
                body["consent"] = World.consent(f"c{number}", body["uscc"], BANKS[0])
            except (ValidationError, KeyError):
                return
    elif path.endswith("/overrides"):
        body["expires_at"] = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}"
        body["amount_cny"] = 10_000 if body.get("outcome") == "approved" else 0
    elif path == "/v1/consents":
        body["bank_id"] = BANKS[0]
    elif path.endswith("/invitations") and body.get("exposure"):
        body["exposure"] = list({one["group"]: one for one in body["exposure"]}.values())  # a group once
    elif path == "/v1/applications":
        body["banks"] = list(dict.fromkeys(BANKS[:1]))
    elif path == "/v1/placements/corrections" or path.endswith("/campaigns"):
        body["at"] = "2026-01-31T08:00:00Z"
    elif path.endswith("/grant"):
        body |= {"amount_cny": 10_000, "tenor_months": 1, "annual_rate": 0.05}  # at most what was applied for
    elif path.endswith("/due-diligence"):
        body["visited_on"] = today_in(BEIJING_ZONE).isoformat()
    elif path == "/v1/releases" and body.get("what") == "policy":
        bank_id = BANKS[0] if body.get("owner") == "*" else body.get("owner")
        body["body"] = read_policy().model_dump(mode="json") | {"version": body.get("version"), "bank_id": bank_id}
    elif path == "/v1/releases":
        try:
            orjson.dumps(body.get("body"))
        except TypeError:  # numbers past 64 bits
            body["body"] = {}
    elif path == "/v1/releases/activate":
        body["effective_from"] = f"{datetime.now(UTC).year + 5}-01-01"
