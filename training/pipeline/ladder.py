"""Where every firm of the snapshot is on the cultivation ladder, and the firms in question for each tier.

Placements on chains feed the rules that need a strategic product, where ``chain/placements.parquet`` is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from data.chain.chain_file import load_chains
from data.chain.tree import Chain
from data.codebook import reference_path
from data.ladder.facts import LadderFacts
from data.ladder.rules import RuleBook, read_rules
from features.ladder import snapshot_facts, strategic_nodes, strategic_products
from models.ladder.ranking import prospects, tiers_of
from training.assembled import AssembleParams, read_cases
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, CAVEAT, write_json

PLACEMENTS = ARTIFACTS / "chain/placements.parquet"


@dataclass(frozen=True)
class LadderParams:
    """Section ``ladder`` of params.yaml; ``listed``: firms of a list, more where the last rank is shared."""

    listed: int


def ladder() -> None:
    """Tier, next tier and the way to it for every firm, and ranked prospects of every rule in force on the day."""
    params, assembled = read_section("ladder", LadderParams), read_section("assemble", AssembleParams)
    folder, day = ARTIFACTS / "ladder", date.fromisoformat(assembled.snapshot_on)
    cases = read_cases(ARTIFACTS / "snapshot")
    facts = snapshot_facts(cases, pd.read_parquet(ARTIFACTS / "snapshot/known_at.parquet"))
    if PLACEMENTS.is_file():
        facts = with_placements(facts, pd.read_parquet(PLACEMENTS), load_chains(reference_path("chains")).values(), day)
    book = read_rules()
    tiers = tiers_of(facts, book, day)
    listed = pd.concat(list(lists_of(facts, book, day, params.listed)), ignore_index=True)
    folder.mkdir(parents=True, exist_ok=True)
    tiers.to_parquet(folder / "tiers.parquet", index=False)
    listed.to_parquet(folder / "prospects.parquet", index=False)
    write_json(folder / "metrics.json", figures(tiers, listed, book, day))


def with_placements(facts: LadderFacts, placements: pd.DataFrame, chains: Iterable[Chain], day: date) -> LadderFacts:
    """The facts with ``strategic_product`` of firms that are placed by themselves on a strategic node of a chain."""
    ends = strategic_products(facts.firm_ids, placements, strategic_nodes(chains))
    return facts.with_facts({"strategic_product": ends}, day, "placement on a chain")


def lists_of(facts: LadderFacts, book: RuleBook, day: date, most: int) -> Iterator[pd.DataFrame]:
    """The prospects of every rule in force on the day, with columns ``tier`` and ``region`` in front."""
    for tier in book.tiers:
        for region in book.regions(tier.key):
            table = prospects(facts, book, tier.key, day, region, most)
            table.insert(0, "tier", tier.key)
            table.insert(1, "region", "" if region is None else region)
            yield table


def figures(tiers: pd.DataFrame, listed: pd.DataFrame, book: RuleBook, day: date) -> dict[str, Any]:
    """What the stage found, in counts of firms."""
    return {
        "caveat": CAVEAT,
        "on_date": day.isoformat(),
        "rules": {rule.name: rule.digest for rule in book.rules if rule.in_force(day)},
        "firms": len(tiers),
        "tiers": _counts(tiers, "tier"),
        "next_tiers": _counts(tiers.dropna(subset="next_tier"), "next_tier", "overall"),
        "listed": _counts(listed, "tier", "region"),
    }


def _counts(table: pd.DataFrame, *keys: str) -> dict[str, int]:
    """Rows by the values of some columns, joined by a space."""
    found = table[list(keys)].agg(" ".join, axis=1).str.strip().value_counts().sort_index()
    return {str(name): int(rows) for name, rows in found.items()}
