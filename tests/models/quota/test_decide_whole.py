"""Whole answers of made-up firms by hand: as a table, under a certificate, and what is hit together."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from features.quota import annuity_factor
from models.quota.constraints import CONSTRAINTS
from models.quota.decide import decide_columns
from models.quota.measure import Measured
from models.risk.interval import interval_at
from tests.models.quota.test_decide import BANK, EXACT, LISTED, NOTHING, decide, firm, hit

pytestmark = pytest.mark.law


def several(*firms: Measured) -> Measured:
    """Firms one under the other."""
    columns = {name: np.concatenate([one.columns[name] for one in firms]) for name in firms[0].columns}
    veto, known, outside = (np.concatenate([getattr(one, name) for one in firms]) for name in
                            ("veto", "flags_known", "outside"))  # fmt: skip
    return Measured(
        columns, veto, known, outside, np.empty((len(firms), 0)), np.empty((0, 0)), firms[0].capacity_factor
    )


def of_size(low: float, median: float, pd_12m: float, **change) -> Measured:
    """A firm whose debt capacity counts at its own rate: 4 % + 40 % of its PD, 12 months."""
    made = firm(pd_12m=pd_12m, pd_low=0.9 * pd_12m, pd_high=1.1 * pd_12m, capacity_low_wan=low,
                capacity_median_wan=median, **change)  # fmt: skip
    return replace(made, capacity_factor=float(annuity_factor(0.04 + 0.4 * pd_12m, 12)))


def test_three_firms_as_a_table():
    """One gets 200, one is declined for its industry and the 50 wan that its PD of 9 % leaves, one has no revenue.

    Bits: industry 2, stage_unknown 8, facts_missing 9, pd_cutoff 13, points 15. Without a certificate no term of one.
    """
    three = several(
        firm(uscc="one", as_of=7),
        of_size(
            50.0, 300.0, 0.09, uscc="two", as_of=8, industry="services", total=19.0, risk_grade="D", percentile=0.1
        ),
        firm(uscc="three", as_of=9, revenue_wan=math.nan, total=math.nan, coverage=0.7),
    )
    given = {
        "requested_amount_cny": np.array([3_000_000, 4_000_000, 5_000_000]),
        "tenor_months": np.array([12, 12, 24]),
    }
    decided = decide_columns(three, given, BANK, NOTHING)
    table = decided.table(three)
    nan = math.nan
    wanted = {
        "uscc": ["one", "two", "three"], "as_of": [7, 8, 9],
        "outcome": ["preapproved", "declined", "insufficient_data"], "amount_wan": [200, 0, 0],
        "requested_cny": [3_000_000, 4_000_000, 5_000_000], "tenor_months": [12, 12, 24],
        "product": ["innovation_points"] * 3, "purpose": ["working_capital"] * 3,
        "limited_by": ["debt_capacity", "industry", "stage_unknown"], "covered_wan": [0.0] * 3,
        "rules_hit": [0, 2**2 + 2**13 + 2**15, 2**8 + 2**9],
        **{f"constraint_{name}_wan": decided.terms[:, at].tolist() for at, name in enumerate(CONSTRAINTS[:9])},
        "marginal_profit_cny": [decided.marginal_profit_cny[0], nan, nan], "annual_rate": [0.048, nan, nan],
        "instalment_cny": [171_031.71, nan, nan], "expected_profit_cny": [31_733.33, nan, nan],
        "expected_loss_cny": [20_000.0, 0.0, 0.0], "pd_tenor": [0.02, 0.09, 0.0396], "pd_12m": [0.02, 0.09, 0.02],
        "pd_low": [0.015, 0.081, 0.015], "pd_high": [0.03, 0.099, 0.03], "risk_grade": ["B", "D", "B"],
        "capacity_low_wan": [200.0, 50.0, 200.0], "capacity_median_wan": [300.0] * 3, "points": [60.0, 19.0, nan],
        "coverage": [1.0, 1.0, 0.7], "percentile": [0.5, 0.1, 0.5], "growth_stage": ["growth"] * 3,
    }  # fmt: skip
    assert list(table) == list(wanted)
    for name, values in wanted.items():
        result = table[name].tolist()
        assert result == (pytest.approx(values, nan_ok=True, **EXACT) if isinstance(values[0], float) else values), name
    assert decided.terms[2, 0] > 0.0  # what its debt allows is known, its need is not
    assert math.isnan(decided.terms[2, 1])
    assert np.isnan(decided.smallest[2])


def test_the_table_of_a_certified_policy_has_its_two_terms():
    """The taper's and the largest amount's are last; one covered firm is enough, unknown for the one of 24 months."""
    two, certified = several(firm(), firm()), replace(NOTHING, status="certified", taper_end_pd=0.04, largest_wan=150.0)
    requested = {"requested_amount_cny": np.array([10_000_000] * 2), "tenor_months": np.array([12, 24])}
    table = decide_columns(two, requested, BANK, certified).table(two)
    assert [name for name in table if name.startswith("constraint_")] == [
        f"constraint_{name}_wan" for name in CONSTRAINTS
    ]
    assert table["constraint_taper_wan"].tolist() == pytest.approx([200.0, math.nan], nan_ok=True, **EXACT)


# largest amount covered -> limited by, amount, covered amount, cap, whether all of it is covered
@pytest.mark.parametrize(
    ("largest", "name", "amount", "covered", "cap", "within"),
    [
        (800.0, "certified_amount", 800, 800.0, 1_000.0, True),  # the opened cap allows 900, the certificate 800
        (899.9, "certified_amount", 899, 899.0, 1_000.0, True),
        (900.0, "debt_capacity", 900, 900.0, 1_000.0, True),
        (600.0, "certified_amount", 600, 600.0, 1_000.0, True),  # as much as the expert caps
        (599.9, "stage_cap", 600, 599.9, 600.0, False),  # the expert caps open more than it covers
        (0.0, "stage_cap", 600, 0.0, 600.0, False),
    ],
)
def test_what_a_certificate_covers(largest, name, amount, covered, cap, within):
    """PD .8 %, debt capacity 900: caps of half of 2,000 for covered loans, of half of 1,200 for others."""
    certified = replace(NOTHING, status="certified", taper_end_pd=0.04, largest_wan=largest)
    result = decide(of_size(900.0, 1_500.0, 0.008), certificate=certified)
    assert (result.limited_by[0], result.amount_wan[0], result.covered_wan[0], result.cap_wan[0], result.within[0]) == (
        name, amount, covered, cap, within,
    )  # fmt: skip
    terms = dict(zip(CONSTRAINTS, result.terms[0], strict=True))
    assert (terms["stage_cap"], terms["points_cap"]) == (cap, cap)
    assert terms["taper"] == pytest.approx(900.0, **EXACT)
    assert terms["certified_amount"] == pytest.approx(largest if within else math.nan, nan_ok=True)


def test_each_firm_is_covered_by_its_own_figures():
    """Capacities of 900 and 200 side by side; 800 covered: 800 and 200; 500 covered: the expert caps' 600, and 200."""
    two = several(of_size(900.0, 1_500.0, 0.008), of_size(200.0, 1_500.0, 0.008))
    requested = {"requested_amount_cny": np.array([10_000_000] * 2)}
    for largest, amounts, covered, within in (
        (800.0, [800, 200], [800.0, 200.0], [True, True]), (500.0, [600, 200], [500.0, 200.0], [False, True]),
    ):  # fmt: skip
        certified = replace(NOTHING, status="certified", taper_end_pd=0.04, largest_wan=largest)
        result = decide_columns(two, requested, BANK, certified)
        assert result.amount_wan.tolist() == amounts
        assert result.covered_wan.tolist() == covered
        assert result.within.tolist() == within


