"""Deals with a planted preference of investors for a field, and the same without one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.chain.investors.funding import Funding
from training.chain.investors import InvestorParams

PARAMS = InvestorParams(730.0, 20.0, 20, 0.1, 365, 365, 60, 10.0, 100_000, 10, 1, 400, 7)
FIELDS, INVESTORS = 6, 120


def deals_of(preference, firms=500, seed=3):
    """Firms of FIELDS fields over eight years; an investor of the firm's field joins exp(preference) times as often."""
    rng = np.random.default_rng(seed)
    field, liked = rng.integers(FIELDS, size=firms), rng.integers(FIELDS, size=INVESTORS)
    weight = (1.0 + np.arange(INVESTORS)) ** -0.3
    day = rng.integers(0, 8 * 365, firms)
    rows = []
    for firm in range(firms):
        chance = weight * np.exp(preference * (liked == field[firm]))
        for one in rng.choice(INVESTORS, 2, replace=False, p=chance / chance.sum()):
            rows.append((f"F{firm:03d}", day[firm], "A轮", f"I{one:03d}"))
    deals = pd.DataFrame(rows, columns=["firm_id", "date", "round", "investor"])
    deals["date"] = pd.Timestamp("2010-01-01") + pd.to_timedelta(deals["date"], unit="D")
    ids = [f"F{firm:03d}" for firm in range(firms)]
    codes = pd.DataFrame({"firm_id": ids, "code": field.astype(str), "weight": 1.0, "date": pd.Timestamp("2000-01-01")})
    none = pd.DataFrame({"firm_id": [], "document_id": [], "date": pd.to_datetime([])})
    firms_table = pd.DataFrame({"firm_id": ids, "region": None})
    return Funding.of(firms_table, deals, none, np.zeros((0, 1), np.float32), codes, "none")


@pytest.fixture(scope="session")
def planted():
    """With a preference."""
    return deals_of(3.0)


@pytest.fixture(scope="session")
def popular_only():
    """Without one."""
    return deals_of(0.0)


@pytest.fixture
def investor_params():
    """For 1,000 deals."""
    return PARAMS
