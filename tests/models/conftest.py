"""Hand-made models of every kind and one firm, for tests that need a whole answer and no trained cohort.

The models are small enough to follow by hand, and read the same columns as trained ones:

- points : full marks of the codebook by stage; the share of them is the place between the codebook's ends
- risk   : log-odds = -4 - .5 (log revenue - log 1,001) + (debt / revenue - .2) + .02 overdue days, nothing from shown
  invoices but 2 x the share of void ones; hidden invoices add .3; 2 declared spreads, .2 and .1
- limit  : 400 wan cautious and 800 median; 188.4 and 377.4 where revenue is below 500 wan or unknown
- peers  : every median .5, but revenue 1,005 wan; 95th percentiles and ranges are wide
"""

from __future__ import annotations

import locale
from collections.abc import Callable
from datetime import date
from math import log, log1p
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from data.codebook import Codebook, read_codebook, read_credit_facts
from data.stages import STAGE3
from data.uscc import fictitious_uscc
from features.invoices import INVOICE_FEATURES
from features.quota import limit_feature_names
from features.risk import risk_feature_names
from models.points import PointsCard
from models.points_file import Earns
from models.quota import BankPolicy, LimitModel, QuotaEngine, read_policy
from models.quota_peers import Peers
from models.risk import Grade, InvoiceBlock, RiskModel
from models.risk_layer import Layer, Term

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
        points={stage: {item.key: [0.0, item.weights[stage]] for item in book} for stage in STAGE3},
        reference=dict.fromkeys(STAGE3, ranks),
        size_peers={"all": ([0.0, 130.0], [0.0, 1.0])},
        peer_counts={"size:all": 1_000, **dict.fromkeys(STAGE3, 300)},
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
def quick_limit() -> LimitModel:
    """Two boosters of one tree: .75 more (in log(1 + limit)) from a revenue of 500 wan on."""
    book = read_codebook()
    names = limit_feature_names(book)
    text = _stump(len(names), names.index("revenue_log_wan"), log1p(499.5), 0.75)
    return LimitModel(
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
        median=dict.fromkeys(STAGE3, middle),
        p95={stage: dict.fromkeys(names, 1e6) for stage in STAGE3},
        low=dict.fromkeys(names, -1e6),
        high=dict.fromkeys(names, 1e6),
    )


@pytest.fixture(scope="session")
def quick_engine(quick_card, quick_risk, quick_limit, quick_peers) -> QuotaEngine:
    """The hand-made models as one engine, no policy certified."""
    return QuotaEngine(quick_card, quick_risk, quick_limit, quick_peers, read_codebook())


@pytest.fixture(scope="session")
def quick_policy() -> BankPolicy:
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
        "stage5": "growth",
        "stage3": "growth",
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
