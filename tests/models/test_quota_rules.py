from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from data.requests import QuotaRequest
from experiments.quota_planted import in_climate
from models.quota import case_rows
from models.quota_decide import decide_columns
from models.quota_rules import RULES

pytestmark = pytest.mark.law
BOOK = read_codebook()
AMOUNT = 3_000_000
# rule -> what is changed of an approved firm's case, and of the bank's policy
BROKEN = {
    "veto": ({"dishonest_debtor": 1.0}, {}),
    "blacklist": ({}, {"blacklist": "this firm"}),
    "industry": ({}, {"excluded_industries": "this industry"}),
    "coverage": (dict.fromkeys(BOOK.keys[:16], math.nan), {}),
    "stage_unknown": ({"stage3": "unknown"}, {}),
    "facts_missing": ({"guarantees_wan": math.nan}, {}),
    "out_of_range": ({"rd_staff_ratio": 7.0}, {}),
    "pd_cutoff": ({}, {"pd_cutoff": 0.0001}),
    "pd_interval": ({}, {"pd_cutoff": "its own risk"}),
    "points": ({}, {"min_points": 129.0}),
    "min_quota": ({}, {"min_quota_wan": 5_000.0}),
    "hurdle": ({}, {"operating_cost_wan": 1_000.0}),
}


@pytest.fixture(scope="module")
def trained(trained):
    """The small cohort's models where defaults are as frequent as in the zone, so that a bank lends at all."""
    return SimpleNamespace(**vars(trained) | {"engine": in_climate(trained.engine, trained.snapshot.frame, 0.025)})


@pytest.fixture(scope="module")
def approved(trained):
    """An enterprise that the standard bank approves, with its case and its answer."""
    rows = case_rows(trained.snapshot.frame, trained.snapshot.known_at)
    for row, known in rows:
        asked = QuotaRequest(request_id="r1", uscc=row["uscc"], requested_amount_cny=AMOUNT)
        told = trained.engine.decide_row(row, known, asked, trained.policy)
        if told["decision"] == "indicative_approve":
            return row, known, asked, told
    raise AssertionError("the standard bank approves nobody")


@pytest.mark.parametrize("rule", BROKEN)
def test_every_rule_alone_takes_an_approval_away_and_is_named(trained, approved, rule):
    """One thing changed: the rule is hit, its outcome holds, the amount is 0, a reason and an advice say so."""
    row, known, asked, before = approved
    change, appetite = BROKEN[rule]
    named = {"this firm": (row["uscc"],), "this industry": (row["industry"],), "its own risk": before["risk"]["pd_12m"]}
    appetite = {key: named[value] if isinstance(value, str) else value for key, value in appetite.items()}
    policy = trained.policy.model_copy(update=appetite)
    told = trained.engine.decide_row(row | change, known, asked, policy)
    assert rule in told["constraints_hit"]
    assert told["decision"] == RULES[told["constraints_hit"][0]].outcome != "indicative_approve"
    assert told["quota"]["amount_wan"] == 0
    assert told["risk"]["expected_loss_cny"] == 0
    assert any(reason["code"] in (f"rule.{rule}", "veto.dishonest_debtor") for reason in told["reasons"])
    assert told["advice"] or rule in ("hurdle", "min_quota")
    frame = pd.DataFrame([row | change])
    table = trained.engine.decide_table(frame, pd.DataFrame({"requested_amount_cny": [AMOUNT]}), policy)
    hit = {name for place, name in enumerate(RULES) if table["rules_hit"].iloc[0] >> place & 1}
    assert hit == set(told["constraints_hit"])
    assert table["decision"].iloc[0] == told["decision"]


@pytest.mark.parametrize(
    "figures",
    [
        {"pd_low": math.nan},
        {"pd_high": math.inf},
        {"pd_low": 0.5},
        {"limit_low_wan": math.inf, "limit_median_wan": math.inf},
        {"limit_low_wan": 10.0, "limit_median_wan": 5.0},
        {"limit_low_wan": math.nan, "limit_median_wan": 5.0},
    ],
)
def test_a_figure_that_no_model_should_give_is_never_approved(trained, approved, figures):
    """Doubt about a model's own output goes to a human, or to "too little data"; never to money."""
    row, known, _, _ = approved
    measured = trained.engine.prepare([row], [known]).measured
    broken = measured.with_columns(**{name: np.array([value]) for name, value in figures.items()})
    asked = {"requested_amount_cny": np.array([AMOUNT])}
    told = decide_columns(broken, asked, trained.policy, trained.engine.warranty(trained.policy))
    assert told.hit[0, list(RULES).index("model_doubt")]
    assert told.outcome[0] in ("refer_human", "insufficient_data")
    assert told.amount_wan[0] == 0


def test_no_mixture_of_broken_rules_is_ever_approved(trained, approved):
    """Any number of rules hit at once: the first of the table's order decides, and a veto stays a refusal."""
    row, known, asked, _ = approved
    rng = np.random.default_rng(1)
    names = [name for name, (change, appetite) in BROKEN.items() if change and not appetite]
    for _ in range(60):
        chosen = rng.choice(names, size=rng.integers(1, len(names)), replace=False)
        change = {key: value for name in chosen for key, value in BROKEN[name][0].items()}
        told = trained.engine.decide_row(row | change, known, asked, trained.policy, reasons=False)
        assert told["decision"] == RULES[told["constraints_hit"][0]].outcome
        assert told["decision"] == "decline" or "veto" not in chosen


def test_the_rules_are_all_tried_here():
    """A new rule needs a firm that breaks it; doubt about a model has its own test."""
    assert set(BROKEN) | {"model_doubt"} == set(RULES)
