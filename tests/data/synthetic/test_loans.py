"""Loans of the synthetic cohort follow the planted probabilities."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from data.synthetic.cohort import OBSERVED_UNTIL
from data.synthetic.loans import _months_later, _outcome
from data.synthetic.tables import SyntheticParams, synthesize

pytestmark = pytest.mark.truth


@pytest.fixture(scope="module")
def risky():
    """Cohorts with many defaults and exits, so that rates differ from chance."""
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
    seasoned = loans["granted_on"] <= OBSERVED_UNTIL - pd.DateOffset(months=12)
    auc = roc_auc_score(within(loans, 12)[seasoned], loans["pd_12m"][seasoned])
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


def test_the_old_policy_selected(full):
    """Approved applicants are safer than declined ones, so that selection bias is real."""
    applications, latent = full.tables["applications"], full.latent
    year = applications["applied_on"].dt.year - 1
    joined = applications.assign(year=year).merge(
        latent.assign(year=latent["period_end"].dt.year), on=["uscc", "year"], validate="m:1"
    )
    mean = joined.groupby("decision")["pd_12m"].mean()
    assert mean["approve"] < 0.9 * mean["decline"]


def test_months_later_is_the_same_day_or_the_last_of_a_shorter_month():
    """31 January: 28 February a month later; 29 February: the 28th a year later."""
    days = np.array(["2021-01-31", "2020-02-29", "2021-03-10"], dtype="datetime64[D]")
    result = _months_later(days, np.array([1, 12, 24]))
    assert result.astype(str).tolist() == ["2021-02-28", "2021-02-28", "2023-03-10"]


OUTCOMES = [  # tenor, months to the planted default, day of closing, day of default, day on which the loan is over
    (12, 6.0, "NaT", "2021-07-03", "2021-07-03"),  # 6 x 365 / 12 = 182.5 days, rounded up
    (12, 12.0, "NaT", "2022-01-01", "2022-01-01"),  # the last day counts
    (12, 12.1, "NaT", "NaT", "2022-01-01"),
    (12, 6.0, "2021-05-01", "2021-05-01", "2021-05-01"),  # closed with its debts unpaid
    (12, 100.0, "2021-05-01", "NaT", "2021-05-01"),  # settled when it closed
    (24, 18.0, "2021-05-01", "NaT", "2021-05-01"),  # what would have come after the first year is settled too
    (24, 18.0, "NaT", "2022-07-03", "2022-07-03"),
    (6, 8.0, "2021-05-01", "NaT", "2021-05-01"),  # within the year, but after the loan
]


def test_a_loan_ends_with_its_default_its_firm_or_its_tenor_by_hand():
    """Granted on 1 January 2021."""
    tenor, months, closed, default, over = (list(column) for column in zip(*OUTCOMES, strict=True))
    granted = np.full(len(OUTCOMES), np.datetime64("2021-01-01"))
    ends = _months_later(granted, np.array(tenor))
    defaults_on, ended_on = _outcome(granted, ends, np.array(months), np.array(closed, dtype="datetime64[D]"))
    assert defaults_on.astype("datetime64[D]").astype(str).tolist() == default
    assert ended_on.astype("datetime64[D]").astype(str).tolist() == over
