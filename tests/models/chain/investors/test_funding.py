"""Deals and what is known of firms, by day."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from models.chain.investors.funding import Funding, FundingError, day_of, days_of, round_kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [("种子轮", "seed"), ("天使轮", "seed"), ("angel", "seed"), ("A轮", "a"), ("Pre-A轮", "a"), ("A+轮", "a"),
     ("Series A", "a"), ("B+轮", "b"), ("b", "b"), ("C轮", "later"), ("战略投资", "later"), ("partial", "later"),
     ("", "later")],
)  # fmt: skip
def test_kinds_of_rounds(name, kind):
    """Names of rounds in two languages; what is unknown counts as later."""
    assert round_kind(name) == kind


def test_days_are_counted_from_1970():
    """One way for a date and for a column."""
    assert day_of(dt.date(1970, 1, 11)) == 10
    assert days_of(pd.Series(pd.to_datetime(["1970-01-11", "2020-01-01"]))).tolist() == [10, day_of("2020-01-01")]


def test_equal_deals_count_once_and_order_does_not_matter(small):
    """The same deals in another order, one of them twice, are the same funding."""
    other = small.funding(deals=pd.concat([small.DEALS.iloc[::-1], small.DEALS.iloc[:2]]))
    plain = small.funding()
    for name in ("deal_firm", "deal_investor", "deal_round", "deal_day"):
        assert getattr(other, name).tolist() == getattr(plain, name).tolist()


def test_a_firm_with_deals_only_is_kept(small):
    """A deal of a firm that no table of firms has still counts for its investor."""
    extra = pd.DataFrame([("F0", small.before(10), "A轮", "甲资本")], columns=list(small.DEALS))
    made = small.funding(deals=pd.concat([small.DEALS, extra]))
    assert made.firm_ids[0] == "F0"
    assert made.region[made.rows["F0"]] == -1


def test_codes_are_those_known_before_the_day(small):
    """Of one firm and code the latest weight counts, and none of the day itself."""
    later = pd.DataFrame(
        [("F1", "ipc:H04N", 0.5, small.before(10)), ("F1", "ipc:G06V", 1.0, pd.Timestamp(small.DAY))],
        columns=["firm_id", "code", "weight", "date"],
    )
    made = small.funding(codes=pd.concat([small.CODES, later]))
    row = made.codes_before(day_of(small.DAY))[made.rows["F1"]].toarray()[0]
    assert dict(zip(made.codes, row, strict=True)) == {"ipc:A61K": 0.0, "ipc:G06V": 0.0, "ipc:H04N": 0.5}
    assert made.codes_before(day_of(small.before(500)))[made.rows["F1"]].max() == 1.0


def test_missing_columns_and_unequal_rows_are_named(small):
    """One clear error each."""
    with pytest.raises(FundingError, match=r"deals: .*missing: investor"):
        small.funding(deals=small.DEALS.drop(columns="investor"))
    with pytest.raises(FundingError, match="found 4 rows and 1 vectors"):
        small.funding(texts=["相机"])


def test_saved_funding_is_the_same_after_loading(small, tmp_path):
    """Every array, and the vectors."""
    made = small.funding()
    made.save(tmp_path)
    again = Funding.load(tmp_path, "topics")
    for name in ("firm_ids", "investors", "rounds", "codes", "regions", "region", "deal_firm", "deal_day", "code_day"):
        assert getattr(again, name).tolist() == getattr(made, name).tolist()
    rows = np.arange(4)
    assert np.array_equal(again.index.vectors_of(rows), made.index.vectors_of(rows))


def test_a_query_of_firms_has_what_was_known_before(small):
    """A passage of the day or later is not read, and rows can be taken in any order."""
    made = small.funding(passages=small.PASSAGES.assign(date=[small.before(1), pd.Timestamp(small.DAY)] * 2))
    query = made.query_of_firms(np.array([0, 1, 2]), day_of(small.DAY))
    assert query.owner.tolist() == [0, 2]
    taken = query.take(np.array([2, 0]))
    assert taken.owner.tolist() == [1, 0]
    assert taken.firm.tolist() == [2, 0]
