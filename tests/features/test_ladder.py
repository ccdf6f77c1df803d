"""Facts of the ladder from the snapshot: what it says, what it bounds, and what it does not say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.chain.chain_file import load_chain
from data.codebook import reference_path
from data.ladder.fact_catalogue import read_fact_catalogue
from features.ladder import snapshot_facts, strategic_nodes, strategic_products

pytestmark = pytest.mark.law
CHAIN = load_chain(reference_path("chains/iot.yaml"))
NAN = float("nan")
INF = float("inf")
BASE = {
    "uscc": "F", "as_of": pd.Timestamp("2024-06-30"), "age_years": 730.5 / 365.25, "revenue_wan": 1000.0,
    "headcount": 20.0, "assets_wan": 900.0, "rd_expense": 26.0, "rd_staff_ratio": 0.2, "invention_patents_valid": 2.0,
    "other_ip_count": 3.0, "hightech_revenue_ratio": 0.7, "revenue_growth": 0.1, "net_profit_margin": 0.05,
    "debt_to_asset_ratio": 0.4, "vc_funding_3y": 600.0, "rd_platform_count": 0.0, "sci_awards_5y": 0.0,
    "research_misconduct": 0.0, "abnormal_business": 0.0, "qualification_level": 2.0,
}  # fmt: skip


def ends(key, known_at=None, **changed):
    """Low and high of a fact for one firm of the snapshot."""
    facts = snapshot_facts(pd.DataFrame([BASE | changed]), known_at)
    low, high = facts.ends(key)
    return low[0], high[0]


@pytest.mark.parametrize(
    ("key", "changed", "expected"),
    [
        ("rd_ratio", {}, (0.026, 0.026)),
        ("rd_ratio", {"revenue_wan": 0.0}, (-INF, INF)),  # no revenue, no ratio
        ("rd_ratio", {"revenue_wan": 10.0}, (2.6, 2.6)),  # without the least revenue that the points use
        ("rd_ratio", {"revenue_wan": 0.5}, (52.0, 52.0)),
        ("rd_ratio", {"revenue_wan": 0.0, "rd_expense": 0.0}, (-INF, INF)),
        ("rd_ratio_2y", {}, (0.0, 0.026)),
        ("rd_ratio_2y", {"rd_expense": NAN}, (-INF, INF)),
        ("rd_3y_wan", {}, (26.0, INF)),
        ("class_i_count", {}, (2.0, INF)),
        ("class_i_own_count", {}, (-INF, INF)),
        ("class_i_own_count", {"invention_patents_valid": 0.0}, (0.0, INF)),
        ("main_inventions", {}, (0.0, 2.0)),
        ("main_inventions", {"invention_patents_valid": NAN}, (-INF, INF)),
        ("core_inventions", {"invention_patents_valid": NAN}, (-INF, INF)),
        ("equity_2y_wan", {}, (0.0, 600.0)),
        ("equity_3y_wan", {"vc_funding_3y": NAN}, (-INF, INF)),
        ("st_award_3y", {}, (0.0, 0.0)),
        ("st_award_3y", {"sci_awards_5y": 1.0}, (-INF, INF)),  # of five years, not of three
        ("provincial_rd_body", {"rd_platform_count": 2.0}, (1.0, 1.0)),
        ("provincial_rd_body", {"rd_platform_count": 1.0}, (1.0, 1.0)),
        ("provincial_rd_body", {}, (0.0, 0.0)),
        ("provincial_rd_body", {"rd_platform_count": NAN}, (-INF, INF)),
        ("rd_body", {"rd_platform_count": 1.0}, (1.0, 1.0)),
        ("rd_body", {}, (-INF, INF)),  # its own body is in no register
        ("rd_body_level", {}, (0.0, 2.0)),
        ("rd_body_level", {"rd_platform_count": 1.0}, (3.0, 4.0)),
        ("rd_body_level", {"rd_platform_count": NAN}, (-INF, INF)),
        ("registered_days", {}, (730.0, 730.0)),  # half a day is rounded to the even one
        ("niche_years", {}, (0.0, 2.0)),
        ("niche_years", {"age_years": 0.0}, (0.0, 0.0)),  # registered on the day itself
        ("main_growth_1y", {}, (-INF, INF)),
        ("headcount", {"headcount": NAN}, (-INF, INF)),
        ("grave_case", {}, (-INF, INF)),
    ],
)
def test_what_the_snapshot_says_of_a_fact(key, changed, expected):
    """Known, bounded on one side, or unknown; never a zero for what is not there."""
    assert ends(key, **changed) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("level", "tech", "hnte", "innovative", "srdi", "giant"),
    [
        (0, 0, 0, None, 0, 0),
        (1, 1, 0, None, 0, 0),
        (2, None, 1, None, 0, 0),  # the snapshot has the highest title alone
        (3, None, None, 1, 1, 0),
        (4, None, None, 1, 1, 1),
        (NAN, None, None, None, None, None),
    ],
)
def test_titles_from_the_highest_one(level, tech, hnte, innovative, srdi, giant):
    """A title above presupposes the ones below on the main track, and says nothing of the others."""
    keys = ("holds_tech_sme", "hnte_valid", "holds_innovative_sme", "holds_srdi", "holds_little_giant")
    found = [ends(key, qualification_level=level) for key in keys]
    wanted = [(-INF, INF) if one is None else (one, one) for one in (tech, hnte, innovative, srdi, giant)]
    assert found == wanted


def test_a_fact_is_dated_as_its_column():
    """The day of the column that it is from; of a missing one the snapshot's."""
    known_at = pd.DataFrame({"rd_expense": [pd.Timestamp("2024-05-30")], "headcount": [pd.NaT]})
    facts = snapshot_facts(pd.DataFrame([BASE]), known_at)
    assert facts.origin("rd_ratio", 0) == ("2024-05-30", "firm snapshot")
    assert facts.origin("headcount", 0)[0] == "2024-06-30"


