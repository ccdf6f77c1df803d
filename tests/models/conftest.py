"""Hand-made models of every kind and one firm, for tests that need a whole answer and no trained cohort.

The models are small enough to follow by hand, and read the same columns as trained ones:

- points : full marks of the codebook by stage; the share of them is the position between the codebook's ends
- risk   : log-odds = -4 - .5 (log revenue - log 1,001) + (debt / revenue - .2) + .02 overdue days, nothing from shown
  invoices but 2 x the share of void ones; hidden invoices add .3; 2 declared spreads, .2 and .1
- limit  : 400 wan cautious and 800 median; 188.4 and 377.4 where revenue is below 500 wan or unknown
- peers  : every median .5, but revenue 1,005 wan; 95th percentiles and ranges are wide

Below them ``situation`` and ``explain``: one firm as measured, at one bank, whose figures are all round.
"""

from __future__ import annotations

import locale
from collections.abc import Callable, Mapping
from datetime import date
from math import log, log1p
from statistics import NormalDist
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from data.codebook import Codebook, read_codebook, read_credit_facts
from data.growth_stages import GROWTH_STAGES
from data.uscc import fictitious_uscc
from features.invoices.features import INVOICE_FEATURES
from features.quota import annuity_factor, limit_feature_names
from features.risk import risk_feature_names
from models.points.card import PointsCard
from models.points.file import Earns
from models.quota.certificate import LossCertificate, not_assessed
from models.quota.decide import REQUEST_MEMBERS, decide_columns
from models.quota.engine import CreditPolicy, DebtCapacityModel, QuotaEngine, read_policy
from models.quota.levers import Situation
from models.quota.measure import FACTS, Measured, ranges, veto_facts
from models.quota.peers import Peers
from models.quota.policy import ProductTerms
from models.quota.reasons import Explanation
from models.risk.layer import Layer, Term
from models.risk.model import Grade, InvoiceBlock, RiskModel

QUICK_DAY = pd.Timestamp("2024-06-30")
QUICK_KNOWN = date(2024, 5, 31)


@pytest.fixture
def c_locale():
    """A machine whose texts are ASCII unless a program says otherwise."""
    before = locale.setlocale(locale.LC_CTYPE)
    locale.setlocale(locale.LC_CTYPE, "C")
    yield
    locale.setlocale(locale.LC_CTYPE, before)


@pytest.fixture(scope="session")
def quick_card() -> PointsCard:
    """A card of all indicators, straight from the codebook's weights; it compares every firm with even peers."""
    book = read_codebook()
    ranks = {item.key: ([item.low, item.high], [0.0, 1.0][:: item.direction]) for item in book}
    return PointsCard(
        version="points-quick",
        codebook_digest=book.digest,
        data_digest="0" * 64,
        indicators=tuple(Earns(item.key, item.dimension, item.kind, item.direction) for item in book),
        knots=(0.0, 1.0),
        points={stage: {item.key: [0.0, item.weights[stage]] for item in book} for stage in GROWTH_STAGES},
        reference=dict.fromkeys(GROWTH_STAGES, ranks),
        size_peers={"all": ([0.0, 130.0], [0.0, 1.0])},
        peer_counts={"size:all": 1_000, **dict.fromkeys(GROWTH_STAGES, 300)},
        code="quick",
    )


@pytest.fixture(scope="session")
def quick_risk() -> RiskModel:
    """A layer of four terms over a remainder that adds nothing."""
    book = read_codebook()
    names = risk_feature_names(book)
    terms = (
        Term(names.index("revenue_log_wan"), "level", 0.0, 20.0, log(1001.0), -0.5),
        Term(names.index("debt_to_revenue_ratio"), "level", 0.0, 20.0, 0.2, 1.0),
        Term(names.index("overdue_days_max_24m"), "level", 0.0, 3650.0, 0.0, 0.02),
        Term(names.index("inv_sales_void_share"), "level", 0.0, 1.0, 0.0, 2.0),
    )
    spread = ((0.1, 0.0, 0.0, 0.0, 0.0), (0.2, 0.0, 0.0, 0.0), (0.2, 0.0, 0.0), (0.0, 0.0), (0.0,))
    return RiskModel(
        version="risk-quick",
        codebook_digest=book.digest,
        data_digest="1" * 64,
        code="quick",
        feature_names=names,
        layer=Layer(terms, (0.0, 1.0, 1.0, 1.0, 1.0), spread),
        booster_text=_stump(len(names), None),
        level=-4.0,
        missing_as={},
        block=InvoiceBlock(0.3, 0.1, 0.05),
        unseen_sd=0.2,
        form_and_year_sd=0.1,
        grades=(Grade("A", 0.005), Grade("B", 0.02), Grade("C", 0.05), Grade("D", 1.0)),
        interval_level=0.9,
    )


