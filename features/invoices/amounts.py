"""Invoices added up per enterprise and month: what every invoice feature is computed from.

Only valid invoices are added; a void one carries an amount but no money, so it is counted and nothing else.
Amounts are added in whole fen. Whole numbers add without rounding, so the order of the rows, and the other
enterprises in the table, cannot change a feature by one bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
INVOICE_COLUMNS = ("uscc", "issued_on", "direction", "counterparty", "amount_cny", "tax_cny", "valid")
DIRECTIONS = ("sale", "purchase")


class InvoiceError(ValueError):
    """The table is no invoice table; the message lists every fault."""


@dataclass(frozen=True)
class LedgerSide:
    """Sales or purchases inside the window. Month 0 is the month that ends on ``as_of``.

    ``month_fen`` and ``month_count`` have shape (window_months, n); all others shape (n,).
    """

    month_fen: Array  # net: red-letter invoices are negative
    month_count: Array  # valid invoices of either sign
    void_count: Array
    red_count: Array
    red_fen: Array  # positive
    gross_fen: Array  # positive amounts only
    tax_fen: Array
    partners: Array  # counterparties with a positive net amount
    partner_hhi: Array  # NaN without a positive net amount
    partner_top: Array
    repeat_share: Array  # of the last 12 months' net amount, from counterparties known before; NaN without history
    days_since_last: Array  # valid invoices of any age; NaN without one


@dataclass(frozen=True)
class InvoiceLedger:
    """The two sides of every enterprise that had an invoice by ``as_of``, sorted by ``uscc``."""

    firms: pd.Index
    window_months: int
    months_seen: Array  # months from the first invoice to as_of, at most window_months
    sales: LedgerSide
    purchases: LedgerSide


def read_ledger(invoices: pd.DataFrame, as_of: pd.Timestamp | pd.Series, window_months: int) -> InvoiceLedger:
    """Add up the invoices issued by ``as_of``, one day for all or one a row, the same for all rows of one ``uscc``.

    InvoiceError lists every fault of the table or the arguments.
    """
    _check(invoices, window_months)
    days = np.asarray(as_of, dtype="datetime64[D]") if isinstance(as_of, pd.Series) else np.datetime64(as_of, "D")
    days = np.broadcast_to(days, len(invoices))
    seen = invoices["issued_on"].to_numpy().astype("datetime64[D]") <= days
    known, day = invoices.loc[seen], days[seen]
    codes, firms = pd.factorize(known["uscc"], sort=True)
    firm = np.asarray(codes, dtype=np.intp)
    issued = known["issued_on"].to_numpy().astype("datetime64[D]")
    month = _months_back(issued, day)
    n = len(firms)
    first = np.zeros(n, dtype=np.int64)
    np.maximum.at(first, firm, month)
    # Sorted codes: within one enterprise the order of partners never depends on who else is in the table.
    partner = np.asarray(pd.factorize(known["counterparty"], sort=True)[0], dtype=np.int64)
    fen = np.rint(known["amount_cny"].to_numpy(dtype=float) * 100)
    tax = np.rint(known["tax_cny"].to_numpy(dtype=float) * 100)
    valid = known["valid"].to_numpy(dtype=bool)
    direction = known["direction"].to_numpy()
    sides = []
    for name in DIRECTIONS:
        mine = np.asarray(direction == name)
        age_days = (day[mine] - issued[mine]).astype(float)
        rows = _Rows(firm[mine], month[mine], partner[mine], fen[mine], tax[mine], valid[mine], age_days)
        sides.append(_side(rows, n, window_months))
    months_seen = np.minimum(first + 1, window_months).astype(float)
    return InvoiceLedger(pd.Index(firms, name="uscc"), window_months, months_seen, sides[0], sides[1])


@dataclass(frozen=True)
class _Rows:
    firm: Codes
    month: NDArray[np.int64]
    partner: NDArray[np.int64]
    fen: Array
    tax: Array
    valid: NDArray[np.bool_]
    age_days: Array

    def where(self, keep: NDArray[np.bool_]) -> _Rows:
        return _Rows(
            firm=self.firm[keep],
            month=self.month[keep],
            partner=self.partner[keep],
            fen=self.fen[keep],
            tax=self.tax[keep],
            valid=self.valid[keep],
            age_days=self.age_days[keep],
        )


def _check(invoices: pd.DataFrame, window_months: int) -> None:
    problems = [f"column {name} missing" for name in INVOICE_COLUMNS if name not in invoices]
    if window_months < 12:
        problems.append(f"window_months is {window_months}, allowed: 12 or more")
    if not problems:
        for name in INVOICE_COLUMNS:
            empty = int(invoices[name].isna().sum())
            if empty:
                problems.append(f"{name}: {empty} of {len(invoices)} rows are empty")
        unknown = sorted(set(invoices["direction"].dropna().unique()) - set(DIRECTIONS))
        if unknown:
            problems.append(f"direction: found {unknown}, allowed: {list(DIRECTIONS)}")
    if problems:
        raise InvoiceError("invoice table cannot be measured:\n  " + "\n  ".join(problems))


def _months_back(issued: NDArray[np.datetime64], day: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Whole months between an issue day and ``day``; a ``day`` at a month's end gives calendar months."""
    start, end = issued.astype("datetime64[M]"), day.astype("datetime64[M]")
    day_of_month = (issued - start.astype("datetime64[D]")).astype(np.int64) + 1
    month_end = (day + np.timedelta64(1, "D")).astype("datetime64[M]") != end
    last = np.where(month_end, 31, (day - end.astype("datetime64[D]")).astype(np.int64) + 1)
    back = (end - start).astype(np.int64)
    return np.asarray(back - (day_of_month > last), dtype=np.int64)


