"""What keeps the counter running: alive, ready, figures, the contract itself, and what a supervisor looks at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from serving.contract.problems import KINDS, Fault, ProblemError
from serving.decide.decisions import DECISION, OVERRIDE
from serving.http.gate import Ask, Reply
from serving.releases.shadow import VERDICT


async def healthz(_: Ask) -> Reply:
    """The process runs."""
    return Reply(b'{"status":"ok"}')


async def readyz(ask: Ask) -> Reply:
    """Models loaded and released, the ledger answers, no work of the upkeep fails; 503 says what is missing."""
    await ask.desk.check()
    return Reply(b'{"status":"ready"}')


async def metrics(ask: Ask) -> Reply:
    """Prometheus figures of all workers; they name no bank."""
    return Reply(ask.desk.figures.text(), media_type=b"text/plain; version=0.0.4; charset=utf-8")


async def problem(ask: Ask) -> Reply:
    """What a problem's type means."""
    kind = KINDS.get(ask.path["key"])
    if kind is None:
        raise ProblemError("not-found", faults=[Fault("problem", ask.path["key"][:60], f"one of {list(KINDS)}")])
    zh, en = kind.action
    told = {"type": kind.type, "title": kind.title, "title_zh": kind.title_zh, "status": kind.status}
    told |= {"detail": en, "detail_zh": zh}
    return Reply(orjson.dumps(told))


async def monitoring(ask: Ask) -> Reply:
    """Decisions and overrides by bank, the override rate, the drift index, and finished challenger runs."""
    desk = ask.desk

    def read() -> tuple[Mapping[str, int], Mapping[str, int], list[Any]]:
        ended = [record.content for record in desk.ledger.find(kind=VERDICT)]
        return desk.ledger.counts(DECISION), desk.ledger.counts(OVERRIDE), ended

    decided, overridden, ended = await ask.desk.read(read)
    told = {
        "decisions": decided,
        "overrides": overridden,
        "override_rate": {bank: overridden.get(bank, 0) / count for bank, count in decided.items()},
        "drift": desk.counter.drift.as_dict(),
        "release": desk.counter.models.release,
        "shadow": ended,
    }
    return Reply(orjson.dumps(told))
