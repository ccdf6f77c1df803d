"""Eligibility by clause: the four statuses, titles that are presupposed, and what is sent."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest

from data.ladder.rules import read_rules
from models.ladder.eligible import eligible, required_text, unscored, value_text
from tests.data.ladder.one_firm import clause_of, one_firm

pytestmark = pytest.mark.law
DAY = date(2024, 6, 30)
BOOK = read_rules()
GIANT = {
    "niche_years": 3, "main_ratio": 0.7, "main_growth_2y": 0.05, "information_system": 1, "certified": 1,
    "debt_ratio": 0.7, "niche_share_ratio": 0.1, "own_brand": 1, "revenue_wan": 10_000, "rd_ratio_2y": 0.03,
    "rd_body": 1, "class_i_earning_count": 2, "supplies_leader": 1, "key_field": 1, "holds_srdi": 1,
}  # fmt: skip


def giant(**changed):
    return eligible(one_firm(GIANT | changed, DAY, "form", "A"), BOOK.find("little_giant", DAY), DAY)


@pytest.mark.parametrize(
    ("changed", "overall", "clause", "status"),
    [
        ({}, "met", "chain", "met"),
        ({"supplies_leader": None}, "unknown", "chain", "needs_person"),
        ({"key_field": None}, "unknown", "product", "needs_person"),
        ({"own_brand": None}, "unknown", "distinctive", "unknown"),
        ({"own_brand": None, "niche_share_ratio": 0.09}, "not_met", "distinctive", "not_met"),
        ({"own_brand": 0, "key_field": None}, "not_met", "product", "needs_person"),
        ({"holds_srdi": 0}, "not_met", "chain", "met"),
        ({"holds_srdi": None}, "unknown", "chain", "met"),
    ],
)
def test_statuses_of_clauses_and_of_the_whole(changed, overall, clause, status):
    """Judgements go to a person, what is missing is unknown, and one clause not met is enough for the whole."""
    result = giant(**changed)
    assert (result.overall[0], clause_of(result, clause).status[0]) == (overall, status)


def test_points_of_experts_need_a_person_once_every_measure_is_known():
    """HNTE's score: unknown while conversions are, then a person's, then met or not by the total that was given."""
    rule = BOOK.find("hnte", DAY)
    known = {
        "class_i_count": 1,
        "class_ii_count": 0,
        "standards_joined": 0,
        "net_assets_growth": 0.4,
        "sales_growth": 0.4,
    }
    statuses = []
    for more in ({}, {"conversions_yearly": 5}, {"conversions_yearly": 5, "hnte_score": 70}, {"hnte_score": 71}):
        result = clause_of(eligible(one_firm(known | more), rule, DAY), "score")
        statuses.append((result.status[0], result.points.low[0], result.points.high[0]))
    # experts: 8 + 8 + 6 of IP and 20 of organisation are open; 7-8, 25-30, 9-10 and 9-10 by bands
    assert statuses == [
        ("unknown", 25.0, 100.0),
        ("needs_person", 50.0, 100.0),
        ("not_met", 70.0, 70.0),
        ("met", 71.0, 71.0),
    ]


def test_an_unread_indicator_needs_no_person_but_its_table():
    """The province's 15 points of an SRDI firm are unknown, never guessed."""
    values = {"niche_years": 9, "digital_level": 3, "quality_count": 2, "main_ratio": 0.8, "main_growth_2y": 0.1,
              "net_margin": 0.0, "debt_ratio": 0.8, "rd_wan": 100, "rd_ratio": 0.03, "rd_staff_ratio": 0.1,
              "rd_body_level": 2, "class_i_count": 1, "class_i_own_count": 1, "class_i_high_value_count": 0,
              "class_ii_count": 0, "main_field_level": 2, "ranked_award_3y": 0, "rd_mean_2y_wan": 0, "equity_2y_wan": 0,
              "contest_rank_3y": 501}  # fmt: skip
    result = clause_of(eligible(one_firm(values), BOOK.find("srdi", DAY), DAY), "score")
    # 5 + 10 + 4 + 5, 5 + 5 + 0 + 0, local 0 to 15, 8 + 2 + 3 + 4
    assert (result.points.low[0], result.points.high[0]) == (51.0, 66.0)
    assert result.status[0] == "unknown"


def test_the_day_moves_what_grows_and_what_is_known():
    """A firm of 300 days is a year old 65 days later; a fact of tomorrow is not known today."""
    facts = one_firm({"registered_days": 300}, DAY)
    rule = BOOK.find("hnte", DAY)
    days = [date(2024, 6, 29), DAY, date(2024, 9, 2), date(2024, 9, 3)]
    assert [clause_of(eligible(facts, rule, day), "age").status[0] for day in days] == [
        "unknown",
        "not_met",
        "not_met",
        "met",
    ]


