"""A caller's word beside the agencies' record: refused by name, or taken one by one, and never against a veto."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from datetime import date
from itertools import islice

import orjson
import pytest

from data.codebook import read_credit_facts
from data.ingest.rules import INDUSTRIES
from data.requests import EnterpriseFacts, QuotaRequest
from data.sizes import read_size_rules
from data.uscc import fictitious_uscc
from models.quota.policy import read_policy
from serving.consents.check import Rights
from serving.contract.refusals import Refusal
from serving.decide.snapshot import read_inputs

pytestmark = pytest.mark.law
FLAGS = [fact.key for fact in read_credit_facts() if fact.veto]
ADVERSE = [fact.key for fact in read_credit_facts() if fact.pd_direction > 0 and not fact.veto]
TAKES = Rights(take=True, quote=True, personal=True)
SCOPES = ("quota", "points", "batch", "decisions", "bank_applications", "own_values")
EVERYTHING = ("points", "quota", "query", "reporting", "personal")


def known(value):
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def is_vetoed(row):
    return any(known(row[key]) and row[key] > 0 for key in FLAGS)


def sent(row, book, **changed):
    """What a caller would send to give another firm's values: identity, indicators, facts, and clean flags."""
    age_days = round(row["age_years"] * 365.25)
    facts = {fact.key: float(row[fact.key]) for fact in read_credit_facts() if known(row[fact.key])}
    return {
        "industry": row["industry"],
        "size_rule": row["size_rule"],
        "founded_on": date.fromordinal(date(2024, 6, 30).toordinal() - age_days).isoformat(),
        "known_at": "2024-06-30",
        "indicators": {item.key: float(row[item.key]) for item in book if known(row[item.key])},
        "credit_facts": facts | dict.fromkeys(FLAGS, 0.0),
    } | changed


def some_values(chance, book):
    """Random values within their ranges, for a random part of the members."""

    def value(item):
        if item.dtype == "int":
            return float(chance.randint(int(item.low), int(min(item.high, item.low + 500))))
        return chance.uniform(item.low, min(item.high, item.low + 20_000))

    given = {
        "known_at": "2024-06-30",
        "indicators": {item.key: value(item) for item in book if chance.random() < 0.6},
        "credit_facts": {fact.key: value(fact) for fact in read_credit_facts() if chance.random() < 0.7},
    }
    if chance.random() < 0.5:
        given |= {"industry": chance.choice(INDUSTRIES), "size_rule": chance.choice(list(read_size_rules().index))}
    return given | ({"founded_on": f"{chance.randint(1990, 2023)}-03-01"} if chance.random() < 0.5 else {})


def requested(uscc, values):
    body = {"request_id": "r", "uscc": uscc, "requested_amount_cny": 3_000_000, "enterprise": values}
    return QuotaRequest.model_validate_json(json.dumps(body))


def decide(service, request, policy, rights=TAKES):
    case = service.snapshot.case_of(request, rights)
    return service.models.decide(case, request, policy, service.facts("standard")), case


def approved_row(service, policy):
    """The case of a firm that is approved on its record."""
    for uscc, case in service.snapshot.cases.items():
        request = requested(uscc, None)
        if decide(service, request, policy)[0]["outcome"] == "preapproved":
            return case.row
    raise AssertionError("nobody is approved")


@pytest.fixture(scope="module")
def flagged(service):
    """The service with a raised flag in the record of 24 firms more, each flag for six of them."""
    cases, chance = dict(service.snapshot.cases), random.Random(5)
    for number, uscc in enumerate(chance.sample(list(cases), 24)):
        row = {**cases[uscc].row, FLAGS[number % len(FLAGS)]: 1.0}
        cases[uscc] = replace(cases[uscc], row=row)
    return replace(service, snapshot=replace(service.snapshot, cases=cases))


def test_no_value_that_is_sent_lifts_a_veto(flagged):
    """Every vetoed firm, with an approved firm's values and clean flags, and random sets: declined as before."""
    policy, book = read_policy(), flagged.models.engine.codebook
    best, chance, tried = approved_row(flagged, policy), random.Random(7), 0
    vetoed = [uscc for uscc, case in flagged.snapshot.cases.items() if is_vetoed(case.row)]
    assert len(vetoed) >= 24
    for uscc in vetoed:
        for values in (sent(best, book), some_values(chance, book), some_values(chance, book)):
            request = requested(uscc, values)
            with pytest.raises(Refusal) as refused:
                decide(flagged, request, policy, Rights(personal=True))
            assert refused.value.key == "values-differ"
            answer, case = decide(flagged, request, policy)
            assert (answer["outcome"], answer["quota"]["amount_wan"]) == ("declined", 0), uscc
            assert is_vetoed(case.row)
            tried += 1
    assert tried >= 72


