from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook, read_credit_facts
from data.requests import BankFacts, QuotaRequest
from models.quota import TERMS

pytestmark = pytest.mark.law
BOOK = read_codebook()


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
    """The smallest term binds; the amount is its whole part."""
    for decision in decisions:
        limits = {limit.name: limit.amount_wan for limit in decision.quota_trace}
        assert all(decision.quota.amount_wan <= value + 0.01 for value in limits.values())
        if decision.decision == "indicative_approve":
            assert sum(limit.binds for limit in decision.quota_trace) == 1
            assert decision.quota.limited_by == min(limits, key=limits.get)
            assert decision.quota.amount_cny == decision.quota.amount_wan * 10_000
        else:
            assert decision.quota.amount_wan == 0


def test_expected_loss_is_pd_times_lgd_times_exposure_to_the_cent(decisions):
    """EL = PD x LGD x EAD, and within the bank's budget."""
    for decision in decisions:
        risk = decision.risk
        assert risk.expected_loss_cny == round(risk.pd_12m * risk.lgd * risk.ead_cny, 2)
        assert risk.expected_loss_cny <= 40_000


def test_one_request_alone_gets_the_answer_it_gets_in_a_batch(trained, decisions):
    """Single and batch decisions are identical."""
    frame = trained.snapshot.frame
    for place in range(0, len(frame), 37):
        assert decide(trained, frame.iloc[[place]])[0] == decisions[place]


def test_negative_reasons_are_always_listed_when_money_is_refused_or_cut(decisions):
    """No reasons, no decision: what raised the risk stands in every answer."""
    for decision in decisions:
        assert decision.reasons
        assert any(reason.direction == "negative" for reason in decision.reasons)
        assert all(reason.text_zh and reason.text_en for reason in decision.reasons)


@pytest.mark.parametrize("key", [item.key for item in BOOK])
def test_a_better_indicator_never_cuts_the_quota(trained, key):
    """Held fixed all else, better is never worse for anybody who stays decided."""
    item, frame = BOOK[key], trained.snapshot.frame.iloc[::3]
    one, two = np.nanquantile(frame[key], [0.1, 0.9])
    worse, better = (one, two) if item.direction > 0 else (two, one)
    before = decide(trained, frame.assign(**{key: worse}))
    after = decide(trained, frame.assign(**{key: better}))
    for low, high in zip(before, after, strict=True):
        limits = [{limit.name: limit.amount_wan for limit in one.quota_trace} for one in (low, high)]
        assert all(limits[1][name] >= limits[0][name] for name in limits[0]), limits
        if low.decision == high.decision:
            assert high.quota.amount_wan >= low.quota.amount_wan


def test_asking_for_more_never_gives_less_and_never_more_than_asked(trained):
    """The requested amount is a cap and nothing else."""
    frame = trained.snapshot.frame.iloc[::5]
    small, large = decide(trained, frame, amount_cny=500_000), decide(trained, frame, amount_cny=5_000_000)
    for low, high in zip(small, large, strict=True):
        assert low.quota.amount_wan <= high.quota.amount_wan
        assert low.quota.amount_cny <= 500_000


def test_debt_that_a_bank_knows_of_never_raises_a_quota(trained):
    """A bank's own facts count where they are worse."""
    frame = trained.snapshot.frame.iloc[::5]
    for clean, burdened in zip(decide(trained, frame), decide(trained, frame, existing_debt_wan=200.0), strict=True):
        assert burdened.quota.amount_wan <= clean.quota.amount_wan


@pytest.mark.parametrize("fact", [fact.key for fact in read_credit_facts() if fact.veto])
def test_a_veto_declines_whatever_the_score(trained, fact):
    """One flag excludes a loan, and the answer names it."""
    for decision in decide(trained, trained.snapshot.frame.iloc[::20].assign(**{fact: 1.0})):
        assert decision.decision == "decline"
        assert decision.reasons[0].code.startswith("veto.")


@pytest.mark.behaviour
@pytest.mark.parametrize("key", ["revenue_wan", "existing_debt_wan", "dishonest_debtor", "stage3", "headcount"])
def test_what_is_not_known_is_never_approved(trained, key):
    """Missing facts lead to a human or to "too little data"; headcount alone may be missing."""
    hidden = "unknown" if key == "stage3" else np.nan
    decided = decide(trained, trained.snapshot.frame.iloc[::10].assign(**{key: hidden}))
    if key != "headcount":
        assert {decision.decision for decision in decided} <= {"insufficient_data", "refer_human", "decline"}


@pytest.mark.behaviour
def test_a_name_changes_nothing(trained):
    """The same facts under another code get the same quota."""
    frame = trained.snapshot.frame.head(50)
    renamed = frame.assign(uscc=frame["uscc"].to_numpy()[::-1])
    pairs = zip(decide(trained, frame), decide(trained, renamed), strict=True)
    assert all(one.quota == two.quota and one.risk == two.risk for one, two in pairs)


def test_every_outcome_and_several_limits_occur(decisions):
    """The cohort reaches approval, referral and refusal, and more than one constraint binds."""
    assert {"indicative_approve", "refer_human", "decline"} <= {decision.decision for decision in decisions}
    assert len({decision.quota.limited_by for decision in decisions} & set(TERMS)) >= 3
