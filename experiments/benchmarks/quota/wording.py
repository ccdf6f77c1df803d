"""Every sentence of every answer: the packed enterprises at every bank, read as a person would, each promise kept."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import pandas as pd
import typer
from rich.console import Console
from rich.progress import track

from data.requests import QuotaRequest
from experiments.benchmarks.quota.wording_checks import broken_promises, faults, texts
from experiments.machine import machine
from models.quota.engine import QuotaEngine, case_rows, read_policies

CHUNK = 500
console = Console()


def bench(
    requested_cny: int = typer.Option(3_000_000, help="What every enterprise asks for."),
    every: int = typer.Option(1, help="Take each n-th enterprise."),
    artifacts: Path = typer.Option(Path("artifacts"), help="Models and snapshot."),
    out: Path = typer.Option(Path("artifacts/bench/wording.json"), help="Where the figures go."),
) -> None:
    """Check reasons, warnings and advice of all enterprises at all banks, and carry every promise out."""
    start = time.perf_counter()
    engine, policies = QuotaEngine.load(artifacts), read_policies()
    snapshot = pd.read_parquet(artifacts / "snapshot/cases.parquet").iloc[::every].reset_index(drop=True)
    known = pd.read_parquet(artifacts / "snapshot/known_at.parquet").iloc[::every].reset_index(drop=True)
    counts: Counter[str] = Counter()
    found: list[str] = []
    for first in track(range(0, len(snapshot), CHUNK), "enterprises", console=console):
        rows, days = zip(
            *case_rows(snapshot.iloc[first : first + CHUNK], known.iloc[first : first + CHUNK]), strict=True
        )
        cases = engine.prepare(rows, days)
        requests = [
            QuotaRequest(request_id="wording", uscc=row["uscc"], requested_amount_cny=requested_cny) for row in rows
        ]
        for policy in policies:
            answers = engine.answers(cases, requests, policy)
            promised, broken = broken_promises(engine, cases, requests, answers, policy)
            counts.update(answers=len(answers), promises=promised, broken_promises=len(broken))
            for answer in answers:
                wrong = faults(answer, policy)
                counts.update(sentences=sum(1 for _ in texts(answer)), faults=len(wrong))
                found += wrong if len(found) < 100 else []
            found += broken[:5]
    figures = {
        "machine": machine("numpy", "pandas"),
        "enterprises": len(snapshot),
        "banks": len(policies),
        **counts,
        "examples": found[:100],
        "seconds": round(time.perf_counter() - start, 1),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    console.print({name: value for name, value in figures.items() if name != "machine"})
    raise typer.Exit(1 if counts["faults"] or counts["broken_promises"] else 0)
