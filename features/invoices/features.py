"""What a bank reads from VAT invoices: level, course, concentration and discipline of an enterprise's trade.

Every feature is a function of the ledger whose docstring is the claim it measures. ``MEASURES`` is the single
list: names, column order and documentation derive from it. Turnover is net of red-letter invoices and never
counts a void one. NaN means "cannot be said" (no sale to compute a margin from), never zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from features.invoices.amounts import Array, InvoiceLedger, LedgerSide, read_ledger

FEN_PER_WAN = 1_000_000.0
Measure = Callable[[InvoiceLedger], Array]


def inv_sales_month_log_wan(book: InvoiceLedger) -> Array:
    """Level: log(1 + mean monthly net sales in 10,000 yuan) over the months since the first invoice."""
    return np.log1p(np.maximum(_total(book.sales.month_fen), 0.0) / FEN_PER_WAN / book.months_seen)


def inv_purchases_month_log_wan(book: InvoiceLedger) -> Array:
    """Level: log(1 + mean monthly net purchases in 10,000 yuan) over the months since the first invoice."""
    return np.log1p(np.maximum(_total(book.purchases.month_fen), 0.0) / FEN_PER_WAN / book.months_seen)


def inv_sales_invoices_month_log(book: InvoiceLedger) -> Array:
    """Activity: log(1 + valid sales invoices a month)."""
    return np.log1p(_total(book.sales.month_count) / book.months_seen)


def inv_purchases_invoices_month_log(book: InvoiceLedger) -> Array:
    """Activity: log(1 + valid purchase invoices a month)."""
    return np.log1p(_total(book.purchases.month_count) / book.months_seen)


def inv_sales_ticket_log_wan(book: InvoiceLedger) -> Array:
    """Size of one order: log(1 + mean amount of a positive sales invoice in 10,000 yuan)."""
    count = _total(book.sales.month_count) - book.sales.red_count
    return np.log1p(_ratio(book.sales.gross_fen / FEN_PER_WAN, count))


def inv_sales_trend_year(book: InvoiceLedger) -> Array:
    """Course: slope a year of log(1 + monthly sales in 10,000 yuan), by least squares over the months seen."""
    return _trend_year(book, book.sales)


def inv_purchases_trend_year(book: InvoiceLedger) -> Array:
    """Course: slope a year of log(1 + monthly purchases in 10,000 yuan): input falls before output does."""
    return _trend_year(book, book.purchases)


def inv_sales_growth_share(book: InvoiceLedger) -> Array:
    """Growth year on year, (last 12 - 12 before) / (last 12 + 12 before): -1 stopped, 1 new. Needs 24 months."""
    return _growth(book, book.sales)


def inv_purchases_growth_share(book: InvoiceLedger) -> Array:
    """Growth of purchases year on year, on the scale of sales growth. Needs 24 months."""
    return _growth(book, book.purchases)


def inv_sales_volatility_ratio(book: InvoiceLedger) -> Array:
    """Volatility: standard deviation of monthly sales over their mean; NaN unless the mean is positive."""
    return _volatility(book, book.sales)


def inv_purchases_volatility_ratio(book: InvoiceLedger) -> Array:
    """Volatility: standard deviation of monthly purchases over their mean; NaN unless the mean is positive."""
    return _volatility(book, book.purchases)


def inv_margin_share(book: InvoiceLedger) -> Array:
    """Margin, (sales - purchases) / the larger of both: bounded in [-1, 1], the usual margin when it is positive."""
    sold = np.maximum(_total(book.sales.month_fen), 0.0)
    bought = np.maximum(_total(book.purchases.month_fen), 0.0)
    return _ratio(sold - bought, np.maximum(sold, bought))


def inv_buyer_hhi_share(book: InvoiceLedger) -> Array:
    """Concentration: sum of squared shares of buyers in net sales, 1 = a single buyer."""
    return book.sales.partner_hhi


def inv_buyer_top_share(book: InvoiceLedger) -> Array:
    """Dependence: share of the largest buyer in net sales."""
    return book.sales.partner_top


def inv_supplier_hhi_share(book: InvoiceLedger) -> Array:
    """Concentration: sum of squared shares of sellers in net purchases, 1 = a single seller."""
    return book.purchases.partner_hhi


def inv_supplier_top_share(book: InvoiceLedger) -> Array:
    """Dependence: share of the largest seller in net purchases."""
    return book.purchases.partner_top


def inv_buyers_log(book: InvoiceLedger) -> Array:
    """Breadth: log(1 + number of buyers)."""
    return np.log1p(book.sales.partners)


def inv_suppliers_log(book: InvoiceLedger) -> Array:
    """Breadth: log(1 + number of sellers)."""
    return np.log1p(book.purchases.partners)


def inv_repeat_buyer_share(book: InvoiceLedger) -> Array:
    """Loyalty: share of the last 12 months' sales made to buyers of the months before."""
    return book.sales.repeat_share


