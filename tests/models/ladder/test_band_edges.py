"""Every edge of every rule on both sides, against tables written by hand from the documents."""

from __future__ import annotations

from datetime import date

import pytest

from data.ladder.conditions import scores, thresholds
from data.ladder.fact_catalogue import read_fact_catalogue
from data.ladder.rules import read_rules
from models.ladder.eligible import eligible, unscored
from models.ladder.truth import points
from tests.data.ladder.one_firm import clause_of, one_firm

pytestmark = pytest.mark.law
DAY = date(2024, 6, 30)
BOOK = read_rules()

# rule, indicator, fact: value -> points; "7-8" where experts choose in a range
POINTS = """
tech_sme staff rd_staff_ratio: .0999 0, .10 4, .1499 4, .15 8, .1999 8, .20 12, .2499 12, .25 16, .2999 16, .30 20, 1 20
tech_sme rd rd_ratio: .0199 0, .02 10, .0299 10, .03 20, .0399 20, .04 30, .0499 30, .05 40, .0599 40, .06 50
tech_sme rd rd_cost_ratio: .0999 0, .10 10, .1499 10, .15 20, .1999 20, .20 30, .2499 30, .25 40, .2999 40, .30 50
tech_sme results class_i_count: 0 0, 1 30
tech_sme results class_ii_count: 0 0, 1 6, 2 12, 3 18, 4 24, 5 24
innovative_sme ip class_i_high_value_count: 0 0, 1 20
innovative_sme ip class_i_own_count: 0 0, 1 15
innovative_sme ip class_i_count: 0 0, 1 10
innovative_sme ip class_ii_count: 0 0, 1 5
innovative_sme rd rd_ratio: .0099 0, .01 5, .0199 5, .02 10, .0299 10, .03 15, .0499 15, .05 20
innovative_sme growth main_growth_1y: -.0001 0, 0 5, .0499 5, .05 10, .0999 10, .10 15, .1499 15, .15 20
innovative_sme debt debt_ratio: .55 10, .5501 5, .75 5, .7501 0
innovative_sme field strategic_product: 0 5, 1 10
innovative_sme main main_ratio: .4999 0, .50 5, .5499 5, .55 10, .5999 10, .60 15, .6999 15, .70 20
srdi main main_ratio: .5999 0, .60 1, .6999 1, .70 3, .7999 3, .80 5
srdi growth main_growth_2y: -.0001 0, 0 2, .0399 2, .04 4, .0599 4, .06 6, .0799 6, .08 8, .0999 8, .10 10
srdi niche niche_years: 1.99 0, 2 1, 3.99 1, 4 2, 5.99 2, 6 3, 7.99 3, 8 4, 9.99 4, 10 5, 40 5
srdi field main_field_level: 0 0, 1 3, 2 5
srdi digital digital_level: 1 0, 2 3, 3 5, 4 5
srdi quality quality_count: 0 0, 1 3, 2 5, 4 5
srdi margin net_margin: .0199 0, .02 2, .0399 2, .04 4, .0599 4, .06 6, .0799 6, .08 8, .0999 8, .10 10
srdi debt debt_ratio: .50 5, .5001 3, .60 3, .6001 1, .70 1, .7001 0
srdi ip class_i_high_value_count: 0 0, 1 10
srdi ip class_i_own_count: 0 0, 1 8
srdi ip class_i_count: 0 0, 1 6
srdi ip class_ii_count: 0 0, 1 2
srdi rd rd_wan: 99.99 0, 100 2, 199.99 2, 200 4, 299.99 4, 300 6, 399.99 6, 400 8, 499.99 8, 500 10
srdi rd rd_ratio: .0299 0, .03 2, .0399 2, .04 4, .0599 4, .06 6, .0799 6, .08 8, .0999 8, .10 10
srdi staff rd_staff_ratio: .0499 0, .05 1, .0999 1, .10 3, .1999 3, .20 5
srdi body rd_body_level: 0 0, 1 2, 2 4, 3 8, 4 10
hnte number class_i_count: 0 0, 1 7-8
hnte number class_ii_count: 0 0, 1 1-2, 2 1-2, 3 3-4, 4 3-4, 5 5-6
hnte standards standards_joined: 0 0, 1 0-2
hnte conversions conversions_yearly: 0 0, 1 1-6, 2 7-12, 3 13-18, 4 19-24, 5 25-30
hnte net_assets net_assets_growth: 0 0, .0001 1-2, .0499 1-2, .05 3-4, .1499 3-4, .15 5-6, .2499 5-6, .25 7-8
hnte net_assets net_assets_growth: .3499 7-8, .35 9-10
hnte sales sales_growth: 0 0, .0001 1-2, .0499 1-2, .05 3-4, .1499 3-4, .15 5-6, .2499 5-6, .25 7-8, .3499 7-8, .35 9-10
"""

