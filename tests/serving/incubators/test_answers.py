"""Answers: each figure with its basis and day, each correction with who, when and why, and no more than one may see."""

import datetime as dt
import json

from serving.incubators.answers import (
    PUBLIC,
    incubator_answer,
    listing,
    quarantine_answer,
    recognition_answer,
    reconciliation_answer,
    statistics_answer,
    vouchers_answer,
)
from serving.incubators.pages import page_of_incubator
from serving.incubators.schemas import GivenCorrection
from tests.serving.incubators.conftest import USCC, ZONE
from tests.serving.incubators.planted_registry import CORRECTED, ENTERED, OTHER, OWN

DAY = dt.date(2023, 12, 31)


def test_an_incubator_shows_its_figures_and_every_correction(service):
    """Mentors: 4 as entered on 20 January, 3 since 5 February."""
    made = incubator_answer(service, service.see(OTHER, None))
    figure = next(one for one in made["figures"] if one["indicator"] == "mentors")
    assert (figure["value"], figure["basis"], figure["on"]) == (3, "stock", DAY)
    last = made["history"][-1]
    assert (last["at"], last["by"], last["why"]) == (CORRECTED, "li", "figure misread")
    assert last["changed"] == [{"member": "mentors", "before": 4, "after": 3}]
    assert (len(made["history"]), len(made["tenants"]), made["simulated"]) == (3, 2, False)
    known = incubator_answer(service, service.see(OTHER, None, ENTERED))
    assert [one["mentors"] for one in known["reports"]] == [4]
    assert len(known["history"]) == 2


def test_an_enterprise_gets_public_figures_and_its_own_record(service):
    made = incubator_answer(service, service.see(OWN, USCC))
    assert [one["indicator"] for one in made["figures"]] == [one for one in made_keys(service) if one in PUBLIC]
    assert [one["tenant_id"] for one in made["tenants"]] == ["T001"]
    assert (made["reports"], made["history"], "source" in made["incubator"]) == ([], [], False)
    assert made["tenants"][0]["graduation"]["inside"] is True


def test_no_clerk_is_named_to_an_enterprise(own_service):
    """Who entered or corrected a record, and why, is for the zone's side alone."""
    changes = GivenCorrection(record="tenant", key="T001", changes={"jobs": 13}, why="counted again", by="zhao")
    own_service.correct(changes, ZONE)
    seen = own_service.see(OWN, USCC)
    answers = [
        incubator_answer(own_service, seen),
        listing(own_service, USCC, {}, 0, 10),
        vouchers_answer(own_service, USCC, None, 0, 10),
        page_of_incubator(own_service, seen, "en"),
    ]
    sent = json.dumps(answers, default=str, ensure_ascii=False)
    assert not [word for word in ("zhao", "wang", "set-up", "counted again", '"by"') if word in sent]
    whole = json.dumps(incubator_answer(own_service, own_service.see(OWN, None)), default=str, ensure_ascii=False)
    assert "zhao (wang)" in whole or "zhao (zone)" in whole


def made_keys(service):
    return [one["indicator"] for one in incubator_answer(service, service.see(OWN, None))["figures"]]


def test_the_list_takes_filters_and_pages(service):
    def names(viewer=None, after=0, count=10, **filters):
        return [row["incubator_id"] for row in listing(service, viewer, filters, after, count)["rows"]]

    assert (names(), names(after=1), names(count=1), names(USCC)) == ([OWN, OTHER], [OTHER], [OWN], [OWN])
    assert (names(kind="makerspace"), names(level="national", region="lhasa"), names(kind="x")) == ([OTHER], [OWN], [])


def test_statistics_add_up_and_say_their_basis_and_day(service):
    """Jobs 12 + 30 + 8, of which 5 + 10 + 8 of college graduates; one firm of three graduated, in 2023."""
    whole = {row["indicator"]: row for row in statistics_answer(service, (), None, None, None)["rows"]}
    assert {key: whole[key]["value"] for key in ("firms_ever", "firms_inside", "graduates_ever", "jobs_ever")} == {
        "firms_ever": 3, "firms_inside": 2, "graduates_ever": 1, "jobs_ever": 50,
    }  # fmt: skip
    assert whole["college_graduate_jobs_ever"]["value"] == 23
    assert (whole["graduated"]["value"], whole["graduated"]["basis"], whole["graduated"]["since"]) == (
        1, "flow", "2023-01-01" if isinstance(whole["graduated"]["since"], str) else dt.date(2023, 1, 1),
    )  # fmt: skip
    for by in ("kind", "level", "region"):
        rows = statistics_answer(service, (by,), None, None, None)["rows"]
        assert sum(row["value"] for row in rows if row["indicator"] == "jobs_ever") == 50
    assert {row["basis"] for row in whole.values()} == {"stock", "flow", "cumulative"}
    then = statistics_answer(service, (), DAY, None, ENTERED)["rows"]
    assert next(row["value"] for row in then if row["indicator"] == "mentors") == 10
    assert whole["mentors"]["value"] == 9


def test_published_figures_lie_beside_computed_ones_with_why_they_differ(service):
    made = reconciliation_answer(service, None)
    first = next(row for row in made["rows"] if row["key"] == "tibet_incubators")
    assert (first["published"], first["computed"], first["agrees"]) == (138.0, 2.0, False)
    assert {pair["verdict"] for pair in made["pairs"]} <= {"equal", "consistent", "contradictory", "not_comparable"}
    assert all(pair["reasons"] for pair in made["pairs"] if pair["verdict"] == "consistent")


def test_recognition_names_each_clause_and_the_way(service):
    made = recognition_answer(service, service.see(OWN, None), "national_incubator", None)
    (rule,) = made["rules"]
    statuses = {clause["key"]: clause["status"] for clause in rule["clauses"]}
    assert (statuses["legal"], statuses["operated"]) == ("met", "met")
    assert set(statuses.values()) >= {"met", "not_met"}
    assert rule["way"]["status"] in ("reachable", "blocked", "open", "met")
    assert (made["simulated"], "synthetic" in made) == (False, False)


def test_vouchers_show_balances_of_a_day_to_whom_they_belong(service):
    made = vouchers_answer(service, USCC, None, 0, 10)
    assert made["totals"] == {"issued_cny": 5_000.0, "redeemed_cny": 1_200.25, "expired_cny": 0.0, "left_cny": 3_799.75}
    early = vouchers_answer(service, None, dt.date(2024, 1, 10), 0, 10)
    assert early["totals"]["left_cny"] == 5_000.0
    assert vouchers_answer(service, "another", None, 0, 10)["count"] == 0


def test_the_quarantine_is_paged_by_record(service):
    made = quarantine_answer(service, None, 0, 10)
    assert (made["count"], made["rows"]) == (0, [])
    assert quarantine_answer(service, "report", 0, 10)["by_record"] == {}
