"""An incubator at each edge of each rule passes or fails as written: by hand, and by the rules' own files."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from data.ladder.conditions import AllOf, AnyOf, ByValue, Threshold
from data.ladder.fact_catalogue import fact_of
from data.ladder.facts import LadderFacts
from models.incubators.recognition import recognition_rules
from models.ladder.assumption import applying
from models.ladder.eligible import eligible
from tests.data.ladder.one_firm import clause_of
from tests.models.incubators.conftest import ON

pytestmark = pytest.mark.law
BOOK = recognition_rules()
RULES = {rule.name: rule for rule in BOOK.rules}
CONTEXTS = [{"remote_area": float(remote), "professional": float(one)} for remote, one in product((0, 1), (0, 1))]

GENERAL = {
    "remote_area": 0, "professional": 0, "legal_person": 1, "operated_years": 3, "statistics_years": 2,
    "area_m2": 10_000, "tenant_area_ratio": 0.75, "fund_wan": 500, "tenants_funded_ratio": 0.1, "fund_cases": 3,
    "professional_staff_ratio": 0.8, "service_staff_per_10": 1, "mentors_per_10": 1, "tenants_applied_ip_ratio": 0.5,
    "tenants_valid_ip_ratio": 0.0, "tenants": 50, "tenants_per_1000_m2": 3, "graduates": 20, "field_ratio": 0.5,
    "own_platform": 0,
}  # fmt: skip
REMOTE = GENERAL | {"remote_area": 1, "area_m2": 8_000, "fund_wan": 400, "tenants": 40, "graduates": 16,
                    "tenants_applied_ip_ratio": 0.4}  # fmt: skip
PROFESSIONAL = GENERAL | {"professional": 1, "tenants": 30, "tenants_per_1000_m2": 2, "graduates": 15,
                          "field_ratio": 0.75, "own_platform": 1}  # fmt: skip
BOTH = PROFESSIONAL | {"remote_area": 1, "area_m2": 8_000, "fund_wan": 400, "tenants": 24, "graduates": 12,
                       "tenants_applied_ip_ratio": 0.4}  # fmt: skip
IP = {"tenants_applied_ip_ratio": 0}
MAKERSPACE = {
    "operated_years": 1.5, "area_m2": 500, "seats": 0, "seat_area_ratio": 0.75, "joined_1y": 20, "registered_1y": 10,
    "funded_1y": 0, "incubation_cases": 3, "full_time_staff": 3, "mentors": 3, "events_1y": 10, "statistics_filed": 1,
}  # fmt: skip
QINGHAI = {"professional": 0, "area_m2": 6_000, "tenants": 40, "tenants_per_1000_m2": 2, "graduates": 20,
           "fund_wan": 300, "tenants_valid_ip_ratio": 0.2, "tenants_tech_sme_ratio": 0}  # fmt: skip
QINGHAI_PROFESSIONAL = QINGHAI | {"professional": 1, "area_m2": 2_000, "tenants": 20, "graduates": 10}
TIANJIN = {"area_m2": 5_000, "tenants": 25, "tenants_per_1000_m2": 3, "graduates": 5, "fund_wan": 200}
# name -> rule, an incubator that meets it with nothing to spare, and facts with a value that fails
BY_HAND = {
    "general": ("national_incubator 2018-12-14", GENERAL, {
        "legal_person": 0, "operated_years": 2.99, "statistics_years": 1.99, "area_m2": 9_999,
        "tenant_area_ratio": 0.7499, "fund_wan": 499.99, "tenants_funded_ratio": 0.0999, "fund_cases": 2,
        "professional_staff_ratio": 0.7999, "service_staff_per_10": 0.99, "mentors_per_10": 0.99,
        "tenants_applied_ip_ratio": 0.4999, "tenants": 49, "tenants_per_1000_m2": 2.99, "graduates": 19,
    }),
    "general by valid IP": ("national_incubator 2018-12-14", GENERAL | IP | {"tenants_valid_ip_ratio": 0.3}, {
        "tenants_valid_ip_ratio": 0.2999,
    }),
    "remote": ("national_incubator 2018-12-14", REMOTE, {
        "area_m2": 7_999, "fund_wan": 399.99, "tenants": 39, "graduates": 15, "tenants_applied_ip_ratio": 0.3999,
        "tenant_area_ratio": 0.7499, "tenants_per_1000_m2": 2.99, "remote_area": 0, "mentors_per_10": 0.99,
    }),
    "remote by valid IP": ("national_incubator 2018-12-14", REMOTE | IP | {"tenants_valid_ip_ratio": 0.24}, {
        "tenants_valid_ip_ratio": 0.2399,
    }),
    "professional": ("national_incubator 2018-12-14", PROFESSIONAL, {
        "tenants": 29, "tenants_per_1000_m2": 1.99, "graduates": 14, "field_ratio": 0.7499, "own_platform": 0,
        "area_m2": 9_999, "professional": 0,
    }),
    "professional and remote": ("national_incubator 2018-12-14", BOTH, {
        "tenants": 23, "graduates": 11, "tenants_per_1000_m2": 1.99, "area_m2": 7_999, "remote_area": 0,
    }),
    "makerspace": ("national_makerspace 2017-10", MAKERSPACE, {
        "operated_years": 1.49, "area_m2": 499, "seat_area_ratio": 0.7499, "joined_1y": 19, "registered_1y": 9,
        "incubation_cases": 2, "full_time_staff": 2, "mentors": 2, "events_1y": 9, "statistics_filed": 0,
    }),
    "makerspace by seats": ("national_makerspace 2017-10", MAKERSPACE | {"area_m2": 0, "seats": 30}, {"seats": 29}),
    "makerspace by financing": ("national_makerspace 2017-10", MAKERSPACE | {"registered_1y": 0, "funded_1y": 5}, {
        "funded_1y": 4,
    }),
    "Qinghai": ("regional_incubator/qinghai 2019", QINGHAI, {
        "area_m2": 5_999, "tenants": 39, "tenants_per_1000_m2": 1.99, "graduates": 19, "fund_wan": 299.99,
        "tenants_valid_ip_ratio": 0.1999,
    }),
    "Qinghai by tech SMEs": (
        "regional_incubator/qinghai 2019", QINGHAI | {"tenants_valid_ip_ratio": 0, "tenants_tech_sme_ratio": 0.1}, {
            "tenants_tech_sme_ratio": 0.0999,
        }),
    "Qinghai, professional": ("regional_incubator/qinghai 2019", QINGHAI_PROFESSIONAL, {
        "area_m2": 1_999, "tenants": 19, "graduates": 9, "professional": 0,
    }),
    "Tianjin": ("regional_incubator/tianjin 2019", TIANJIN, {
        "area_m2": 4_999, "tenants": 24, "tenants_per_1000_m2": 2.99, "graduates": 4, "fund_wan": 199.99,
    }),
}  # fmt: skip


def facts_of(rows):
    """Facts of several incubators, known where a row has them."""
    keys = {key for row in rows for key in row}
    values = {key: np.array([float(row.get(key, np.nan)) for row in rows]) for key in keys}
    made = LadderFacts.unknown([str(at) for at in range(len(rows))], "incubator")
    return made.with_facts({key: (value, value) for key, value in values.items()}, ON, "test")


@pytest.mark.parametrize("name", BY_HAND)
def test_an_incubator_at_the_edge_by_hand(name):
    """It meets the rule with nothing to spare; with one fact below its threshold it does not."""
    rule, good, worse = BY_HAND[name]
    found = eligible(facts_of([good, *(good | {key: value} for key, value in worse.items())]), RULES[rule], ON).overall
    assert found.tolist() == ["met", *["not_met"] * len(worse)]


def across(one):
    """The nearest value that fails."""
    grain = 1.0 if fact_of(one.fact).whole else 1e-6
    return one.value + {"at_least": -grain, "above": 0.0, "at_most": grain, "below": 0.0}[one.way]


def at(one):
    """The nearest value that is met."""
    return one.value + {"at_least": 0.0, "above": 1e-6, "at_most": 0.0, "below": -1e-6}[one.way]


def settled(condition, context, value, *, every):
    """Values that meet a condition (``at``, one alternative is enough) or fail it (``across``, all of them)."""
    if isinstance(condition, Threshold):
        return {condition.fact: value(condition)}
    if isinstance(condition, ByValue):
        (parts, every) = (applying(condition, {key: (one, one) for key, one in context.items()}), True)
    else:
        parts = condition.parts
    parts = parts if every or isinstance(condition, AllOf) else parts[:1]
    return {key: one for part in parts for key, one in settled(part, context, value, every=every).items()}


def deciding(condition, context):
    """Every threshold of a condition with values beside it under which it alone decides."""
    if isinstance(condition, Threshold):
        yield condition, {}
        return
    if isinstance(condition, ByValue):
        for part in applying(condition, {key: (one, one) for key, one in context.items()}):
            yield from deciding(part, context)
        return
    is_any = isinstance(condition, AnyOf)
    for part in condition.parts:
        beside: dict[str, float] = {}
        for other in condition.parts:
            if other is not part:
                beside |= settled(other, context, across if is_any else at, every=is_any)
        for one, more in deciding(part, context):
            yield one, beside | more


@pytest.mark.parametrize("name", RULES)
def test_every_threshold_of_every_file_decides_its_clause(name):
    """At its value the clause is met, a grain across it is not, for general, professional, remote and both."""
    rows, wanted = [], []
    for context in CONTEXTS:
        for clause in RULES[name].clauses:
            for one, beside in deciding(clause.condition, context):
                if one.fact not in context:
                    for value, status in ((at(one), "met"), (across(one), "not_met")):
                        rows.append(context | beside | {one.fact: value})
                        wanted.append((clause.key, one.fact, status))
    result = eligible(facts_of(rows), RULES[name], ON)
    found = [(key, fact, str(clause_of(result, key).status[row])) for row, (key, fact, _) in enumerate(wanted)]
    assert found == wanted
    assert len(wanted) >= 8


def test_a_measure_whose_numbers_were_not_readable_is_left_to_a_person():
    """Tibet and Huizhou: nothing is guessed, so that nothing known meets or fails it."""
    for region in ("tibet", "huizhou"):
        (rule,) = BOOK.versions("regional_incubator", region)
        assert rule.confidence == 0.0
        assert {one.fact for one in rule.thresholds()} == {"own_rule_met"}
        result = eligible(facts_of([GENERAL, REMOTE, {}]), rule, ON)
        assert result.overall.tolist() == ["unknown"] * 3
        assert result.clauses[0].status.tolist() == ["needs_person"] * 3


def test_the_relief_of_remote_areas_is_a_fifth_of_five_thresholds_and_of_no_other():
    """Area, fund, tenant firms, graduates and IP; what is unknown about the area leaves the clause open."""
    (rule,) = BOOK.versions("national_incubator")
    by_place = {}
    for remote in (0.0, 1.0):
        context = {"remote_area": remote, "professional": 0.0}
        by_place[remote] = {
            one.fact: one.value for clause in rule.clauses for one, _ in deciding(clause.condition, context)
        }
    differing = {key for key in by_place[0.0] if by_place[0.0][key] != by_place[1.0][key]}
    assert differing == {
        "area_m2", "fund_wan", "tenants", "graduates", "tenants_applied_ip_ratio", "tenants_valid_ip_ratio"
    }  # fmt: skip
    assert all(by_place[1.0][key] == pytest.approx(0.8 * by_place[0.0][key]) for key in differing)
    unknown = {key: value for key, value in REMOTE.items() if key != "remote_area"}
    assert eligible(facts_of([unknown, GENERAL | {"remote_area": np.nan}]), rule, ON).overall.tolist() == [
        "unknown", "met"
    ]  # fmt: skip
