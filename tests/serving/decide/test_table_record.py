"""A table beside the agencies' record: refused by column, or taken as a request's own values are."""

from __future__ import annotations

from datetime import date

import numpy as np
import orjson
import pandas as pd
import pytest

from data.codebook import read_credit_facts
from data.growth_stages import growth_stage
from data.requests import EnterpriseFacts, QuotaRequest
from models.quota.engine import read_policy
from serving.consents.check import Rights
from serving.decide.safeguard import veto_keys
from tests.serving.conftest import AMOUNT

pytestmark = pytest.mark.law


def overwritten(column, value):
    """A change of the table: this value in every row."""
    return lambda frame: frame.assign(**{column: value})


@pytest.mark.parametrize("column", ["a veto", "overdue_days_max_24m", "revenue_wan", "inv_margin_share"])
def test_a_table_does_not_replace_the_record(job, service, column):
    """Another value of a packed firm: its row is faulty, names the column, quotes no record, and is not approved."""
    _, clean = job(rows=300)
    rows = [service.snapshot.cases[uscc].row for uscc in clean["uscc"]]
    if column == "a veto":
        column = next(key for key in veto_keys() if any(row[key] > 0 for row in rows))
    held = clean["uscc"].map(lambda uscc: service.snapshot.cases[uscc].row[column])
    done, table = job(overwritten(column, 0.0), rows=300)
    other = (held != 0.0).to_numpy()
    assert other.any()
    wrong = table.loc[other]
    assert wrong["faults"].str.contains(f"{column}: got 0.0; expected the record's value; or leave it out").all()
    assert not (wrong["outcome"] == "preapproved").any()
    assert (wrong["own_values_refused"] == column).all()
    assert (table["own_values"] == "").all()
    vetoed = (clean["outcome"] == "declined").to_numpy()
    assert (table.loc[vetoed, "outcome"] == "declined").all()
    count = {"allowed": False, "rows": other.sum(), "taken": {}, "refused": {column: other.sum()}, "record_held": 0}
    assert orjson.loads(done.draft("standard").body)["own_values"] == count
    same = ["uscc", "outcome", "amount_wan", "pd_12m"]
    if column != "revenue_wan":  # whose stage would be another one
        pd.testing.assert_frame_equal(table.loc[~other, same], clean.loc[~other, same])


def test_another_day_does_not_replace_the_record(job):
    """A packed firm's row of the day before, with its vetoes cleared: refused as a request's ``as_of`` is."""
    _, table = job(lambda frame: frame.assign(as_of=frame["as_of"] - pd.Timedelta(days=1), dishonest_debtor=0.0))
    assert table["faults"].str.contains("as_of: got 2024-06-29; expected 30 June 2024, the day of the packed").all()
    assert not (table["outcome"] == "preapproved").any()


def test_an_empty_cell_of_a_packed_firm_is_a_value_that_was_not_sent(job):
    """The record's holds, as in a request that leaves the member out."""
    _, clean = job(rows=100)
    _, table = job(lambda frame: frame.assign(rd_intensity=np.nan, dishonest_debtor=np.nan, headcount=np.nan), rows=100)
    pd.testing.assert_frame_equal(table, clean)


def test_own_values_of_a_table_are_taken_as_a_requests_are(job, service, trained):
    """Random own values of 120 firms: the members, the outcome and the default risk of single requests."""
    chance, book = np.random.default_rng(5), service.models.engine.codebook
    columns = ("revenue_wan", "existing_debt_wan", "dishonest_debtor", "rd_intensity", "headcount", "arrears_wan")
    columns = tuple(name for name in columns if name in trained.snapshot.frame)
    items = {item.key: item for item in (*book, *read_credit_facts())}
    sent = {}

    def change(frame):
        values = {}
        for name in columns:
            item = items[name]
            drawn = np.round(chance.uniform(item.low, min(item.high, item.low + 3000.0), len(frame)), 3)
            drawn = np.round(drawn) if item.dtype == "int" or item.high == 1.0 else drawn
            values[name] = np.where(chance.random(len(frame)) < 0.3, drawn, np.nan)
        sent.update(values)
        return frame.assign(**values, growth_stage=growth_stage(values["revenue_wan"], frame["age_years"].to_numpy()))

    done, table = job(change, rows=120, own_values=True)
    for at, row in enumerate(table.to_dict("records")):
        given = {name: float(sent[name][at]) for name in columns if not np.isnan(sent[name][at])}
        own = EnterpriseFacts(
            known_at=date(2024, 6, 30), indicators={key: value for key, value in given.items() if key in book.keys},
            credit_facts={key: value for key, value in given.items() if key not in book.keys},
        )  # fmt: skip
        request = QuotaRequest(request_id="r", uscc=row["uscc"], enterprise=own, **AMOUNT)
        case = service.snapshot.case_of(request, Rights(take=True, personal=True))
        answer = service.models.decide(case, request, read_policy(), service.facts("standard"))
        assert row["outcome"] == answer["outcome"], (row["uscc"], given)
        for column in ("own_values", "own_values_refused"):
            assert set(row[column].split()) == {member.rpartition(".")[2] for member in answer[column]}
        risk = answer["risk"]
        assert risk is None or row["pd_12m"] == pytest.approx(risk["pd_12m"], rel=1e-12)
        held = "record_stricter" in [one["code"] for one in answer["warnings"]]
        assert row["record_held"] == held
    counted = orjson.loads(done.draft("standard").body)["own_values"]
    assert counted["allowed"]
    assert counted["rows"] == ((table["own_values"] != "") | (table["own_values_refused"] != "")).sum() > 60
    assert sum(counted["taken"].values()) == table["own_values"].str.split().str.len().sum()
    assert counted["refused"]["existing_debt_wan"] > 0
    assert counted["record_held"] == table["record_held"].sum() > 0