# A fact, or one of several, that each column of the snapshot gives the day of.
DATED = {
    "age_years": "niche_years", "headcount": "headcount", "revenue_wan": "revenue_wan", "assets_wan": "assets_wan",
    "rd_expense": "rd_ratio_2y", "rd_staff_ratio": "rd_staff_ratio", "invention_patents_valid": "main_inventions",
    "other_ip_count": "class_ii_count", "hightech_revenue_ratio": "hightech_ratio",
    "revenue_growth": "revenue_cagr_2y", "net_profit_margin": "net_margin", "debt_to_asset_ratio": "debt_ratio",
    "vc_funding_3y": "equity_2y_wan", "rd_platform_count": "rd_body_level", "sci_awards_5y": "st_award_3y",
    "research_misconduct": "research_misconduct", "abnormal_business": "abnormal_business",
    "qualification_level": "hnte_valid",
}  # fmt: skip


def test_each_column_dates_its_own_facts():
    """Each on a day of its own; what the register says on the snapshot's day, as all of them without days."""
    assert set(DATED) == set(BASE) - {"uscc", "as_of"}
    days = dict(zip(DATED, pd.date_range("2023-01-01", periods=len(DATED)), strict=True))
    facts = snapshot_facts(pd.DataFrame([BASE]), pd.DataFrame([days]))
    assert facts.firm_ids == ("F",)
    assert {column: facts.origin(key, 0)[0] for column, key in DATED.items()} == {
        column: f"{day:%Y-%m-%d}" for column, day in days.items()
    }
    assert facts.origin("mainland_resident", 0) == ("2024-06-30", "firm snapshot")
    undated = snapshot_facts(pd.DataFrame([BASE]))
    assert {undated.origin(key, 0)[0] for key in DATED.values()} == {"2024-06-30"}


def test_the_catalogue_says_what_the_snapshot_gives():
    """A fact is filled for some firm exactly where its row says same, near or bound; a bound has a note."""
    rows = [BASE, BASE | {"invention_patents_valid": 0.0, "rd_platform_count": 1.0, "qualification_level": 3.0}]
    rows.append(BASE | {"qualification_level": 0.0})
    facts = snapshot_facts(pd.DataFrame(rows))
    filled = {key for key in read_fact_catalogue() if not all(np.isinf(end).all() for end in facts.ends(key))}
    wanted = {key for key, fact in read_fact_catalogue().items() if fact.snapshot in ("same", "near", "bound")}
    assert filled == wanted
    assert all(fact.snapshot_note for fact in read_fact_catalogue().values() if fact.snapshot in ("near", "bound"))


def test_only_a_placement_by_itself_on_a_strategic_node_counts():
    """To a person, elsewhere, or a patent's placement: unknown."""
    rows = [
        ("firm", "A", "iot", "n1", "placed"),
        ("firm", "B", "iot", "n1", "to_person"),
        ("firm", "C", "iot", "n2", "placed"),
        ("patent", "D", "iot", "n1", "placed"),
    ]
    placements = pd.DataFrame(rows, columns=["kind", "item_id", "chain_id", "node_id", "band"])
    low, high = strategic_products(["A", "B", "C", "D"], placements, {("iot", "n1")})
    assert low.tolist()[0] == high.tolist()[0] == 1.0
    assert np.isnan(low[1:]).all()


@pytest.mark.parametrize(
    ("codes", "strategic"),
    [
        (("3915",), True),  # 信息安全设备制造: the class as a whole
        (("3471",), False),  # with some of its products alone
        (("3915", "3471"), False),
        (("0111",), False),  # 稻谷种植: in no strategic industry
        ((), False),
    ],
)
def test_a_node_is_strategic_where_each_of_its_classes_is_as_a_whole(codes, strategic):
    """By the rows of the classification; a node without classes is none."""
    leaf = replace(CHAIN.leaves()[0], gb4754=codes)
    nodes = tuple(leaf if one.id == leaf.id else replace(one, gb4754=()) for one in CHAIN.nodes)
    assert strategic_nodes([replace(CHAIN, nodes=nodes)]) == ({(CHAIN.id, leaf.id)} if strategic else set())