# rule (key, version, region), clause, facts beside: fact, value that meets the clause, value that does not
NO = "forbidden_product=0"
STAR = "software_firm=0 core_technology_recognised=0 national_prize_participant=0 national_major_project=0 " \
       "import_substitute=0 core_inventions=0 listing_standard_5=0"  # fmt: skip
PATENTS_2 = "rd_body=1 class_i_earning_count=2 national_award_top3_3y=0 contest_rank_3y=51"
CLAUSES = f"""
tech_sme resident : mainland_resident 1 0
tech_sme size revenue_wan=1 assets_wan=1 : headcount 500 501
tech_sme size headcount=1 assets_wan=1 : revenue_wan 20000 20000.01
tech_sme size headcount=1 revenue_wan=1 : assets_wan 20000 20000.01
tech_sme products : forbidden_product 0 1
tech_sme conduct research_misconduct=0 abnormal_business=0 : grave_case 0 1
tech_sme conduct grave_case=0 abnormal_business=0 : research_misconduct 0 1
tech_sme conduct grave_case=0 research_misconduct=0 : abnormal_business 0 1
srdi niche : niche_years 2 1.99
srdi rd rd_ratio=.03 : rd_wan 100 99.99
srdi rd rd_wan=100 : rd_ratio .03 .0299
srdi revenue equity_2y_wan=0 : revenue_wan 1000 999.99
srdi revenue revenue_wan=1 : equity_2y_wan 2000 1999.99
little_giant specialised main_ratio=.7 main_growth_2y=.05 : niche_years 3 2.99
little_giant specialised niche_years=3 main_growth_2y=.05 : main_ratio .70 .6999
little_giant specialised niche_years=3 main_ratio=.7 : main_growth_2y .05 .0499
little_giant refined certified=1 debt_ratio=.7 : information_system 1 0
little_giant refined information_system=1 debt_ratio=.7 : certified 1 0
little_giant refined information_system=1 certified=1 : debt_ratio .70 .7001
little_giant distinctive own_brand=1 : niche_share_ratio .10 .0999
little_giant distinctive niche_share_ratio=.1 : own_brand 1 0
little_giant innovative {PATENTS_2} revenue_wan=10000 : rd_ratio_2y .03 .0299
little_giant innovative {PATENTS_2} rd_ratio_2y=.03 equity_2y_wan=0 : revenue_wan 10000 9999.99
little_giant innovative {PATENTS_2} revenue_wan=5000 : rd_ratio_2y .06 .0599
little_giant innovative {PATENTS_2} rd_ratio_2y=.06 equity_2y_wan=0 : revenue_wan 5000 4999.99
little_giant innovative {PATENTS_2} revenue_wan=4999 rd_wan=3000 rd_staff_ratio=.5 : equity_2y_wan 8000 7999.99
little_giant innovative {PATENTS_2} revenue_wan=4999 equity_2y_wan=8000 rd_staff_ratio=.5 : rd_wan 3000 2999.99
little_giant innovative {PATENTS_2} revenue_wan=4999 equity_2y_wan=8000 rd_wan=3000 : rd_staff_ratio .50 .4999
little_giant innovative {PATENTS_2} revenue_wan=10000 rd_ratio_2y=.03 : rd_body 1 0
little_giant innovative {PATENTS_2} revenue_wan=10000 rd_ratio_2y=.03 : class_i_earning_count 2 1
little_giant innovative {PATENTS_2} rd_body=0 : national_award_top3_3y 1 0
little_giant innovative {PATENTS_2} rd_body=0 : contest_rank_3y 50 51
little_giant chain : supplies_leader 1 0
little_giant product : key_field 1 0
hnte age : registered_days 365 364
hnte ip : core_ip 1 0
hnte field : hnte_field 1 0
hnte staff : rd_staff_ratio .10 .0999
hnte rd rd_home_ratio=.6 revenue_wan=5000 : rd_3y_ratio .05 .0499
hnte rd rd_home_ratio=.6 rd_3y_ratio=.045 : revenue_wan 5000.01 5000
hnte rd rd_home_ratio=.6 revenue_wan=20000 : rd_3y_ratio .04 .0399
hnte rd rd_home_ratio=.6 rd_3y_ratio=.035 : revenue_wan 20000.01 20000
hnte rd rd_home_ratio=.6 revenue_wan=20001 : rd_3y_ratio .03 .0299
hnte rd rd_3y_ratio=.05 revenue_wan=1 : rd_home_ratio .60 .5999
hnte hightech : hightech_ratio .60 .5999
hnte score : hnte_score 71 70
hnte conduct : grave_case_1y 0 1
gazelle/torch age : age_years 15 15.01
gazelle/torch growth revenue_cagr_4y=.2 headcount=1 age_years=1 revenue_wan=1 : revenue_4y_ago_wan 1000 999.99
gazelle/torch growth revenue_4y_ago_wan=1000 headcount=1 age_years=1 revenue_wan=1 : revenue_cagr_4y .20 .1999
gazelle/torch growth revenue_cagr_4y=.3 revenue_4y_ago_wan=1 age_years=1 revenue_wan=1 : headcount 100 99
gazelle/torch growth headcount=100 revenue_4y_ago_wan=1 age_years=1 revenue_wan=1 : revenue_cagr_4y .30 .2999
gazelle/torch growth revenue_cagr_4y=0 headcount=1 revenue_4y_ago_wan=1 age_years=5 : revenue_wan 50000 49999.99
gazelle/torch growth revenue_cagr_4y=0 headcount=1 revenue_4y_ago_wan=1 revenue_wan=50000 : age_years 5 5.01
gazelle/torch growth revenue_cagr_4y=0 headcount=1 revenue_4y_ago_wan=1 age_years=10 : revenue_wan 100000 99999.99
gazelle/torch growth revenue_cagr_4y=0 headcount=1 revenue_4y_ago_wan=1 revenue_wan=100000 : age_years 10 10.01
gazelle/huangpu base : revenue_base_wan 1000 999.99
gazelle/huangpu growth revenue_growth_1y=.01 : revenue_cagr_3y .20 .1999
gazelle/huangpu growth revenue_cagr_3y=.2 : revenue_growth_1y .0001 0
gazelle/jinan growth revenue_cagr_2y=.2 : revenue_wan 1000 999.99
gazelle/jinan growth revenue_wan=10000 : revenue_cagr_2y .20 .1999
gazelle/jinan growth revenue_cagr_2y=.15 : revenue_wan 10000.01 10000
gazelle/jinan growth revenue_wan=50000 : revenue_cagr_2y .15 .1499
gazelle/jinan growth revenue_cagr_2y=.1 : revenue_wan 50000.01 50000
gazelle/jinan growth revenue_wan=50001 : revenue_cagr_2y .10 .0999
"""
for version, rd, patents, cagr in (
    ("2020-03-20", 6000, 5, 0.20),
    ("2021-04-16", 6000, 5, 0.20),
    ("2024-04-30", 8000, 7, 0.25),
):
    CLAUSES += f"""
star@{version} rd {STAR} rd_3y_wan=0 : rd_3y_ratio .05 .0499
star@{version} rd {STAR} rd_3y_ratio=0 : rd_3y_wan {rd} {rd - 0.01}
star@{version} rd {STAR} software_firm=1 rd_3y_wan=99999 : rd_3y_ratio .10 .0999
star@{version} patents {STAR} : main_inventions {patents} {patents - 1}
star@{version} patents {STAR} main_inventions=0 : software_firm 1 0
star@{version} growth {STAR} revenue_wan=1 : revenue_cagr_3y {cagr} {cagr - 0.0001}
star@{version} growth {STAR} revenue_cagr_3y=0 : revenue_wan 30000 29999.99
star@{version} growth {STAR} revenue_cagr_3y=0 revenue_wan=1 : listing_standard_5 1 0
star@{version} patents {STAR} main_inventions=0 : core_inventions 50 49
star@{version} patents {STAR} main_inventions=0 : core_technology_recognised 1 0
star@{version} patents {STAR} main_inventions=0 : national_prize_participant 1 0
star@{version} patents {STAR} main_inventions=0 : national_major_project 1 0
star@{version} patents {STAR} main_inventions=0 : import_substitute 1 0
"""
    if version > "2021":
        CLAUSES += f"star@{version} staff {STAR} : rd_staff_ratio .10 .0999\n"

