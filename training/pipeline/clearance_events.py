"""Messages of customs -> events and declarations, and a quarantine with a reason for each message that is refused."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
from rich.progress import track

from data.clearance.records import MessageError
from data.ingest.messages.read import read_message
from models.clearance.table import Arrived, ClearanceTables, tables
from training.pipeline.artifacts import ARTIFACTS, RAW, console, write_json

MESSAGES, OUT = RAW / "clearance_messages.jsonl", Path("data/derived/clearance")
CAVEAT = "simulated messages: every figure measures the simulator, not any customs office"
STAGES = ("accepted", "examined", "released", "completed")


def clearance_events() -> None:
    """Read the messages, fold them, and write events, declarations and the quarantine."""
    arrived, refused = read_lines(MESSAGES.read_text(encoding="utf-8").splitlines())
    made = tables(arrived)
    OUT.mkdir(parents=True, exist_ok=True)
    made.events.to_parquet(OUT / "events.parquet", index=False)
    made.declarations.to_parquet(OUT / "declarations.parquet", index=False)
    refused.to_parquet(OUT / "quarantine.parquet", index=False)
    figures = metrics(arrived, refused, made)
    write_json(ARTIFACTS / "clearance/events.json", figures)
    console.print(
        f"clearance: {figures['messages']} messages, {figures['refused']} refused, {figures['declarations']} "
        f"declarations, {figures['contradictory']} contradictory",
        markup=False,
    )


def read_lines(lines: list[str]) -> tuple[list[Arrived], pd.DataFrame]:
    """Messages that were read, and one row of a table for each that was refused.

    lines : JSON objects with received_at, source, simulated, name and raw (base64)
    """
    arrived, refused = [], []
    for line in track(lines, "messages", console=console, transient=True):
        one = json.loads(line)
        try:
            message = read_message(base64.b64decode(one["raw"]))
        except MessageError as fault:
            refused.append({"name": one["name"], "reason": fault.code, "line": fault.line, "column": fault.column})
            continue
        at = dt.datetime.fromisoformat(one["received_at"])
        arrived.append(Arrived(at, one["source"], one["simulated"], message))
    return arrived, pd.DataFrame(refused, columns=["name", "reason", "line", "column"])


def metrics(arrived: list[Arrived], refused: pd.DataFrame, made: ClearanceTables) -> dict[str, Any]:
    """Counts, and the median hours of each stage.

    Over the declarations that have both ends of the stage and contradict themselves in nothing: their instants may run
    backwards.
    """
    declarations = made.declarations
    clear = declarations.loc[declarations["contradictions"] == 0]
    hours = {
        stage: (clear[f"{stage}_at"] - clear[f"{before}_at"]).dropna().dt.total_seconds() / 3_600
        for before, stage in zip(("declared", *STAGES[:-1]), STAGES, strict=True)
    }
    return {
        "caveat": CAVEAT,
        "messages": len(arrived) + len(refused),
        "refused": len(refused),
        "refused_by_reason": dict(sorted(Counter(refused["reason"]).items())),
        "kinds": dict(sorted(Counter(one.message.kind for one in arrived).items())),
        "events": len(made.events),
        "declarations": len(declarations),
        "statuses": dict(sorted(Counter(declarations["clearance_status"]).items())),
        "contradictory": int((declarations["contradictions"] > 0).sum()),
        "with_gaps": int((declarations["gaps"] > 0).sum()),
        "stage_hours": {
            stage: {"median": float(found.median()), "p90": float(found.quantile(0.9)), "n": len(found)}
            for stage, found in hours.items()
        },
    }
