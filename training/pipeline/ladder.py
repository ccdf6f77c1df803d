"""Where every firm of the snapshot is on the cultivation ladder, and the firms in question for each tier.

Placements on chains feed the rules that need a strategic product, where ``chain/placements.parquet`` is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from data.chain.chain_file import load_chains
from data.chain.tree import Chain
from data.codebook import reference_path
from data.ladder.extra_facts import read_extra_facts
from data.ladder.facts import LadderFacts
from data.ladder.rule_parts import LadderError
from data.ladder.rules import RuleBook, read_rules
from features.ladder import snapshot_facts, strategic_nodes, strategic_products
from models.ladder.ranking import prospects, tiers_of
from models.ladder.version_change import version_change
from training.assembled import AssembleParams, read_cases
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, CAVEAT, console, write_json

SNAPSHOT, PLACEMENTS = ARTIFACTS / "snapshot", ARTIFACTS / "chain/placements.parquet"
FactsOption = Annotated[
    Path | None, typer.Option("--facts", help="Further facts, CSV: firm_id, fact, value, unit, date, source.")
]


@dataclass(frozen=True)
class LadderParams:
    """Section ``ladder`` of params.yaml; ``listed``: firms of a list, more where the last rank is shared."""

    listed: int


def ladder(facts: FactsOption = None) -> None:
    """Tier, next tier and the way to it for every firm, and ranked prospects of every rule in force on the day."""
    params, folder = read_section("ladder", LadderParams), ARTIFACTS / "ladder"
    known, day = _known_facts(facts)
    book = read_rules()
    tiers = tiers_of(known, book, day)
    listed = pd.concat(list(lists_of(known, book, day, params.listed)), ignore_index=True)
    folder.mkdir(parents=True, exist_ok=True)
    tiers.to_parquet(folder / "tiers.parquet", index=False)
    listed.to_parquet(folder / "prospects.parquet", index=False)
    write_json(folder / "metrics.json", figures(tiers, listed, book, day))


def ladder_versions(
    tier: Annotated[str, typer.Argument(help="Key of the tier, such as star.")],
    old: Annotated[str, typer.Argument(help="Version of its rule: the first day in force.")],
    new: Annotated[str, typer.Argument(help="The version to set beside it.")],
    region: Annotated[str | None, typer.Option(help="Of a rule that a zone makes.")] = None,
    facts: FactsOption = None,
) -> None:
    """Two versions of a rule on the firms of the snapshot: who gains and who loses the tier, and by which clauses."""
    book, (known, day) = read_rules(), _known_facts(facts)
    try:
        before, after = (book.version(tier, version, region) for version in (old, new))
    except LadderError as fault:
        raise typer.BadParameter(str(fault)) from fault
    console.print_json(data=version_change(known, before, after, day).as_dict())


def _known_facts(further: Path | None) -> tuple[LadderFacts, date]:
    """The facts of the snapshot's firms, of their placements and of a further table; and the snapshot's day."""
    day = date.fromisoformat(read_section("assemble", AssembleParams).snapshot_on)
    facts = snapshot_facts(read_cases(SNAPSHOT), pd.read_parquet(SNAPSHOT / "known_at.parquet"))
    if PLACEMENTS.is_file():
        facts = with_placements(facts, pd.read_parquet(PLACEMENTS), load_chains(reference_path("chains")).values(), day)
    if further is None:
        return facts, day
    try:
        facts, refused = read_extra_facts(further, facts)
    except (OSError, LadderError) as fault:
        raise typer.BadParameter(str(fault)) from fault
    for row in refused.to_dict("records"):
        console.print(f"not taken: line {row['line']}: {row['reason']}", markup=False)
    return facts, day


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
