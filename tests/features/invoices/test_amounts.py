"""Sums by enterprise and month, and the months an invoice day falls into, by hand."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from features.invoices.amounts import INVOICE_COLUMNS, InvoiceError, read_ledger

pytestmark = pytest.mark.law


def invoices(*rows: tuple) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=list(INVOICE_COLUMNS))
    return frame.assign(issued_on=pd.to_datetime(frame["issued_on"]))


# the day, an invoice's day, months back: month 0 ends on the day
MONTHS = [
    ("2023-12-31", "2023-12-31", 0),
    ("2023-12-31", "2023-12-01", 0),
    ("2023-12-31", "2023-11-30", 1),
    ("2023-12-31", "2022-12-31", 12),
    ("2023-03-15", "2023-02-16", 0),
    ("2023-03-15", "2023-02-15", 1),
    ("2023-03-15", "2022-12-15", 3),
    ("2023-03-01", "2023-02-02", 0),
    ("2023-03-01", "2023-02-01", 1),
    ("2023-02-28", "2023-01-31", 1),  # a month's end: calendar months
    ("2023-02-28", "2023-02-01", 0),
    ("2024-02-28", "2024-01-29", 0),  # a leap year's 28 February is no month's end
    ("2023-03-30", "2023-02-28", 1),
    ("2023-04-30", "2023-03-31", 1),
]


@pytest.mark.parametrize(("day", "issued", "back"), MONTHS)
def test_the_month_an_invoice_falls_into(day, issued, back):
    """Whole months back from the day, alone and with a day per row."""
    frame = invoices(("A", issued, "sale", "P", 1.0, 0.0, True))
    for as_of in (pd.Timestamp(day), pd.Series([pd.Timestamp(day)])):
        book = read_ledger(frame, as_of, 24)
        assert book.sales.month_count[:, 0].nonzero()[0].tolist() == [back]
        assert book.months_seen.tolist() == [back + 1]


def test_each_side_of_two_enterprises_is_added_up_apart():
    """Two sellers of one buyer: cents, void, red-letter, tax and partners, by hand."""
    frame = invoices(
        ("B", "2023-12-10", "sale", "P", 100.004, 13.0, True),
        ("A", "2023-12-10", "sale", "P", 50.25, 3.0, True),
        ("A", "2023-11-10", "sale", "Q", 30.0, 2.0, True),
        ("A", "2023-11-11", "sale", "Q", -10.0, -1.0, True),
        ("A", "2023-11-12", "sale", "Q", 0.0, 0.0, True),
        ("A", "2023-11-13", "sale", "R", -5.0, 0.0, True),
        ("A", "2023-10-10", "sale", "P", 7.0, 1.0, False),
        ("A", "2023-10-10", "purchase", "P", 8.0, 1.0, True),
    )
    book = read_ledger(frame, pd.Timestamp("2023-12-31"), 12)
    assert book.firms.tolist() == ["A", "B"]
    assert book.firms.name == "uscc"
    assert (book.window_months, book.months_seen.tolist()) == (12, [3.0, 1.0])
    sales, bought = book.sales, book.purchases
    assert sales.month_fen.shape == (12, 2)
    assert sales.month_fen[:3].tolist() == [[5025.0, 10000.0], [1500.0, 0.0], [0.0, 0.0]]
    assert sales.month_count[:3].tolist() == [[1.0, 1.0], [4.0, 0.0], [0.0, 0.0]]
    assert (sales.void_count.tolist(), sales.red_count.tolist()) == ([1.0, 0.0], [2.0, 0.0])
    assert (sales.red_fen.tolist(), sales.gross_fen.tolist()) == ([1500.0, 0.0], [8025.0, 10000.0])
    assert sales.tax_fen.tolist() == [400.0, 1300.0]
    assert sales.partners.tolist() == [2.0, 1.0]  # R's net amount is below zero
    assert sales.partner_top.tolist() == [5025 / 7025, 1.0]
    assert sales.partner_hhi == pytest.approx([(5025**2 + 2000**2) / 7025**2, 1.0])
    assert sales.days_since_last.tolist() == [21.0, 21.0]
    assert (bought.month_fen[2].tolist(), bought.partners.tolist()) == ([800.0, 0.0], [1.0, 0.0])
    assert bought.days_since_last[0] == 82.0
    assert np.isnan(bought.days_since_last[1])


# month of an earlier sale to P, share of last year's 40 (P) + 60 (Q) that is repeat business
@pytest.mark.parametrize(("day", "share"), [("2022-12-31", 0.4), ("2023-01-01", np.nan), ("2022-01-01", 0.4)])
def test_repeat_business_is_with_partners_of_the_months_before(day, share):
    """Month 12 is before the last twelve, month 11 among them; without history it cannot be said."""
    frame = invoices(
        ("A", day, "sale", "P", 0.0, 0.0, True),
        ("A", "2023-05-05", "sale", "P", 40.0, 0.0, True),
        ("A", "2023-05-05", "sale", "Q", 60.0, 0.0, True),
    )
    got = read_ledger(frame, pd.Timestamp("2023-12-31"), 24).sales.repeat_share
    assert got == pytest.approx([share], nan_ok=True)
    lost = invoices(("A", "2022-06-30", "sale", "R", 5.0, 0.0, True), ("A", "2023-05-05", "sale", "P", 40.0, 0.0, True))
    assert read_ledger(lost, pd.Timestamp("2023-12-31"), 24).sales.repeat_share.tolist() == [0.0]


def test_one_cent_is_an_amount():
    """A partner of one cent counts, is all of that cent's sales, and is known for the cent of the year after."""
    rows = [("A", day, "sale", "P", 0.01, 0.0, True) for day in ("2022-05-05", "2023-05-05")]
    got = read_ledger(invoices(rows[1]), pd.Timestamp("2023-12-31"), 24).sales
    assert (got.partners[0], got.partner_hhi[0], got.partner_top[0]) == (1.0, 1.0, 1.0)
    assert read_ledger(invoices(*rows), pd.Timestamp("2023-12-31"), 24).sales.repeat_share.tolist() == [1.0]
    nothing = read_ledger(invoices(("A", "2023-05-05", "sale", "P", 0.0, 0.0, True)), pd.Timestamp("2023-12-31"), 24)
    assert nothing.sales.partners.tolist() == [0.0]
    for one in (nothing.sales.partner_hhi, nothing.sales.partner_top, nothing.sales.repeat_share):
        assert one.dtype == np.float64
        assert np.isnan(one).all()


