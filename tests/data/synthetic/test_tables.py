from __future__ import annotations

import numpy as np
import pytest

from data.synthetic.tables import synthesize, target_table

pytestmark = pytest.mark.truth


def test_every_figure_is_within_its_target(full):
    """The cohort looks like the zone: each figure lies within the tolerance of its published or proposed target."""
    targets = target_table(full)
    assert targets["within"].all(), targets.loc[~targets["within"]].to_string()


def test_the_same_seed_gives_the_same_tables(cohort):
    """Two cohorts of one seed are equal to the last bit."""
    again = synthesize(cohort.params)
    assert all(again.tables[name].equals(table) for name, table in cohort.tables.items())


def test_a_default_shows_in_the_facts_only_afterwards(full):
    """No long overdue spell is known before the loan defaulted."""
    day = full.tables["loans"].dropna(subset=["defaulted_on"]).groupby("uscc")["defaulted_on"].min()
    facts = full.tables["credit_facts"].dropna(subset=["overdue_days_max_24m"])
    long = facts.loc[facts["overdue_days_max_24m"] >= 90]
    assert len(long)
    assert (long["known_at"] > long["uscc"].map(day)).all()


def test_missing_is_more_common_early(full):
    """Start-ups report less than stable enterprises do."""
    table = full.tables["snapshots"]
    tax = table.loc[table["rd_expense"].notna() | table["net_profit_margin"].notna()]
    stage = full.latent.groupby("uscc")["growth_stage"].last()
    share = tax["revenue_growth"].isna().groupby(tax["uscc"].map(stage)).mean()
    assert share["startup"] > share["growth"] > share["stable"]
    assert not np.isnan(share).any()
