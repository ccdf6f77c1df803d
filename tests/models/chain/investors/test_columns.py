"""Columns of investors, by hand, and that nothing of the day or later is in them."""

from __future__ import annotations

from math import exp, log, sqrt

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from models.chain.investors.columns import COLUMNS, ColumnParams, PastDeals, columns
from models.chain.investors.funding import Query, day_of

# With a half-life of 100 days: 甲 .5 + .25, 乙 .5, 丙 and 丁 .125 each; .05 is added to each.
PARTS = {"甲资本": 0.8 / 1.7, "乙资本": 0.55 / 1.7, "丙资本": 0.175 / 1.7, "丁某": 0.175 / 1.7}


def made(small, firm="F2", **tables):
    funding = small.funding(**tables)
    past = PastDeals(funding, day_of(small.DAY), small.PARAMS)
    query = funding.query_of_firms(np.array([funding.rows[firm]]), past.day)
    found, allowed = columns(past, query)
    names = funding.investors[past.investors]
    return {
        str(name): dict(zip(COLUMNS, row, strict=True)) | {"allowed": bool(one)}
        for name, row, one in zip(names, found[0], allowed[0], strict=True)
    }


def shrunk(deals, total, name):
    """ln((s + 2 p) / (S + 2) / p)."""
    return log((deals + 2 * PARTS[name]) / (total + 2) / PARTS[name])


def test_recency_weights_by_hand(small):
    """Parts of the deals weighed by age, and the count of all."""
    found = made(small)
    for name, part in PARTS.items():
        assert found[name]["recent"] == pytest.approx(log(part))
    assert [found[name]["deals"] for name in PARTS] == pytest.approx([log(2), 0, 0, 0])


def test_co_investors_by_hand(small):
    """F2's investor 甲 funded two firms; in F1, beside F2 itself, 甲 and 乙 have .5 each, so half of that counts."""
    found = made(small)
    assert found["乙资本"]["co_investors"] == pytest.approx(shrunk(0.25, 0.5, "乙资本"))
    assert found["丙资本"]["co_investors"] == pytest.approx(shrunk(0.0, 0.5, "丙资本"))
    assert found["乙资本"]["co_investors"] > 0 > found["丙资本"]["co_investors"]


def test_same_field_and_region_by_hand(small):
    """F1 shares F2's class and region: deals of .5 for 甲 and 乙; F2's own deal of 甲 is left out."""
    found = made(small)
    for column in ("field", "region"):
        assert found["乙资本"][column] == pytest.approx(shrunk(0.5, 1.0, "乙资本"))
        assert found["丁某"][column] == pytest.approx(shrunk(0.0, 1.0, "丁某"))


def test_text_by_hand(small):
    """F2 is nearest to F1 (cosine 1 / sqrt 2), F3 has cosine 0: it counts exp(-.7071 / .1) of it."""
    far = exp(-(1 / sqrt(2)) / 0.1)
    total = 1.0 + far * 0.25  # F5 was never funded
    found = made(small)
    assert found["乙资本"]["text"] == pytest.approx(shrunk(0.5, total, "乙资本"), rel=1e-5)
    assert found["丙资本"]["text"] == pytest.approx(shrunk(far * 0.125, total, "丙资本"), rel=1e-5)


def test_round_by_hand(small):
    """F2 had a seed round; of three first rounds one is a, b and seed each, and no later one was seen after seed.

    usual: 5 / 3 each, so after seed each kind has 1 / 3. Deals: a .5 甲, .5 乙; b .125 丙, .125 丁; seed .25 甲
    """
    name, part = "乙资本", PARTS["乙资本"]
    parts = [(0.5 + 2 * part) / 3.0, 2 * part / 2.25, 2 * part / 2.25]
    assert made(small)[name]["round"] == pytest.approx(log(sum(parts) / 3 / part))


def test_an_investor_that_the_firm_has_is_not_proposed(small):
    """甲 has invested in F2."""
    assert [name for name, row in made(small).items() if not row["allowed"]] == ["甲资本"]


def test_a_query_of_which_nothing_is_known_has_columns_of_popularity_only(small):
    """No text, code, region, or firm: 0 for every investor."""
    funding = small.funding()
    past = PastDeals(funding, day_of(small.DAY), small.PARAMS)
    nothing = Query(
        np.zeros((0, 4), np.float32), np.zeros(0, np.int64), sparse.csr_matrix((1, len(funding.codes))),
        np.array([-1]), np.array([-1]),
    )  # fmt: skip
    found, allowed = columns(past, nothing)
    assert np.allclose(found[0, :, 2:], 0.0)
    assert allowed.all()


def test_an_investor_with_one_deal_is_finite(small):
    """However old that deal is."""
    old = pd.DataFrame([("F4", pd.Timestamp("1970-01-05"), "A轮", "戊资本")], columns=list(small.DEALS))
    row = made(small, deals=pd.concat([small.DEALS, old]))["戊资本"]
    assert all(np.isfinite(value) for value in row.values())
    assert row["deals"] == 0.0


@pytest.mark.parametrize("days", [0, 1, 400])
def test_what_comes_on_the_day_or_later_changes_nothing(small, days):
    """Deals, texts and codes of later days, of firms old and new."""
    later = pd.Timestamp(small.DAY) + pd.Timedelta(days=days)
    rows = [("F2", later, "B轮", "乙资本"), ("F5", later, "A轮", "己资本"), ("F4", later, "A轮", "丙资本")]
    deals = pd.concat([small.DEALS, pd.DataFrame(rows, columns=list(small.DEALS))])
    passages = pd.concat([small.PASSAGES, pd.DataFrame({"firm_id": ["F3"], "document_id": ["n"], "date": [later]})])
    codes = pd.concat(
        [small.CODES, pd.DataFrame({"firm_id": ["F3"], "code": ["ipc:H04N"], "weight": [1.0], "date": [later]})]
    )
    texts = [*small.TEXTS.values(), "相机"]
    plain, after = made(small), made(small, deals=deals, passages=passages, codes=codes, texts=texts)
    assert after.keys() == plain.keys()
    for name, row in plain.items():
        assert after[name] == pytest.approx(row)


def test_many_rows_are_each_as_if_alone(small):
    """One row and a table have the same columns."""
    funding = small.funding()
    past = PastDeals(funding, day_of(small.DAY), small.PARAMS)
    query = funding.query_of_firms(np.arange(5), past.day)
    together = columns(past, query)[0]
    for row in range(5):
        assert np.allclose(columns(past, query.take(np.array([row])))[0][0], together[row])


def test_fewer_neighbours_are_those_nearest(small):
    """With one passage searched only the nearest firm counts."""
    funding = small.funding()
    past = PastDeals(funding, day_of(small.DAY), ColumnParams(100.0, 2.0, 1, 0.1))
    query = Query(
        small.TopicEncoder().encode(["药物"], "passage"), np.zeros(1, np.int64),
        sparse.csr_matrix((1, len(funding.codes))), np.array([-1]), np.array([-1]),
    )  # fmt: skip
    cosine, near = past.neighbours(query)
    assert funding.firm_ids[near.indices].tolist() == ["F3"]
    assert cosine.data.tolist() == pytest.approx([1.0])
