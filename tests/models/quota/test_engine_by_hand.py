"""The engine around the models: one request, a batch, a table, a stream."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from data.code_version import source_digest
from data.requests import BankFacts, QuotaRequest
from models.quota.certificate import not_assessed
from models.quota.engine import QuotaDecision, case_rows, with_bank_facts
from models.quota.measure import Measured

pytestmark = pytest.mark.law


@pytest.fixture
def request_of(quick_case):
    """A request of a firm for 300 wan."""

    def make(name: str = "r", amount_cny: int = 3_000_000, bank: str = "standard", **facts: float) -> QuotaRequest:
        given = {"uscc": quick_case()["uscc"], "requested_amount_cny": amount_cny, "bank_facts": BankFacts(**facts)}
        return QuotaRequest(request_id=name, bank_id=bank, **given)

    return make


@pytest.fixture
def table(quick_case, quick_known):
    """Three firms and the days their values were known."""
    cases = pd.DataFrame([quick_case(existing_debt_wan=debt) for debt in (200.0, 250.0, 1_000.0)])
    return cases, pd.DataFrame([quick_known] * 3)


# --- one request


def test_an_answer_names_every_version(quick_engine, quick_case, quick_known, quick_policy, request_of):
    """Models, policy, codebook, data and code by which it can be repeated."""
    answer = quick_engine.decide_row(quick_case(), quick_known, request_of(), quick_policy)
    assert answer["versions"] == {
        "points_card": "points-quick",
        "points_reference": quick_engine.points.reference_version,
        "risk_model": "risk-quick",
        "debt_capacity_model": "limit-quick",
        "policy": "standard-2024.3",
        "codebook": quick_engine.codebook.digest[:12],
        "data": "1" * 12,
        "code": source_digest(),
    }
    assert answer["risk"]["interval_level"] == 0.9


def test_reasons_hold_drivers_unless_they_are_left_out(quick_engine, quick_case, quick_known, quick_policy, request_of):
    """Debt of 250 wan adds .05 to the log-odds of default: a driver; what bound is said either way."""
    row = quick_case(existing_debt_wan=250.0)
    result = quick_engine.decide_row(row, quick_known, request_of(), quick_policy)
    bare = quick_engine.decide_row(row, quick_known, request_of(), quick_policy, reasons=False)
    assert [one["code"] for one in result["reasons"]] == ["constraint.need", "risk.debt_to_revenue_ratio"]
    assert [one["code"] for one in bare["reasons"]] == ["constraint.need"]
    assert result["reasons"][1]["contribution"] == pytest.approx(0.05)
    assert result["reasons"][1]["peer_median"] == 0.5
    assert {**result, "reasons": 0} == {**bare, "reasons": 0}


# the record, the bank's fact -> what is measured
FACTS = [
    ("existing_debt_wan", "existing_debt_wan", 200.0, 300.0, 300.0),
    ("existing_debt_wan", "existing_debt_wan", 200.0, 199.0, 200.0),
    ("existing_debt_wan", "existing_debt_wan", 200.0, 200.0, 200.0),
    ("guarantees_wan", "guarantees_wan", 0.0, 10.0, 10.0),
    ("overdue_days", "overdue_days_max_24m", 3.0, 40, 40.0),
]


@pytest.mark.parametrize(("member", "key", "record", "fact", "counts"), FACTS)
def test_a_bank_s_worse_fact_is_put_into_the_case(quick_case, member, key, record, fact, counts):
    """The very same row where the fact is not worse; else a new row that differs in that fact."""
    row = quick_case(**{key: record})
    got = with_bank_facts(row, BankFacts(**{member: fact}))
    if counts == record:
        assert got is row
    else:
        own = {"bank_overdue_days": 40.0} if member == "overdue_days" else {}
        assert got == {**row, key: counts, **own}
        assert row[key] == record


def test_an_unknown_record_keeps_the_bank_s_overdue_days_beside_it(quick_case):
    """An unknown fact stays unknown; the bank's overdue days count by rule all the same."""
    row = quick_case(overdue_days_max_24m=None, existing_debt_wan=float("nan"))
    got = with_bank_facts(row, BankFacts(overdue_days=95, existing_debt_wan=500.0))
    assert (got["overdue_days_max_24m"], got["bank_overdue_days"]) == (None, 95.0)
    assert with_bank_facts(row, BankFacts(overdue_days=1))["bank_overdue_days"] == 1.0
    assert with_bank_facts(row, BankFacts()) is row
    assert got["existing_debt_wan"] != got["existing_debt_wan"]


