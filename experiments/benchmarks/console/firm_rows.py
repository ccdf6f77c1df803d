"""The zone's list of firms at a million rows: filter, order and slice as the grid asks for a block."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from data.beijing import BEIJING_ZONE
from models.quota.policy import read_policy
from serving.cli.demo import snapshot_day
from serving.clock import Clock
from serving.console.firm_filter import FirmFilter
from serving.console.firms import BANK, FirmTable, build_firm_table
from serving.decide.decision_service import DecisionService

ROWS, BLOCK_ROWS, LARGEST_S = 1_000_000, 100, 0.3
FILTERS = (
    FirmFilter(),
    FirmFilter(stage=("growth",), points_from=50.0),
    FirmFilter(industry=("software", "iot"), grade=("A2", "A3"), fresh="fresh"),
    FirmFilter(text="123"),
)
SORTS: tuple[list[tuple[str, bool]], ...] = (
    [("points", True)],
    [("name", False)],
    [("stage", False), ("quota_wan", True)],
)


def planted_rows(table: FirmTable, rows: int, seed: int) -> FirmTable:
    """The firms again and again up to ``rows``, each with a code and name of its own and points anew."""
    at = np.resize(np.arange(len(table)), rows)
    points = np.random.default_rng(seed).normal(50.0, 15.0, rows)
    frame = table.frame.iloc[at].reset_index(drop=True)
    numbers = np.arange(rows)
    frame = frame.assign(
        uscc=[f"91{number:016d}" for number in numbers], name=[f"企业{number:07d}" for number in numbers], points=points
    )
    placed = {key: np.flatnonzero(np.isin(at, own)) for key, own in table.placed.items()}
    made = replace(
        table,
        frame=frame,
        earned=table.earned[at],
        source_days=table.source_days[at],
        placed=placed,
    )
    made.prepare()
    return made


def blocks(table: FirmTable) -> list[dict[str, Any]]:
    """Seconds of one block in the middle of each filter's rows in each order, asked for once and again."""
    found = []
    for wanted in FILTERS:
        for sort in SORTS:
            mask, spent = wanted.mask(table), []
            middle = (len(table) if mask is None else int(mask.sum())) // 2
            for _ in range(2):
                began = time.perf_counter()
                _, count = table.page(wanted.mask(table), sort, middle, middle + BLOCK_ROWS)
                spent.append(time.perf_counter() - began)
            found.append(
                {"filter": wanted.query(), "sort": sort, "rows": count, "first_s": spent[0], "again_s": spent[1]}
            )
    return found


def firm_rows(artifacts: Path = Path("artifacts"), rows: int = ROWS, seed: int = 20_240_630) -> dict[str, Any]:
    """Seconds to make the table of the packed snapshot, and of blocks of it and of a million planted rows."""
    clock = Clock(BEIJING_ZONE, date.fromisoformat(snapshot_day()))
    service = DecisionService.load(artifacts, Path("params.yaml"), clock)
    began = time.perf_counter()
    table = build_firm_table(service, read_policy(), service.facts(BANK), {}, None)
    made_s = time.perf_counter() - began
    own, many = blocks(table), blocks(planted_rows(table, rows, seed))
    slowest = {len(table): max(row["first_s"] for row in own), rows: max(row["first_s"] for row in many)}
    holds = all(seconds <= LARGEST_S for seconds in slowest.values())
    return {"made_s": made_s, "slowest_s": slowest, "rows": [*own, *many], "holds": holds}
