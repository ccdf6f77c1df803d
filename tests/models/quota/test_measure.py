"""What the three models conclude, by hand: every column, a bank's worse facts, flags, ranges."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log, sqrt

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook, read_credit_facts
from features.risk import risk_feature_names
from models.quota.measure import (
    FACTS,
    TEXTS,
    Measured,
    Range,
    measure,
    ranges,
    veto_facts,
    with_worse_facts,
    worse_facts,
)

pytestmark = pytest.mark.law
BOOK = read_codebook()
NAMES = risk_feature_names(BOOK)
NAN = float("nan")
FEE = (1 - 1.00375**-36) / 0.00375 / 12  # what one yuan a year repays in 36 months at 4.5 %
VETOES = ["major_accident_3y", "dishonest_debtor", "research_misconduct", "abnormal_business"]


@pytest.fixture
def measured(quick_engine, quick_case):
    """Measures firms, each given as what differs from ``quick_case``; bank facts as columns."""

    def of(*changes: dict, reasons: bool = False) -> Measured:
        frame = pd.DataFrame([quick_case(**change) for change in changes])
        one = quick_engine
        return measure(frame, one.points, one.risk, one.limit, one.codebook, reasons=reasons)

    return of


def test_every_column_of_one_firm(measured, quick_case):
    """-4 - .5 (log 1,001 - log 1,001) + (200 / 1,000 - .2) = -4; 400 and 800 of the limit; the firm's own facts."""
    one = measured({})
    row = quick_case()
    got = {name: column.tolist() for name, column in one.columns.items()}
    assert list(got) == [
        *("uscc", "as_of", "industry", "growth_stage"),
        *("revenue_wan", "revenue_growth", "rd_expense", "existing_debt_wan", "guarantees_wan"),
        *("overdue_days_max_24m", "overdue_days"),
        *("pd_12m", "log_odds_mid", "log_odds_sd", "log_odds_evidence_sd", "log_odds_hidden_mid", "log_odds_hidden_sd"),
        *("pd_low", "pd_high", "risk_grade"),
        *("capacity_low_wan", "capacity_median_wan", "total", "base", "bonus"),
        *(f"dim_{name}" for name in BOOK.dimensions),
        *("coverage", "percentile", "peer_group", "n_peers"),
    ]
    assert [got[name] for name in ("uscc", "industry", "growth_stage")] == [[row["uscc"]], ["I65"], ["growth"]]
    assert pd.Timestamp(one["as_of"][0]) == row["as_of"]
    assert [got[name][0] for name in FACTS] == [1_000.0, 0.2, 100.0, 200.0, 0.0, 0.0]
    assert got["pd_12m"] == pytest.approx([1 / (1 + exp(4))])
    # Variance: .1^2 of the level; declared for form and year .1^2, for what is unseen .2^2.
    assert got["log_odds_evidence_sd"] == pytest.approx([sqrt(0.01 + 0.01)])
    assert got["log_odds_sd"] == pytest.approx([sqrt(0.02 + 0.04)])
    assert got["log_odds_mid"] == pytest.approx([-4.0 - 0.04 / 2])
    assert (got["capacity_low_wan"], got["capacity_median_wan"]) == (pytest.approx([400.0]), pytest.approx([800.0]))
    assert got["total"] == pytest.approx([got["base"][0] + got["bonus"][0]])
    assert (got["bonus"], got["coverage"], got["peer_group"]) == ([15.0], [1.0], ["all"])
    assert one.capacity_factor == pytest.approx(FEE)
    assert (len(one), one.veto.tolist(), one.flags_known.tolist()) == (1, [[False] * 4], [True])
    assert (one.outside.shape, one.outside.any(), one.shares.shape) == ((1, len(ranges(BOOK))), False, (0, len(NAMES)))


# revenue, debt, days overdue -> log-odds of default, cautious limit
RISKS = [
    (1000.0, 200.0, 0.0, -4.0, 400.0),
    (1000.0, 700.0, 0.0, -3.5, 400.0),
    (1000.0, 200.0, 50.0, -3.0, 400.0),
    (200.2 - 1, 200.0, 0.0, -4 + 0.5 * log(1001 / 200.2) + 200 / 199.2 - 0.2, 401 * exp(-0.75) - 1),
    (None, 200.0, 0.0, None, 401 * exp(-0.75) - 1),  # unknown revenue: the limit reads it as the worst
]


