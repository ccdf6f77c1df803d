"""The ledger of vouchers: at no instant is more used than was issued."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from data.incubators.vouchers import STEPS, voucher_ledger

pytestmark = pytest.mark.law
COLUMNS = ["entry_id", "voucher_id", "step", "amount_cny", "day", "tenant_id"]


def rows(*found):
    table = pd.DataFrame([(f"E{at}", *one) for at, one in enumerate(found)], columns=COLUMNS)
    return table.assign(day=pd.to_datetime(table["day"]).astype("datetime64[us]"))


def totals(ledger, on=None):
    """Yuan of all vouchers on a day."""
    found = ledger.balances(on)
    return {f"{name}_cny": found[f"{name}_cny"].sum() for name in ("issued", "redeemed", "expired", "left")}


def test_a_voucher_by_hand():
    """5,000 issued, 1,200.50 and 799.50 redeemed, 3,000 expired: nothing left."""
    ledger = voucher_ledger(rows(
        ("V1", "expired", 3_000.0, "2021-12-31", "T1"), ("V1", "redeemed", 799.5, "2021-03-01", "T1"),
        ("V1", "issued", 5_000.0, "2021-02-01", "T1"), ("V1", "redeemed", 1_200.5, "2021-02-01", "T1"),
    ))  # fmt: skip
    assert len(ledger.quarantine) == 0
    assert totals(ledger) == {"issued_cny": 5_000, "redeemed_cny": 2_000, "expired_cny": 3_000, "left_cny": 0}
    assert totals(ledger, dt.date(2021, 2, 28)) == {
        "issued_cny": 5_000, "redeemed_cny": 1_200.5, "expired_cny": 0, "left_cny": 3_799.5
    }  # fmt: skip


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (("V1", "redeemed", 5_000.01, "2021-03-01", "T1"), "more than the 5000.00 yuan"),
        (("V2", "redeemed", 1.0, "2021-03-01", "T1"), "before it was issued"),
        (("V1", "redeemed", 1.0, "2021-01-31", "T1"), "before it was issued"),
        (("V1", "issued", 1.0, "2021-03-01", "T1"), "issued twice"),
        (("V1", "redeemed", 1.0, "2021-03-01", "T2"), "by T2 and was issued to T1"),
    ],
)
def test_what_the_ledger_cannot_take_is_not_counted(bad, reason):
    """It goes to the quarantine with its reason; the others count."""
    ledger = voucher_ledger(rows(("V1", "issued", 5_000.0, "2021-02-01", "T1"), bad))
    assert len(ledger.rows) == 1
    assert reason in ledger.quarantine["reason_en"].iloc[0]
    assert totals(ledger)["left_cny"] == 5_000.0


PARTLY = (("V1", "issued", 10.0, "2021-01-01", "T1"), ("V1", "expired", 4.0, "2021-02-01", "T1"))


@pytest.mark.parametrize(
    ("step", "amount", "day", "refused", "left"),
    [
        ("redeemed", 6.0, "2021-03-01", None, 0.0),  # 10 issued - 4 expired = 6 may still be redeemed
        ("redeemed", 6.01, "2021-03-01", ("E2", "more than the 6.00 yuan"), 6.0),  # of what expired, nothing
        ("expired", 6.0, "2021-03-01", None, 0.0),
        ("redeemed", 6.0, "2021-01-15", None, 0.0),  # before the expiry, entered after it: it fits
        ("redeemed", 6.01, "2021-01-15", ("E1", "more than the 3.99 yuan"), 3.99),  # then 4 can not have expired
    ],
)
def test_what_expired_is_not_redeemed_and_what_is_left_may_be(step, amount, day, refused, left):
    """Issued = redeemed + expired + left after every row, by hand."""
    ledger = voucher_ledger(rows(*PARTLY, ("V1", step, amount, day, "T1")))
    found = list(zip(ledger.quarantine["key"], ledger.quarantine["reason_en"], strict=True))
    assert [key for key, _ in found] == ([refused[0]] if refused else [])
    assert all(refused[1] in reason for _, reason in found)
    (row,) = ledger.balances().to_dict("records")
    assert row["left_cny"] == left
    assert round(row["redeemed_cny"] + row["expired_cny"] + row["left_cny"], 2) == row["issued_cny"] == 10.0


def test_nothing_is_redeemed_once_all_that_was_left_has_expired():
    rest = (("V1", "expired", 6.0, "2021-03-01", "T1"), ("V1", "redeemed", 0.01, "2021-03-02", "T1"))
    ledger = voucher_ledger(rows(*PARTLY, *rest))
    assert ledger.quarantine["key"].tolist() == ["E3"]
    assert ledger.quarantine["reason_en"].str.contains("expired").all()


def test_at_every_instant_used_is_at_most_issued_whatever_comes():
    """1,000 random rows of 20 vouchers, in any order: every row is taken or in the quarantine, fen by fen."""
    rng = np.random.default_rng(3)
    n = 1_000
    days = pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 400, n), unit="D")
    table = rows(*zip(
        [f"V{at}" for at in rng.integers(0, 20, n)], rng.choice(STEPS, n, p=[0.1, 0.85, 0.05]),
        np.round(rng.uniform(0.01, 900, n), 2), days, [f"T{at}" for at in rng.integers(0, 2, n)], strict=True,
    ))  # fmt: skip
    ledger = voucher_ledger(table)
    assert len(ledger.rows) + len(ledger.quarantine) == n
    for day in pd.date_range("2021-01-01", "2022-03-01", freq="20D"):
        found = ledger.balances(day.date())
        assert (found["left_cny"] >= 0).all()
        spent = found["redeemed_cny"] + found["expired_cny"] + found["left_cny"]
        assert np.allclose(spent, found["issued_cny"], atol=1e-9)
    shuffled = voucher_ledger(table.sample(frac=1.0, random_state=1))
    pd.testing.assert_frame_equal(shuffled.balances(), ledger.balances())
