"""Synthetic enterprises exit as planted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.synthetic.cohort import DISTRICTS, FIRST_YEAR, LAST_YEAR, OBSERVED_UNTIL, WARM_UP_YEARS, SyntheticParams
from data.synthetic.firms import DISTRICT_SHARES, INDUSTRIES, found_enterprises, live
from data.synthetic.truth import cumulative_exit_hazard

pytestmark = pytest.mark.truth


def test_firms_exit_by_the_hazard_of_their_age_and_leave_no_later_record(full):
    """Exits by year of life follow the published shape at the planted level; who is gone has no later record."""
    register = full.tables["enterprises"]
    gone = register["closed_on"].fillna(register["left_on"])
    assert not (register["closed_on"].notna() & register["left_on"].notna()).any()
    assert (gone.dropna() <= OBSERVED_UNTIL).all()
    assert gone.isna().sum() == full.params.n_enterprises
    for name, day in (
        ("snapshots", "period_end"),
        ("credit_facts", "period_end"),
        ("loans", "granted_on"),
        ("applications", "applied_on"),
    ):
        table = full.tables[name]
        assert not (table["uscc"].map(gone) <= table[day]).any(), name
    loans = full.tables["loans"]
    closed = loans["uscc"].map(register.set_index("uscc")["closed_on"])
    assert not (loans["defaulted_on"] > closed).any()
    # Exposure and exits by year of life over the years in which all that exited are on the register.
    start = pd.Timestamp("2013-01-01")
    last = gone.fillna(OBSERVED_UNTIL)
    for low, high in ((0, 1), (1, 2), (2, 4), (4, 7), (7, 12)):
        born = register["founded_on"]
        enter = (born + pd.to_timedelta(low * 365.25, unit="D")).clip(lower=start)
        leave = pd.concat([born + pd.to_timedelta(high * 365.25, unit="D"), last], axis=1).min(axis=1)
        years = ((leave - enter).dt.days / 365.25).clip(lower=0).sum()
        age = (gone - born).dt.days / 365.25
        exits = ((age > low) & (age <= high) & (gone >= start)).sum()
        expected = np.diff(cumulative_exit_hazard(np.array([low, high], dtype=float), 0.03))[0] / (high - low) * years
        assert abs(exits - expected) < 4 * np.sqrt(expected) + 0.05 * expected, (low, exits, expected)


def test_those_who_exit_were_weaker(full):
    """So that looking at the enterprises of today alone shows too little risk."""
    register = full.tables["enterprises"]
    gone = register["closed_on"].notna() | register["left_on"].notna()
    risk = full.latent.groupby("uscc")["pd_12m"].mean()
    left = risk.index.isin(set(register.loc[gone, "uscc"]))
    assert risk[left].mean() > 1.15 * risk[~left].mean()


@pytest.fixture(scope="module")
def few():
    params = SyntheticParams(n_enterprises=60)
    firms = found_enterprises(params)
    return firms, live(firms, params)


def test_the_register_has_those_of_today_first_and_then_those_that_exited(few):
    """60 are still there; each other one closed or left, one of both, in the years of the snapshots."""
    firms, _ = few
    assert firms["gone_on"].isna().tolist() == [True] * 60 + [False] * (len(firms) - 60)
    assert firms["uscc"].is_unique
    gone = firms.iloc[60:]
    assert (gone["closed_on"].notna() ^ gone["left_on"].notna()).all()
    assert gone["gone_on"].between(pd.Timestamp(f"{FIRST_YEAR}-12-31"), OBSERVED_UNTIL, inclusive="right").all()
    assert all(INDUSTRIES[name][1] == rule for name, rule in zip(firms["industry"], firms["size_rule"], strict=True))


def test_a_year_has_the_enterprises_that_were_founded_and_not_gone(few):
    """From four years before the first snapshot to one after the last."""
    firms, states = few
    assert list(states) == list(range(FIRST_YEAR - WARM_UP_YEARS, LAST_YEAR + 2))
    for year in (FIRST_YEAR, LAST_YEAR):
        end = pd.Timestamp(f"{year}-12-31")
        there = (firms["founded_on"] < end) & ~(firms["gone_on"] <= end)
        assert states[year].index.tolist() == firms.index[there].tolist()


def test_growth_and_windows_are_those_of_the_years_before(few):
    """Revenue growth is the yearly rate over two years; equity of three years is that of each of them."""
    _, states = few
    now, one, two = (states[LAST_YEAR - back] for back in (0, 1, 2))
    old = now.index.intersection(two.index)
    growth = np.sqrt(now["revenue_wan"][old] / two["revenue_wan"][old]) - 1
    np.testing.assert_allclose(now["revenue_growth"][old], growth.clip(-0.9, 5))
    raised = sum(state["raised"].reindex(now.index).fillna(0.0) for state in (now, one, two))
    np.testing.assert_allclose(now["vc_funding_3y"], raised)


def test_the_district_is_drawn_apart_and_moves_nothing_else(few, monkeypatch):
    """Districts occur about as often as planted, so does none; without the draw every other value is the same."""
    firms, _ = few
    assert set(firms["district"].dropna()) <= set(DISTRICTS)
    monkeypatch.setattr("data.synthetic.firms._districts", lambda n, params: pd.Series([None] * n))
    plain = found_enterprises(SyntheticParams(n_enterprises=60))
    pd.testing.assert_frame_equal(firms.drop(columns="district"), plain.drop(columns="district"), check_exact=True)
    monkeypatch.undo()
    many = found_enterprises(SyntheticParams(n_enterprises=5_000))["district"].value_counts(
        normalize=True, dropna=False
    )
    wanted = dict(zip(DISTRICTS, DISTRICT_SHARES, strict=True))
    assert {name: many[name] for name in DISTRICTS} == pytest.approx(wanted, abs=0.02)
    assert many[many.index.isna()].iloc[0] == pytest.approx(1 - sum(DISTRICT_SHARES), abs=0.01)
