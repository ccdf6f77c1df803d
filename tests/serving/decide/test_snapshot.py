"""What is known of an enterprise: its row of the packed snapshot, or what the request brings along."""

from __future__ import annotations

import json
import math
from datetime import date

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook, read_credit_facts
from data.requests import EnterpriseFacts, PointsRequest
from data.uscc import fictitious_uscc
from features.invoices.features import INVOICE_FEATURES
from serving.clock import Clock
from serving.contract.refusals import Refusal
from serving.decide.snapshot import FirmSnapshot, SnapshotError, read_inputs, value_faults
from serving.ledger.chain import canonical_json

pytestmark = pytest.mark.contract
BOOK, CLOCK, DAY = read_codebook(), Clock("Asia/Shanghai", date(2024, 7, 10)), date(2024, 6, 30)
USCC, STRANGER = fictitious_uscc(1), fictitious_uscc(2)
KEYS = [*BOOK.keys, *(fact.key for fact in read_credit_facts())]
GOOD = {"industry": "software", "size_rule": "software", "founded_on": date(2015, 1, 1), "known_at": DAY}


@pytest.fixture
def tables():
    """A snapshot of one enterprise: revenue 800 wan, age 5 years, everything else 0 or unknown."""
    identity = {
        "uscc": USCC, "as_of": pd.Timestamp(DAY), "industry": "software", "size_rule": "software", "age_years": 5.0,
        "revenue_band": "growth", "growth_stage": "growth", "size_class": "small", "legacy_micro": 0.0,
    }  # fmt: skip
    values = dict.fromkeys(KEYS, 0.0) | {"revenue_wan": 800.0, "vc_funding_3y": math.nan}
    known = {key: pd.NaT if math.isnan(values[key]) else pd.Timestamp(DAY) for key in KEYS}
    return pd.DataFrame([identity | values | dict.fromkeys(INVOICE_FEATURES, math.nan)]), pd.DataFrame([known])


@pytest.fixture
def load(tmp_path):
    """Writes two tables and reads them as a snapshot."""

    def loaded(cases, known_at):
        cases.to_parquet(tmp_path / "cases.parquet", index=False)
        known_at.to_parquet(tmp_path / "known_at.parquet", index=False)
        return FirmSnapshot.load(tmp_path, BOOK, CLOCK)

    return loaded


def request(uscc=USCC, **enterprise):
    facts = EnterpriseFacts(**enterprise) if enterprise else None
    return PointsRequest(uscc=uscc, enterprise=facts)


def test_a_case_is_its_row_and_reads_back_from_its_record(load, tables):
    """Unknown stays unknown, and what was written as JSON is the same case again."""
    case = load(*tables).case_of(request())
    assert (case.row["revenue_wan"], case.known["vc_funding_3y"], case.outside) == (800.0, None, ())
    again = read_inputs(json.loads(canonical_json(case.inputs)), BOOK)
    assert canonical_json(again.inputs) == canonical_json(case.inputs)
    assert math.isnan(again.row["vc_funding_3y"])
    assert (again.fresh_until, again.outside) == (case.fresh_until, case.outside)


def test_a_snapshot_that_is_corrupt_is_named(load, tables, tmp_path):
    """Two days, a day ahead, rows without their days, an infinite value, no file."""
    cases, known = tables
    ahead, other = cases.assign(as_of=pd.Timestamp("2024-07-11")), cases.assign(as_of=pd.Timestamp("2024-06-29"))
    for changed, days, said in (
        (pd.concat([cases, other]), pd.concat([known, known]), "holds 2 days"),
        (ahead, known, "after today, 2024-07-10"),
        (cases, pd.concat([known, known]), "holds 1 rows, known_at.parquet 2"),
        (cases.assign(revenue_wan=math.inf), known, r"infinite values in \['revenue_wan'\]"),
    ):
        with pytest.raises(SnapshotError, match=said):
            load(changed, days)
    (tmp_path / "known_at.parquet").unlink()
    with pytest.raises(SnapshotError, match=r"known_at.parquet cannot be read"):
        FirmSnapshot.load(tmp_path, BOOK, CLOCK)


def test_an_unknown_enterprise_must_bring_its_facts(load, tables):
    """Without them it is unknown; with some, every one that is needed is named; with all, unknown values are NaN."""
    snapshot = load(*tables)
    with pytest.raises(Refusal) as found:
        snapshot.case_of(request(STRANGER))
    assert found.value.key == "unknown-enterprise"
    with pytest.raises(Refusal) as found:
        snapshot.case_of(request(STRANGER, known_at=DAY))
    needed = {"enterprise.industry", "enterprise.size_rule", "enterprise.founded_on"}
    assert {fault.where for fault in found.value.faults} == needed
    case = snapshot.case_of(request(STRANGER, **GOOD, indicators={"rd_expense": 120.0}))
    assert (case.row["rd_expense"], case.known["rd_expense"]) == (120.0, DAY)
    assert math.isnan(case.row["revenue_wan"])
    assert case.sources(BOOK)["tax"] is None  # no agency delivered what the asker sent


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"founded_on": date(2024, 7, 1)}, "enterprise.founded_on"),  # after the day of the facts
        ({"known_at": date(2024, 7, 11)}, "enterprise.known_at"),  # after today
        ({"founded_on": date(1949, 9, 30)}, "enterprise.founded_on"),
        ({"industry": "mining"}, "enterprise.industry"),
        ({"size_rule": "tiny"}, "enterprise.size_rule"),
        ({"indicators": {"rd_staff_ratio": 1.01}}, "enterprise.indicators.rd_staff_ratio"),
        ({"credit_facts": {"headcount": 2.5}}, "enterprise.credit_facts.headcount"),
        ({"indicators": {"revenue": 1.0}}, "enterprise.indicators.revenue"),
    ],
)
def test_a_fact_that_cannot_be_is_refused_with_its_position(load, tables, changed, where):
    """One fault, where it is."""
    with pytest.raises(Refusal) as found:
        load(*tables).case_of(request(STRANGER, **GOOD | changed))
    assert [fault.where for fault in found.value.faults] == [where]


def test_the_codebooks_limits_are_allowed_and_missing_is_no_fault():
    """Staff: 0 and a million, whole; a half, one fewer and one more are not."""
    staff = next(fact for fact in read_credit_facts() if fact.key == "headcount")
    (_, outside), (_, broken) = value_faults(staff, np.array([0.0, 1e6, math.nan, -1.0, 1e6 + 1, 2.5]))
    assert outside.tolist() == [False, False, False, True, True, False]
    assert broken.tolist() == [False, False, False, False, False, True]


def test_a_district_of_the_snapshot_is_in_no_case(load, tables):
    """No decision needs it: with it and without, the record is the same to the byte."""
    cases, known = tables
    plain, grouped = (load(one, known).case_of(request()) for one in (cases, cases.assign(district="滨江区")))
    assert canonical_json(grouped.inputs) == canonical_json(plain.inputs)


def test_the_district_is_kept_beside_the_cases_and_in_none(load, tables):
    """For grouping alone: a case with it, without it, and of a snapshot that has no such column."""
    cases, known_at = tables
    assert load(cases, known_at).districts == {USCC: "not_given"}
    for given, kept in (("滨江区", "滨江区"), (None, "not_given")):
        snapshot = load(cases.assign(district=[given]), known_at)
        assert snapshot.districts == {USCC: kept}
        assert "district" not in snapshot.case_of(request()).row
