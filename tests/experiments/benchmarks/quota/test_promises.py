"""The check that carries advice out finds each kind of promise that is not kept."""

from __future__ import annotations

import pytest

from data.requests import QuotaRequest
from experiments.benchmarks.quota.promises import NOTHING_ALONE, broken_promises, lowered
from models.quota.engine import case_rows

pytestmark = pytest.mark.law


@pytest.fixture(scope="module")
def approved(trained):
    """A firm with a quota for 500,000 yuan, its request and its answer, at the packed policy."""
    frame, known = trained.snapshot.frame.iloc[:60], trained.snapshot.known_at.iloc[:60]
    rows, days = zip(*case_rows(frame, known), strict=True)
    cases = trained.engine.prepare(rows, days)
    requests = [QuotaRequest(request_id="r", uscc=row["uscc"], requested_amount_cny=500_000) for row in rows]
    answers = trained.engine.answers(cases, requests, trained.policy)
    at = next(at for at, one in enumerate(answers) if one["quota"]["amount_wan"] >= 10)
    return trained, cases.take(at), requests[at], answers[at]


ADVICE = {"constraint": "need", "unit": "rule", "now": None, "needed": None, "gain_wan": None}
SENTENCES = [  # change, its figure, quota, sentence, quota of the answer (None: its own), kept
    ("tenor_months", 12.0, 1, "Apply for 12 months instead of 6: the quota would be CNY 10,000.", None, True),
    ("tenor_months", 12.0, 900_000, "Apply for 12 months instead of 6.", None, False),
    ("tenor_months", 12.0, None, "Apply for 12 months instead of 6: the bank would then review the case.", None, False),
    ("tenor_months", 12.0, None, "Apply for 12 months: the quota would be CNY 9,000,000,000.", None, False),
    ("existing_debt_wan", 0.0, 900_000, "Repay CNY 0 of bank debt.", None, False),
    (None, None, None, f"Other things equal, {NOTHING_ALONE}: more points.", 900_000, True),
    (None, None, None, f"Other things equal, {NOTHING_ALONE}: more points.", 0, False),
    (None, None, None, "Other things equal, no product of this bank would give a quota.", None, False),
]


@pytest.mark.parametrize(("change", "needed", "quota", "text", "now", "kept"), SENTENCES, ids=map(str, range(8)))
def test_what_is_promised_is_carried_out(approved, change, needed, quota, text, now, kept):
    """A promise of more than the case gives, or a denial of what it gives, is found; others are kept."""
    trained, cases, request, answer = approved
    rule = "product" if "no product" in text else "need"
    one = ADVICE | {"constraint": rule, "change": change, "now": needed, "needed": needed, "quota_wan": quota}
    amount = answer["quota"]["amount_wan"] if now is None else now
    said = answer | {"advice": [one | {"text_en": text}], "quota": answer["quota"] | {"amount_wan": amount}}
    count, broken = broken_promises(trained.engine, cases, [request], [said], trained.policy)
    assert (count, len(broken)) == (1, 0 if kept else 1), broken


@pytest.mark.parametrize(
    ("text", "guarantees_wan", "existing_debt_wan"),
    [
        ("End all CNY 5,000,000 of guarantees and repay CNY 4,880,000 of bank debt: the quota ...", 0.0, 12.25),
        ("End CNY 4,990,000 of guarantees: the quota ...", 1.0, 500.25),
        ("Repay CNY 4,880,000 of bank debt: the quota ...", 500.0, 12.25),
        ("Repay all CNY 5,000,000 of bank debt: the quota ...", 500.0, 0.0),
        ("End CNY 9,990,000 of guarantees: the quota ...", 0.0, 500.25),
        ("Reduce both by CNY 9,880,000 in total: the quota ...", 500.0, 500.25),
    ],
)
def test_debt_and_guarantees_are_lowered_as_the_sentence_says(text, guarantees_wan, existing_debt_wan):
    """Each by its own figure, to nothing where all of it is named; what the sentence does not name stays."""
    row = {"guarantees_wan": 500.0, "existing_debt_wan": 500.25, "headcount": 40.0}
    assert lowered(row, text) == row | {"guarantees_wan": guarantees_wan, "existing_debt_wan": existing_debt_wan}
