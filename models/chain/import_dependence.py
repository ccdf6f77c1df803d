"""Dependence of a node's products on imports, from tables of trade that somebody brings.

A product depends on imports in a year where three things hold: the Herfindahl index of its imports by origin is above
.4, that of the world's exports by exporter is above .4, and its imports are above its exports. It is dependent where
they hold in two of the last three years. source: CEPII, GeoDep, after the European Commission's bottom-up method
(Arjona, Connell, Herghelegiu 2023). No table of trade is part of this project: without one there is no data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

COLUMNS = {
    "imports": ("product", "year", "origin", "value"),
    "exports": ("product", "year", "value"),
    "world_exports": ("product", "year", "exporter", "value"),
}
PRODUCT_COLUMNS = ("product", "imports_hhi", "world_hhi", "imports_per_export", "years_known", "years_met", "status",
                   "dependent")  # fmt: skip


class TradeError(ValueError):
    """A table of trade lacks a column or holds a value below 0; the message names table, found and allowed."""


@dataclass(frozen=True)
class DependenceRule:
    """The thresholds of the rule, each to be exceeded; ``least_years`` of the last ``years`` must meet all three."""

    imports_hhi: float = 0.4
    world_hhi: float = 0.4
    imports_per_export: float = 1.0
    years: int = 3
    least_years: int = 2


@dataclass(frozen=True)
class Trade:
    """Values by product (a code of six digits or any other) and year, all of one currency; any table may be empty.

    imports : of the country, by origin; exports : of the country; world_exports : of every country, by exporter
    raises : TradeError
    """

    imports: pd.DataFrame
    exports: pd.DataFrame
    world_exports: pd.DataFrame

    def __post_init__(self) -> None:
        for name, columns in COLUMNS.items():
            table = getattr(self, name)
            if lacking := [column for column in columns if column not in table]:
                raise TradeError(f"{name}: no column {', '.join(lacking)}; allowed: {', '.join(columns)}")
            values = pd.to_numeric(table["value"])
            if (~(values >= 0)).any():
                raise TradeError(f"{name}: found value {values[~(values >= 0)].iloc[0]}; allowed: 0 or more")


def product_dependence(trade: Trade, last_year: int, rule: DependenceRule | None = None) -> pd.DataFrame:
    """Each product of the imports, PRODUCT_COLUMNS; the three figures are those of the last year that is known.

    A year is known where imports and world exports of the product are; exports that are not there are 0. dependent is
    missing, and status no_data, where the years that are known cannot decide.
    """
    kept = rule or DependenceRule()
    years = list(range(last_year - kept.years + 1, last_year + 1))
    products = sorted(trade.imports["product"].unique())
    cells = pd.MultiIndex.from_product([products, years], names=["product", "year"])
    imports = trade.imports.groupby(["product", "year"])["value"].sum().reindex(cells)
    exports = trade.exports.groupby(["product", "year"])["value"].sum().reindex(cells).fillna(0.0)
    found = pd.DataFrame(
        {
            "imports_hhi": herfindahl(trade.imports, "origin").reindex(cells),
            "world_hhi": herfindahl(trade.world_exports, "exporter").reindex(cells),
            "imports_per_export": np.where(exports > 0, imports / exports.where(exports > 0), np.inf),
        }
    )
    known = found["imports_hhi"].notna() & found["world_hhi"].notna()
    met = known & (found["imports_hhi"] > kept.imports_hhi) & (found["world_hhi"] > kept.world_hhi)
    met &= found["imports_per_export"] > kept.imports_per_export
    by_product = pd.DataFrame(
        {"years_known": known.groupby("product").sum(), "years_met": met.groupby("product").sum()}, index=products
    ).astype(int)
    last = found[known].groupby("product").last().reindex(products)
    yes = by_product["years_met"] >= kept.least_years
    no = by_product["years_met"] + kept.years - by_product["years_known"] < kept.least_years
    decided = yes | no
    table = last.join(by_product).rename_axis("product").reset_index()
    table["status"] = np.where(decided, "ok", "no_data")
    table["dependent"] = yes.astype("boolean").where(decided).array
    return table[list(PRODUCT_COLUMNS)]


def node_dependence(products: pd.DataFrame, codes: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Dependent products of each node: node_id, products (with a result), dependent, share, status.

    products : ``product_dependence``; codes : products of each node. A node whose products have no result has no data.
    """
    results = products[products["status"] == "ok"].set_index("product")["dependent"].astype(bool)
    rows = []
    for node_id, own in codes.items():
        known = results.reindex([code for code in dict.fromkeys(own) if code in results.index])
        count, dependent = len(known), int(known.sum())
        share = dependent / count if count else np.nan
        rows.append((node_id, count, dependent, share, "ok" if count else "no_data"))
    return pd.DataFrame(rows, columns=["node_id", "products", "dependent", "share", "status"])


def herfindahl(table: pd.DataFrame, party: str) -> pd.Series:
    """Sum of squared shares of the parties by product and year, to 12 decimals; missing where nothing was traded."""
    values = table.groupby(["product", "year", party])["value"].sum()
    whole = values.groupby(["product", "year"]).transform("sum")
    return (values[whole > 0] / whole[whole > 0]).pow(2).groupby(["product", "year"]).sum().round(12)