def test_what_risk_and_limit_read_of_a_case(measured):
    """Debt, revenue and overdue days move the PD; the limit reads revenue alone, an unknown one at its worst."""
    got = measured(
        *(
            {"revenue_wan": revenue, "existing_debt_wan": debt, "overdue_days_max_24m": days}
            for revenue, debt, days, *_ in RISKS
        )
    )
    for position, (revenue, _, _, log_odds, limit) in enumerate(RISKS):
        if log_odds is not None:
            assert got["pd_12m"][position] == pytest.approx(1 / (1 + exp(-log_odds)))
        else:
            assert got["pd_12m"][position] > 0.05
            assert np.isnan(got["revenue_wan"][position])
        assert got["capacity_low_wan"][position] == pytest.approx(limit)
        value = got.values[position, NAMES.index("revenue_log_wan")]
        assert value == pytest.approx(NAN if revenue is None else log(1 + revenue), nan_ok=True)


def test_shares_are_there_where_reasons_are_requested(measured, quick_engine, quick_case):
    """Debt of 700: .5 of log-odds; overdue 50 days: 1; nothing else; unasked there is no row of shares."""
    requested = {"existing_debt_wan": 700.0, "overdue_days_max_24m": 50.0}
    shares = measured({}, requested, reasons=True).shares
    assert shares.shape == (2, len(NAMES))
    expected = np.zeros(len(NAMES))
    expected[NAMES.index("debt_to_revenue_ratio")], expected[NAMES.index("overdue_days_max_24m")] = 0.5, 1.0
    assert shares[1] == pytest.approx(expected, abs=1e-12)
    assert shares[0] == pytest.approx(np.zeros(len(NAMES)), abs=1e-12)
    one = quick_engine
    unasked = measure(pd.DataFrame([quick_case()]), one.points, one.risk, one.limit, one.codebook)
    assert unasked.shares.shape == (0, len(NAMES))


@pytest.mark.parametrize("position", range(4))
@pytest.mark.parametrize(("flag", "raised", "known"), [(1.0, True, True), (0.0, False, True), (None, False, False)])
def test_a_veto_is_raised_by_1_alone_and_an_unknown_flag_is_known_as_such(measured, position, flag, raised, known):
    """Flag by flag, in the order of ``veto_facts``; a firm beside it is untouched."""
    assert [fact.key for fact in veto_facts()] == VETOES
    got = measured({VETOES[position]: flag}, {})
    assert got.veto.tolist() == [[raised and at == position for at in range(4)], [False] * 4]
    assert got.flags_known.tolist() == [known, True]


# Rows: key, value, whether it lies outside
@pytest.mark.parametrize(
    ("key", "value", "outside"),
    [
        ("patent_quality_index", 1.0, False),
        ("patent_quality_index", 1.0001, True),
        ("patent_quality_index", 0.0, False),
        ("patent_quality_index", -0.0001, True),
        ("founder_team_score", 6.0, True),
        ("existing_debt_wan", 10_000_000.0, False),
        ("existing_debt_wan", 10_000_001.0, True),
        ("operating_cash_flow_wan", -10_000_001.0, True),
        ("dishonest_debtor", 2.0, True),
        ("assets_wan", None, False),
    ],
)
def test_known_values_beyond_the_codebook_s_range(measured, key, value, outside):
    """Above the upper or below the lower end, in that value's column alone; an unknown value lies nowhere."""
    got = measured({}, {key: value}).outside
    at = [one.key for one in ranges(BOOK)].index(key)
    assert got.tolist() == [[False] * got.shape[1], [outside and position == at for position in range(got.shape[1])]]


def test_ranges_are_those_of_every_indicator_and_then_of_every_fact():
    """Ends and unit as in the reference tables; the founders' score alone is personal."""
    got = ranges(BOOK)
    assert [one.key for one in got] == [*BOOK.keys, *(fact.key for fact in read_credit_facts())]
    assert got[0] == Range("rd_expense", 0.0, 1_000_000.0, "wan_cny", False)
    assert got[len(BOOK)] == Range("revenue_wan", 0.0, 50_000_000.0, "wan_cny", False)
    assert got[BOOK.keys.index("net_profit_margin")] == Range("net_profit_margin", -3.0, 0.6, "ratio", False)
    assert [one.key for one in got if one.personal] == ["founder_team_score"]


# record, the bank's own fact -> what counts: the larger where the record is known and no nonsense
WORSE = [(100.0, 150.0, 150.0), (100.0, 100.0, 100.0), (100.0, 50.0, 100.0), (0.0, 1.0, 1.0), (100.0, NAN, 100.0)]
WORSE += [(NAN, 150.0, NAN), (-5.0, 150.0, -5.0), (100.0, 0.0, 100.0)]


