from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from data.synthetic import SyntheticParams, synthesize, target_table

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


def test_the_planted_probability_ranks_defaults_as_well_as_chance_allows(full):
    """The oracle's AUC on observed loans is high but not perfect: models above it are leaking."""
    loans, latent = full.tables["loans"], full.latent
    year = loans["granted_on"].dt.year - 1
    oracle = loans.assign(year=year).merge(
        latent.assign(year=latent["period_end"].dt.year), on=["uscc", "year"], validate="m:1"
    )
    matured = oracle["granted_on"].dt.year < 2024
    auc = roc_auc_score(oracle["defaulted_on"].notna()[matured], oracle["pd_12m"][matured])
    assert 0.7 < auc < 0.95


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
