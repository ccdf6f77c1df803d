"""The request decides: tenor, product, purpose, and every other member of a request."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_loan_terms
from data.requests import Application, BankFacts, IndicationsRequest, Product, Purpose, QuotaRequest
from models.quota.decide import REQUEST_MEMBERS, decide_columns
from models.quota.engine import case_rows, read_policies
from models.quota.rules import RULES, stricter

pytestmark = pytest.mark.law
AMOUNT = 2_000_000
PLACES = {rule: list(RULES).index(rule) for rule in ("product", "tenor", "purpose")}


@pytest.fixture(scope="module")
def trained(trained, in_climate):
    """The small cohort's models where defaults are as frequent as in the zone, so that a bank lends at all."""
    return SimpleNamespace(**vars(trained) | {"engine": in_climate(trained.engine, trained.snapshot.frame, 0.02)})


def requested(count: int, **change) -> dict:
    columns = {"requested_amount_cny": AMOUNT, "tenor_months": 12, "product": "innovation_points"}
    columns |= {"purpose": "working_capital"} | change
    return {name: np.full(count, value) for name, value in columns.items()}


def decide(trained, policy, measured=None, **change):
    measured = trained.engine.measure(trained.snapshot.frame) if measured is None else measured
    return decide_columns(measured, requested(len(measured), **change), policy, trained.engine.certificate(policy))


def test_a_longer_tenor_never_lowers_the_expected_loss_of_an_amount(trained):
    """Loss per yuan lent rises with every month, for every firm and bank; 12 months cost what they always did."""
    measured = trained.engine.measure(trained.snapshot.frame)
    for policy in read_policies():
        per_yuan = np.stack(
            [decide(trained, policy, measured, tenor_months=months).pd_tenor * policy.lgd for months in range(1, 61)]
        )
        assert (np.diff(per_yuan, axis=0) > 0).all()
        assert (per_yuan[11] == measured["pd_12m"] * policy.lgd).all()


def test_the_expected_loss_is_that_of_the_whole_tenor_to_the_cent_and_within_the_budget(trained):
    """pd_tenor x lgd x amount; a bank's cap on it holds at every tenor."""
    for months in (1, 6, 12, 13, 36):
        decided = decide(trained, trained.policy, tenor_months=months)
        exact = decided.pd_tenor * trained.policy.lgd * decided.amount_wan * 10_000
        assert np.abs(decided.expected_loss_cny - exact).max() <= 0.005 + 1e-6
        assert decided.expected_loss_cny.max() <= trained.policy.el_budget_wan * 10_000


def test_a_longer_tenor_opens_more_debt_capacity_and_costs_more(trained):
    """The same cash flow carries more over more months; rate and total paid rise, the instalment falls."""
    short, long = (decide(trained, trained.policy, tenor_months=months) for months in (12, 36))
    known = ~np.isnan(short.terms[:, 0])
    assert (long.terms[known, 0] >= short.terms[known, 0]).all()
    both = (short.outcome == "preapproved") & (long.outcome == "preapproved")
    assert both.sum() > 50
    assert (long.annual_rate[both] > short.annual_rate[both]).all()
    per_wan = [one.instalment_cny[both] / one.amount_wan[both] for one in (short, long)]
    assert (per_wan[1] < per_wan[0]).all()
    assert (36 * per_wan[1] > 12 * per_wan[0]).all()


