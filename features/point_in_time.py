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

    def take(self, rows: pd.Series | np.ndarray) -> Cases:
        """The chosen rows, renumbered."""
        return Cases(self.frame.loc[rows].reset_index(drop=True), self.known_at.loc[rows].reset_index(drop=True))


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
    alien = sorted(set(wanted["uscc"]) - set(enterprises["uscc"]))
    if alien:
        raise ValueError(f"{len(alien)} enterprises are not in the enterprises table, first {alien[0]}")
    gone = _gone_on(enterprises).reindex(wanted["uscc"]).to_numpy() <= wanted["as_of"].to_numpy()
    if gone.any():
        first = wanted.loc[gone].iloc[0]
        raise ValueError(
            f"{int(gone.sum())} cases lie after their enterprise closed or left, first {first['uscc']} "
            f"on {first['as_of']:%Y-%m-%d}"
        )
    identified = enterprises[["uscc", "industry", "size_rule", "founded_on"]]
    frame = wanted.merge(identified, on="uscc", how="left")
    facts = [fact.key for fact in read_credit_facts()]
    values, known = _last_known(tables["snapshots"], {item.key: item.freshness_months for item in book}, wanted)
    of_facts = _last_known(tables["credit_facts"], dict.fromkeys(facts, FACT_FRESHNESS_MONTHS), wanted)
    values |= of_facts[0]
    known |= of_facts[1]
    age = age_years(frame["founded_on"], frame["as_of"])
    revenue, staff, assets = values["revenue_wan"], values["headcount"], values["assets_wan"]
    identity = {
        "uscc": frame["uscc"],
        "as_of": frame["as_of"],
        "industry": frame["industry"],
        "size_rule": frame["size_rule"],
        "age_years": age,
        "revenue_band": revenue_band(revenue),
        "growth_stage": growth_stage(revenue, age),
        "size_class": size_class(frame["size_rule"], staff, revenue, assets),
        "legacy_micro": is_legacy_micro(revenue, age),
    }
    built = pd.DataFrame(identity | values)
    turnover = _invoice_columns(tables.get("invoices"), wanted)
    return Cases(pd.concat([built, turnover], axis=1), pd.DataFrame(known))


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
) -> tuple[dict[str, np.ndarray], dict[str, pd.Series]]:
    """By key: the value known at each wanted day, and the day it was known.

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
    # What row -1, which is none, has: no enterprise, and missing values.
    firm, period, known = np.append(firm, -2), np.append(period, -1), np.append(known, np.datetime64("NaT"))
    values, day = {}, {}
    for key, months in freshness_months.items():
        if key not in table:
            values[key], day[key] = np.full(len(wanted), np.nan), pd.Series(pd.NaT, index=wanted.index)
            continue
        rows = order[table[key].notna().to_numpy()[order]]
        newest = firm[rows] * len(periods) + period[rows]
        # A late delivery about an older period does not replace a newer one.
        rows = np.append(rows[newest == np.maximum.accumulate(newest)], -1)
        last = rows[np.searchsorted(at[rows[:-1]], sought, side="right") - 1]
        last[firm[last] != own] = -1
        expires = np.append(pd.Series(periods) + pd.DateOffset(months=months), np.datetime64("NaT"))
        last[expires[period[last]] < as_of] = -1
        values[key] = np.append(table[key].to_numpy(dtype=float, na_value=np.nan), np.nan)[last]
        day[key] = pd.Series(known[last], index=wanted.index)
    return values, day


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