def _side(rows: _Rows, n: int, window: int) -> LedgerSide:
    # An enterprise never seen valid keeps infinity, which becomes NaN.
    last = np.full(n, np.inf)
    np.minimum.at(last, rows.firm[rows.valid], rows.age_days[rows.valid])
    inside = rows.where(rows.month < window)
    void_count = np.bincount(inside.firm[~inside.valid], minlength=n).astype(float)
    good = inside.where(inside.valid)
    cell = good.month * n + good.firm
    red = good.fen < 0
    partners, hhi, top = _concentration(good, n)
    return LedgerSide(
        month_fen=np.bincount(cell, weights=good.fen, minlength=n * window).astype(float).reshape(window, n),
        month_count=np.bincount(cell, minlength=n * window).reshape(window, n).astype(float),
        void_count=void_count,
        red_count=np.bincount(good.firm[red], minlength=n).astype(float),
        red_fen=np.bincount(good.firm[red], weights=-good.fen[red], minlength=n).astype(float),
        gross_fen=np.bincount(good.firm[~red], weights=good.fen[~red], minlength=n).astype(float),
        tax_fen=np.bincount(good.firm, weights=good.tax, minlength=n).astype(float),
        partners=partners,
        partner_hhi=hhi,
        partner_top=top,
        repeat_share=_repeat_share(good, n),
        days_since_last=np.where(np.isfinite(last), last, np.nan),
    )


def _pairs(rows: _Rows) -> tuple[Codes, NDArray[np.intp]]:
    """One entry per (enterprise, counterparty), sorted, and each row's entry."""
    width = int(rows.partner.max()) + 1 if rows.partner.size else 1
    pair, entry = np.unique(rows.firm.astype(np.int64) * width + rows.partner, return_inverse=True)
    return (pair // width).astype(np.intp), entry


def _concentration(rows: _Rows, n: int) -> tuple[Array, Array, Array]:
    owner, entry = _pairs(rows)
    amount = np.maximum(np.bincount(entry, weights=rows.fen, minlength=owner.size), 0.0)
    total = np.bincount(owner, weights=amount, minlength=n)
    share = np.divide(amount, total[owner], out=np.zeros_like(amount), where=total[owner] > 0)
    top = np.zeros(n)
    np.maximum.at(top, owner, share)
    hhi = np.bincount(owner, weights=share * share, minlength=n)
    partners = np.bincount(owner[amount > 0], minlength=n).astype(float)
    return partners, np.where(total > 0, hhi, np.nan), np.where(total > 0, top, np.nan)


def _repeat_share(rows: _Rows, n: int) -> Array:
    owner, entry = _pairs(rows)
    recent = rows.month < 12
    now = np.maximum(np.bincount(entry[recent], weights=rows.fen[recent], minlength=owner.size), 0.0)
    before = np.bincount(entry[~recent], minlength=owner.size) > 0
    total = np.bincount(owner, weights=now, minlength=n)
    known = np.bincount(owner[before], weights=now[before], minlength=n)
    has_history = np.bincount(owner[before], minlength=n) > 0
    share: Array = np.divide(known, total, out=np.full(n, np.nan), where=(total > 0) & has_history)
    return share