def test_neither_the_order_of_the_rows_nor_another_enterprise_moves_a_bit():
    """Shares of 60 buyers, added up alone, backwards, and after an enterprise that met the same buyers in turn."""
    rng = np.random.default_rng(1)
    rows = [
        ("B", "2023-12-10", "sale", f"P{at:02}", fen / 100, 0.0, True)
        for at, fen in enumerate(rng.integers(1, 10**9, 60))
    ]
    other = [("A", "2023-12-10", "sale", name, 1.0, 0.0, True) for name in rng.permutation([row[3] for row in rows])]
    day = pd.Timestamp("2023-12-31")
    alone = read_ledger(invoices(*rows), day, 24).sales.partner_hhi[0]
    assert alone == read_ledger(invoices(*rows[::-1]), day, 24).sales.partner_hhi[0]
    assert alone == read_ledger(invoices(*other, *rows), day, 24).sales.partner_hhi[1]


def test_exact_decimals_and_flags_of_a_database_are_read_as_numbers():
    """Decimal amounts, and 1 and 0 for valid and void, give what floats and booleans give."""
    frame = invoices(
        ("A", "2023-12-10", "sale", "P", 1.5, 0.25, True), ("A", "2023-12-11", "sale", "Q", 2.0, 0.5, False)
    )
    exact = frame.assign(
        amount_cny=[Decimal("1.50"), Decimal("2.00")], tax_cny=[Decimal("0.25"), Decimal("0.50")], valid=[1, 0]
    )
    for table in (frame, exact):
        got = read_ledger(table, pd.Timestamp("2023-12-31"), 12).sales
        assert (got.month_fen[0].tolist(), got.tax_fen.tolist(), got.void_count.tolist()) == ([150.0], [25.0], [1.0])


@pytest.mark.contract
def test_every_fault_of_the_table_is_listed():
    """Columns, window, empty cells and directions, all in one message."""
    good = invoices(("A", "2023-12-10", "sale", "P", 1.0, 0.1, True), ("A", "2023-12-10", "sale", "P", 1.0, 0.1, True))
    day = pd.Timestamp("2023-12-31")
    start = "^invoice table cannot be measured:\n  "
    with pytest.raises(InvoiceError, match=start + "column tax_cny missing\n  column valid missing$"):
        read_ledger(good.drop(columns=["tax_cny", "valid"]), day, 24)
    with pytest.raises(InvoiceError, match=start + "window_months is 11, allowed: 12 or more$"):
        read_ledger(good, day, 11)
    bad = good.assign(counterparty=["P", None], direction=["sale", "gift"])
    with pytest.raises(InvoiceError) as caught:
        read_ledger(bad, day, 12)
    assert str(caught.value).splitlines()[1:] == [
        "  counterparty: 1 of 2 rows are empty",
        "  direction: found ['gift'], allowed: ['sale', 'purchase']",
    ]
