"""Values that a caller sent, in a request or a table: what contradicts itself or lies beyond training is referred."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_credit_facts
from data.contradictions import MEMBERS
from data.growth_stages import growth_stage
from data.requests import EnterpriseFacts, QuotaRequest
from data.uscc import fictitious_uscc
from models.quota.engine import read_policies, read_policy
from serving.consents.check import Rights
from serving.decide.table_rows import case_columns
from serving.sent_values import contradiction_texts, worse_keys
from tests.serving.conftest import AMOUNT

pytestmark = pytest.mark.law
CREDIT = tuple(fact.key for fact in read_credit_facts())
CONTRADICTORY = {  # what is set in an approved firm's values -> what is said of it
    "debt above all liabilities": (
        lambda row: {"existing_debt_wan": row["assets_wan"] * 2.0, "debt_to_asset_ratio": 0.4},
        "银行借款余额",
    ),
    "R&D above total cost": (lambda row: {"rd_expense": row["revenue_wan"] * 3.0}, "研发费用为"),
    "R&D share without the expense": (lambda row: {"rd_intensity": 7.9}, "研发费用占营收比重为"),
    "relief above what R&D gives": (lambda row: {"rd_super_deduction": row["rd_expense"]}, "加计扣除"),
    "cash flow above revenue": (lambda row: {"operating_cash_flow_wan": row["revenue_wan"] * 3.0}, "经营现金流为"),
    "R&D staff of no staff": (lambda row: {"headcount": 0.0, "rd_staff_ratio": 0.5}, "科研人员占比为"),
    "more graduates than staff": (lambda row: {"fresh_graduates_hired": row["headcount"] * 2.0 + 2.0}, "应届毕业生为"),
}


@pytest.mark.parametrize(("change", "result"), CONTRADICTORY.values(), ids=CONTRADICTORY)
def test_values_that_contradict_each_other_are_never_approved(job, service, change, result):
    """In a table and in a single request, of firms that are approved without them; the sentence names what is wrong."""
    frame = service.snapshot.cases
    _, before = job(rows=300)
    codes = set(before.loc[before["outcome"] == "preapproved", "uscc"])
    assert len(codes) >= 3
    changed = {uscc: change(frame[uscc].row) for uscc in codes}

    def put_in(table):
        columns = {key for values in changed.values() for key in values}
        for key in columns:
            new = table["uscc"].map({uscc: values[key] for uscc, values in changed.items()})
            table[key] = new.where(new.notna(), table[key])
        return table

    _, after = job(put_in, rows=300, own_values=True)
    hit = after.loc[after["uscc"].isin(codes)]
    assert not (hit["outcome"] == "preapproved").any()
    assert hit["findings"].str.contains("contradiction").all()
    assert hit["warnings"].str.contains(result).all()
    rest = ~after["uscc"].isin(codes)
    assert (after.loc[rest, "outcome"] == before.loc[rest, "outcome"]).all()
    book = service.models.engine.codebook
    for uscc, values in list(changed.items())[:3]:
        facts = {key: value for key, value in values.items() if key not in book.keys}
        own = EnterpriseFacts(
            known_at=date(2024, 6, 30), credit_facts=facts,
            indicators={key: value for key, value in values.items() if key in book.keys},
        )  # fmt: skip
        request = QuotaRequest(request_id="r", uscc=uscc, enterprise=own, **AMOUNT)
        case = service.snapshot.case_of(request, Rights(take=True, personal=True))
        answer = service.models.decide(case, request, read_policy(), service.facts("standard"))
        assert answer["outcome"] != "preapproved"
        assert any(result in one["zh"] for one in answer["warnings"] if one["code"] == "contradiction")


def test_a_banks_own_fact_that_contradicts_the_record_is_referred(job, service):
    """Debt that a bank knows of, above all liabilities that were filed; the same in the table."""
    _, before = job(rows=300)
    chosen = before.loc[before["outcome"] == "preapproved", "uscc"].iloc[0]
    row = service.snapshot.cases[chosen].row
    debt = math.ceil(row["assets_wan"] * row["debt_to_asset_ratio"] * 1.2 + 2.0)
    request = QuotaRequest(request_id="r", uscc=chosen, bank_facts={"existing_debt_wan": debt}, **AMOUNT)
    answer = service.quota(request, read_policy())
    assert "contradiction" in [one["code"] for one in answer["warnings"]]
    assert answer["outcome"] != "preapproved"
    facts = np.where(before["uscc"] == chosen, float(debt), 0.0)
    _, after = job(lambda frame: frame.assign(bank_existing_debt_wan=facts), rows=300)
    assert after.loc[after["uscc"] == chosen, "findings"].str.contains("contradiction").all()
    assert not after.loc[after["uscc"] != chosen, "findings"].str.contains("contradiction").any()


def test_values_beyond_all_that_the_models_learned_from_are_referred_in_a_table_too(job):
    """Revenue in yuan where 10,000 yuan are the unit, as in a single request; the record's own values are not."""
    _, before = job(rows=300)
    free = (before["outcome"] == "preapproved").to_numpy()

    def in_yuan(frame):
        revenue = np.where(free, np.minimum(frame["revenue_wan"] * 10_000.0, 5e7), frame["revenue_wan"])
        return frame.assign(revenue_wan=revenue, growth_stage=growth_stage(revenue, frame["age_years"].to_numpy()))

    _, after = job(in_yuan, rows=300, own_values=True)
    assert free.sum() >= 3
    assert not (after.loc[free, "outcome"] == "preapproved").any()
    assert after.loc[free, "findings"].str.contains("out_of_range").all()
    assert (after.loc[~free, "outcome"] == before.loc[~free, "outcome"]).all()