@pytest.fixture(scope="session")
def quick_limit() -> DebtCapacityModel:
    """Two boosters of one tree: .75 more (in log(1 + limit)) from a revenue of 500 wan on."""
    book = read_codebook()
    names = limit_feature_names(book)
    text = _stump(len(names), names.index("revenue_log_wan"), log1p(499.5), 0.75)
    return DebtCapacityModel(
        version="limit-quick",
        codebook_digest=book.digest,
        data_digest="2" * 64,
        code="quick",
        feature_names=names,
        low_quantile=0.2,
        offsets_log=(log(401.0) - 0.75, log(801.0) - 0.75),
        shift_log=0.0,
        reference_tenor_months=36,
        reference_annual_rate=0.045,
        low_text=text,
        median_text=text,
    )


@pytest.fixture(scope="session")
def quick_peers() -> Peers:
    """Medians and ranges that no firm of ``quick_case`` lies outside of."""
    names = risk_feature_names(read_codebook())
    middle = dict.fromkeys(names, 0.5) | {"revenue_log_wan": log1p(1005.0)}
    return Peers(
        median=dict.fromkeys(GROWTH_STAGES, middle),
        p95={stage: dict.fromkeys(names, 1e6) for stage in GROWTH_STAGES},
        low=dict.fromkeys(names, -1e6),
        high=dict.fromkeys(names, 1e6),
    )


@pytest.fixture(scope="session")
def quick_engine(quick_card, quick_risk, quick_limit, quick_peers) -> QuotaEngine:
    """The hand-made models as one engine, no policy certified."""
    return QuotaEngine(quick_card, quick_risk, quick_limit, quick_peers, read_codebook())


@pytest.fixture(scope="session")
def quick_policy() -> CreditPolicy:
    """The standard example bank's."""
    return read_policy()


@pytest.fixture(scope="session")
def quick_case() -> Callable[..., dict[str, Any]]:
    """Makes the row of a firm with nothing against it; ``quick_case(revenue_wan=30.0)`` changes members.

    A grown software firm of six years: revenue 1,000 wan, debt 200 wan, every indicator half way up, invoices shown.
    """
    book = read_codebook()

    def make(**change: Any) -> dict[str, Any]:
        return _firm(book) | change

    return make


@pytest.fixture(scope="session")
def quick_known() -> dict[str, date]:
    """The day every value of ``quick_case`` was known, by key."""
    return dict.fromkeys([*read_codebook().keys, *(fact.key for fact in read_credit_facts())], QUICK_KNOWN)


def _firm(book: Codebook) -> dict[str, Any]:
    identity = {
        "uscc": fictitious_uscc(7),
        "as_of": QUICK_DAY,
        "industry": "I65",
        "size_rule": "software",
        "age_years": 6.0,
        "revenue_band": "growth",
        "growth_stage": "growth",
        "size_class": "small",
        "legacy_micro": False,
    }
    indicators = {item.key: (item.low + item.high) / 2 for item in book}
    facts = {fact.key: 0.0 for fact in read_credit_facts()} | {
        "revenue_wan": 1_000.0,
        "headcount": 60.0,
        "assets_wan": 1_500.0,
        "operating_cash_flow_wan": 150.0,
        "existing_debt_wan": 200.0,
    }
    plain = {"rd_expense": 100.0, "revenue_growth": 0.2, "net_profit_margin": 0.1}
    return identity | indicators | plain | facts | dict.fromkeys(INVOICE_FEATURES, 0.0)


def _stump(width: int, column: int | None, cut: float = 0.0, rise: float = 0.0) -> str:
    """A LightGBM text of one tree: 0 up to ``cut`` of a column and ``rise`` above it; without a column always 0."""
    x, y = np.zeros((8, width)), np.zeros(8)
    if column is not None:
        x[:4, column], x[4:, column], y[4:] = cut - 1.0, cut + 1.0, rise
    settings = {
        "objective": "regression", "boost_from_average": False, "learning_rate": 1.0, "num_leaves": 2,
        "min_data_in_leaf": 1, "min_data_in_bin": 1, "verbosity": -1, "num_threads": 1, "deterministic": True,
    }  # fmt: skip
    return lgb.train(settings, lgb.Dataset(x, y), 1).model_to_string()