def inv_sales_void_share(book: InvoiceLedger) -> Array:
    """Discipline: void sales invoices over all sales invoices, by number."""
    return _ratio(book.sales.void_count, book.sales.void_count + _total(book.sales.month_count))


def inv_purchases_void_share(book: InvoiceLedger) -> Array:
    """Discipline of the partners: void purchase invoices over all purchase invoices, by number."""
    return _ratio(book.purchases.void_count, book.purchases.void_count + _total(book.purchases.month_count))


def inv_sales_red_share(book: InvoiceLedger) -> Array:
    """Returns: red-letter amount over gross sales amount, at most 1."""
    return np.minimum(_ratio(book.sales.red_fen, book.sales.gross_fen), 1.0)


def inv_purchases_red_share(book: InvoiceLedger) -> Array:
    """Returns to sellers: red-letter amount over gross purchase amount, at most 1."""
    return np.minimum(_ratio(book.purchases.red_fen, book.purchases.gross_fen), 1.0)


def inv_sales_gap_months(book: InvoiceLedger) -> Array:
    """Standstill: longest run of months without a valid sales invoice since the first invoice."""
    return _longest_gap(book, book.sales)


def inv_sales_silent_share(book: InvoiceLedger) -> Array:
    """Standstill: share of months without a valid sales invoice since the first invoice."""
    return 1.0 - inv_sales_active_months(book) / book.months_seen


def inv_sales_active_months(book: InvoiceLedger) -> Array:
    """Presence: months with a valid sales invoice."""
    return _total((book.sales.month_count > 0).astype(float))


def inv_purchases_active_months(book: InvoiceLedger) -> Array:
    """Presence: months with a valid purchase invoice."""
    return _total((book.purchases.month_count > 0).astype(float))


def inv_months_seen(book: InvoiceLedger) -> Array:
    """History: months since the first invoice of either kind, at most the window."""
    return book.months_seen.copy()


def inv_sales_recency_days(book: InvoiceLedger) -> Array:
    """Recency: days since the last valid sales invoice; NaN when there was none."""
    return book.sales.days_since_last


def inv_sales_tax_share(book: InvoiceLedger) -> Array:
    """Effective VAT rate on sales, net tax over net amount, within [0, 0.34]: the regime and kind of goods."""
    return _tax_share(book.sales)


def inv_purchases_tax_share(book: InvoiceLedger) -> Array:
    """Effective VAT rate on purchases, net tax over net amount, within [0, 0.34]."""
    return _tax_share(book.purchases)


MEASURES: tuple[Measure, ...] = (
    inv_sales_month_log_wan,
    inv_purchases_month_log_wan,
    inv_sales_invoices_month_log,
    inv_purchases_invoices_month_log,
    inv_sales_ticket_log_wan,
    inv_sales_trend_year,
    inv_purchases_trend_year,
    inv_sales_growth_share,
    inv_purchases_growth_share,
    inv_sales_volatility_ratio,
    inv_purchases_volatility_ratio,
    inv_margin_share,
    inv_buyer_hhi_share,
    inv_buyer_top_share,
    inv_supplier_hhi_share,
    inv_supplier_top_share,
    inv_buyers_log,
    inv_suppliers_log,
    inv_repeat_buyer_share,
    inv_sales_void_share,
    inv_purchases_void_share,
    inv_sales_red_share,
    inv_purchases_red_share,
    inv_sales_gap_months,
    inv_sales_silent_share,
    inv_sales_active_months,
    inv_purchases_active_months,
    inv_months_seen,
    inv_sales_recency_days,
    inv_sales_tax_share,
    inv_purchases_tax_share,
)
INVOICE_FEATURES: tuple[str, ...] = tuple(measure.__name__ for measure in MEASURES)

