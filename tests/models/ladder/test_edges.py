"""Values near an edge, and what a lower audited figure does."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from data.ladder.conditions import Threshold
from data.ladder.facts import LadderFacts
from data.ladder.rules import read_rules
from models.ladder.edges import audited, edge_rows, edges
from models.ladder.eligible import eligible
from tests.data.ladder.one_firm import one_firm

pytestmark = pytest.mark.law
DAY = date(2024, 6, 30)
BOOK = read_rules()


def near(key, share=0.05, region=None, **values):
    """Edges of one firm under a rule."""
    return edges(eligible(one_firm(values, DAY), BOOK.find(key, DAY, region), DAY), share)


@pytest.mark.parametrize(
    ("value", "is_near"),
    [(0.0314, True), (0.0315, True), (0.0316, False), (0.03, True), (0.0285, True), (0.0284, False)],
)
def test_within_five_per_cent_of_the_threshold(value, is_near):
    """On both sides of 3 %."""
    found = [one for one in near("srdi", rd_ratio=value) if one.threshold.value == 0.03]
    assert bool(found) is is_near


def test_a_firm_at_302_loses_the_clause_at_an_audited_287():
    """The clause, the points of the score and the whole, before and after."""
    (first, *_) = (one for one in near("srdi", rd_ratio=0.0302, rd_wan=150) if one.threshold.value == 0.03)
    assert first.audited == pytest.approx(0.02869)
    assert first.overall == ("unknown", "not_met")
    assert first.clauses == (("rd", "met", "not_met"),)
    assert first.points == ()  # 150 of R&D still earn 2 points
    (alone,) = (one for one in near("innovative_sme", rd_ratio=0.0302) if one.threshold.value == 0.03)
    assert alone.points == (("score", 20.0, 15.0),)


def test_the_worse_way_is_up_where_less_is_better():
    """A debt ratio of 69 % is audited at 72.45 %, one patent of 20 is lost, and a loss grows."""
    assert audited(Threshold("debt_ratio", "at_most", 0.7, 1.0), np.array([0.69]), 0.05) == pytest.approx([0.7245])
    assert audited(Threshold("class_i_count", "at_least", 20, 1.0), np.array([20.0]), 0.05).tolist() == [19.0]
    assert audited(Threshold("net_margin", "at_least", 0.02, 1.0), np.array([-0.02]), 0.05) == pytest.approx([-0.021])
    (one,) = near("little_giant", debt_ratio=0.69)
    assert one.clauses == (("refined", "unknown", "not_met"),)


def test_days_do_not_go_on_twice():
    """A firm of 370 days today is audited at 351, on the day and not later."""
    facts = one_firm({"registered_days": 300}, date(2024, 4, 21))
    (one,) = edges(eligible(facts, BOOK.find("hnte", DAY), DAY))
    assert (one.value, one.audited) == (370.0, 351.0)
    assert one.clauses == (("age", "met", "not_met"),)


def test_many_firms_are_one_table_with_sentences():
    """Firms far from every edge, unknown ones and flags are left out."""
    facts = LadderFacts.unknown(["A", "B", "C"]).with_facts(
        {"hightech_ratio": (np.array([0.61, 0.9, np.nan]), np.array([0.61, 0.9, np.nan])),
         "core_ip": (np.ones(3), np.ones(3))}, DAY, "form",
    )  # fmt: skip
    (row,) = edge_rows(eligible(facts, BOOK.find("hnte", DAY), DAY))
    assert (row["firm_id"], row["fact"], row["overall"]) == ("A", "hightech_ratio", ["unknown", "not_met"])
    assert row["text_zh"] == (
        "高新技术产品（服务）收入占同期总收入比重为 61.00%，距界限 60.00% 不足 5%；若审计值为 57.95%："
        "“高新技术产品收入占比”由符合变为不符合。"
    )
    assert row["text_en"].endswith("clause high-tech product revenue share goes from met to not met.")