def test_what_the_record_holds_against_a_firm_is_the_worse_of_both(service):
    """Flags, debt, overdue days, lawsuits, arrears and guarantees: never below the record, raised where sent higher."""
    chance, book = random.Random(11), service.models.engine.codebook
    for uscc in chance.sample(list(service.snapshot.cases), 60):
        held = service.snapshot.cases[uscc].row
        request = requested(uscc, some_values(chance, book))
        row = service.snapshot.case_of(request, TAKES).row
        for key in (*FLAGS, *ADVERSE):
            given = request.enterprise.credit_facts.get(key)
            if known(held[key]):
                assert row[key] == max(held[key], held[key] if given is None else given), key
            elif key in FLAGS and given:
                assert row[key] == given  # a flag that the caller raises counts
            else:
                assert not known(row[key]), key  # what nobody recorded is not made clean by a word


def test_each_member_is_taken_where_it_was_sent_and_only_there(service):
    """One member, one change: the rest of the case is the record's, and what follows from it is computed again."""
    uscc, case = next(
        (uscc, case) for uscc, case in service.snapshot.cases.items() if case.row["growth_stage"] == "startup"
    )
    follows = {"revenue_band", "growth_stage", "size_class", "legacy_micro"}
    for member, key, value in (
        ("industry", "industry", next(name for name in INDUSTRIES if name != case.row["industry"])),
        ("indicators.rd_intensity", "rd_intensity", 0.123),
        ("credit_facts.revenue_wan", "revenue_wan", 12_345.0),
        ("founded_on", "age_years", "2000-06-30"),
    ):
        group, _, name = member.rpartition(".")
        values = {"known_at": "2024-06-30"} | ({group: {name: value}} if group else {member: value})
        answer, own = decide(service, requested(uscc, values), read_policy())
        both = {name: (case.row[name], own.row[name]) for name in case.row}
        changed = {name for name, (held, now) in both.items() if held != now and (known(held) or known(now))}
        assert key in changed
        assert changed - follows == {key}
        assert (answer["own_values"], answer["own_values_refused"]) == ([member], [])
    values = {"known_at": "2024-06-30", "credit_facts": {"revenue_wan": 12_345.0}}
    row = decide(service, requested(uscc, values), read_policy())[1].row
    assert (row["growth_stage"], row["revenue_band"] != case.row["revenue_band"]) == ("stable", True)


def test_no_agency_is_the_source_of_a_value_that_was_sent(service):
    """Indicators of every agency sent: no agency's day; of one indicator: the agency's day of its other ones."""
    policy, book = read_policy(), service.models.engine.codebook
    uscc, case = next(iter(service.snapshot.cases.items()))
    chance = random.Random(3)
    everything = {item.key: chance.uniform(item.low, min(item.high, 1.0)) for item in book if item.dtype != "int"}
    everything |= {item.key: float(case.row[item.key] == 1.0) + 1.0 for item in book if item.dtype == "int"}
    answer, _ = decide(service, requested(uscc, {"known_at": "2024-06-30", "indicators": everything}), policy)
    assert set(answer["sources"].values()) == {None}
    assert set(answer["own_values"]) == {f"indicators.{key}" for key in everything}
    first = next(item for item in book if known(case.row[item.key]))
    others = [case.known[item.key] for item in book if item.agency == first.agency and item.key != first.key]
    one = {"known_at": "2024-06-30", "indicators": {first.key: everything[first.key]}}
    answer, _ = decide(service, requested(uscc, one), policy)
    assert answer["sources"][first.agency] == max((day for day in others if day is not None), default=None)


def test_an_industry_that_a_policy_excludes_stays_excluded(service):
    """Another one that is sent does not help the bank."""
    policy = read_policy()
    best = approved_row(service, policy)
    shut = policy.model_copy(update={"excluded_industries": (best["industry"],)})
    other = next(name for name in INDUSTRIES if name != best["industry"])
    values = {"known_at": "2024-06-30", "industry": other}
    answer, _ = decide(service, requested(best["uscc"], values), shut)
    assert answer["outcome"] == "declined"
    assert decide(service, requested(best["uscc"], None), shut)[0]["outcome"] == "declined"