def test_a_prepared_case_is_measured_again_only_where_a_fact_is_worse(quick_engine, quick_case, quick_known):
    """The same object where nothing is worse; reasons stay or stay away; the days known are kept."""
    for reasons in (True, False):
        prepared = quick_engine.prepare([quick_case()], [quick_known], reasons=reasons)
        assert len(prepared.measured.shares) == int(reasons)
        assert quick_engine.with_facts(prepared, BankFacts(existing_debt_wan=200.0)) is prepared
        worse = quick_engine.with_facts(prepared, BankFacts(existing_debt_wan=321.0))
        assert worse.measured["existing_debt_wan"].tolist() == [321.0]
        assert worse.rows[0] == quick_case(existing_debt_wan=321.0)
        assert (worse.known, len(worse.measured.shares)) == ([quick_known], int(reasons))
    assert len(quick_engine.prepare([quick_case()], [quick_known]).measured.shares) == 1


def test_decide_row_takes_the_bank_s_facts_of_the_request(
    quick_engine, quick_case, quick_known, quick_policy, request_of
):
    """Its answer is that of the case with them: 250 wan of debt, and 95 days overdue decline."""
    requested = quick_engine.decide_row(quick_case(), quick_known, request_of(existing_debt_wan=250.0), quick_policy)
    plain = quick_engine.decide_row(quick_case(existing_debt_wan=250.0), quick_known, request_of(), quick_policy)
    assert requested == plain
    assert requested["quota"]["amount_wan"] < 69
    late = quick_engine.decide_row(quick_case(), quick_known, request_of(overdue_days=95), quick_policy)
    assert (late["outcome"], late["constraints_hit"][0]) == ("declined", "overdue_decline")
    assert "by the bank's own records, now 95 days, is below 30 days" in late["advice"][0]["text_en"]


def test_indications_are_sorted_by_amount_then_rate_then_bank(
    quick_engine, quick_case, quick_known, quick_policy, request_of
):
    """60 wan are requested; 50 is a cap; a bank that declines has no rate and comes last."""
    offer = quick_policy.products["innovation_points"]

    def bank(name: str, rate: float = 0.0435, cap: float = 300.0, **change):
        products = {"innovation_points": offer.model_copy(update={"annual_rate": rate})}
        caps = {"expert_cap_wan": dict.fromkeys(("startup", "growth", "stable"), cap)}
        return quick_policy.model_copy(update={"bank_id": name, "products": products, **caps, **change})

    banks = [
        bank("z_declines", pd_cutoff=0.001),
        bank("a_dear", rate=0.06),
        bank("y_cheap"),
        bank("x_cheap"),
        bank("b_small", rate=0.04, cap=50.0),
        bank("c_declines", pd_cutoff=0.001),
    ]
    result = quick_engine.indications(quick_case(), quick_known, request_of("r", 600_000), banks)
    assert [(one["bank_id"], one["quota"]["amount_wan"]) for one in result] == [
        ("x_cheap", 60), ("y_cheap", 60), ("a_dear", 60), ("b_small", 50), ("c_declines", 0), ("z_declines", 0),
    ]  # fmt: skip
    assert [one["quota"]["annual_rate"] is None for one in result] == [False] * 4 + [True] * 2
    alone = quick_engine.decide_row(quick_case(), quick_known, request_of("r", 600_000, "a_dear"), banks[1])
    assert result[2] == alone
    facts = quick_engine.indications(
        quick_case(), quick_known, request_of("r", 600_000, existing_debt_wan=260.0), banks[1:2]
    )
    assert facts[0]["quota"]["amount_wan"] == 40  # of a need of 300


# --- many requests


def test_each_request_of_a_batch_gets_the_answer_it_gets_alone(
    quick_engine, table, quick_policy, quick_known, request_of
):
    """Different firms, amounts and facts; case i belongs to request i."""
    cases, known = table
    requested = [request_of("a"), request_of("b", 500_000), request_of("c", overdue_days=95)]
    result = quick_engine.decide(cases, known, requested, quick_policy)
    alone = [
        quick_engine.decide_row(row, days, request, quick_policy)
        for (row, days), request in zip(case_rows(cases, known), requested, strict=True)
    ]
    assert result == [QuotaDecision.model_validate(one) for one in alone]
    assert [one.request_id for one in result] == ["a", "b", "c"]
    assert quick_engine.decide(cases.head(0), known.head(0), [], quick_policy) == []
    assert any(reason.code.startswith("risk.") for reason in result[1].reasons)


@pytest.mark.contract
def test_as_many_cases_days_and_requests_are_requested(quick_engine, table, quick_policy, request_of):
    """Each count is named."""
    cases, known = table
    for rows, days, count in ((3, 3, 2), (3, 2, 3), (2, 3, 3)):
        message = rf"^{rows} cases, {days} days known and {count} requests; give as many$"
        with pytest.raises(ValueError, match=message):
            quick_engine.decide(cases.head(rows), known.head(days), [request_of()] * count, quick_policy)
    with pytest.raises(ValueError, match=r"^3 cases and 2 requests; give as many$"):
        quick_engine.measure(cases, pd.DataFrame({"overdue_days": [0, 0]}))


