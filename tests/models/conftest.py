"""One firm as measured, one bank and one request with round figures: what decisions and sentences are tried on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import log
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from data.codebook import read_codebook, read_credit_facts
from features.quota import annuity_factor
from models.quota_advice import Situation
from models.quota_certificate import LossCertificate, not_assessed
from models.quota_decide import ASKED, decide_columns
from models.quota_measure import FACTS, Measured, ranges, veto_facts
from models.quota_policy import BankPolicy, ProductTerms, read_policy
from models.quota_reasons import Explanation

BOOK = read_codebook()
DAY = date(2024, 6, 30)
# A debt capacity counts in loans at this rate and over 12 months, so such a loan takes a yuan of it for each yuan.
RATE = 0.05
LOAN = ProductTerms(
    min_tenor_months=3, max_tenor_months=24, purposes=("working_capital", "equipment"), annual_rate=RATE,
    term_premium=0.01, cap_share=1.0,
)  # fmt: skip
BANK = read_policy().model_copy(
    update={
        "min_points": 20.0, "full_points": 60.0, "min_coverage": 0.6, "pd_cutoff": 0.08, "refer_level": 0.9,
        "overdue_refer_days": 30, "overdue_decline_days": 90, "blacklist": (), "excluded_industries": (),
        "base_quota_wan": 50.0, "min_quota_wan": 10.0, "exposure_cap_wan": 2000.0, "el_budget_wan": 4.0, "lgd": 0.5,
        "stage_cap_wan": {"startup": 200.0, "growth": 600.0, "mature": 1000.0},
        "expert_cap_wan": {"startup": 100.0, "growth": 300.0, "mature": 500.0},
        "working_capital_turns": 4.0, "rd_need_share": 0.6, "risk_premium": 0.0, "max_annual_rate": 0.10,
        "funding_rate": 0.02, "utilisation": 0.5, "strain": 1.0, "operating_cost_wan": 0.038, "capital_share": 0.08,
        "hurdle_raroc": 0.01, "validity_days": 90,
        "products": {"innovation_points": LOAN, "zheke": LOAN.model_copy(update={"min_tenor_months": 13})},
    }
)  # fmt: skip
REQUEST = {
    "requested_amount_cny": 3_000_000, "tenor_months": 12, "product": "innovation_points",
    "purpose": "working_capital",
}  # fmt: skip
# Codebook values, all inside their ranges; each indicator that is not named is 0.5, or 1 where it counts.
ROW: dict[str, Any] = {
    **{item.key: 1.0 if item.dtype == "int" else 0.5 for item in BOOK},
    **{fact.key: 0.0 for fact in read_credit_facts()},
    "uscc": "914403001922038216", "as_of": DAY, "industry": "software", "legacy_micro": False, "stage3": "growth",
    "stage5": "growth", "size_class": "small",
    "revenue_wan": 1000.0, "revenue_growth": 0.2, "rd_expense": 100.0, "existing_debt_wan": 100.0, "headcount": 40.0,
}  # fmt: skip
# At 90 % the odds of default lie between half and twice 1 : 49, so the PD between 1 / 99 and 2 / 51.
FIGURES: dict[str, Any] = {
    "pd_12m": 0.02, "pd_low": 0.01, "pd_high": 0.03, "grade": "B",
    "log_odds_mid": -log(49.0), "log_odds_sd": log(2.0) / NormalDist().inv_cdf(0.95),
    "limit_low_wan": 400.0, "limit_median_wan": 600.0,
    "total": 50.0, "base": 40.0, "bonus": 10.0, "percentile": 0.75, "peer_key": "growth|software", "n_peers": 30,
    **{f"dim_{name}": float(place) for place, name in enumerate(BOOK.dimensions, start=1)},
}  # fmt: skip
# Covers amounts up to 150 wan of 12 months: whole up to a PD of 1 %, nothing from 2 %.
CERTIFIED = LossCertificate(
    "standard", BANK.version, BANK.digest, "models", "parameters", "cohort-digest", "certified", (), 2000, 900, 7,
    2015, 2021, 0.004, 0.009, 0.02, 150.0, 3000.0, 0.75,
)  # fmt: skip


def _number(value: Any) -> float:
    return np.nan if value is None else float(value)


def firm_measured(row: Mapping[str, Any], **figures: Any) -> Measured:
    """What the models conclude of one firm: FIGURES, with some of them changed."""
    columns = {name: row[name] for name in ("uscc", "as_of", "industry", "stage3")}
    columns |= {name: _number(row[name]) for name in FACTS}
    columns |= {"overdue_days": _number(row["overdue_days_max_24m"])}
    known = [not np.isnan(_number(row[key])) for key in BOOK.keys]
    columns |= {"coverage": sum(known) / len(known)} | FIGURES | figures
    flags = np.array([[_number(row[fact.key]) for fact in veto_facts()]])
    outside = np.array([[_number(row[one.key]) < one.low or _number(row[one.key]) > one.high for one in ranges(BOOK)]])
    return Measured(
        {name: np.array([value], dtype=object if isinstance(value, (str, date)) else None)
         for name, value in columns.items()},
        flags == 1.0, ~np.isnan(flags).any(axis=1), outside, np.zeros((1, 0)), np.zeros((0, 0)),
        float(annuity_factor(RATE, 12)),
    )  # fmt: skip


@pytest.fixture(scope="session")
def firm_row() -> dict[str, Any]:
    """The firm's own values; copy before changing."""
    return ROW


@pytest.fixture(scope="session")
def measured():
    """``firm_measured``: a row and the changes of the models' figures give the firm as measured."""
    return firm_measured


@pytest.fixture(scope="session")
def bank() -> BankPolicy:
    """A bank whose figures are round."""
    return BANK


@pytest.fixture(scope="session")
def request_terms() -> dict[str, Any]:
    """3,000,000 yuan for 12 months."""
    return REQUEST


@pytest.fixture(scope="session")
def certificate() -> LossCertificate:
    """Of the bank with the round figures: up to 150 wan, whole up to a PD of 1 %, nothing from 2 %."""
    return CERTIFIED


@pytest.fixture(scope="session")
def situation():
    """One firm at one bank: ``row``, ``bank``, ``asked`` and figures are what differs from the round ones."""

    def make(row=None, bank=None, asked=None, *, certified=False, **figures: Any) -> Situation:
        policy = BANK.model_copy(update=bank or {})
        issued = CERTIFIED if certified else not_assessed(policy.bank_id, policy.version, policy.digest)
        return Situation(firm_measured(ROW | (row or {}), **figures), REQUEST | (asked or {}), policy, issued)

    return make


@pytest.fixture(scope="session")
def explain(situation):
    """The explanation of the decision on ``situation``."""

    def make(row=None, bank=None, asked=None, *, certified=False, **figures: Any) -> Explanation:
        case = situation(row, bank, asked, certified=certified, **figures)
        columns = {name: np.array([case.asked[name]]) for name in ASKED}
        decided = decide_columns(case.measured, columns, case.policy, case.issued)
        return Explanation(ROW | (row or {}), case, decided, 0, BOOK)

    return make