def test_a_taper_to_just_the_largest_amount_is_covered():
    """PD 3 % of 4 %: half of the opened 1,000 is the largest amount, though the expert caps would open 600.

    Where that half lies beyond the largest amount, the loan is not covered in full, and still no more than the half.
    """
    policy = BANK.model_copy(update={"el_budget_wan": 40.0})
    certified = replace(NOTHING, status="certified", taper_end_pd=0.04, largest_wan=500.0)
    rich = of_size(5_000.0, 9_000.0, 0.03, revenue_wan=8_000.0)
    result = decide(rich, policy, certified, requested_amount_cny=20_000_000)
    assert (result.share[0], result.within[0], result.limited_by[0], result.amount_wan[0]) == (0.5, True, "taper", 500)
    less = decide(rich, policy, replace(certified, largest_wan=499.0), requested_amount_cny=20_000_000)
    assert (less.within[0], less.limited_by[0], less.amount_wan[0]) == (False, "taper", 500)
    assert less.covered_wan[0] == 499.0


def test_a_certificate_without_a_largest_amount_covers_nothing():
    """Then the expert caps hold, untapered in what is lent."""
    result = decide(of_size(900.0, 1_500.0, 0.008), certificate=replace(NOTHING, status="certified", taper_end_pd=0.04))
    assert (result.limited_by[0], result.covered_wan[0], result.within[0]) == ("stage_cap", 0.0, False)