def test_a_table_s_decisions_are_those_of_its_rows(quick_engine, table, quick_policy, quick_known):
    """Amount, rate and outcome as each row has alone; the bank's facts of the table count."""
    cases, _ = table
    requested = pd.DataFrame({"requested_amount_cny": [3_000_000, 500_000, 3_000_000], "overdue_days": [0, 0, 95]})
    result = quick_engine.decide_table(cases, requested, quick_policy)
    for position in range(3):
        request = QuotaRequest(
            request_id="r", uscc=cases["uscc"][position],
            requested_amount_cny=int(requested["requested_amount_cny"][position]),
            bank_facts=BankFacts(overdue_days=int(requested["overdue_days"][position])),
        )  # fmt: skip
        alone = quick_engine.decide_row(cases.iloc[position].to_dict(), quick_known, request, quick_policy)
        row = result.iloc[position]
        assert (row["outcome"], row["amount_wan"]) == (alone["outcome"], alone["quota"]["amount_wan"])
        assert row["limited_by"] == alone["quota"]["limited_by"]
        assert row["pd_12m"] == alone["risk"]["pd_12m"]
    assert result["limited_by"].tolist()[2] == "overdue_decline"
    longer = quick_engine.decide_table(cases, requested.assign(tenor_months=24), quick_policy)
    assert longer["tenor_months"].tolist() == [24] * 3
    certified = replace(not_assessed("standard", "v", quick_policy.digest), taper_end_pd=0.05, largest_wan=10.0)
    engine = replace(quick_engine, certificates={quick_policy.digest: certified})
    assert "constraint_taper_wan" in engine.decide_table(cases, requested, quick_policy)
    assert "constraint_taper_wan" not in result


def test_cases_beyond_training_are_known_by_their_warning(quick_engine, quick_case):
    """Headcount of e^7 where training saw e^6 at most; the other case holds nothing of the kind."""
    engine = replace(quick_engine, peers=replace(quick_engine.peers, high={"headcount_log": 6.0}))
    cases = pd.DataFrame([quick_case(), quick_case(headcount=1_100.0)])
    assert engine.beyond_training(engine.measure(cases).values).tolist() == [False, True]


def test_a_bank_s_facts_are_taken_before_the_models_are_requested(quick_engine, table):
    """Debt of 900: .7 of log-odds more; without facts the cases are measured as they are; reasons where requested."""
    cases, _ = table
    plain = quick_engine.measure(cases)
    worse = quick_engine.measure(cases, pd.DataFrame({"existing_debt_wan": [900.0, 0.0, 0.0]}), reasons=True)
    assert worse["existing_debt_wan"].tolist() == [900.0, 250.0, 1_000.0]
    gap = np.log(worse["pd_12m"] / (1 - worse["pd_12m"])) - np.log(plain["pd_12m"] / (1 - plain["pd_12m"]))
    assert gap == pytest.approx([0.7, 0.0, 0.0], abs=1e-9)
    assert (len(plain.shares), len(worse.shares)) == (0, 3)
    assert isinstance(plain, Measured)


@pytest.mark.parametrize("workers", [1, 3])
def test_a_stream_comes_in_order_and_reads_no_further_ahead_than_its_workers(
    quick_engine, table, quick_policy, workers
):
    """Chunk after chunk as ``decide_table`` answers each; one more than ``workers`` is read before the first answer."""
    cases, _ = table
    read = []

    def chunks():
        for position in range(6):
            read.append(position)
            yield (
                cases.head(1 + position % 3),
                pd.DataFrame({"requested_amount_cny": [100_000 * (1 + position)] * (1 + position % 3)}),
            )

    given = list(chunks())
    read.clear()
    stream = quick_engine.decide_stream(chunks(), quick_policy, workers=workers)
    result = [next(stream)]
    assert read == list(range(workers + 1))
    result += list(stream)
    assert len(result) == 6
    for got, (some, requested) in zip(result, given, strict=True):
        pd.testing.assert_frame_equal(got, quick_engine.decide_table(some, requested, quick_policy))
    only = quick_engine.decide_stream(chunks(), quick_policy)
    read.clear()
    next(only)
    assert read == [0, 1]  # one worker unless more are requested
    assert list(quick_engine.decide_stream(iter(()), quick_policy)) == []


def test_cases_and_days_as_plain_dicts():
    """Row by row; a missing day is None, a time its date."""
    cases = pd.DataFrame({"uscc": ["a", "b"], "x": [1.0, float("nan")]}, index=[7, 3])
    known = pd.DataFrame({"x": [pd.Timestamp("2024-05-31 10:00"), pd.NaT], "y": [date(2024, 1, 2), None]}, index=[7, 3])
    (first, days), (second, none) = case_rows(cases, known)
    assert (first, days) == ({"uscc": "a", "x": 1.0}, {"x": date(2024, 5, 31), "y": date(2024, 1, 2)})
    assert (second["uscc"], second["x"] != second["x"]) == ("b", True)
    assert (none, type(days["x"])) == ({"x": None, "y": None}, date)
    with pytest.raises(ValueError, match="zip"):
        case_rows(cases, known.head(1))