def test_a_firm_that_nobody_recorded_credits_no_agency(shop):
    """All of an outsider's values are the caller's, and so marked."""
    from tests.serving.http.test_quota import ENTERPRISE, OUTSIDER

    body = {"request_id": "r", "uscc": OUTSIDER, "requested_amount_cny": 10**6, "enterprise": ENTERPRISE}
    body["consent"] = shop.consent(OUTSIDER)
    answer = shop.client.post("/v1/quota", json=body, headers=shop.key("standard")).json()
    assert set(answer["sources"].values()) == {None}
    assert "indicators.rd_intensity" in answer["own_values"]
    lacks = {key: value for key, value in ENTERPRISE.items() if key not in ("industry", "founded_on")}
    refused = shop.client.post("/v1/quota", json=body | {"enterprise": lacks}, headers=shop.key("standard"))
    assert {fault["where"] for fault in refused.json()["faults"]} == {"enterprise.industry", "enterprise.founded_on"}


def test_the_refusal_names_each_member_and_quotes_the_record_under_consent_alone(shop):
    """409 on both routes; nothing is recorded."""
    uscc, row = next((uscc, case.row) for uscc, case in shop.worker.service.snapshot.cases.items())
    values = {
        "known_at": "2024-06-30",
        "industry": next(name for name in INDUSTRIES if name != row["industry"]),
        "founded_on": "1999-01-01",
        "credit_facts": {"revenue_wan": row["revenue_wan"], "headcount": float((row["headcount"] or 0) + 1)},
    }
    wheres = {"industry", "founded_on", "credit_facts.headcount"}
    key = shop.key("standard")
    for path, body in (
        ("/v1/quota", shop.body(uscc=uscc, enterprise=values)),
        ("/v1/points", {"uscc": uscc, "consent": shop.consent(uscc), "enterprise": values}),
    ):
        answer = shop.client.post(path, json=body, headers=key)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/values-differ")
        found = {fault["where"].removeprefix("enterprise."): fault["allowed"] for fault in answer.json()["faults"]}
        assert set(found) == wheres
        assert row["industry"] in found["industry"]
        no_consent = shop.client.post(path, json=body | {"consent": None}, headers=key)
        assert no_consent.status_code == 403
        assert row["industry"] not in no_consent.text.replace(values["industry"], "")
    own = shop.client.post(
        "/v1/points", json={"uscc": uscc, "enterprise": values}, headers=shop.key(uscc, "enterprise")
    )
    assert own.status_code == 409
    assert shop.worker.ledger.counts("decision") == {}
    same = {"known_at": "2024-06-30", "credit_facts": {"revenue_wan": row["revenue_wan"]}, "industry": row["industry"]}
    with_them = shop.client.post("/v1/quota", json=shop.body(uscc=uscc, enterprise=same), headers=key).json()
    without = shop.client.post("/v1/quota", json=shop.body(uscc=uscc, request_id="r9"), headers=key).json()
    alone = ("request_id", "audit_id")
    assert {k: v for k, v in with_them.items() if k not in alone} == {
        k: v for k, v in without.items() if k not in alone
    }


def test_with_the_permission_the_answer_and_the_record_are_marked_and_replay_to_the_byte(shop):
    """``own_values`` in the answer, in the record's inputs, and in the case that a replay reads from it."""
    key = shop.key("standard", scopes=(*SCOPES, "personal"))
    snapshot, models = shop.worker.service.snapshot, shop.worker.service.models
    uscc = next(code for code in shop.codes if is_vetoed(snapshot.cases[code].row))
    best = approved_row(shop.worker.service, read_policy())
    consent = shop.consent(uscc, scope=EVERYTHING)
    body = shop.body(uscc=uscc, enterprise=sent(best, models.engine.codebook)) | {"consent": consent}
    answer = shop.client.post("/v1/quota", json=body, headers=key)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["outcome"] == "declined"
    raised = {f"credit_facts.{flag}" for flag in FLAGS if snapshot.cases[uscc].row[flag] > 0}
    assert raised <= set(found["own_values_refused"])
    record = shop.worker.ledger.find(subject=found["audit_id"])[0].content
    assert record["inputs"]["own_values"]["taken"] == found["own_values"]
    case = read_inputs(record["inputs"], models.engine.codebook)
    assert orjson.loads(orjson.dumps(case.inputs)) == record["inputs"]
    points = {"uscc": uscc, "consent": consent, "enterprise": body["enterprise"]}
    marked = shop.client.post("/v1/points", json=points, headers=key).json()
    assert set(marked["own_values"]) == set(found["own_values"])
    late = body | {"request_id": "late", "enterprise": body["enterprise"] | {"known_at": "2024-07-01"}}
    assert shop.client.post("/v1/quota", json=late, headers=key).status_code == 422