def test_a_certificate_covers_its_product_and_firms_whose_figures_are_known():
    """Another product of the bank is not covered; neither is a firm of unknown revenue, nor a refused loan's amount."""
    certified = replace(NOTHING, status="certified", taper_end_pd=0.04, largest_wan=1_000.0)
    offers = {**BANK.products, "zheke": BANK.products["innovation_points"]}
    other = decide(firm(), BANK.model_copy(update={"products": offers}), certified, product="zheke")
    assert (other.share[0], other.covered_wan[0], other.within[0], other.cap_wan[0]) == (1.0, 0.0, False, 600.0)
    assert np.isnan(other.terms[0, 9:]).all()
    unknown = decide(firm(revenue_wan=math.nan), certificate=certified)
    assert (unknown.within[0], unknown.covered_wan[0], unknown.outcome[0]) == (False, 0.0, "insufficient_data")
    refused = decide(firm(uscc=LISTED), certificate=certified)
    assert (refused.within[0], refused.covered_wan[0]) == (True, 0.0)


def test_the_points_open_the_caps_of_a_covered_loan_too():
    """Thirty of sixty points: half of the opened 1,000."""
    certified = replace(NOTHING, status="certified", taper_end_pd=0.04, largest_wan=800.0)
    result = decide(of_size(900.0, 1_500.0, 0.008, total=30.0), certificate=certified)
    assert (result.limited_by[0], result.amount_wan[0], result.covered_wan[0]) == ("points_cap", 500, 500.0)


def test_where_the_profit_limits_one_more_yuan_is_worth_nothing():
    """PD 4 %: gain .038 x .96 - .02 = .01648, bend .0002 of 100 wan of room: 82.4."""
    result = decide(of_size(100.0, 100.0, 0.04))
    assert (result.limited_by[0], result.amount_wan[0], result.marginal_profit_cny[0]) == ("max_profit", 82, 0.0)
    assert result.smallest[0] == pytest.approx(82.4, **EXACT)
    for pd_12m in np.linspace(0.037, 0.049, 25):  # whatever the rounding of gain - bend * (gain / bend)
        each = decide(of_size(100.0, 100.0, float(pd_12m)))
        assert (each.limited_by[0], each.marginal_profit_cny[0]) == ("max_profit", 0.0)
    profit = 0.01648 * 82 - 0.0002 * 82 * 82 / 2 - 0.04
    assert result.expected_profit_cny[0] == pytest.approx(round(profit * 1e4, 2))
    assert result.raroc[0] == pytest.approx(profit / (0.08 * 82), **EXACT)


def test_where_the_hurdle_limits_it_is_the_larger_root():
    """PD 5 %, hurdle 10 %: gain .0149, free .0069, bend .00025: (.0069 + sqrt(.0069^2 - .0005 x .04)) / .00025."""
    result = decide(of_size(100.0, 100.0, 0.05), BANK.model_copy(update={"min_raroc": 0.1}))
    most = (0.0069 + math.sqrt(0.0069**2 - 2 * 0.00025 * 0.04)) / 0.00025
    assert (result.limited_by[0], result.amount_wan[0]) == ("raroc", math.floor(most))
    assert result.smallest[0] == pytest.approx(most, rel=1e-9)
    assert result.marginal_profit_cny[0] == pytest.approx((0.0149 - 0.00025 * most) * 10_000, rel=1e-9)
    assert result.least_wan[0] == pytest.approx(2 * 0.04 / (0.0069 + math.sqrt(0.0069**2 - 0.0005 * 0.04)), rel=1e-9)