@pytest.mark.parametrize("policy", read_policies(), ids=lambda policy: policy.bank_id)
def test_what_a_bank_does_not_offer_is_declined_with_that_reason(trained, policy):
    """Every product, purpose and tenor: offered, or declined by the rule of its name; nobody is approved outside."""
    measured = trained.engine.measure(trained.snapshot.frame.head(60))
    for product in Product.__args__:
        offer = policy.products.get(product)
        for purpose in Purpose.__args__:
            for months in (1, 6, 12, 24, 36, 60):
                decided = decide(trained, policy, measured, product=product, purpose=purpose, tenor_months=months)
                hit = decided.table(measured)["rules_hit"].to_numpy()
                result = {rule: bool(hit[0] >> position & 1) for rule, position in PLACES.items()}
                assert result["product"] == (offer is None)
                assert result["purpose"] == (offer is not None and purpose not in offer.purposes)
                assert result["tenor"] == (
                    offer is not None and not offer.min_tenor_months <= months <= offer.max_tenor_months
                )
                if any(result.values()):
                    assert (decided.outcome == "declined").all()
                    assert (decided.amount_wan == 0).all()


def test_no_shipped_bank_refinances_or_buys_equity_and_not_every_bank_offers_everything():
    """Working-capital rules forbid equity; a product or purpose that all offered alike would decide nothing."""
    policies = read_policies()
    offered = [(policy.bank_id, name, offer) for policy in policies for name, offer in policy.products.items()]
    assert not any({"refinancing", "equity_investment"} & set(offer.purposes) for _, _, offer in offered)
    assert 0 < sum(name == "zheke" for _, name, _ in offered) < len(policies)
    for purpose in set(Purpose.__args__) - {"working_capital", "refinancing", "equity_investment"}:
        doing = {bank for bank, _, offer in offered if purpose in offer.purposes}
        assert 0 < len(doing) < len(policies) or purpose == "research_development"


def test_a_product_opens_its_own_share_of_the_caps_and_its_own_rate(trained):
    """The standard bank's Zheke loan is cheaper and smaller."""
    points, zheke = (
        decide(trained, trained.policy, product=name, purpose="research_development") for name in Product.__args__
    )
    both = (points.outcome == "preapproved") & (zheke.outcome == "preapproved")
    assert (zheke.annual_rate[both] < points.annual_rate[both]).all()
    known = ~np.isnan(points.cap_wan)
    assert (zheke.cap_wan[known] == 0.8 * points.cap_wan[known]).all()


@pytest.mark.contract
def test_the_vocabulary_of_products_and_purposes_is_the_schema_s():
    """Every key that a request may carry has its words, and no other has."""
    terms = read_loan_terms()
    assert [term.key for term in terms if term.kind == "product"] == list(Product.__args__)
    assert [term.key for term in terms if term.kind == "purpose"] == list(Purpose.__args__)
    assert all(term.zh and term.en for term in terms)


def answer(trained, at: int, policy=None, **change):
    row, known = case_rows(trained.snapshot.frame.iloc[[at]], trained.snapshot.known_at.iloc[[at]])[0]
    given = {"request_id": "r", "uscc": row["uscc"], "requested_amount_cny": AMOUNT} | change
    return trained.engine.decide_row(row, known, QuotaRequest(**given), policy or trained.policy, reasons=False)


MOVES = {  # member of a request -> a change of it, and the figures of the answer that must then differ
    "request_id": ({"request_id": "other"}, ("request_id",)),
    "bank_id": ({"bank_id": "other"}, ("bank_id",)),
    "product": ({"product": "zheke", "purpose": "research_development"}, ("annual_rate", "instalment_cny")),
    "requested_amount_cny": ({"requested_amount_cny": 200_000}, ("amount_wan", "instalment_cny")),
    "tenor_months": ({"tenor_months": 36}, ("annual_rate", "instalment_cny", "pd_tenor", "expected_loss_cny")),
    "purpose": ({"purpose": "equity_investment"}, ("outcome", "limited_by")),
    "bank_facts": ({"bank_facts": BankFacts(overdue_days=91)}, ("outcome", "limited_by")),
}
# These identify or authorise; the tests of the service show what each of them moves.
SERVED = ("uscc", "as_of", "consent", "enterprise", "policy_version")


def flat(result: dict) -> dict:
    return result | result["quota"] | result["risk"]