# A shortcut meets the clause of the score of a firm that has no points at all.
NOTHING = {
    "tech_sme": "rd_staff_ratio=0 rd_ratio=0 rd_cost_ratio=0 class_i_count=0 class_ii_count=0 hnte_valid=0 "
    "national_award_top3_5y=0 provincial_rd_body=0 led_standard_5y=0",
    "innovative_sme": "class_i_high_value_count=0 class_i_own_count=0 class_i_count=0 class_ii_count=0 rd_ratio=0 "
    "main_growth_1y=-1 debt_ratio=1 strategic_product=0 main_ratio=0 st_award_3y=0 hnte_valid=0 "
    "national_honour_valid=0 provincial_rd_body=0 equity_3y_wan=0",
    "srdi": "main_ratio=0 main_growth_2y=-1 niche_years=0 main_field_level=0 digital_level=1 quality_count=0 "
    "net_margin=0 debt_ratio=1 class_i_high_value_count=0 class_i_own_count=0 class_i_count=0 class_ii_count=0 "
    "rd_wan=0 rd_ratio=0 rd_staff_ratio=0 rd_body_level=0 ranked_award_3y=0 rd_mean_2y_wan=0 equity_2y_wan=0 "
    "contest_rank_3y=501",
}
for rule, fact, met, missed in (
    ("tech_sme", "hnte_valid", 1, 0), ("tech_sme", "national_award_top3_5y", 1, 0),
    ("tech_sme", "provincial_rd_body", 1, 0), ("tech_sme", "led_standard_5y", 1, 0),
    ("innovative_sme", "st_award_3y", 1, 0), ("innovative_sme", "hnte_valid", 1, 0),
    ("innovative_sme", "national_honour_valid", 1, 0), ("innovative_sme", "provincial_rd_body", 1, 0),
    ("innovative_sme", "equity_3y_wan", 500, 499.99), ("srdi", "ranked_award_3y", 1, 0),
    ("srdi", "rd_mean_2y_wan", 1000, 999.99), ("srdi", "equity_2y_wan", 6000, 5999.99),
    ("srdi", "contest_rank_3y", 500, 501),
):  # fmt: skip
    CLAUSES += f"{rule} score {NOTHING[rule]} : {fact} {met} {missed}\n"