def test_what_is_sent_of_one_firm():
    """Every clause with value, threshold, unit, source, confidence and a sentence in two languages; JSON as it is."""
    sent = giant(rd_ratio_2y=0.02996, supplies_leader=None).row(0)
    assert json.loads(json.dumps(sent, allow_nan=False)) == sent
    assert (sent["tier"], sent["version"], sent["in_force"], sent["presupposes"]) == (
        "little_giant", "2022-08-01", True, "srdi",
    )  # fmt: skip
    clauses = {clause["key"]: clause for clause in sent["clauses"]}
    assert {clause["source"] for clause in clauses.values()} == {BOOK.find("little_giant", DAY).source}
    tests = {(test["fact"], test["threshold"]): test for test in clauses["innovative"]["tests"]}
    test = tests["rd_ratio_2y", 0.03]
    assert (test["value"], test["unit"], test["way"], test["status"], test["confidence"], test["data_source"]) == (
        0.02996, "ratio", "at_least", "not_met", 0.9, "form",
    )  # fmt: skip
    zh = "近两年研发费用占营业收入比重的较低值：2.99%，要求不低于 3.00%，不符合。"
    zh += "此为第 1 种途径，共 3 种，满足一种即可。"
    en = "The lower R&D ratio of the last two years: 2.99%, required at least 3.00%: not met. Way 1 of 3, one suffices."
    assert (test["text_zh"], test["text_en"], test["alternative"], test["alternatives"]) == (zh, en, 1, 3)
    assert clauses["chain"]["tests"][0]["text_zh"] == "位于重点产业链并为龙头企业配套：未提供，要求为是，需人工认定。"


@pytest.mark.parametrize(
    ("revenue", "shown"),
    [
        (5_000, [0.05]),  # the edge belongs to the smaller firms
        (5_000.01, [0.04]),
        (20_000, [0.04]),
        (20_000.01, [0.03]),
        (None, [0.05, 0.04, 0.03]),
        ((4_000, 6_000), [0.05, 0.04]),
    ],
)
def test_of_cases_the_one_that_applies_is_sent(revenue, shown):
    """HNTE: 5 % up to 50 million, 4 % up to 200 million, 3 % above; every possible case where sales are open."""
    facts = one_firm({"rd_3y_ratio": 0.045, "rd_home_ratio": 1.0}, DAY)
    if revenue is not None:
        low, high = revenue if isinstance(revenue, tuple) else (revenue, revenue)
        facts = facts.with_facts({"revenue_wan": (np.array([float(low)]), np.array([float(high)]))}, DAY, "form")
    sent = eligible(facts, BOOK.find("hnte", DAY), DAY).row(0)
    clause = next(one for one in sent["clauses"] if one["key"] == "rd")
    assert [one["threshold"] for one in clause["tests"] if one["fact"] == "rd_3y_ratio"] == shown
    decides = [one for one in clause["tests"] if one["decides"]]
    assert [one["fact"] for one in decides] == ["revenue_wan"]
    assert decides[0]["text_en"].endswith("which decides what is required.")
    assert decides[0]["text_zh"].endswith("，适用的要求据此确定。")
    if clause["status"] == "met":
        assert {one["status"] for one in clause["tests"] if not one["decides"]} == {"met"}


def test_what_is_sent_of_a_score():
    """The interval of the total, and of each indicator."""
    sent = eligible(one_firm({"rd_ratio": 0.026}, DAY, "form"), BOOK.find("innovative_sme", DAY), DAY).row(0)
    score = sent["clauses"][0]["score"]
    assert (score["low"], score["high"], score["required"]) == (15.0, 90.0, {"at_least": 60.0})
    assert score["text_zh"] == "得分 15–90 分，要求不低于 60 分，待核实。"
    assert {one["key"]: (one["low"], one["high"]) for one in score["indicators"]}["rd"] == (10.0, 10.0)


@pytest.mark.parametrize(
    ("low", "high", "zh"),
    [
        (3, 3, "3 项"),
        (-np.inf, np.inf, "未提供"),
        (2, np.inf, "至少 2 项"),
        (0, 7, "至多 7 项"),
        (2, 7, "2 项至 7 项"),
        (0, np.inf, "未提供"),
    ],
)
def test_what_is_known_of_a_value_in_words(low, high, zh):
    """A number, an end, a range or nothing."""
    assert value_text(low, high, "class_i_count")[0] == zh


def test_thresholds_outside_the_scores():
    """The clause on revenue has two, that on the score its shortcuts alone; a flag is asked as yes or no."""
    rule = BOOK.find("srdi", DAY)
    by_clause = {clause.key: [one.fact for one in unscored(clause)] for clause in rule.clauses}
    assert by_clause["revenue"] == ["revenue_wan", "equity_2y_wan"]
    assert by_clause["score"] == ["ranked_award_3y", "rd_mean_2y_wan", "equity_2y_wan", "contest_rank_3y"]
    assert required_text(next(unscored(rule.clauses[-1]))) == ("是", "yes")


def test_a_case_of_two_years_ago_is_no_failure_of_the_year_before():
    """科技型中小企业 looks at the last and the current year, 高新技术企业 at the year before the application alone."""
    facts, day = one_firm({"grave_case": 1}), date(2025, 1, 1)
    book = read_rules()
    assert clause_of(eligible(facts, book.find("tech_sme", day), day), "conduct").status[0] == "not_met"
    assert clause_of(eligible(facts, book.find("hnte", day), day), "conduct").status[0] == "unknown"
