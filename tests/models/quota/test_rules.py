from __future__ import annotations

import math
from itertools import combinations, product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from data.requests import QuotaRequest
from models.quota.decide import decide_columns
from models.quota.engine import case_rows, read_policy
from models.quota.rules import RULES, STRICTNESS, outcome_of, stricter

pytestmark = pytest.mark.law
BOOK = read_codebook()
AMOUNT = 3_000_000
OFFER = read_policy().products["innovation_points"]
SHORT = OFFER.model_copy(update={"max_tenor_months": 11})
NARROW = OFFER.model_copy(update={"purposes": ("equipment",)})
# rule -> what is changed of an approved firm's case, and of the bank's policy
BROKEN = {
    "veto": ({"dishonest_debtor": 1.0}, {}),
    "exclusion_list": ({}, {"exclusion_list": "this firm"}),
    "industry": ({}, {"excluded_industries": "this industry"}),
    "product": ({}, {"products": {"zheke": read_policy().products["zheke"]}}),
    "tenor": ({}, {"products": {"innovation_points": SHORT}}),
    "purpose": ({}, {"products": {"innovation_points": NARROW}}),
    "overdue_decline": ({"overdue_days_max_24m": 90.0}, {}),
    "overdue_refer": ({"overdue_days_max_24m": 30.0}, {}),
    "coverage": (dict.fromkeys(BOOK.keys[:16], math.nan), {}),
    "stage_unknown": ({"growth_stage": "unknown"}, {}),
    "facts_missing": ({"guarantees_wan": math.nan}, {}),
    "out_of_range": ({"rd_staff_ratio": 7.0}, {}),
    "pd_cutoff": ({}, {"pd_cutoff": 0.0001}),
    "pd_interval": ({}, {"pd_cutoff": "its own risk"}),
    "min_points": ({}, {"min_points": 129.0}),
    "min_quota": ({}, {"min_quota_wan": 5_000.0}),
    "min_raroc": ({}, {"operating_cost_wan": 1_000.0}),
}


@pytest.fixture(scope="module")
def trained(trained, in_climate):
    """The small cohort's models where defaults are as frequent as in the zone, so that a bank lends at all."""
    return SimpleNamespace(**vars(trained) | {"engine": in_climate(trained.engine, trained.snapshot.frame, 0.025)})


@pytest.fixture(scope="module")
def approved(trained):
    """An enterprise that the standard bank approves, with its case and its answer."""
    rows = case_rows(trained.snapshot.frame, trained.snapshot.known_at)
    for row, known in rows:
        requested = QuotaRequest(request_id="r1", uscc=row["uscc"], requested_amount_cny=AMOUNT)
        result = trained.engine.decide_row(row, known, requested, trained.policy)
        if result["outcome"] == "preapproved":
            return row, known, requested, result
    raise AssertionError("the standard bank approves nobody")


@pytest.mark.parametrize("rule", BROKEN)
def test_every_rule_alone_takes_an_approval_away_and_is_named(trained, approved, rule):
    """One thing changed: the rule is hit, its outcome holds, the amount is 0; a reason says so where it decides."""
    row, known, requested, before = approved
    change, appetite = BROKEN[rule]
    named = {"this firm": (row["uscc"],), "this industry": (row["industry"],), "its own risk": before["risk"]["pd_12m"]}
    appetite = {key: named[value] if isinstance(value, str) else value for key, value in appetite.items()}
    policy = trained.policy.model_copy(update=appetite)
    result = trained.engine.decide_row(row | change, known, requested, policy)
    assert rule in result["constraints_hit"]
    assert result["outcome"] == by_hand(result["constraints_hit"])[0] != "preapproved"
    assert result["outcome"] == RULES[rule].outcome or rule not in result["quota"]["limited_by"]
    assert result["quota"]["amount_wan"] == 0
    assert result["risk"]["expected_loss_cny"] == 0
    if RULES[rule].outcome == result["outcome"]:
        assert any(reason["code"] in (f"rule.{rule}", "veto.dishonest_debtor") for reason in result["reasons"])
    assert result["advice"] or rule in ("min_raroc", "min_quota")
    frame = pd.DataFrame([row | change])
    table = trained.engine.decide_table(frame, pd.DataFrame({"requested_amount_cny": [AMOUNT]}), policy)
    hit = {name for position, name in enumerate(RULES) if table["rules_hit"].iloc[0] >> position & 1}
    assert hit == set(result["constraints_hit"])
    assert table["outcome"].iloc[0] == result["outcome"]


@pytest.mark.parametrize(
    "figures",
    [
        {"pd_low": math.nan},
        {"pd_high": math.inf},
        {"pd_low": 0.5},
        {"capacity_low_wan": math.inf, "capacity_median_wan": math.inf},
        {"capacity_low_wan": 10.0, "capacity_median_wan": 5.0},
        {"capacity_low_wan": math.nan, "capacity_median_wan": 5.0},
    ],
)
def test_a_figure_that_no_model_should_give_is_never_approved(trained, approved, figures):
    """Doubt about a model's own output goes to a human, or to "too little data"; never to money."""
    row, known, _, _ = approved
    measured = trained.engine.prepare([row], [known]).measured
    broken = measured.with_columns(**{name: np.array([value]) for name, value in figures.items()})
    requested = {"requested_amount_cny": np.array([AMOUNT])}
    result = decide_columns(broken, requested, trained.policy, trained.engine.certificate(trained.policy))
    assert result.hit[0, list(RULES).index("invalid_result")]
    assert result.outcome[0] in ("manual_review", "insufficient_data")
    assert result.amount_wan[0] == 0


