"""What was known of firms, patents, staff and placements on one day: the tables that node scores are made from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pandas as pd

COUNTED_BANDS = ("placed", "to_person")  # a placement in band not_placed says that the item belongs to no node
COLUMNS = {
    "firms": ("firm_id", "local", "founded", "revenue_wan", "as_of"),
    "patents": ("publication_number", "applicant_ids", "inventor_keys", "publication_date"),
    "staff": ("firm_id", "occupation", "n_staff", "n_openings", "date"),
    "product_links": ("from_product", "to_product"),
    "placements": ("kind", "item_id", "chain_id", "node_id", "probability", "band", "as_of"),
}


class SnapshotError(ValueError):
    """A table lacks a column, or names a firm that no table of firms has; the message says which."""


@dataclass(frozen=True)
class ChainTables:
    """The tables of ``data/derived/chain`` that scores read; a table may have no row, but has its columns."""

    firms: pd.DataFrame
    patents: pd.DataFrame
    staff: pd.DataFrame
    product_links: pd.DataFrame


@dataclass(frozen=True)
class Snapshot:
    """Rows known on ``day``: one a firm, a patent, a firm's occupation, and an item on a node.

    dropped : rows left out, by reason; rows that are only later than the day are not counted
    """

    day: pd.Timestamp
    firms: pd.DataFrame
    patents: pd.DataFrame
    staff: pd.DataFrame
    product_links: pd.DataFrame
    placements: pd.DataFrame
    dropped: dict[str, int]


def snapshot(tables: ChainTables, placements: pd.DataFrame, day: pd.Timestamp) -> Snapshot:
    """What was known on a day.

    Of a firm its last row of ``as_of`` up to the day; a patent from its publication on; of a firm's occupation the last
    row; an item's placement on a node from its ``as_of`` on (the last one), in the bands placed and to_person. Product
    links carry no day and are all known. A firm that is placed before its own first row is not there yet.

    raises : SnapshotError for a missing column, or a placed or staffed firm that no row of ``firms`` names
    """
    named = {
        "firms": tables.firms,
        "patents": tables.patents,
        "staff": tables.staff,
        "product_links": tables.product_links,
        "placements": placements,
    }
    for name, table in named.items():
        if lacking := [column for column in COLUMNS[name] if column not in table]:
            raise SnapshotError(f"{name}: no column {', '.join(lacking)}; found {', '.join(map(str, table.columns))}")
    _check_firms(named["staff"]["firm_id"], tables.firms, "staff")
    _check_firms(placements.loc[placements["kind"] == "firm", "item_id"], tables.firms, "placements")
    firms = _last(tables.firms, "as_of", ["firm_id"], day)
    known = set(firms["firm_id"])
    patents = _last(tables.patents, "publication_date", ["publication_number"], day)
    placed = _last(placements, "as_of", ["kind", "item_id", "chain_id", "node_id"], day)
    placed = placed[placed["band"].isin(COUNTED_BANDS)]
    placed = placed[(placed["kind"] != "firm") | placed["item_id"].isin(known)].reset_index(drop=True)
    staff = _last(tables.staff, "date", ["firm_id", "occupation"], day)
    applicants = patents["applicant_ids"].map(split_ids)
    without = applicants.map(lambda ids: not known.intersection(ids)).to_numpy(dtype=bool)
    return Snapshot(
        day,
        firms,
        patents[~without].reset_index(drop=True),
        staff[staff["firm_id"].isin(known)].reset_index(drop=True),
        tables.product_links.reset_index(drop=True),
        placed,
        {"patents_of_no_known_firm": int(without.sum())},
    )


def split_ids(cell: object) -> tuple[str, ...]:
    """The identifiers of one cell, joined by ";"; none in an empty cell."""
    return tuple(part for part in cell.split(";") if part) if isinstance(cell, str) else ()


def _check_firms(named: pd.Series, firms: pd.DataFrame, table: str) -> None:
    unknown = sorted(set(named) - set(firms["firm_id"]))
    if unknown:
        raise SnapshotError(
            f"{table}: firm {unknown[0]} (and {len(unknown) - 1} more) is in no row of firms; "
            f"allowed: the {firms['firm_id'].nunique()} firms there"
        )


def _last(table: pd.DataFrame, date: str, key: Sequence[str], day: pd.Timestamp) -> pd.DataFrame:
    """Of each key the row with the last date up to the day, sorted by key; of equal dates the row that is lower."""
    dates = pd.to_datetime(table[date])
    rows = table.assign(_date=dates)[(dates <= day).to_numpy()]
    ordered = rows.sort_values([*key, "_date"], kind="stable").drop_duplicates(list(key), keep="last")
    return ordered.drop(columns="_date").reset_index(drop=True)


def nodes_unknown(placements: pd.DataFrame, chain_id: str, node_ids: Collection[str]) -> list[str]:
    """Nodes of a chain that placements name and that the chain does not have, sorted."""
    own = placements.loc[placements["chain_id"] == chain_id, "node_id"]
    return sorted(set(own) - set(node_ids))
