"""Synthetic enterprises exit as planted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.synthetic.cohort import OBSERVED_UNTIL
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