# Only where a lender needs no data to know the direction: a larger, steadier, longer and less interrupted trade
# never raises default risk, void sales invoices never lower it. Margin, concentration and tax stay free.
INVOICE_PD_SIGNS: Mapping[str, int] = {
    "inv_sales_month_log_wan": -1,
    "inv_purchases_month_log_wan": -1,
    "inv_sales_invoices_month_log": -1,
    "inv_purchases_invoices_month_log": -1,
    "inv_sales_trend_year": -1,
    "inv_sales_growth_share": -1,
    "inv_sales_volatility_ratio": 1,
    "inv_buyers_log": -1,
    "inv_suppliers_log": -1,
    "inv_sales_void_share": 1,
    "inv_sales_gap_months": 1,
    "inv_sales_silent_share": 1,
    "inv_sales_active_months": -1,
    "inv_purchases_active_months": -1,
    "inv_months_seen": -1,
    "inv_sales_recency_days": 1,
}


def invoice_features(invoices: pd.DataFrame, as_of: pd.Timestamp | pd.Series, window_months: int = 24) -> pd.DataFrame:
    """The invoice features of every enterprise with an invoice issued by ``as_of``.

    invoices : one row per invoice: uscc, issued_on, direction (sale|purchase), counterparty, amount_cny (net of
               tax, negative = red-letter), tax_cny, valid (False = void)
    as_of    : nothing issued later is looked at; months are counted back from this day. A series has the day of each
               row, the same for all rows of one uscc: an enterprise on several days is given once for each, under
               names of its own
    returns  : float64, shape (n enterprises, len(INVOICE_FEATURES)), indexed by uscc in sorted order
    raises   : InvoiceError, listing every fault of the table
    """
    book = read_ledger(invoices, as_of, window_months)
    return pd.DataFrame({measure.__name__: measure(book) for measure in MEASURES}, index=book.firms)


def _total(months: Array) -> Array:
    """Sum over months, month by month: one enterprise adds up exactly as a table of them does."""
    total = np.zeros(months.shape[1])
    for row in months:
        total = total + row
    return total


def _ratio(above: Array, below: Array) -> Array:
    """Quotient, NaN where the divisor is not positive."""
    quotient: Array = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return quotient


def _monthly_log_wan(side: LedgerSide) -> Array:
    return np.log1p(np.maximum(side.month_fen, 0.0) / FEN_PER_WAN)


def _trend_year(book: InvoiceLedger, side: LedgerSide) -> Array:
    level = _monthly_log_wan(side)
    seen = book.months_seen
    centre = (seen - 1) / 2
    above, below = np.zeros(seen.shape), np.zeros(seen.shape)
    for back in range(book.window_months):
        distance = np.where(back < seen, centre - back, 0.0)  # time runs forward, months are counted back
        above = above + distance * level[back]
        below = below + distance * distance
    return _ratio(12.0 * above, below)


def _growth(book: InvoiceLedger, side: LedgerSide) -> Array:
    if book.window_months < 24:
        return np.full(book.months_seen.shape, np.nan)
    now = np.maximum(_total(side.month_fen[:12]), 0.0)
    before = np.maximum(_total(side.month_fen[12:24]), 0.0)
    return np.where(book.months_seen >= 24, _ratio(now - before, now + before), np.nan)


def _volatility(book: InvoiceLedger, side: LedgerSide) -> Array:
    seen = book.months_seen
    mean = _total(side.month_fen) / seen
    spread = np.zeros(seen.shape)
    for back in range(book.window_months):
        gap = np.where(back < seen, side.month_fen[back] - mean, 0.0)
        spread = spread + gap * gap
    return _ratio(np.sqrt(spread / seen), mean)


def _longest_gap(book: InvoiceLedger, side: LedgerSide) -> Array:
    run, longest = np.zeros(book.months_seen.shape), np.zeros(book.months_seen.shape)
    for back in range(book.window_months):
        silent = (side.month_count[back] == 0) & (back < book.months_seen)
        run = np.where(silent, run + 1.0, 0.0)
        longest = np.maximum(longest, run)
    return longest


def _tax_share(side: LedgerSide) -> Array:
    return np.clip(_ratio(side.tax_fen, _total(side.month_fen)), 0.0, 0.34)