def test_no_mixture_of_broken_rules_is_ever_approved(trained, approved):
    """Any number of rules hit at once: the strictest of them decides, and a veto stays a refusal."""
    row, known, requested, _ = approved
    rng = np.random.default_rng(1)
    names = [name for name, (change, appetite) in BROKEN.items() if change and not appetite]
    for _ in range(60):
        chosen = rng.choice(names, size=rng.integers(1, len(names)), replace=False)
        change = {key: value for name in chosen for key, value in BROKEN[name][0].items()}
        result = trained.engine.decide_row(row | change, known, requested, trained.policy, reasons=False)
        assert result["outcome"] == by_hand(result["constraints_hit"])[0]
        assert result["outcome"] == "declined" or not HARD & set(result["constraints_hit"])


HARD = {"veto", "exclusion_list", "industry", "product", "tenor", "purpose", "overdue_decline"}
LACKING = {"coverage", "stage_unknown", "facts_missing"}


def by_hand(hit) -> tuple[str, str]:
    """Outcome and rule once more, in plain words: hard refusals, missing data, other refusals, referrals, approval."""
    in_order = [name for name in RULES if name in hit]
    soft = (
        []
        if "invalid_result" in hit
        else [name for name in in_order if name in ("pd_cutoff", "min_quota", "min_raroc")]
    )
    for names, outcome in (
        ([name for name in in_order if name in HARD], "declined"),
        ([name for name in in_order if name in LACKING], "insufficient_data"),
        (soft, "declined"),
        ([name for name in in_order if RULES[name].outcome == "manual_review"], "manual_review"),
    ):
        if names:
            return outcome, names[0]
    return "preapproved", ""


def test_the_strictest_rule_decides_whatever_is_before_it():
    """Every set of up to three rules and 20,000 larger ones: the outcome and the rule that are worked out by hand."""
    rng, count = np.random.default_rng(5), len(RULES)
    few = [set(some) for size in range(4) for some in combinations(range(count), size)]
    many = [set(np.flatnonzero(rng.random(count) < rng.random())) for _ in range(20_000)]
    hit = np.array([[position in some for position in range(count)] for some in (*few, *many)])
    outcome, first = outcome_of(hit)
    names = np.array([*RULES, ""], dtype=object)
    for row, found, rule in zip(hit, outcome, names[first], strict=True):
        assert (found, rule) == by_hand(set(np.array(list(RULES))[row]))
    more = hit | (rng.random(hit.shape) < 0.1)
    counted = ~more[:, [list(RULES).index(name) for name in (*LACKING, "invalid_result")]].any(axis=1)
    assert (stricter(outcome_of(more)[0], outcome) == outcome_of(more)[0])[counted].all()


def test_a_value_out_of_range_never_hides_a_refusal(trained, approved):
    """A doubtful value refers to a human, but not an enterprise whose default risk is above the cut-off."""
    row, known, requested, _ = approved
    policy = trained.policy.model_copy(update={"pd_cutoff": 0.0001})
    result = trained.engine.decide_row(row | {"rd_staff_ratio": 7.0}, known, requested, policy)
    assert {"out_of_range", "pd_cutoff"} <= set(result["constraints_hit"])
    assert (result["outcome"], result["quota"]["limited_by"]) == ("declined", "pd_cutoff")


def test_there_is_one_order_of_strictness():
    """Approve, refer, too little data, decline; alone and in columns, in either order of the two."""
    assert STRICTNESS == ("preapproved", "manual_review", "insufficient_data", "declined")
    for one, other in product(STRICTNESS, STRICTNESS):
        wanted = STRICTNESS[max(STRICTNESS.index(one), STRICTNESS.index(other))]
        assert stricter(one, other) == stricter(other, one) == wanted
    ones, others = (np.array(side, dtype=object) for side in zip(*product(STRICTNESS, STRICTNESS), strict=True))
    assert list(stricter(ones, others)) == [stricter(one, other) for one, other in zip(ones, others, strict=True)]
    assert list(stricter(ones, "manual_review")) == [stricter(one, "manual_review") for one in ones]
    assert stricter(np.array([], dtype=object), "declined").shape == (0,)
    with pytest.raises(KeyError):
        stricter("approved", "declined")


def test_a_higher_level_refers_more_and_the_answer_shows_the_same_interval(trained):
    """The policy's level moves who is referred, not what is shown."""
    frame = trained.snapshot.frame
    columns, referred, shown = pd.DataFrame({"requested_amount_cny": np.full(len(frame), AMOUNT)}), [], []
    for level in (0.3, 0.6, 0.8, 0.9):
        policy = trained.policy.model_copy(update={"refer_level": level, "pd_cutoff": 0.03})
        result = trained.engine.decide_table(frame, columns, policy)
        referred.append(int((result["rules_hit"].to_numpy() >> list(RULES).index("pd_interval") & 1).sum()))
        shown.append(result[["pd_low", "pd_high"]])
    assert referred == sorted(referred)
    assert referred[0] < referred[-1]
    assert all(one.equals(shown[0]) for one in shown)


def test_the_rules_are_all_tried_here():
    """A new rule needs a firm that breaks it; doubt about a model has its own test."""
    assert set(BROKEN) | {"invalid_result"} == set(RULES)
