"""A challenger beside the champion: it scores the live decisions from the ledger, in a process of its own.

The ledger is the queue. Each record holds the case, the request and the policy, so a challenger needs nothing of the
serving process, cannot slow an answer or change one, loses nothing when it stops, and goes on where it was. A run
ends by itself at its size or on its day, and its verdict is a record.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from data.ingest.rules import Field, TableRule
from data.ingest.source import read_source
from data.ingest.tables import Ingested, check_rows
from serving.audit.packed_models import PackedModels
from serving.audit.replay import replay_record
from serving.audit.shadow_verdict import Pair, ShadowVerdict, shadow_verdict
from serving.ledger.chain import DECISION
from serving.ledger.ledger import Draft, Ledger, canonical_json, digest_of

STARTED, PAIRS, VERDICT = "shadow_started", "shadow_pairs", "shadow_verdict"
_PAGE = 200
OUTCOMES = TableRule(
    "outcomes",
    {"uscc": Field("text", uscc=True), "defaulted": Field("flag")},
    ("uscc",),
    aliases={"uscc": "uscc", "统一社会信用代码": "uscc", "defaulted": "defaulted", "是否违约": "defaulted"},
)


@dataclass(frozen=True)
class Run:
    """One challenger's time-boxed run, as its first record has it."""

    run_id: str
    challenger: str
    first: int  # decisions recorded after this one are scored
    size: int
    until: str
    started_by: str


class ShadowError(LookupError):
    """There is no such run, or it has ended."""


def start(ledger: Ledger, challenger: str, size: int, until: datetime, holder: str) -> Run:
    """Begin a run from the newest record on; the same challenger, size and end begin it once."""
    if size < 1 or until <= datetime.now(UTC):
        raise ValueError(f"a run needs a size of at least 1 and an end ahead; got {size} and {until.isoformat()}")
    end = until.astimezone(UTC).isoformat(timespec="seconds")
    run_id = "run-" + digest_of(f"{challenger}\n{size}\n{end}")[:16]
    run = Run(run_id, challenger, ledger.tip(), size, end, holder)
    draft = Draft(STARTED, holder, run_id, canonical_json(asdict(run)), f"shadow:{run_id}")
    ((record, _),) = ledger.append([draft])
    return Run(**record.content)


def read_run(ledger: Ledger, run_id: str) -> Run:
    """A run by its name."""
    record = ledger.by_key(f"shadow:{run_id}")
    if record is None:
        raise ShadowError(f"no challenger run {run_id!r} in the ledger")
    return Run(**record.content)


def score(ledger: Ledger, packed: PackedModels, run: Run, now: Callable[[], datetime] | None = None) -> int:
    """Score what was decided since the last call, in pages; returns how many pairs the run has."""
    clock = now or (lambda: datetime.now(UTC))
    done, after = _progress(ledger, run)
    while done < run.size and clock().isoformat() < run.until:
        page = []
        for record in ledger.scan(DECISION, after):
            page.append(record)
            if len(page) == min(_PAGE, run.size - done):
                break
        pairs = [_pair(replay_record(ledger, packed, record, release=run.challenger)) for record in page]
        if not pairs:
            break
        after, done = page[-1].seq, done + len(pairs)
        body = canonical_json({"last": after, "pairs": pairs})
        ledger.append([Draft(PAIRS, run.started_by, run.run_id, body, f"shadow:{run.run_id}:{after}")])
    return done


def read_outcomes(path: Path) -> Ingested:
    """Outcomes by enterprise, columns ``uscc`` and ``defaulted``, read and checked as every table that is ingested.

    raises : data.ingest.source.IngestError (a ValueError) for a fault of the whole table
    """
    rows = read_source(path, OUTCOMES.table, OUTCOMES.aliases)
    return check_rows(rows, OUTCOMES, pd.Timestamp.max, None, f"{OUTCOMES.table} ({path.name})")


def has_ended(ledger: Ledger, run: Run) -> bool:
    """Whether the run has its size, or its day has come."""
    return _progress(ledger, run)[0] >= run.size or datetime.now(UTC).isoformat() >= run.until


def conclude(
    ledger: Ledger, run: Run, outcomes: Mapping[str, bool], minimum_defaults: int, confidence: float
) -> ShadowVerdict:
    """The verdict on an ended run, recorded; ``outcomes`` holds whether each enterprise defaulted.

    Outcomes are known months later, so a run may be concluded again with more of them; each verdict is a record.
    """
    if not has_ended(ledger, run):
        raise ShadowError(f"{run.run_id} goes on until it has {run.size} pairs or {run.until}")
    pairs = [
        Pair(**pair, defaulted=outcomes.get(pair["uscc"]))
        for record in ledger.find(kind=PAIRS, subject=run.run_id)
        for pair in record.content["pairs"]
    ]
    verdict = shadow_verdict(pairs, minimum_defaults, confidence)
    body = canonical_json({"run_id": run.run_id, "challenger": run.challenger, **verdict.as_dict()})
    ledger.append([Draft(VERDICT, run.started_by, run.run_id, body, f"verdict:{run.run_id}:{digest_of(body)[:16]}")])
    return verdict


def follow(ledger: Ledger, packed: PackedModels, run: Run, report: Callable[[int], None], pause_s: float = 1.0) -> None:
    """Score until the run ends; ``report`` is called with its progress."""
    while True:
        report(score(ledger, packed, run))
        if has_ended(ledger, run):
            return
        time.sleep(pause_s)


def _progress(ledger: Ledger, run: Run) -> tuple[int, int]:
    done, after = 0, run.first
    for record in ledger.find(kind=PAIRS, subject=run.run_id):
        done, after = done + len(record.content["pairs"]), record.content["last"]
    return done, after


def _pair(replayed: Any) -> dict[str, Any]:
    before, after = replayed.recorded, replayed.replayed
    return {
        "uscc": before["uscc"],
        "champion_pd": _pd(before),
        "challenger_pd": _pd(after),
        "champion_decision": before["outcome"],
        "challenger_decision": after["outcome"],
        "champion_wan": before["quota"]["amount_wan"],
        "challenger_wan": after["quota"]["amount_wan"],
    }


def _pd(answer: Mapping[str, Any]) -> float:
    """A model that gave no result predicts nothing: even odds."""
    return 0.5 if answer["risk"] is None else float(answer["risk"]["pd_12m"])
