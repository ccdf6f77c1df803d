from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook, read_credit_facts
from data.requests import BankFacts, QuotaRequest
from models.quota.decide import decide_columns
from models.quota.engine import CONSTRAINTS

pytestmark = pytest.mark.law
BOOK = read_codebook()


@pytest.fixture(scope="module")
def trained(trained, in_climate):
    """The small cohort's models where defaults are as frequent as in the zone, so that a bank lends at all."""
    return SimpleNamespace(**vars(trained) | {"engine": in_climate(trained.engine, trained.snapshot.frame, 0.025)})


def requests(frame: pd.DataFrame, amount_cny: int = 10_000_000, **facts: float) -> list[QuotaRequest]:
    return [
        QuotaRequest(request_id=f"r{code}", uscc=code, requested_amount_cny=amount_cny, bank_facts=BankFacts(**facts))
        for code in frame["uscc"]
    ]


def decide(trained, frame: pd.DataFrame, **given: float):
    known = trained.snapshot.known_at.loc[frame.index]
    return trained.engine.decide(frame, known, requests(frame, **given), trained.policy)


@pytest.fixture(scope="module")
def decisions(trained):
    return decide(trained, trained.snapshot.frame)


def test_a_quota_is_a_whole_wan_under_every_limit_and_one_limit_binds(decisions):
    """The smallest constraint limits; the amount is its whole part."""
    for decision in decisions:
        limits = {limit.name: limit.amount_wan for limit in decision.quota_trace}
        assert all(decision.quota.amount_wan <= value + 0.01 for value in limits.values())
        if decision.outcome == "preapproved":
            assert sum(one.limiting for one in decision.quota_trace) == 1
            assert decision.quota.limited_by == min(limits, key=limits.get)
            assert decision.quota.amount_cny == decision.quota.amount_wan * 10_000
        else:
            assert decision.quota.amount_wan == 0


def test_expected_loss_is_pd_times_lgd_times_exposure_to_the_cent(decisions):
    """EL = PD x LGD x EAD, and within the bank's budget."""
    for decision in decisions:
        risk = decision.risk
        assert abs(risk.expected_loss_cny - risk.pd_12m * risk.lgd * risk.ead_cny) <= 0.005 + 1e-6
        assert risk.expected_loss_cny <= 40_000


def test_one_request_alone_gets_the_answer_it_gets_in_a_batch(trained, decisions):
    """Single and batch decisions are identical."""
    frame = trained.snapshot.frame
    for position in range(0, len(frame), 37):
        assert decide(trained, frame.iloc[[position]])[0] == decisions[position]


def test_negative_reasons_are_always_listed_when_money_is_refused_or_cut(decisions):
    """No reasons, no decision: what raised the risk is in every answer."""
    for decision in decisions:
        assert decision.reasons
        assert any(reason.direction == "negative" for reason in decision.reasons)
        assert all(reason.text_zh and reason.text_en for reason in decision.reasons)


def random_firms(trained, count: int) -> pd.DataFrame:
    """Firms that never were: every column drawn on its own from the snapshot's, missing values included."""
    rng, frame = np.random.default_rng(8), trained.snapshot.frame
    drawn = {name: frame[name].to_numpy()[rng.integers(0, len(frame), count)] for name in frame}
    firms = pd.DataFrame(drawn)
    return firms.assign(**{fact.key: 0.0 for fact in read_credit_facts() if fact.veto})


CAPS = [
    "constraint_stage_cap_wan",
    "constraint_points_cap_wan",
    "constraint_taper_wan",
    "constraint_certified_amount_wan",
]


def terms(table: pd.DataFrame) -> np.ndarray:
    return table[[name for name in table if name.startswith("constraint_")]].to_numpy()


@pytest.mark.parametrize("key", [item.key for item in BOOK])
def test_a_better_indicator_never_cuts_the_quota(trained, key):
    """Held fixed all else, no term and no amount falls, for random firms, known values and hidden ones."""
    item, frame = BOOK[key], random_firms(trained, 600)
    requested = pd.DataFrame({"requested_amount_cny": np.full(len(frame), 10_000_000)})
    one, two = np.nanquantile(trained.snapshot.frame[key], [0.1, 0.9])
    worse, better = (one, two) if item.direction > 0 else (two, one)
    result = [
        trained.engine.decide_table(frame.assign(**{key: value}), requested, trained.policy)
        for value in (np.nan, worse, better)
    ]
    for low, high in ((result[1], result[2]), (result[0], result[2])):
        assert (high["amount_wan"] >= low["amount_wan"]).all()
        assert (terms(high) >= terms(low)).all()
        assert ((high["outcome"] == "preapproved") >= (low["outcome"] == "preapproved")).all()


