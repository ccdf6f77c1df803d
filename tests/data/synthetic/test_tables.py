from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from data.synthetic.cohort import OBSERVED_UNTIL
from data.synthetic.tables import SyntheticParams, synthesize, target_table
from data.synthetic.truth import cumulative_exit_hazard

pytestmark = pytest.mark.truth


@pytest.fixture(scope="module")
def full():
    return synthesize(SyntheticParams())


def test_every_figure_is_within_its_target(full):
    """The cohort looks like the zone: each figure lies within the tolerance of its published or proposed target."""
    targets = target_table(full)
    assert targets["within"].all(), targets.loc[~targets["within"]].to_string()


def test_the_same_seed_gives_the_same_tables(cohort):
    """Two cohorts of one seed are equal to the last bit."""
    again = synthesize(cohort.params)
    assert all(again.tables[name].equals(table) for name, table in cohort.tables.items())


@pytest.fixture(scope="module")
def risky():
    """Cohorts with many defaults and exits, so that rates can be told from chance."""
    return [
        synthesize(SyntheticParams(seed=seed, n_enterprises=3_000, pd_12m_mean=0.1, exit_12m_mean=0.06))
        for seed in range(1, 5)
    ]


def planted(full, loans):
    """Loans with the planted probability of their firm's last year end before the grant."""
    latent = full.latent.assign(year=full.latent["period_end"].dt.year + 1)
    keys = loans.assign(year=loans["granted_on"].dt.year)
    return keys.merge(latent[["uscc", "year", "pd_12m"]], on=["uscc", "year"], validate="m:1", how="left")


def within(loans, months):
    """Whether each loan defaulted within so many months of its grant."""
    return loans["defaulted_on"] <= loans["granted_on"] + pd.DateOffset(months=months)


def test_the_planted_probability_ranks_defaults_as_well_as_chance_allows(full):
    """The oracle's AUC on observed loans is high but not perfect: models above it are leaking."""
    loans = planted(full, full.tables["loans"].loc[lambda table: table["tenor_months"] >= 12])
    matured = loans["granted_on"] <= OBSERVED_UNTIL - pd.DateOffset(months=12)
    auc = roc_auc_score(within(loans, 12)[matured], loans["pd_12m"][matured])
    assert 0.65 < auc < 0.95


@pytest.mark.parametrize(("months", "closed"), [(6, None), (12, None), (12, True), (24, None), (36, None)])
def test_defaults_come_at_the_planted_rate_over_the_tenor(risky, months, closed):
    """1 - (1 - pd) ** (t / 12) for loans of at least t months; within 12 months also for firms that closed in them."""
    expected, happened = [], []
    for cohort in risky:
        loans = cohort.tables["loans"]
        over = loans["granted_on"] + pd.DateOffset(months=months) <= OBSERVED_UNTIL
        loans = planted(cohort, loans.loc[(loans["tenor_months"] >= months) & over])
        closed_on = loans["uscc"].map(cohort.tables["enterprises"].set_index("uscc")["closed_on"])
        shut = closed_on <= loans["granted_on"] + pd.DateOffset(months=months)
        if closed:
            loans = loans.loc[shut]
        elif months > 12:  # a firm that closes settles what would have defaulted later than 12 months after the grant
            loans = loans.loc[~shut]
        assert loans["pd_12m"].notna().all()
        expected.append(1 - (1 - loans["pd_12m"]) ** (months / 12))
        happened.append(within(loans, months))
    chance, seen = pd.concat(expected), pd.concat(happened)
    error = np.sqrt((chance * (1 - chance)).sum()) / len(chance)
    assert len(chance) > 60
    assert abs(seen.mean() - chance.mean()) < 3 * error


