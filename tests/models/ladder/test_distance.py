"""The promise of a gap: with the changes made the firm meets the rule, and no cheaper set of changes does it."""

from __future__ import annotations

import itertools
import json
from datetime import date

import numpy as np
import pytest

from data.ladder.conditions import AnyOf, Threshold, children, scores, thresholds
from data.ladder.fact_catalogue import read_fact_catalogue
from data.ladder.facts import LadderFacts
from data.ladder.rules import read_rules
from models.ladder.confirmations import met_at
from models.ladder.distance import Change, distance, gaps, without_change
from models.ladder.eligible import eligible
from models.ladder.options import read_change_costs
from tests.data.ladder.one_firm import one_firm

pytestmark = pytest.mark.law
DAY = date(2024, 6, 30)
BOOK = read_rules()


def after_gap(facts, gap, row):
    """One firm's facts with the changes made and the unknown confirmed, and the day on which the waits are over."""
    firm = facts.take([row])
    known = firm.at(gap.on_date)
    values = {one.fact: one.to for one in gap.changes}
    values |= {key: ends[1] for one in gap.changes for key, ends in one.also.items()}
    values |= {one.fact: met_at(one) for one in gap.confirm}
    ends = {key: (np.array([value]), np.array([value])) for key, value in values.items()}
    ends |= {one.fact: (known.ends(one.fact)[1],) * 2 for one, _ in gap.waits}
    return firm.with_facts(ends, gap.on_date, "gap"), max([gap.on_date, *(day for _, day in gap.waits)])


def random_facts(rule, firms, seed, known_share):
    """Firms with something to change: values on and around the rule's edges, amounts and ratios of R&D agreeing.

    Shortcuts are seldom met, other flags and values that nothing changes mostly; each fact is known with a chance.
    """
    rng = np.random.default_rng(seed)
    catalogue, costs = read_fact_catalogue(), read_change_costs()
    edges, columns = {}, {}
    for one in rule.thresholds():
        edges.setdefault(one.fact, []).append(one)
    shortcuts = {one.fact for clause in rule.clauses for one in in_shortcuts(clause.condition)}
    for key in sorted({*edges, "revenue_wan", "headcount"}):
        fact = catalogue[key]
        one = edges.get(key, [Threshold(key, "at_most", 50.0 if key == "headcount" else 3_000.0, 1.0)])
        at = rng.choice([edge.value for edge in one], firms)
        value = at * rng.choice([0.0, 0.5, 0.98, 1.0, 1.02, 1.5], firms)
        if key in shortcuts:
            value = np.where(rng.random(firms) < 0.95, fact.high if key == "contest_rank_3y" else 0.0, value)
        elif fact.unit == "flag" or key not in costs:
            good = max(edge.value for edge in one) if one[0].rises else min(edge.value for edge in one)
            value = np.where(rng.random(firms) < 0.95, good, value)
        value = np.clip(np.floor(value) if fact.whole else np.round(value, 4), fact.low, fact.high)
        columns[key] = np.where(rng.random(firms) < known_share, value, np.nan)
    if {"rd_wan", "rd_ratio"} <= set(columns):
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = columns["rd_wan"] / columns["revenue_wan"]
        columns["rd_ratio"] = np.where(columns["revenue_wan"] > 0, ratio, np.nan)
    if rule.presupposes:
        columns[f"holds_{rule.presupposes}"] = np.ones(firms)
    facts = LadderFacts.unknown([str(row) for row in range(firms)])
    return facts.with_facts({key: (value, value) for key, value in columns.items()}, DAY, "random")


def in_shortcuts(condition):
    """Thresholds of a condition's shortcuts."""
    if isinstance(condition, AnyOf):
        for shortcut in condition.shortcuts:
            yield from thresholds(shortcut)
    for child in children(condition):
        yield from in_shortcuts(child)


SIZES = [("tech_sme", None, 250), ("innovative_sme", None, 250), ("little_giant", None, 60), ("hnte", None, 50),
         ("star", None, 80), ("gazelle", "jinan", 100), ("gazelle", "torch", 80), ("srdi", None, 30)]  # fmt: skip


