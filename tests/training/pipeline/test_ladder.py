"""The stage: every firm has a row, every rule in force its list, equal inputs equal bytes."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from data.chain.chain_file import load_chains
from data.codebook import reference_path
from data.ladder.facts import LadderFacts
from data.ladder.rules import read_rules
from features.ladder import snapshot_facts, strategic_nodes
from models.ladder.eligible import eligible
from models.ladder.ranking import tiers_of
from training.pipeline.ladder import figures, lists_of, with_placements

pytestmark = pytest.mark.surface
DAY = date(2024, 6, 30)


def test_a_placement_on_a_chain_feeds_the_strategic_product():
    """A firm placed by itself on a strategic node has ten points more of an innovative SME than one for a person."""
    chains = load_chains(reference_path("chains"))
    chain_id, node_id = min(strategic_nodes(chains.values()))
    rows = [("firm", firm, chain_id, node_id, band) for firm, band in (("A", "placed"), ("B", "to_person"))]
    placements = pd.DataFrame(rows, columns=["kind", "item_id", "chain_id", "node_id", "band"])
    facts = with_placements(LadderFacts.unknown(["A", "B"]), placements, chains.values(), DAY)
    score = eligible(facts, read_rules().find("innovative_sme", DAY), DAY).clause("score").points
    assert (score.low.tolist(), score.high.tolist()) == ([10.0, 5.0], [100.0, 100.0])
    assert facts.origin("strategic_product", 0) == ("2024-06-30", "placement on a chain")


def test_a_row_a_firm_and_a_list_a_rule(trained):
    """Of 60 firms; the counts of the metrics are those of the tables."""
    book = read_rules()
    facts = snapshot_facts(trained.snapshot.frame.iloc[:60], trained.snapshot.known_at.iloc[:60])
    tiers = tiers_of(facts, book, DAY)
    listed = pd.concat(list(lists_of(facts, book, DAY, most=5)), ignore_index=True)
    found = figures(tiers, listed, book, DAY)
    assert len(tiers) == found["firms"] == sum(found["tiers"].values()) == 60
    assert sum(found["listed"].values()) == len(listed)
    assert set(found["rules"]) == {rule.name for rule in book.rules if rule.in_force(DAY)}
    again = pd.concat(list(lists_of(facts, book, DAY, most=5)), ignore_index=True)
    pd.testing.assert_frame_equal(listed, again)