def test_default_days_are_spread_over_the_tenor(risky):
    """With a constant small hazard each third of a 36-month loan sees about a third of its defaults."""
    loans = pd.concat([cohort.tables["loans"] for cohort in risky])
    long = loans.loc[(loans["tenor_months"] == 36) & (loans["granted_on"] < "2021-06-01")]
    days = (long["defaulted_on"] - long["granted_on"]).dt.days.dropna()
    counts = np.bincount((days / 1_097 * 3).astype(int), minlength=3)
    assert len(days) > 60
    assert counts.min() > len(days) / 3 - 3 * np.sqrt(len(days) * 2 / 9)


def test_grants_fall_on_all_days_of_the_year_and_tenors_as_planned(full):
    """Every month has its grants, more towards the end when loans of earlier years are over; tenors as planned."""
    loans = full.tables["loans"]
    whole = loans.loc[loans["granted_on"].dt.year < 2024]
    months = whole["granted_on"].dt.month.value_counts(normalize=True)
    assert months.between(0.04, 0.12).all()
    assert whole["granted_on"].dt.day_of_year.nunique() > 345
    shares = loans["tenor_months"].value_counts(normalize=True)
    assert all(abs(shares[months] - share) < 0.02 for months, share in full.params.tenor_shares.items())
    assert set(loans["purpose"]) == set(full.tables["applications"]["purpose"])


def test_a_firm_has_one_loan_at_a_time_and_none_after_a_default(full):
    """The next grant comes after the end of the one before, and never after a default."""
    loans = full.tables["loans"].sort_values(["uscc", "granted_on"])
    ends = loans["granted_on"] + pd.to_timedelta(loans["tenor_months"] * 30.0, unit="D")
    following = loans.groupby("uscc")["granted_on"].shift(-1)
    closed = loans["uscc"].map(full.tables["enterprises"].set_index("uscc")["closed_on"])
    assert not ((following < ends) & closed.isna()).any()
    assert following[loans["defaulted_on"].notna()].isna().all()


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


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"exit_12m_mean": 0.5}, "exit_12m_mean is 0.5, allowed: 0 to 0.2"),
        ({"shock_granted_year": 1999}, "shock_granted_year is 1999"),
        ({"tenor_shares": {12: 0.5}}, "tenor_shares sum to 0.5, allowed: 1"),
        ({"tenor_shares": {0: 1.0}}, "tenor_shares has 0 months"),
    ],
)
def test_a_parameter_out_of_range_is_named(change, told):
    """The message says what was given and what is allowed."""
    with pytest.raises(ValueError, match=told):
        SyntheticParams(**change)


def test_the_old_policy_selected(full):
    """Approved applicants are safer than declined ones, so that selection bias is real."""
    applications, latent = full.tables["applications"], full.latent
    year = applications["applied_on"].dt.year - 1
    joined = applications.assign(year=year).merge(
        latent.assign(year=latent["period_end"].dt.year), on=["uscc", "year"], validate="m:1"
    )
    mean = joined.groupby("decision")["pd_12m"].mean()
    assert mean["approve"] < 0.9 * mean["decline"]


def test_a_default_shows_in_the_facts_only_afterwards(full):
    """No long overdue spell is known before the loan defaulted."""
    day = full.tables["loans"].dropna(subset=["defaulted_on"]).groupby("uscc")["defaulted_on"].min()
    facts = full.tables["credit_facts"].dropna(subset=["overdue_days_max_24m"])
    long = facts.loc[facts["overdue_days_max_24m"] >= 90]
    assert len(long)
    assert (long["known_at"] > long["uscc"].map(day)).all()


def test_missing_is_more_common_early(full):
    """Start-ups report less than mature enterprises do."""
    table = full.tables["snapshots"]
    tax = table.loc[table["rd_expense"].notna() | table["net_profit_margin"].notna()]
    stage = full.latent.groupby("uscc")["stage3"].last()
    share = tax["revenue_growth"].isna().groupby(tax["uscc"].map(stage)).mean()
    assert share["startup"] > share["growth"] > share["mature"]
    assert not np.isnan(share).any()