def test_a_higher_default_risk_never_raises_the_quota(trained):
    """The same firms at a higher PD, whatever made it higher; with a certificate and without."""
    frame = random_firms(trained, 1_500)
    requested = pd.DataFrame({"requested_amount_cny": np.full(len(frame), 10_000_000)})
    engine = trained.engine
    measured = engine.measure(frame)
    blank = engine.certificate(trained.policy)
    for certificate in (blank, replace(blank, status="certified", taper_end_pd=0.06, largest_wan=260.0)):
        before = None
        for factor in (0.3, 0.7, 1.0, 1.6, 3.0):
            risks = {name: np.minimum(measured[name] * factor, 1.0) for name in ("pd_12m", "pd_low", "pd_high")}
            for middle in ("log_odds_mid", "log_odds_hidden_mid"):
                risks[middle] = measured[middle] + np.log(factor)
            amounts = {"requested_amount_cny": requested["requested_amount_cny"].to_numpy()}
            decided = decide_columns(measured.with_columns(**risks), amounts, trained.policy, certificate)
            result = decided.table(measured)
            assert (result["expected_loss_cny"] <= trained.policy.el_budget_wan * 10_000 + 0.01).all()
            if before is not None:
                assert (result["amount_wan"] <= before["amount_wan"]).all()
                # Whether the certificate covers a loan may change with the PD, and with it which caps apply.
                kept = result.columns if certificate is blank else result.columns.difference(CAPS)
                assert (terms(result[kept]) <= terms(before[kept])).all()
            before = result


def test_asking_for_more_never_gives_less_and_never_more_than_requested(trained):
    """The requested amount is a cap and nothing else."""
    frame = trained.snapshot.frame.iloc[::5]
    small, large = decide(trained, frame, amount_cny=500_000), decide(trained, frame, amount_cny=5_000_000)
    for low, high in zip(small, large, strict=True):
        assert low.quota.amount_wan <= high.quota.amount_wan
        assert low.quota.amount_cny <= 500_000


@pytest.mark.parametrize("fact", ["existing_debt_wan", "guarantees_wan", "overdue_days"])
def test_what_a_bank_knows_worse_never_raises_a_quota(trained, fact):
    """A bank's own facts count where they are worse, in small steps as in large ones, for random firms."""
    frame = random_firms(trained, 800)
    requested = pd.DataFrame({"requested_amount_cny": np.full(len(frame), 10_000_000)})
    result = [
        trained.engine.decide_table(frame, requested.assign(**{fact: value}), trained.policy)
        for value in (0.0, 1.0, 3.0, 10.0, 25.0, 60.0, 150.0, 400.0, 900.0)
    ]
    for clean, burdened in pairwise(result):
        assert (burdened["amount_wan"] <= clean["amount_wan"]).all()
        assert (terms(burdened) <= terms(clean)).all()


@pytest.mark.parametrize("fact", [fact.key for fact in read_credit_facts() if fact.veto])
def test_a_veto_declines_whatever_the_score(trained, fact):
    """One flag excludes a loan, and the answer names it."""
    for decision in decide(trained, trained.snapshot.frame.iloc[::20].assign(**{fact: 1.0})):
        assert decision.outcome == "declined"
        assert decision.reasons[0].code.startswith("veto.")


@pytest.mark.behaviour
@pytest.mark.parametrize("key", ["revenue_wan", "existing_debt_wan", "dishonest_debtor", "growth_stage", "headcount"])
def test_what_is_not_known_is_never_approved(trained, key):
    """Missing facts lead to a human or to "too little data"; headcount alone may be missing."""
    hidden = "unknown" if key == "growth_stage" else np.nan
    decided = decide(trained, trained.snapshot.frame.iloc[::10].assign(**{key: hidden}))
    if key != "headcount":
        assert {decision.outcome for decision in decided} <= {"insufficient_data", "manual_review", "declined"}


@pytest.mark.behaviour
def test_a_name_changes_nothing(trained):
    """The same facts under another code get the same quota."""
    frame = trained.snapshot.frame.head(50)
    renamed = frame.assign(uscc=frame["uscc"].to_numpy()[::-1])
    pairs = zip(decide(trained, frame), decide(trained, renamed), strict=True)
    assert all(one.quota == two.quota and one.risk == two.risk for one, two in pairs)


def test_every_outcome_and_several_limits_occur(decisions):
    """The cohort reaches approval, referral and refusal, and more than one constraint limits."""
    assert {"preapproved", "manual_review", "declined"} <= {decision.outcome for decision in decisions}
    assert len({decision.quota.limited_by for decision in decisions} & set(CONSTRAINTS)) >= 3