def test_a_bank_s_own_fact_counts_where_it_is_worse():
    """Debt, guarantees and overdue days alike; the bank's overdue days are kept beside, whatever the record."""
    record, claimed, counts = (np.array(column) for column in zip(*WORSE, strict=True))
    known = {"existing_debt_wan": record, "overdue_days_max_24m": record, "guarantees_wan": record}
    facts = {"existing_debt_wan": claimed, "overdue_days": list(claimed), "guarantees_wan": claimed}
    got = worse_facts(known, facts)
    assert sorted(got) == ["bank_overdue_days", "existing_debt_wan", "guarantees_wan", "overdue_days_max_24m"]
    for name in known:
        assert np.array_equal(got[name], counts, equal_nan=True), name
    assert np.array_equal(got["bank_overdue_days"], claimed, equal_nan=True)
    assert (list(worse_facts(known, {"guarantees_wan": claimed})), worse_facts(known, {})) == (["guarantees_wan"], {})


def test_cases_with_their_banks_facts(quick_case):
    """The columns of the frame are replaced, the frame that was given is not."""
    frame = pd.DataFrame([quick_case(existing_debt_wan=None), quick_case()], index=[5, 9])
    got = with_worse_facts(frame, {"existing_debt_wan": [900.0, 900.0], "overdue_days": [10, 20]})
    assert np.array_equal(got["existing_debt_wan"], [NAN, 900.0], equal_nan=True)
    assert got[["overdue_days_max_24m", "bank_overdue_days"]].to_numpy().tolist() == [[10.0, 10.0], [20.0, 20.0]]
    assert (got.index.tolist(), frame["existing_debt_wan"].tolist()[1]) == ([5, 9], 200.0)
    assert got.drop(columns=["bank_overdue_days", "existing_debt_wan", "overdue_days_max_24m"]).equals(
        frame.drop(columns=["existing_debt_wan", "overdue_days_max_24m"])
    )


def test_overdue_days_are_the_worse_of_record_and_bank(measured):
    """NaN only where neither is known; without a bank's days the record's alone."""
    got = measured(
        {"overdue_days_max_24m": 5.0, "bank_overdue_days": 9.0},
        {"overdue_days_max_24m": 12.0, "bank_overdue_days": 9.0},
        {"overdue_days_max_24m": None, "bank_overdue_days": 9.0},
        {"overdue_days_max_24m": 5.0, "bank_overdue_days": None},
        {"overdue_days_max_24m": None, "bank_overdue_days": None},
    )
    assert np.array_equal(got["overdue_days"], [9.0, 12.0, 9.0, 5.0, NAN], equal_nan=True)
    # No bank's days at all count as none: a clean record stays clean.
    assert measured({"overdue_days_max_24m": 5.0}, {})["overdue_days"].tolist() == [5.0, 0.0]


def test_some_of_the_cases_and_other_columns(measured):
    """``take`` keeps every part of a case together; ``with_columns`` replaces; ``without_reasons`` drops features."""
    flagged = {"existing_debt_wan": -1.0, "dishonest_debtor": 1.0, "major_accident_3y": None}
    all_ = measured({}, flagged, {"existing_debt_wan": 300.0}, reasons=True)
    some = all_.take(np.array([1, 1, 0]))
    assert {name: len(column) for name, column in some.columns.items()} == dict.fromkeys(all_.columns, 3)
    assert some["existing_debt_wan"].tolist() == [-1.0, -1.0, 200.0]
    assert some.flags_known.tolist() == [False, False, True]
    assert (some.veto.sum(axis=1).tolist(), some.outside.sum(axis=1).tolist()) == ([1, 1, 0], [1, 1, 0])
    assert np.array_equal(some.values, all_.values[[1, 1, 0]], equal_nan=True)
    assert (some.shares == all_.shares[[1, 1, 0]]).all()
    assert some.capacity_factor == all_.capacity_factor
    assert (len(some), len(all_.take(slice(2, 3)))) == (3, 1)
    bare = all_.without_reasons()
    assert (bare.values.shape, bare.shares.shape, bare.columns) == ((3, 0), (3, 0), all_.columns)
    assert replace(bare, values=all_.values, shares=all_.shares).outside is all_.outside
    moved = all_.with_columns(existing_debt_wan=np.zeros(3), new=np.ones(3))
    assert (moved["existing_debt_wan"].tolist(), moved["new"].tolist()) == ([0.0] * 3, [1.0] * 3)
    assert moved["revenue_wan"] is all_["revenue_wan"]
    assert all_["existing_debt_wan"].tolist() == [200.0, -1.0, 300.0]
    assert TEXTS == ("uscc", "as_of", "industry", "growth_stage")