def test_without_the_packed_record_every_value_is_the_callers(job, trained):
    """The same table is at most decided more strictly."""
    _, packed = job(rows=300)
    _, alone = job(rows=300, packed=False)
    rank = {"preapproved": 0, "manual_review": 1, "insufficient_data": 2, "declined": 3}
    assert (alone["outcome"].map(rank) >= packed["outcome"].map(rank)).all()
    assert alone["findings"].str.contains("contradiction").sum() > 0
    assert not packed["findings"].str.contains("contradiction").any()


def test_only_a_value_that_was_sent_contradicts():
    """Debt of 600 against liabilities of 0.5 x 1,000: broken by any of the three, and by none of the agencies' own."""
    row = dict.fromkeys(MEMBERS, np.nan) | {
        "existing_debt_wan": 600.0, "debt_to_asset_ratio": 0.5, "assets_wan": 1_000.0,
    }  # fmt: skip
    for sent, n in (((), 0), (("revenue_wan",), 0), (("existing_debt_wan",), 1), (("assets_wan", "rd_expense"), 1)):
        assert len(contradiction_texts(row, sent)) == n
    allowed = row | {"existing_debt_wan": 551.0}  # 500, a tenth more, and 1 of rounding
    assert contradiction_texts(allowed, MEMBERS) == ()
    assert len(contradiction_texts(row | {"existing_debt_wan": 551.5}, MEMBERS)) == 1


def test_the_facts_that_a_bank_replaced_are_the_ones_that_changed():
    """None where the row is the very same."""
    row = {"existing_debt_wan": 10.0, "overdue_days_max_24m": 0.0, "guarantees_wan": 5.0}
    assert worse_keys(row, row) == frozenset()
    assert worse_keys(row, {**row, "guarantees_wan": 6.0}) == {"guarantees_wan"}


def known(value):
    return value is not None and not math.isnan(value)


BANKS = {policy.bank_id: policy for policy in read_policies()}


@pytest.mark.parametrize("bank", ["standard", "growth"])
def test_leaving_a_value_out_never_makes_an_approval(job, service, bank):
    """240 firms that a caller brings, some with values that contradict each other, and every value left out in turn.

    A referral for one value beyond all that the models learned from is no longer one without that value.
    """
    columns = case_columns(service.models.engine.codebook)

    def brought(frame):
        frame = frame.copy()
        frame.loc[:30, "rd_expense"] = frame.loc[:30, "revenue_wan"] * 3.0
        frame.loc[31:60, "fresh_graduates_hired"] = frame.loc[31:60, "headcount"] * 2.0 + 2.0
        frame.loc[61:90, "rd_intensity"] = 7.9
        frame.loc[91:120, "existing_debt_wan"] = frame.loc[91:120, "assets_wan"] * 2.0
        whole = frame.assign(requested_amount_cny=20_000_000, left_out="")
        parts = [whole.assign(**{name: None if whole[name].dtype == object else np.nan}, left_out=name)
                 for name in columns if name not in ("industry", "size_rule")]  # fmt: skip
        table = pd.concat([whole, *parts], ignore_index=True)
        return table.assign(growth_stage=growth_stage(table["revenue_wan"].to_numpy(), table["age_years"].to_numpy()))

    _, table = job(brought, rows=240, packed=False, policy=BANKS[bank])
    whole, rest = table["outcome"].to_numpy()[:240], table["outcome"].to_numpy()[240:].reshape(-1, 240)
    names = np.array([name for name in columns if name not in ("industry", "size_rule")])
    suspect = (table["findings"].iloc[:240] == "out_of_range").to_numpy()  # a value beyond training; without it none is
    made = (rest == "preapproved") & (whole != "preapproved") & ~suspect
    assert suspect.sum() <= 12
    assert not made.any(), [(names[at], table["uscc"][firm]) for at, firm in np.argwhere(made)[:20]]
    assert (whole == "preapproved").sum() >= 3
    assert table["findings"].str.contains("unchecked").any()


def test_what_cannot_be_checked_is_referred_by_name(job, service):
    """A brought firm that is approved with all its values: without the expense of R&D it is referred, and why."""
    book, policy = service.models.engine.codebook, read_policy()

    def decided(row, left_out=()):
        held = {key: float(row[key]) for key in (*book.keys, *CREDIT) if known(row[key]) and key not in left_out}
        own = EnterpriseFacts(
            industry=row["industry"], size_rule=row["size_rule"], known_at=date(2024, 6, 30),
            founded_on=date(2024, 6, 30) - timedelta(days=round(row["age_years"] * 365.25)),
            indicators={key: value for key, value in held.items() if key in book.keys},
            credit_facts={key: value for key, value in held.items() if key not in book.keys},
        )  # fmt: skip
        request = QuotaRequest(request_id="r", uscc=fictitious_uscc(900_003), enterprise=own, tenor_months=36, **AMOUNT)
        return service.quota(request, policy)

    rows = (case.row for case in service.snapshot.cases.values())
    row = next(row for row in rows if decided(row)["outcome"] == "preapproved")
    answer = decided(row, ("rd_expense",))
    assert answer["outcome"] == "manual_review"
    (result,) = [one for one in answer["warnings"] if one["code"] == "unchecked"]
    assert result["zh"] == "所送数据缺少以下项，无法相互核对：研发费用。"
    assert result["en"] == "Left out of the values sent, which cannot be checked without: R&D expense."
    assert "unchecked" in answer["constraints_hit"]