def rule_of(name):
    """``gazelle/jinan``, ``star@2024-04-30`` or ``hnte``."""
    key, _, region = name.partition("/")
    key, _, version = key.partition("@")
    return BOOK.version(key, version) if version else BOOK.find(key, DAY, region or None)


def facts_of(text, **more):
    """One firm's facts from ``fact=value`` texts."""
    given = dict(pair.split("=") for pair in text.split())
    return one_firm({key: float(value) for key, value in (given | more).items()})


def points_rows():
    for line in POINTS.strip().splitlines():
        head, _, rows = line.partition(":")
        for row in rows.split(","):
            value, expected = row.split()
            low, _, high = expected.partition("-")
            yield (*head.split(), float(value), float(low), float(high or low))


def clause_rows():
    for line in filter(str.strip, CLAUSES.splitlines()):
        head, _, tail = line.partition(" : ")
        name, clause, *beside = head.split()
        fact, met, missed = tail.split()
        yield name, clause.strip(" :"), " ".join(one for one in beside if one != ":"), fact, met, missed


def test_points_of_every_band():
    """Each value earns what the document gives, with every other fact of the indicator at nothing."""
    wrong = []
    for name, key, fact, value, low, high in points_rows():
        (score,) = (one for clause in rule_of(name).clauses for one in scores(clause.condition))
        (indicator,) = (one for one in score.indicators if one.key == key)
        others = {one.fact for band in indicator.bands if band.when for one in thresholds(band.when)} - {fact}
        found = points(indicator, one_firm({fact: value} | dict.fromkeys(others, 0.0)))
        if (found.low[0], found.high[0]) != (low, high):
            wrong.append((name, key, fact, value, found.low[0], found.high[0]))
    assert not wrong


