"""The stage: every firm has a row, every rule in force its list, equal inputs equal bytes."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from data.ladder.rules import read_rules
from features.ladder import snapshot_facts
from models.ladder.ranking import tiers_of
from training.pipeline.ladder import figures, lists_of

pytestmark = pytest.mark.surface
DAY = date(2024, 6, 30)


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