@pytest.mark.parametrize(("key", "region", "firms"), SIZES)
@pytest.mark.parametrize("known_share", [1.0, 0.7])
def test_the_changes_make_the_firm_eligible(key, region, firms, known_share):
    """900 random firms with all facts known, and half as many with unknown ones, by every rule."""
    rule = BOOK.find(key, DAY, region)
    firms = firms if known_share == 1.0 else firms // 2
    facts = random_facts(rule, firms, 1, known_share)
    result = eligible(facts, rule, DAY)
    found = gaps(result, range(firms))
    experts = {
        clause.key
        for clause in rule.clauses
        for score in scores(clause.condition)
        for one in score.indicators
        for band in one.bands
        if band.low < band.high and not one.unread
    }
    changed_firms = 0
    for row, gap in enumerate(found):
        assert (gap.status == "reached") is bool(np.all([one.truth.surely[row] for one in result.clauses]))
        changed, day = after_gap(facts, gap, row)
        after = eligible(changed, rule, day)
        statuses = {one.clause.key: str(one.status[0]) for one in after.clauses}
        for clause, status in statuses.items():
            if clause in gap.blocked_by:
                continue
            assert status == "met" or (clause in experts and status in ("unknown", "needs_person")), (gap, statuses)
        changed_firms += bool(gap.changes)
    assert changed_firms > firms / 5 or region == "torch"  # whose firms grow fast or not at all


INNOVATIVE = {"strategic_product": 0, "class_i_high_value_count": 0, "class_i_own_count": 0, "st_award_3y": 0,
              "hnte_valid": 0, "national_honour_valid": 0, "headcount": 30}  # fmt: skip
# fact -> values that a firm may be brought to, and the yuan for going from one value to another at a revenue of r yuan
STEPS = {
    "class_i_high_value_count": ((0, 1), lambda a, b, r: 150_000 * (b - a)),
    "class_i_own_count": ((0, 1), lambda a, b, r: 50_000 * (b - a)),
    "class_i_count": ((0, 1), lambda a, b, r: 50_000 * (b - a)),
    "class_ii_count": ((0, 1), lambda a, b, r: 1_500 * (b - a)),
    "rd_ratio": ((0.01, 0.02, 0.03, 0.05), lambda a, b, r: (b - a) * r),
    "main_growth_1y": ((0.0, 0.05, 0.10, 0.15), lambda a, b, r: (b - a) / 0.1 * 0.04 * r),
    "debt_ratio": ((0.75, 0.55), lambda a, b, r: (a - b) / 0.05 * 0.005 * r),
    "main_ratio": ((0.50, 0.55, 0.60, 0.70), lambda a, b, r: (b - a) * r),
    "provincial_rd_body": ((0, 1), lambda a, b, r: 3_000_000 * (b - a)),
    "equity_3y_wan": ((500,), lambda a, b, r: 1_500 * (b - a)),
}


def test_no_cheaper_set_of_changes_exists():
    """Every combination of values of an innovative SME's ten changeable facts, tried by evaluating the rule on each."""
    rng = np.random.default_rng(5)
    rule = BOOK.find("innovative_sme", DAY)
    dearer = 0
    for _ in range(12):
        now = INNOVATIVE | {
            "class_i_count": 0, "class_ii_count": int(rng.integers(0, 2)), "rd_ratio": round(rng.uniform(0, 0.06), 4),
            "main_growth_1y": round(rng.uniform(-0.1, 0.2), 4), "debt_ratio": round(rng.uniform(0.4, 0.9), 4),
            "main_ratio": round(rng.uniform(0.4, 0.8), 4), "provincial_rd_body": 0,
            "equity_3y_wan": int(rng.integers(0, 500)), "revenue_wan": float(rng.choice([20, 300, 5_000, 90_000])),
        }  # fmt: skip
        revenue = now["revenue_wan"] * 10_000
        levels = {}
        for key, (values, cost) in STEPS.items():
            better = [value for value in values if (value < now[key] if key == "debt_ratio" else value > now[key])]
            levels[key] = [(now[key], 0.0), *((value, cost(now[key], value, revenue)) for value in better)]
        combinations = list(itertools.product(*levels.values()))
        values = np.array([[value for value, _ in one] for one in combinations])
        costs = np.array([sum(cost for _, cost in one) for one in combinations])
        columns = {key: np.full(len(values), float(value)) for key, value in now.items()}
        columns |= dict(zip(levels, values.T, strict=True))
        firms = LadderFacts.unknown([""] * len(values)).with_facts(
            {key: (one, one) for key, one in columns.items()}, DAY, ""
        )
        cheapest = costs[eligible(firms, rule, DAY).overall == "met"].min()
        gap = distance(one_firm(now, DAY), rule, DAY)
        assert gap.cost_cny == pytest.approx(cheapest, rel=1e-9, abs=1e-6), (now, gap)
        dearer += cheapest > 0
    assert dearer > 5


