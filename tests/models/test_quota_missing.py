"""Hiding never helps: whatever an enterprise or an agency does not show, no amount rises and no outcome is milder."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook, read_credit_facts
from data.requests import QuotaRequest
from experiments.quota_planted import in_climate
from features.invoices import INVOICE_FEATURES
from models.quota import case_rows, read_policies
from models.quota_decide import decide_columns
from models.quota_rules import RULES, STRICTNESS

pytestmark = pytest.mark.law
BOOK = read_codebook()
BY_AGENCY: dict[str, list[str]] = {}
for _item in (*BOOK, *read_credit_facts()):
    BY_AGENCY.setdefault(_item.agency, []).append(_item.key)
SOURCES = BY_AGENCY | {"invoices": list(INVOICE_FEATURES)}
SINGLE = {key: [key] for keys in SOURCES.values() for key in keys}
FACTS = [fact.key for fact in read_credit_facts()]
READS = {name for name, rule in RULES.items() if rule.figures == "reads"}
RANK = {outcome: rank for rank, outcome in enumerate(STRICTNESS)}


@pytest.fixture(scope="module")
def trained(trained):
    """The small cohort's models where defaults are as frequent as in the zone, so that a bank lends at all."""
    return SimpleNamespace(**vars(trained) | {"engine": in_climate(trained.engine, trained.snapshot.frame, 0.02)})


@pytest.mark.parametrize("source", [*SOURCES, *SINGLE])
@pytest.mark.parametrize("months", [12, 36])
def test_hiding_a_source_or_a_column_never_raises_a_term_or_softens_an_outcome(trained, source, months):
    """Every term, the amount and the outcome of every firm, for three banks."""
    frame, engine = trained.snapshot.frame, trained.engine
    keys = (SOURCES | SINGLE)[source]
    shown, hidden = engine.measure(frame), engine.measure(frame.assign(**dict.fromkeys(keys, np.nan)))
    asked = {"requested_amount_cny": np.full(len(frame), 10_000_000), "tenor_months": np.full(len(frame), months)}
    for policy in read_policies()[::4]:
        valid = ~shown.outside.any(axis=1)  # a value that cannot be is no value
        before, after = (decide_columns(one, asked, policy, engine.certificate(policy)) for one in (shown, hidden))
        # Shown invoices of which the model is sure that they are bad can lead to a human by the interval alone, where
        # hiding them leaves the same PD and a lower interval: the known exception, few firms.
        milder = (before.limited_by == "pd_interval") & (source == "invoices")
        assert (milder & (after.outcome == "indicative_approve")).mean() <= 0.005
        valid &= ~milder
        assert (after.amount_wan <= before.amount_wan)[valid].all()
        rose = after.terms > before.terms  # a term that is not known is no amount
        assert not rose[valid].any(), [int(count) for count in rose[valid].sum(axis=0)]
        ranks = [pd.Series(one.outcome).map(RANK).to_numpy() for one in (before, after)]
        assert ((ranks[1] >= ranks[0]) | (after.outcome == "insufficient_data"))[valid].all()


def test_what_is_missing_is_listed_and_a_rule_that_needs_it_is_not(trained):
    """Indicators, credit facts and invoices; with too few data no rule counts that compares a model's figure."""
    frame, known, engine = trained.snapshot.frame, trained.snapshot.known_at, trained.engine
    hide = {"revenue_wan": ["revenue_wan"], "rd_intensity": ["rd_intensity"], "invoices": list(INVOICE_FEATURES)}
    policy = read_policies()[0]
    strict = policy.model_validate(policy.model_dump() | {"pd_cutoff": 1e-6, "hurdle_raroc": 1.0})
    for name, keys in hide.items():
        rows = case_rows(frame.head(20).assign(**dict.fromkeys(keys, np.nan)), known.head(20))
        counted = 0
        for row, days in rows:
            request = QuotaRequest(request_id="r", uscc=row["uscc"], requested_amount_cny=3_000_000)
            answer = engine.decide_row(row, days, request, strict)
            unknown = [key for key in [item.key for item in BOOK] + FACTS if row[key] != row[key]]
            assert [key for key in answer["missing"] if key != "invoices"] == unknown
            assert name in answer["missing"]
            if answer["decision"] == "insufficient_data":
                counted += 1
                assert not READS & set(answer["constraints_hit"])
                assert answer["constraints_hit"]
        assert counted >= 10 or name != "revenue_wan"