@pytest.mark.parametrize("member", MOVES)
def test_every_member_of_a_request_moves_something(trained, member):
    """What it decides differs for an enterprise that was approved without the change."""
    decided = decide(trained, trained.policy)
    at = int(np.flatnonzero((decided.outcome == "preapproved") & (decided.amount_wan > 40))[0])
    change, moved = MOVES[member]
    before, after = flat(answer(trained, at)), flat(answer(trained, at, **change))
    assert before["outcome"] == "preapproved"
    assert all(before[name] != after[name] for name in moved)


@pytest.mark.contract
def test_no_member_of_a_request_is_left_out_of_these_tests():
    """A new member is shown to decide, or it does not belong into the schema; offers and applications have the same."""
    assert set(MOVES) | set(SERVED) == set(QuotaRequest.model_fields)
    assert set(REQUEST_MEMBERS) <= set(MOVES)
    for other in (IndicationsRequest, Application):
        shared = set(other.model_fields) & set(QuotaRequest.model_fields)
        assert set(REQUEST_MEMBERS) <= shared
        assert all(
            other.model_fields[name].annotation == QuotaRequest.model_fields[name].annotation
            for name in REQUEST_MEMBERS
        )


@pytest.mark.parametrize("fact", ["existing_debt_wan", "guarantees_wan", "overdue_days"])
def test_each_fact_that_a_bank_is_requested_moves_the_decision(trained, fact):
    """Debt and guarantees take from the amount, overdue days decide by rule; none is accepted and ignored."""
    frame = trained.snapshot.frame
    columns = pd.DataFrame({"requested_amount_cny": np.full(len(frame), 10_000_000)})
    plain = trained.engine.decide_table(frame, columns, trained.policy)
    worse = trained.engine.decide_table(frame, columns.assign(**{fact: 1_990.0}), trained.policy)
    lent = plain["outcome"] == "preapproved"
    assert (worse.loc[lent, "amount_wan"] < plain.loc[lent, "amount_wan"]).mean() > 0.99


@pytest.mark.parametrize(
    ("record", "bank", "rule", "outcome"),
    [
        (29.0, 0, None, "preapproved"), (30.0, 0, "overdue_refer", "manual_review"),
        (89.0, 0, "overdue_refer", "manual_review"), (90.0, 0, "overdue_decline", "declined"),
        (0.0, 30, "overdue_refer", "manual_review"), (45.0, 3650, "overdue_decline", "declined"),
        (400.0, 0, "overdue_decline", "declined"), (np.nan, 90, "overdue_decline", "declined"),
        (np.nan, 0, "facts_missing", "insufficient_data"), (np.nan, 45, "facts_missing", "insufficient_data"),
    ],
)  # fmt: skip
def test_overdue_days_decide_by_rule_whoever_reports_them(trained, record, bank, rule, outcome):
    """From 30 days a human decides, from 90 the bank declines: the worse of the record and the bank's own fact."""
    frame = trained.snapshot.frame.assign(overdue_days_max_24m=0.0)
    columns = pd.DataFrame({"requested_amount_cny": np.full(len(frame), AMOUNT)})
    clean = trained.engine.decide_table(frame, columns, trained.policy)
    lent = frame.loc[(clean["outcome"] == "preapproved").to_numpy()].reset_index(drop=True)
    result = trained.engine.decide_table(
        lent.assign(overdue_days_max_24m=record), columns.head(len(lent)).assign(overdue_days=bank), trained.policy
    )
    hit = result["rules_hit"].to_numpy()
    named = {name: (hit >> position & 1).all() for position, name in enumerate(RULES)}
    assert rule is None or named[rule]
    assert rule is not None or not (named["overdue_decline"] or named["overdue_refer"])
    assert {stricter(one, outcome) for one in result["outcome"]} == set(result["outcome"])  # never milder
    assert (result["outcome"] == outcome).mean() > 0.5
    assert all((one.overdue_refer_days, one.overdue_decline_days) == (30, 90) for one in read_policies())