BOOK = read_codebook()
DAY = date(2024, 6, 30)
# A debt capacity counts in loans at this rate and over 12 months, so such a loan takes a yuan of it for each yuan.
RATE = 0.05
LOAN = ProductTerms(
    min_tenor_months=3, max_tenor_months=24, purposes=("working_capital", "equipment"), annual_rate=RATE,
    tenor_premium=0.01, cap_share=1.0,
)  # fmt: skip
BANK = read_policy().model_copy(
    update={
        "min_points": 20.0, "full_points": 60.0, "min_coverage": 0.6, "pd_cutoff": 0.08, "refer_level": 0.9,
        "overdue_refer_days": 30, "overdue_decline_days": 90, "exclusion_list": (), "excluded_industries": (),
        "base_need_wan": 50.0, "min_quota_wan": 10.0, "exposure_cap_wan": 2000.0, "el_budget_wan": 4.0, "lgd": 0.5,
        "stage_cap_wan": {"startup": 200.0, "growth": 600.0, "stable": 1000.0},
        "expert_cap_wan": {"startup": 100.0, "growth": 300.0, "stable": 500.0},
        "working_capital_turns": 4.0, "rd_need_share": 0.6, "risk_premium": 0.0, "max_annual_rate": 0.10,
        "funding_rate": 0.02, "utilisation": 0.5, "strain": 1.0, "operating_cost_wan": 0.038, "capital_share": 0.08,
        "min_raroc": 0.01, "validity_days": 90,
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
    "uscc": "914403001922038216", "as_of": DAY, "industry": "software", "legacy_micro": False, "growth_stage": "growth",
    "revenue_band": "growth", "size_class": "small",
    "revenue_wan": 1000.0, "revenue_growth": 0.2, "rd_expense": 100.0, "existing_debt_wan": 100.0, "headcount": 40.0,
}  # fmt: skip
# At 90 % the odds of default lie between half and twice 1 : 49, so the PD between 1 / 99 and 2 / 51.
FIGURES: dict[str, Any] = {
    "pd_12m": 0.02, "pd_low": 0.01, "pd_high": 0.03, "risk_grade": "B",
    "log_odds_mid": -log(49.0), "log_odds_sd": log(2.0) / NormalDist().inv_cdf(0.95),
    "log_odds_hidden_mid": 9.0, "log_odds_hidden_sd": 1.0,  # without its invoices all would be worse: limits nothing
    "capacity_low_wan": 400.0, "capacity_median_wan": 600.0,
    "total": 50.0, "base": 40.0, "bonus": 10.0, "percentile": 0.75, "peer_group": "growth|software", "n_peers": 30,
    **{f"dim_{name}": float(position) for position, name in enumerate(BOOK.dimensions, start=1)},
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
    columns = {name: row[name] for name in ("uscc", "as_of", "industry", "growth_stage")}
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
def bank() -> CreditPolicy:
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


def firm_situation(
    row: Mapping[str, Any], requested: Mapping[str, Any], policy: CreditPolicy, issued: LossCertificate, **figures: Any
) -> Situation:
    """The firm at a bank; its models conclude the same of it whatever it owes."""
    case = firm_measured(row, **figures)

    def again(facts: Mapping[str, Any]) -> Measured:
        return case.without_reasons().take(np.zeros(len(next(iter(facts.values()))), dtype=int)).with_columns(**facts)

    return Situation(case, requested, policy, issued, again)


@pytest.fixture(scope="session")
def situation():
    """One firm at one bank: ``row``, ``bank``, ``requested`` and figures are what differs from the round ones."""

    def make(row=None, bank=None, requested=None, *, certified=False, **figures: Any) -> Situation:
        policy = BANK.model_copy(update=bank or {})
        issued = CERTIFIED if certified else not_assessed(policy.bank_id, policy.version, policy.digest)
        return firm_situation(ROW | (row or {}), REQUEST | (requested or {}), policy, issued, **figures)

    return make


@pytest.fixture(scope="session")
def explain(situation):
    """The explanation of the decision on ``situation``."""

    def make(row=None, bank=None, requested=None, *, certified=False, **figures: Any) -> Explanation:
        case = situation(row, bank, requested, certified=certified, **figures)
        columns = {name: np.array([case.requested[name]]) for name in REQUEST_MEMBERS}
        decided = decide_columns(case.measured, columns, case.policy, case.issued)
        return Explanation(ROW | (row or {}), case, decided, 0, BOOK)

    return make