def test_a_value_that_is_too_old_is_not_taken(service):
    """The freshness of an indicator holds for a sent one too."""
    uscc, case = next((uscc, one) for uscc, one in service.snapshot.cases.items() if known(one.row["rd_intensity"]))
    values = {"known_at": "2001-01-01", "indicators": {"rd_intensity": 0.123}}
    answer, own = decide(service, requested(uscc, values), read_policy())
    assert (answer["own_values"], answer["own_values_refused"]) == ([], ["indicators.rd_intensity"])
    assert own.row["rd_intensity"] == case.row["rd_intensity"]
    assert EnterpriseFacts.model_validate_json(json.dumps(values)).founded_on is None


def test_a_wrong_unit_in_what_is_sent_is_no_approval(service):
    """Revenue in yuan where 10,000 yuan are the unit: beyond all that the models learned from, so a person looks."""
    book, policy = service.models.engine.codebook, read_policy()

    def decided(row, **facts):
        given = sent(row, book)
        given["credit_facts"] |= facts
        request = QuotaRequest(
            request_id="r", uscc=fictitious_uscc(900_002), requested_amount_cny=1_000_000, tenor_months=36,
            enterprise=EnterpriseFacts.model_validate_json(json.dumps(given)),
        )  # fmt: skip
        return service.quota(request, policy)

    rows = (case.row for case in service.snapshot.cases.values())
    strong = list(islice((row for row in rows if decided(row)["outcome"] == "preapproved"), 3))
    assert len(strong) == 3
    for row in strong:
        answer = decided(row, revenue_wan=min(row["revenue_wan"] * 10_000.0, 5e7))
        assert answer["outcome"] in ("manual_review", "declined")
        assert "out_of_range" in [*answer["constraints_hit"], *(item["code"] for item in answer["warnings"])]


STRICT = {"preapproved": 0, "manual_review": 1, "insufficient_data": 2, "declined": 3}


def test_no_value_that_is_sent_makes_an_outcome_milder(service):
    """Random own values and wrong units, for 40 firms and policies that decline many: never below the record alone."""
    book, chance, lifted = service.models.engine.codebook, random.Random(13), 0
    firms = chance.sample(list(service.snapshot.cases), 40)
    policies = (read_policy(), read_policy().model_copy(update={"pd_cutoff": 0.02, "min_points": 60}))
    for number, uscc in enumerate(firms):
        policy, row = policies[number % 2], service.snapshot.cases[uscc].row
        alone, _ = decide(service, requested(uscc, None), policy)
        facts = {key: row[key] for key in ("revenue_wan", "assets_wan") if known(row[key])}
        units = [{key: min(value * times, 5e7) for key, value in facts.items()} for times in (3.0, 10_000.0, 1e-4)]
        wrong = [{"known_at": "2024-06-30", "credit_facts": values} for values in units]
        sets = (*wrong, some_values(chance, book), some_values(chance, book))
        for one, values in enumerate(sets):
            request = requested(uscc, values)
            answer, case = decide(service, request, policy)
            assert STRICT[answer["outcome"]] >= STRICT[alone["outcome"]], (uscc, values)
            codes = [one["code"] for one in answer["warnings"]]
            if "record_stricter" in codes:
                lifted += 1
                assert answer["reasons"] == alone["reasons"]
                assert answer["quota"] == alone["quota"]
            if one != number % len(sets):  # each kind of values is replayed for a fifth of the firms
                continue
            replayed = read_inputs(orjson.loads(orjson.dumps(case.inputs)), book)
            again = service.models.decide(replayed, request, policy, service.facts("standard"))
            assert orjson.dumps(again) == orjson.dumps(answer)
    assert lifted >= 10