def test_both_sides_of_every_clause():
    """The value on the edge gives met and the one beyond not met, or the other way round where the table says so."""
    wrong = []
    for name, clause, beside, fact, met, missed in clause_rows():
        statuses = [
            clause_of(eligible(facts_of(beside, **{fact: value}), rule_of(name), DAY), clause).status[0]
            for value in (met, missed)
        ]
        if statuses != ["met", "not_met"]:
            wrong.append((name, clause, fact, met, missed, statuses))
    assert not wrong


def test_no_edge_of_the_rules_is_left_out():
    """Every threshold of every version is in the tables above at its value and on its other side, within 2 %."""
    banded = {(name, fact, value) for name, _, fact, value, _, _ in points_rows()}
    single = {(name, fact, float(value)) for name, _, _, fact, met, missed in clause_rows() for value in (met, missed)}
    left_out = []
    for rule in BOOK.rules:
        name = f"{rule.key}{f'/{rule.region}' if rule.region else ''}{f'@{rule.version}' if rule.key == 'star' else ''}"
        for clause in rule.clauses:
            outside = set(unscored(clause))
            for one in thresholds(clause.condition):
                tested = single if one in outside else banded
                values = {value for key, fact, value in tested if (key, fact) == (name, one.fact)}
                # The next value is a whole one for counts, and at most 2 % away for all others.
                reach = 1.0 if read_fact_catalogue()[one.fact].whole else max(0.021 * abs(one.value), 0.0002)
                near = {value for value in values if abs(value - one.value) <= reach}
                if one.value not in values or {one.holds(value) for value in near} != {True, False}:
                    left_out.append((name, clause.key, one.fact, one.way, one.value))
    assert not left_out


def score_facts(**changed):
    """An innovative SME with exactly 60 points: 20 + 0, 10 + 10, 5 + 15."""
    base = {
        "class_i_high_value_count": 1, "class_i_own_count": 1, "class_i_count": 1, "class_ii_count": 0, "rd_ratio": 0.0,
        "main_growth_1y": 0.05, "debt_ratio": 0.5, "strategic_product": 0, "main_ratio": 0.6, "st_award_3y": 0,
        "hnte_valid": 0, "national_honour_valid": 0, "provincial_rd_body": 0, "equity_3y_wan": 0,
    }  # fmt: skip
    return one_firm(base | changed)


@pytest.mark.parametrize(
    ("changed", "total", "status"),
    [
        ({}, 60, "met"),
        ({"main_ratio": 0.5999}, 55, "not_met"),
        # innovation below 20, growth below 15, specialisation below 15, and just not
        (
            {"class_i_high_value_count": 0, "main_growth_1y": 0.15, "main_ratio": 0.7, "strategic_product": 1},
            75,
            "not_met",
        ),
        ({"rd_ratio": 0.05, "main_growth_1y": -0.1, "main_ratio": 0.7}, 75, "not_met"),
        ({"rd_ratio": 0.05, "main_growth_1y": 0.15, "main_ratio": 0.5}, 80, "not_met"),
        ({"rd_ratio": 0.05, "main_growth_1y": 0.15, "main_ratio": 0.55}, 85, "met"),
    ],
)  # fmt: skip
def test_totals_and_minima(changed, total, status):
    """60 is enough and 59 is not; no total makes up for a category below its own minimum."""
    result = eligible(score_facts(**changed), BOOK.find("innovative_sme", DAY), DAY)
    assert clause_of(result, "score").points.low[0] == total
    assert clause_of(result, "score").status[0] == status


def test_a_tech_sme_without_r_and_d_staff_has_no_way_by_points():
    """The staff indicator must be above 0, with 80 points elsewhere too."""
    no_shortcut = dict.fromkeys(("hnte_valid", "national_award_top3_5y", "provincial_rd_body", "led_standard_5y"), 0)
    facts = {"rd_ratio": 0.06, "class_i_count": 1} | no_shortcut
    for staff, status in ((0.0999, "not_met"), (0.10, "met")):
        result = eligible(one_firm(facts | {"rd_staff_ratio": staff}), BOOK.find("tech_sme", DAY), DAY)
        assert clause_of(result, "score").points.low[0] >= 80
        assert clause_of(result, "score").status[0] == status
