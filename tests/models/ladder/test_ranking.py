"""Tiers, ways to the next one, and ranks with their ties."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from data.ladder.facts import LadderFacts
from data.ladder.rules import read_rules
from models.ladder.eligible import eligible
from models.ladder.ranking import headroom, main_tiers, prospects, ranked, tiers_of

pytestmark = pytest.mark.law
DAY = date(2024, 6, 30)
BOOK = read_rules()
NAN = np.nan


def firms(**columns):
    """Facts of named columns, NaN unknown."""
    size = len(next(iter(columns.values())))
    values = {key: np.array(column, dtype=float) for key, column in columns.items()}
    ids = [chr(ord("A") + row) for row in range(size)]
    return LadderFacts.unknown(ids).with_facts({key: (one, one) for key, one in values.items()}, DAY, "x")


def test_the_next_tier_is_above_the_highest_title():
    """None, tech SME, SRDI without the titles below on record, little giant: there is no further one."""
    facts = firms(
        holds_tech_sme=[0, 1, NAN, NAN],
        holds_srdi=[0, 0, 1, 1],
        holds_little_giant=[0, 0, 0, 1],
        headcount=[600, 10, 10, 10],
    )
    table = tiers_of(facts, BOOK, DAY)
    assert [tier.key for tier in main_tiers(BOOK)] == ["tech_sme", "innovative_sme", "srdi", "little_giant"]
    assert table["tier"].tolist() == ["none", "tech_sme", "srdi", "little_giant"]
    assert table["next_tier"].tolist()[:3] == ["tech_sme", "innovative_sme", "little_giant"]
    assert pd.isna(table["next_tier"][3])
    assert (table["status"][0], table["blocked_by"][0]) == ("blocked", "size")
    assert table["first"].isna().all()


def test_candidates_are_ranked_by_cost_confirmations_and_headroom():
    """More headroom before less, equal firms on one rank; holders and excluded firms are left out."""
    facts = firms(
        hnte_valid=[0, 0, 0, 0, 1, 0, 0], hightech_ratio=[0.9, 0.66, 0.9, 0.59, 0.9, NAN, 0.9],
        rd_staff_ratio=[0.5, 0.5, 0.5, 0.5, 0.5, NAN, 0.11], registered_days=[900, 900, 900, 900, 900, NAN, 900],
    )  # fmt: skip
    table = prospects(facts, BOOK, "hnte", DAY)
    # D is below 60 %, E has the title, of F nothing is known
    assert table[["rank", "tied", "firm_id"]].to_numpy().tolist() == [
        [1, 2, "A"],
        [1, 2, "C"],
        [3, 2, "B"],
        [3, 2, "G"],
    ]
    assert table["headroom"].round(6).tolist() == [0.5, 0.5, 0.1, 0.1]
    assert prospects(facts, BOOK, "hnte", DAY, most=1)["firm_id"].tolist() == ["A", "C"]  # a shared rank is not cut


def test_a_list_is_the_same_whether_or_not_the_rest_was_computed():
    """Where firms without changes fill the list, those with changes are behind it."""
    facts = firms(debt_ratio=[0.7, 0.7, 0.9, 0.2], class_i_earning_count=[2, 0, 2, 2])
    facts = facts.with_facts({"holds_srdi": (np.ones(4), np.ones(4))}, DAY, "x")
    whole = prospects(facts, BOOK, "little_giant", DAY)
    assert prospects(facts, BOOK, "little_giant", DAY, most=2).equals(whole[whole["rank"] <= 2])


def test_headroom_by_hand():
    """The least share above a threshold that is met; none where nothing but flags is known."""
    facts = firms(debt_ratio=[0.35, 0.8, NAN], main_ratio=[0.77, 0.77, NAN], own_brand=[1, 1, 1])
    found = headroom(eligible(facts, BOOK.find("little_giant", DAY), DAY))
    assert found == pytest.approx([0.1, 0.1, NAN], nan_ok=True)


@pytest.mark.parametrize(
    ("values", "rank", "tied"),
    [([3.0, 1.0, 1.0, NAN], [1, 1, 3, 4], [2, 2, 1, 1]), ([], [], []), ([NAN, NAN], [1, 1], [2, 2])],
)
def test_ranks_with_ties(values, rank, tied):
    """Equal rows share the first rank of theirs; a missing value comes last."""
    table = pd.DataFrame({"firm_id": [str(row) for row in range(len(values))], "cost": values})
    found = ranked(table, ["cost"])
    assert (found["rank"].tolist(), found["tied"].tolist()) == (rank, tied)
