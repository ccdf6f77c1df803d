"""Recognition of incubators of the registry, and the way to the next level."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from data.incubators.fields import RegistryError
from models.incubators.facts import incubator_facts
from models.incubators.recognition import (
    changed,
    recognise,
    recognition_rules,
    recognition_table,
    rule_of,
    rules_region,
    way,
)
from models.ladder.eligible import eligible
from tests.data.ladder.one_firm import one_firm
from tests.models.incubators.conftest import ON
from tests.models.incubators.test_recognition_edges import GENERAL, REMOTE

pytestmark = pytest.mark.law
RULE = recognition_rules().find("national_incubator", ON)
COUNTS = {"mentors": 5.0, "professional_staff": 5.0, "tenants_funded": 5.0, "tenants_applied_ip": 25.0}


def facts(**values):
    return one_firm(GENERAL | COUNTS | {"tenants_valid_ip": 0.0} | values, ON, "test", "Z", "incubator")


def test_more_tenant_firms_ask_for_more_of_everything_that_is_counted_by_them():
    """From 30 to 50 firms: two more mentors, one more of staff, two more financed, ten more with an application."""
    ratios = {"tenants_per_1000_m2": 3.0, "mentors_per_10": 1.0, "service_staff_per_10": 4 / 3}
    found = facts(
        tenants=30, mentors=3, professional_staff=4, tenants_funded=3, tenants_applied_ip=15,
        tenants_funded_ratio=0.1, **ratios,
    )  # fmt: skip
    gap = way(found, RULE, ON)
    assert gap.status == "reachable"
    assert {one.fact: (one.now, one.to) for one in gap.changes} == {
        "tenants": (30, 50), "mentors": (3, 5), "professional_staff": (4, 5), "tenants_funded": (3, 5),
        "tenants_applied_ip": (15, 25),
    }  # fmt: skip
    assert gap.cost_cny == 20 * 20_000 + 2 * 10_000 + 100_000 + 2 * 200_000 + 10 * 10_000
    (tenants,) = [one for one in gap.changes if one.fact == "tenants"]
    assert tenants.also == {"tenants_per_1000_m2": (3.0, 5.0)}


def test_a_remote_incubator_is_shown_the_reduced_requirements_alone():
    """8,000 m² and 4 million yuan are 80 % of the others: a clause that is met has no sentence about 10,000 m²."""
    sent = eligible(facts(**REMOTE), RULE, ON).row(0)
    by_key = {clause["key"]: clause for clause in sent["clauses"]}
    shown = {
        key: [(one["fact"], one["threshold"]) for one in by_key[key]["tests"] if not one["decides"]]
        for key in ("area", "fund", "tenants", "graduates")
    }
    assert shown == {
        "area": [("area_m2", 8_000)], "fund": [("fund_wan", 400)], "tenants": [("tenants", 40)],
        "graduates": [("graduates", 16)],
    }  # fmt: skip
    assert [one["fact"] for one in by_key["tenants"]["tests"] if one["decides"]] == ["professional", "remote_area"]
    assert not any("10,000" in one["text_en"] for one in by_key["area"]["tests"])


@pytest.mark.parametrize(
    ("seats", "status", "shown"),
    [
        (40.0, "met", ["Seats: 40 items, required at least 30 items: met. Way 2 of 2, one suffices."]),
        (20.0, "not_met", [
            "Space under own control: 300 m², required at least 500 m²: not met. Way 1 of 2, one suffices.",
            "Seats: 20 items, required at least 30 items: not met. Way 2 of 2, one suffices.",
        ]),
    ],
)  # fmt: skip
def test_of_alternatives_the_one_that_is_met_is_sent_and_that_one_suffices(seats, status, shown):
    """500 m² or 30 seats: where the seats are there, nobody reads of the space that it is not met."""
    known = one_firm({"area_m2": 300.0, "seats": seats}, ON, "test", "Z", "incubator")
    rule = recognition_rules().find("national_makerspace", ON)
    (clause,) = [
        one for one in eligible(known, rule, ON).row(0)["clauses"] if {"seats"} & {a["fact"] for a in one["tests"]}
    ]
    assert (clause["status"], [one["text_en"] for one in clause["tests"]]) == (status, shown)
    assert {one["alternatives"] for one in clause["tests"]} == {2}


def test_a_ratio_is_written_with_two_decimals_and_does_not_seem_to_reach_its_edge():
    """160 of 69 is 2.318841; 2.999 tenants a thousand are fewer than three."""
    sent = eligible(facts(mentors_per_10=160 / 69, tenants_per_1000_m2=2.999), RULE, ON).row(0)
    values = {one["fact"]: one["text_en"].split(",")[0] for clause in sent["clauses"] for one in clause["tests"]}
    assert values["mentors_per_10"].endswith(": 2.31")
    assert values["tenants_per_1000_m2"].endswith(": 2.99")


def test_more_space_asks_for_more_firms():
    """17,000 m² at 2.9 firms a thousand need 51 firms; the way of 9,000 m² ends at 10,000 with 50 firms."""
    gap = way(facts(area_m2=17_000, tenants=50, tenants_per_1000_m2=50 / 17), RULE, ON)
    assert next(one.to for one in gap.changes if one.fact == "tenants") == 51
    gap = way(facts(area_m2=9_000, tenants_per_1000_m2=50 / 9), RULE, ON)
    assert {one.fact: one.to for one in gap.changes} == {"area_m2": 10_000}


def test_after_the_way_no_clause_is_missed(registry):
    """For every simulated incubator that can reach the next level, with every ratio computed again."""
    table = recognition_table(registry, ON, ways=True)
    rows = table.loc[(table["status"] == "reachable") & (table["tier"] == "national_incubator")]
    assert len(rows) > 10
    known = incubator_facts(registry, ON)
    for key in rows["incubator_id"].head(5):
        one = known.take([known.firm_ids.index(key)])
        gap = way(one, RULE, ON)
        day = max([ON, *(day for _, day in gap.waits)])
        after = eligible(changed(one, ON, gap.changes), RULE, day)
        assert [clause.clause.key for clause in after.clauses if clause.status[0] == "not_met"] == []


def test_what_only_time_brings_has_its_day_and_what_nothing_brings_blocks():
    """Two and a half years in operation: half a year to wait. Nothing makes a legal person here."""
    gap = way(facts(operated_years=2.5), RULE, ON)
    assert (gap.status, [day for _, day in gap.waits]) == ("reachable", [dt.date(2022, 11, 30)])
    blocked = way(facts(legal_person=0), RULE, ON)
    assert (blocked.status, blocked.blocked_by) == ("blocked", ("legal",))
    assert way(facts(), RULE, ON).status == "reached"


def test_a_change_moves_its_ratios():
    """Ten more firms: fewer mentors for ten of them."""
    gap = way(facts(tenants=40, tenants_per_1000_m2=4, mentors_per_10=1.25), RULE, ON)
    after = changed(facts(tenants=40), ON, [one for one in gap.changes if one.fact == "tenants"])
    assert float(after.ends("mentors_per_10")[0][0]) == 1.0


def test_the_answer_for_one_incubator_names_the_rule_its_clauses_and_the_way(registry):
    """Under the incubator's own identifier, with the region's rule."""
    found = recognise(registry, "Z0017", ON)
    assert found["rules_of"] == "tibet"
    assert [one["tier"] for one in found["rules"]] == ["regional_incubator", "national_incubator"]
    regional, national = found["rules"]
    assert regional["clauses"][0]["status"] == "needs_person"
    assert {one["incubator_id"] for one in (regional, national)} == {"Z0017"}
    assert len(national["clauses"]) == 14
    assert all(clause["source"] for clause in national["clauses"])
    assert national["way"]["tier"] == "national_incubator"
    assert "firm_id" not in str(found)
    assert recognise(registry, "Z0017", ON, "regional_incubator", "qinghai")["rules"][0]["region"] == "qinghai"
    assert recognise(registry, "Z0009", ON)["rules"] == []  # no rule of 星创天地 is at hand


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("Z9999",), "no incubator"), (("Z0001", ON, "hnte"), "no tier"), (("Z0001", ON, None, "mars"), "region 'mars'")],
)
def test_what_is_not_there_is_refused(registry, arguments, message):
    """With what there is."""
    key, *rest = arguments
    with pytest.raises(RegistryError, match=message):
        recognise(registry, key, *(rest or [ON]))


def test_the_table_counts_the_same_clauses(registry):
    """A row an incubator and tier of its kind; overall is not met where a clause is."""
    table = recognition_table(registry, ON)
    assert len(table) == 37 * 2 + 60
    assert ((table["clauses_not_met"] > 0) == (table["overall"] == "not_met")).all()
    assert set(table.loc[table["tier"] == "regional_incubator", "overall"]) == {"unknown"}
    assert table["held"].sum() == 5 + 3 + 10


def test_the_rule_of_a_region_and_of_a_day():
    """Before the first version there is none; a region without a rule of its own has the country's, if there is one."""
    assert rules_region("simulated_3") == rules_region("lhasa") == "tibet"
    assert (rules_region("chengdu_incubator"), rules_region("nowhere")) == ("", "")
    assert rule_of("national_incubator", dt.date(2018, 12, 13), None) is None
    assert rule_of("national_incubator", ON, "qinghai").region is None
    assert rule_of("regional_incubator", ON, "qinghai").region == "qinghai"
    assert rule_of("regional_incubator", ON, "lhasa") is None


def test_a_remote_incubator_needs_a_fifth_less():
    """The same counts reach the title in a remote area alone."""
    values = {key: float(value) for key, value in REMOTE.items()}
    remote, other = (one_firm(values | {"remote_area": place}, ON, "test", "Z", "incubator") for place in (1.0, 0.0))
    assert eligible(remote, RULE, ON).overall.tolist() == ["met"]
    assert eligible(other, RULE, ON).overall.tolist() == ["not_met"]
    assert np.isinf(remote.ends("own_rule_met")[0]).all()