def test_what_only_time_brings_is_a_date():
    """A firm of 300 days is a year old on 3 September; niche years known to be 1 are 2 a year later."""
    gap = distance(one_firm({"registered_days": 300}, DAY), BOOK.find("hnte", DAY), DAY)
    assert [(one.fact, day) for one, day in gap.waits] == [("registered_days", date(2024, 9, 3))]
    gap = distance(one_firm({"niche_years": 1.0}, DAY), BOOK.find("srdi", DAY), DAY)
    assert [(one.fact, one.value, day) for one, day in gap.waits] == [("niche_years", 2.0, date(2025, 7, 1))]
    assert gap.earliest == date(2025, 7, 1)
    assert gap.first == "innovative_sme"


def test_what_no_change_brings_blocks():
    """A firm of 600 staff is no tech SME, and one of 16 years no gazelle; other clauses still have their way."""
    facts = one_firm({"headcount": 600, "rd_staff_ratio": 0.05, "revenue_wan": 100, "rd_ratio": 0.01}, DAY)
    gap = distance(facts, BOOK.find("tech_sme", DAY), DAY)
    assert (gap.status, gap.blocked_by) == ("blocked", ("size",))
    old = distance(one_firm({"age_years": 16}, DAY), BOOK.find("gazelle", DAY, "torch"), DAY)
    assert "age" in old.blocked_by
    experts = distance(one_firm({"hnte_score": 70}, DAY), BOOK.find("hnte", DAY), DAY)
    assert experts.blocked_by == ("score",)


def test_changes_are_counted_where_a_size_is_unknown():
    """Without the revenue no cost of R&D is known; the changes are still as few as can be."""
    gap = distance(one_firm({"rd_ratio": 0.026, "rd_wan": 150}, DAY), BOOK.find("srdi", DAY), DAY)
    assert (gap.objective, gap.cost_cny) == ("changes", None)
    assert [(one.fact, one.now, one.to) for one in gap.changes] == [("rd_ratio", 0.026, 0.03)]
    assert gap.changes[0].text[0].endswith("约需 1 年，无参考成本。")


def test_a_gap_is_sent_with_its_sentences():
    """R&D of 26 wan on 1,000: to 100 wan and with it to 10 %."""
    facts = one_firm({"rd_wan": 26, "rd_ratio": 0.026, "revenue_wan": 1000, "headcount": 10}, DAY, "form", "A")
    sent = distance(facts, BOOK.find("srdi", DAY), DAY).as_dict()
    assert json.loads(json.dumps(sent, allow_nan=False)) == sent
    (change,) = sent["changes"]
    assert change["text_zh"] == (
        "上年度研发费用由 26 万元提高到 100 万元（上年度研发费用占营业收入比重相应由 2.60%变为 10.00%），"
        "约需 1 年，按参考成本约 74 万元。"
    )
    assert change["text_en"].startswith("Raise R&D expense of the last year from CNY 260,000 to CNY 1,000,000 (")
    assert sent["cost_cny"] == pytest.approx(740_000.0)
    confirm = {one["fact"]: one for one in sent["confirm"]}
    assert confirm["niche_years"]["text_zh"] == "核实：从事特定细分市场时间不低于 8.0 年。"
    assert "score" in sent["needs_person"]


def test_a_small_cost_is_written_in_yuan_and_a_flag_as_what_it_is():
    """300 yuan are neither 0.1 wan nor CNY 1,000; a tenth of a yuan more is a yuan more."""
    for cost, zh, en in ((300.0, "约 300 元。", "CNY 300."), (300.1, "约 301 元。", "CNY 301."),
                         (9_999.0, "约 9,999 元。", "CNY 9,999."),
                         (10_000.0, "约 1 万元。", "CNY 10,000.")):  # fmt: skip
        text = Change("mentors", "persons", 1.0, 2.0, {}, cost, 0.0).text
        assert text[0].endswith(zh)
        assert text[1].endswith(en)
    rule = read_rules(subject="incubator").version("regional_incubator", "unread", "tibet")
    facts = one_firm({}, DAY, "form", "A", "incubator")
    texts = [(one["text_zh"], one["text_en"]) for one in distance(facts, rule, DAY).as_dict()["confirm"]]
    assert texts == [(
        "核实：经主管部门认定符合本地办法（应为是）。",
        "Confirm: found by the authority to meet the local measure (required: yes).",
    )]  # fmt: skip


def test_equal_firms_have_equal_gaps_one_by_one_and_together():
    """Work that firms share gives what each alone gives."""
    rule = BOOK.find("innovative_sme", DAY)
    facts = random_facts(rule, 40, 3, 0.5)
    result = eligible(facts, rule, DAY)
    together = gaps(result, range(40))
    assert together == [distance(facts, rule, DAY, row) for row in range(40)]
    free = without_change(result, range(40))
    assert [bool(one) for one in free] == [not gap.changes and gap.status != "blocked" for gap in together]
