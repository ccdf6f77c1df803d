"""What was known about an enterprise on a day: the point-in-time join behind every training set and answer.

A value counts only from the day it was known (``known_at``) and only while it is fresh. Nothing later
can reach a case, whatever its period.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.codebook import Codebook, read_codebook, read_credit_facts
from data.growth_stages import age_years, growth_stage, is_legacy_micro, revenue_band
from data.sizes import size_class
from features.invoices.features import INVOICE_FEATURES, invoice_features

FACT_FRESHNESS_MONTHS = 18
DISTRICT, NOT_GIVEN = (
    "district",
    "not_given",
)  # a column to group by, never a feature; and its value where none is known
INVOICE_BATCH = 2_000  # cases whose invoices are measured together
IDENTITY = (
    "uscc",
    "as_of",
    "industry",
    "size_rule",
    "age_years",
    "revenue_band",
    "growth_stage",
    "size_class",
    "legacy_micro",
)


@dataclass(frozen=True)
class Cases:
    """One row per (enterprise, day), and beside each value the day it was known.

    frame : IDENTITY, then indicators, credit facts and invoice features, float64; NaN = unknown or stale
    known_at : same index; one column per indicator and credit fact; NaT where the value is NaN
    """

    frame: pd.DataFrame
    known_at: pd.DataFrame


def build_cases(
    tables: Mapping[str, pd.DataFrame],
    keys: pd.DataFrame | pd.Timestamp | Sequence[pd.Timestamp],
    codebook: Codebook | None = None,
) -> Cases:
    """Cases for the given keys.

    tables : enterprises, snapshots, credit_facts and (optional) invoices, as ingested
    keys : columns uscc and as_of; or a day or days, which mean every enterprise on the register then
    raises : ValueError when a key names an enterprise that the enterprises table lacks, or a day on or after the one
        on which it closed or left the zone
    """
    book = codebook or read_codebook()
    enterprises = tables["enterprises"]
    wanted = keys if isinstance(keys, pd.DataFrame) else _every_enterprise(enterprises, keys)
    wanted = wanted[["uscc", "as_of"]].reset_index(drop=True)
    register = enterprises.set_index("uscc", drop=False).reindex(wanted["uscc"]).set_axis(wanted.index)
    alien = sorted(wanted.loc[register["uscc"].isna(), "uscc"].unique())
    if alien:
        raise ValueError(f"{len(alien)} enterprises are not in the enterprises table, first {alien[0]}")
    gone = _gone_on(register).to_numpy() <= wanted["as_of"].to_numpy()
    if gone.any():
        first = wanted.loc[gone].iloc[0]
        raise ValueError(
            f"{int(gone.sum())} cases lie after their enterprise closed or left, first {first['uscc']} "
            f"on {first['as_of']:%Y-%m-%d}"
        )
    facts = [fact.key for fact in read_credit_facts()]
    of_book = _last_known(tables["snapshots"], {item.key: item.freshness_months for item in book}, wanted)
    of_facts = _last_known(tables["credit_facts"], dict.fromkeys(facts, FACT_FRESHNESS_MONTHS), wanted)
    values, known = (pd.concat(parts, axis=1) for parts in zip(of_book, of_facts, strict=True))
    age = age_years(register["founded_on"], wanted["as_of"])
    revenue, staff, assets = (values[key].to_numpy() for key in ("revenue_wan", "headcount", "assets_wan"))
    identity = {
        **wanted,
        **register[["industry", "size_rule"]],
        "age_years": age,
        "revenue_band": revenue_band(revenue),
        "growth_stage": growth_stage(revenue, age),
        "size_class": size_class(register["size_rule"], staff, revenue, assets),
        "legacy_micro": is_legacy_micro(revenue, age),
    }
    turnover = _invoice_columns(tables.get("invoices"), wanted)
    return Cases(pd.concat([pd.DataFrame(identity), values, turnover], axis=1), known)


def _every_enterprise(enterprises: pd.DataFrame, days: pd.Timestamp | Sequence[pd.Timestamp]) -> pd.DataFrame:
    listed = [days] if isinstance(days, pd.Timestamp) else list(days)
    parts = [
        enterprises.loc[on_register(enterprises, day), ["uscc"]].sort_values("uscc").assign(as_of=day) for day in listed
    ]
    return pd.concat(parts)


def districts(enterprises: pd.DataFrame, uscc: pd.Series) -> pd.Series:
    """The district of each code, index as in ``uscc``; NOT_GIVEN where the register has none, or no such column.

    It is for grouping what was concluded; ``build_cases`` leaves it out, so no model and no decision can see it.
    """
    held = enterprises.set_index("uscc").get(DISTRICT, pd.Series(dtype=object))
    return uscc.map(held).astype(object).where(lambda known: known.notna(), NOT_GIVEN).rename(DISTRICT)


def register_days(enterprises: pd.DataFrame) -> pd.DataFrame:
    """``closed_on`` and ``left_on`` by uscc, NaT where neither; a register without these columns records no exit."""
    days = {
        name: enterprises[name] if name in enterprises else pd.Series(pd.NaT, index=enterprises.index)
        for name in ("closed_on", "left_on")
    }
    return pd.DataFrame(days).astype("datetime64[us]").set_axis(pd.Index(enterprises["uscc"]))


def on_register(enterprises: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    """Mask of the enterprises founded by the day that had neither closed nor left on it; index of ``enterprises``."""
    gone = (_gone_on(enterprises) <= day).set_axis(enterprises.index)
    return (enterprises["founded_on"] <= day) & ~gone


def _gone_on(enterprises: pd.DataFrame) -> pd.Series:
    return register_days(enterprises).min(axis=1)


def _last_known(
    table: pd.DataFrame, freshness_months: Mapping[str, int], wanted: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """By wanted row and key: the value known on its day, and the day from which it was known.

    freshness_months : of every key; a key that the table lacks is known of nobody
    """
    firms = pd.Index(table["uscc"].unique())
    firm, own = firms.get_indexer(table["uscc"]), firms.get_indexer(wanted["uscc"])
    known, as_of = table["known_at"].to_numpy(), wanted["as_of"].to_numpy()
    days = np.unique(np.concatenate([known, as_of]))
    periods, period = np.unique(table["period_end"].to_numpy(), return_inverse=True)
    # One number for enterprise and day, so that a search among all rows stays within the enterprise's own.
    at, sought = firm * len(days) + np.searchsorted(days, known), own * len(days) + np.searchsorted(days, as_of)
    order = np.lexsort((period, at))
    keys = list(freshness_months)
    held = table.reindex(columns=keys).to_numpy(dtype=float, na_value=np.nan)
    given = ~np.isnan(held[order])
    expires = {
        months: np.append(pd.Series(periods) + pd.DateOffset(months=months), np.datetime64("NaT"))
        for months in set(freshness_months.values())
    }
    # What row -1, which is none, has: no enterprise, and missing values.
    firm, period, known = np.append(firm, -2), np.append(period, -1), np.append(known, np.datetime64("NaT"))
    held = np.vstack([held, np.full(held.shape[1], np.nan)])
    values = np.empty((len(wanted), held.shape[1]))
    day = np.empty(values.shape, known.dtype)
    for column, months in enumerate(freshness_months.values()):
        rows = order[given[:, column]]
        newest = firm[rows] * len(periods) + period[rows]
        # A late delivery about an older period does not replace a newer one.
        rows = np.append(rows[newest == np.maximum.accumulate(newest)], -1)
        last = rows[np.searchsorted(at[rows[:-1]], sought, side="right") - 1]
        last[firm[last] != own] = -1
        last[expires[months][period[last]] < as_of] = -1
        values[:, column], day[:, column] = held[last, column], known[last]
    return pd.DataFrame(values, wanted.index, keys), pd.DataFrame(day, wanted.index, keys)


def _invoice_columns(invoices: pd.DataFrame | None, wanted: pd.DataFrame) -> pd.DataFrame:
    columns = list(INVOICE_FEATURES)
    if invoices is None or invoices.empty or wanted.empty:
        return pd.DataFrame(np.nan, index=wanted.index, columns=columns)
    parts = []
    for start in range(0, len(wanted), INVOICE_BATCH):  # an invoice is repeated for each day that needs it
        rows = wanted.iloc[start : start + INVOICE_BATCH]
        keys = pd.DataFrame({"uscc": rows["uscc"], "as_of": rows["as_of"], "case": np.arange(len(rows))})
        matched = invoices.loc[invoices["uscc"].isin(set(rows["uscc"]))].merge(keys, on="uscc")
        matched = matched.assign(uscc=matched["case"])
        measured = invoice_features(matched.drop(columns=["case", "as_of"]), matched["as_of"])
        parts.append(measured.reindex(keys["case"])[columns].set_axis(rows.index))
    return pd.concat(parts).astype(float)
