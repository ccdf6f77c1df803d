"""Every enterprise of the small cohort as it is and with broken values, and certificates whose limits bite."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook, read_credit_facts
from data.requests import BankFacts, QuotaRequest
from models.quota.certificate import CertificateStatement, LossCertificate
from models.quota.engine import QuotaEngine, case_rows

BOOK = read_codebook()
AMOUNT, MONTHS = 10_000_000, 36


def request(uscc: str, amount: int = AMOUNT, **facts: float) -> QuotaRequest:
    return QuotaRequest(
        request_id=f"r{uscc}",
        uscc=uscc,
        requested_amount_cny=amount,
        tenor_months=MONTHS,
        bank_facts=BankFacts(**facts),
    )


def ask_all(engine, rows, policy, amount: int = AMOUNT, tenor: int = MONTHS) -> list[dict]:
    """One answer for every case, without drivers."""
    prepared = engine.prepare([row for row, _ in rows], [known for _, known in rows], reasons=False)
    requested = [request(row["uscc"], amount).model_copy(update={"tenor_months": tenor}) for row, _ in rows]
    return engine.answers(prepared, requested, policy)


def certificate(engine: QuotaEngine, policy, loans: int = 210, **change) -> LossCertificate:
    """A certificate whose taper and largest amount bite, for this policy, these models and the next ``loans``."""
    given = {
        "models": engine.models_digest, "parameters": "p" * 64, "cohort": "c" * 64, "status": "certified",
        "statements": (
            CertificateStatement("expected", True, 0.01, 0.1, 0.9, None, 0.0, None),
            CertificateStatement("realised", True, 0.02, 0.1, 0.75, loans, 0.0, None),
            CertificateStatement("realised", False, 0.02, 0.1, 0.75, loans, 0.04, 7_000),
            CertificateStatement("realised", False, 0.02, 0.1, 0.75, loans, 0.12, None),
        ),
        "n": 2_000, "firms": 700, "vintages": 8, "first_year": 2016, "last_year": 2023, "loss_rate": 0.0048,
        "loss_rate_bound": 0.0083, "taper_end_pd": 0.05, "largest_wan": 260.0, "total_wan": 27_300.0,
        "approved_share": 0.645,
    }  # fmt: skip
    return replace(engine.certificate(policy), **(given | change))


@pytest.fixture(scope="module")
def certified_engine(trained):
    """A certified policy, which says nothing of more than 12 months."""
    issued = certificate(trained.engine, trained.policy)
    return replace(trained.engine, certificates={trained.policy.digest: issued})


@pytest.fixture(scope="module")
def odd_frame(trained):
    """Every enterprise of the snapshot, and with them values that are missing, infinite or out of range."""
    frame, rng = trained.snapshot.frame.copy(), np.random.default_rng(3)
    broken = frame.sample(500, random_state=1).reset_index(drop=True)
    keys = [*BOOK.keys, *(fact.key for fact in read_credit_facts())]
    for position, key in enumerate(rng.choice(keys, 500)):
        broken.loc[position, key] = rng.choice([np.nan, np.inf, -1e12, 1e12])
    broken.loc[::50, "growth_stage"] = "unknown"
    return pd.concat([frame, broken], ignore_index=True)


@pytest.fixture(scope="module")
def odd_rows(odd_frame, trained):
    known = trained.snapshot.known_at
    known = known.iloc[np.arange(len(odd_frame)) % len(known)].reset_index(drop=True)
    return case_rows(odd_frame, known)