# all that is hit, of the firm, of the request -> what took the decision away, and the outcome
TOGETHER = [
    ({"capacity_low_wan": 9.0}, {}, {"min_quota"}, "debt_capacity", "declined"),
    ({}, {"requested_amount_cny": 90_000}, {"min_quota"}, "requested", "declined"),
    ({"capacity_low_wan": 2.0}, {}, {"min_quota", "min_raroc"}, "debt_capacity", "declined"),
    ({"growth_stage": "unknown"}, {}, {"stage_unknown"}, "stage_unknown", "insufficient_data"),
    ({"revenue_wan": math.nan}, {}, {"facts_missing"}, "facts_missing", "insufficient_data"),
    ({"total": math.nan}, {}, {"stage_unknown"}, "stage_unknown", "insufficient_data"),
    ({}, {"product": "zheke"}, {"product"}, "product", "declined"),
    ({}, {"tenor_months": 5, "purpose": "equipment"}, {"tenor", "purpose"}, "tenor", "declined"),
    (
        {"pd_12m": math.nan, "pd_low": math.nan, "pd_high": math.nan},
        {},
        {"invalid_result"},
        "invalid_result",
        "manual_review",
    ),
    (
        {"capacity_low_wan": math.inf, "capacity_median_wan": math.inf},
        {},
        {"invalid_result"},
        "invalid_result",
        "manual_review",
    ),
    ({"overdue_days": 90.0}, {}, {"overdue_decline"}, "overdue_decline", "declined"),
    ({"coverage": 0.5}, {}, {"coverage"}, "coverage", "insufficient_data"),
    (dict.fromkeys(("pd_12m", "pd_low", "pd_high"), 0.09), {}, {"pd_cutoff"}, "pd_cutoff", "declined"),
    ({"pd_high": 0.5}, {}, {"pd_interval"}, "pd_interval", "manual_review"),
    ({"total": 19.0}, {}, {"min_points"}, "min_points", "manual_review"),
]


@pytest.mark.parametrize(("change", "requested", "rules", "name", "outcome"), TOGETHER)
def test_nothing_but_its_own_rule_is_hit(change, requested, rules, name, outcome):
    """A loan that is too small names what made it so; every other refusal names its rule."""
    result = decide(firm(**change), **requested)
    assert (hit(result), result.limited_by[0], result.outcome[0]) == (rules, name, outcome)
    assert result.amount_wan[0] == result.expected_loss_cny[0] == result.covered_wan[0] == 0
    for value in (
        result.annual_rate,
        result.instalment_cny,
        result.marginal_profit_cny,
        result.expected_profit_cny,
        result.raroc,
    ):
        assert math.isnan(value[0])


def test_a_cut_off_at_an_end_of_the_interval():
    """At the lower end it is not passed yet and a human decides; at the upper end no doubt is left."""
    one = firm()
    low, high = (float(end[0]) for end in interval_at(one.columns, 0.6))
    for cut_off, rules in (
        (math.nextafter(low, 0.0), {"pd_cutoff"}), (low, {"pd_interval"}), (math.nextafter(high, 0.0), {"pd_interval"}),
        (high, set()),
    ):  # fmt: skip
        assert hit(decide(one, BANK.model_copy(update={"pd_cutoff": cut_off}))) == rules


def test_what_an_amount_earns_is_kept_with_the_decision():
    """PD 2 %: rate 4.8 %, gain .03 x .98 - .01, bend .01 / 300, cost .04, hurdle .08 x .05."""
    earns = decide(firm()).economics
    assert (earns.rate[0], earns.gain[0], earns.bend[0], earns.cost, earns.hurdle) == pytest.approx(
        (0.048, 0.0194, 0.01 / 300, 0.04, 0.004), **EXACT
    )


def test_an_unknown_rate_is_not_a_free_loan():
    """An annuity factor of an unknown rate is unknown: no term of the debt capacity, and no verdict on the hurdle."""
    assert np.isnan(annuity_factor(math.nan, 12))
    assert annuity_factor(np.array([0.0, math.nan]), 12).tolist() == pytest.approx([1.0, math.nan], nan_ok=True)
    for result in (decide(firm(), product="zheke"), decide(firm(pd_12m=math.nan))):
        terms = dict(zip(CONSTRAINTS, result.terms[0], strict=True))
        assert all(math.isnan(terms[name]) for name in ("debt_capacity", "max_profit", "raroc"))


def test_what_a_request_leaves_out_is_as_a_request_has_it():
    """Innovation points, 12 months, working capital; a column that is absent, or a row of it that is missing."""
    two = several(firm(), firm())
    amount = {"requested_amount_cny": np.array([3_000_000, 4_000_000])}
    gaps = {
        "tenor_months": np.array([24.0, math.nan]), "product": np.array([None, "zheke"], dtype=object),
        "purpose": np.array(["equipment", None], dtype=object),
    }  # fmt: skip
    result = {name: column.tolist() for name, column in decide_columns(two, amount, BANK, NOTHING).requested.items()}
    assert result == {
        "requested_amount_cny": [3_000_000, 4_000_000], "tenor_months": [12, 12], "product": ["innovation_points"] * 2,
        "purpose": ["working_capital"] * 2,
    }  # fmt: skip
    result = {
        name: column.tolist() for name, column in decide_columns(two, amount | gaps, BANK, NOTHING).requested.items()
    }
    assert result["tenor_months"] == [24, 12]
    assert result["product"] == ["innovation_points", "zheke"]
    assert result["purpose"] == ["equipment", "working_capital"]
