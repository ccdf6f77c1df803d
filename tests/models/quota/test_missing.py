"""Hiding never helps: whatever an enterprise or an agency does not show, no amount rises and no outcome is milder."""

from __future__ import annotations

import numpy as np
import pytest

from data.codebook import read_codebook, read_credit_facts
from data.growth_stages import UNKNOWN
from data.requests import QuotaRequest
from features.invoices.features import INVOICE_FEATURES
from models.quota.decide import Decided, decide_columns
from models.quota.engine import case_rows, read_policies
from models.quota.rules import RULES, STRICTNESS

pytestmark = pytest.mark.law
BOOK = read_codebook()
BY_AGENCY: dict[str, list[str]] = {}
for _item in (*BOOK, *read_credit_facts()):
    BY_AGENCY.setdefault(_item.agency, []).append(_item.key)
SOURCES = BY_AGENCY | {"invoices": list(INVOICE_FEATURES)}
SINGLE = {key: [key] for keys in SOURCES.values() for key in keys}


FACTS = [fact.key for fact in read_credit_facts()]
READS = {name for name, rule in RULES.items() if rule.figures == "reads"}
RANKS = np.array(STRICTNESS, dtype=object)
# By mean default risk: as frequent as in the zone, so that a bank lends at all; and near the banks' cut-offs.
TENORS = {0.02: (12, 36), 0.06: (6, 24)}


def decided(engine, measured, policy, months: int) -> Decided:
    """What a bank decides when every firm requests ten million over so many months."""
    requested = {
        "requested_amount_cny": np.full(len(measured), 10_000_000),
        "tenor_months": np.full(len(measured), months),
    }
    return decide_columns(measured, requested, policy, engine.certificate(policy))


def ranks(one: Decided) -> np.ndarray:
    return np.argmax(one.outcome[:, None] == RANKS, axis=1)


@pytest.fixture(scope="module")
def worlds(trained, in_climate):
    """By climate: the engine, the firms with all that they show, measured, and every decision on them."""
    result = []
    for mean, tenors in TENORS.items():
        engine = in_climate(trained.engine, trained.snapshot.frame, mean)
        shown = engine.measure(trained.snapshot.frame)
        requested = [(policy, months) for policy in read_policies() for months in tenors]
        result.append((engine, shown, [(*one, decided(engine, shown, *one)) for one in requested]))
    return result


@pytest.mark.parametrize("source", [*SOURCES, *SINGLE])
def test_hiding_a_source_or_a_column_never_raises_a_term_or_softens_an_outcome(trained, worlds, source):
    """Every term, the amount and the outcome of every firm, for all ten banks, at two tenors in each climate."""
    frame = trained.snapshot.frame.assign(**dict.fromkeys((SOURCES | SINGLE)[source], np.nan))
    for engine, shown, decisions in worlds:
        hidden = engine.measure(frame)
        valid = ~shown.outside.any(axis=1)  # a value that cannot be is no value
        for policy, months, before in decisions:
            after = decided(engine, hidden, policy, months)
            assert (after.amount_wan <= before.amount_wan)[valid].all()
            rose = after.terms > before.terms  # a term that is not known is no amount
            assert not rose[valid].any(), [int(count) for count in rose[valid].sum(axis=0)]
            milder = (ranks(after) < ranks(before)) & (after.outcome != "insufficient_data")
            assert not milder[valid].any(), (policy.bank_id, months, int(milder[valid].sum()))


def test_without_an_age_nobody_is_answered(trained, worlds):
    """No stage can be said then, so the outcome is too little data or a refusal that needs none."""
    frame = trained.snapshot.frame.assign(age_years=np.nan, growth_stage=UNKNOWN)
    for engine, _, decisions in worlds:
        hidden = engine.measure(frame)
        for policy, months, _ in decisions:
            assert np.isin(decided(engine, hidden, policy, months).outcome, ["insufficient_data", "declined"]).all()


def test_intervals_refer_firms_that_show_invoices(worlds):
    """What the law is about happens: at every bank the interval spans the cut-off, and alone it refers at many."""
    position, alone = list(RULES).index("pd_interval"), []
    for engine, shown, decisions in worlds:
        invoices = ~np.isnan(shown.values[:, engine.risk.feature_names.index(INVOICE_FEATURES[0])])
        for *_, result in decisions:
            assert (result.hit[:, position] & invoices).any()
            alone.append(((result.limited_by == "pd_interval") & invoices).any())
    assert np.sum(alone) >= 10


def test_what_is_missing_is_listed_and_a_rule_that_needs_it_is_not(trained, worlds):
    """Indicators, credit facts and invoices; with too few data no rule counts that compares a model's figure."""
    frame, known, engine = trained.snapshot.frame, trained.snapshot.known_at, worlds[0][0]
    hide = {"revenue_wan": ["revenue_wan"], "rd_intensity": ["rd_intensity"], "invoices": list(INVOICE_FEATURES)}
    policy = read_policies()[0]
    strict = policy.model_validate(policy.model_dump() | {"pd_cutoff": 1e-6, "min_raroc": 1.0})
    for name, keys in hide.items():
        rows = case_rows(frame.head(20).assign(**dict.fromkeys(keys, np.nan)), known.head(20))
        counted = 0
        for row, days in rows:
            request = QuotaRequest(request_id="r", uscc=row["uscc"], requested_amount_cny=3_000_000)
            answer = engine.decide_row(row, days, request, strict)
            unknown = [key for key in [item.key for item in BOOK] + FACTS if row[key] != row[key]]
            assert [key for key in answer["missing"] if key != "invoices"] == unknown
            assert name in answer["missing"]
            if answer["outcome"] == "insufficient_data":
                counted += 1
                assert not READS & set(answer["constraints_hit"])
                assert answer["constraints_hit"]
        assert counted >= 10 or name != "revenue_wan"
