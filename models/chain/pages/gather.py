"""What a node lists: firms of the two libraries, patents, talents, investors and targets, as known on a day.

A firm or patent at a node below counts for the node as well, once, by its likeliest placement. Placements of the bands
placed and to_person are listed, with the band; a person decides on the second. What a person decided is "confirmed".
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from data.chain.tree import Chain
from models.chain.node_view import LANGUAGES

BANDS = ("placed", "to_person")


def node_lists(
    chain: Chain,
    node_id: str,
    as_of: dt.date,
    *,
    placements: pd.DataFrame,
    firms: pd.DataFrame,
    patents: pd.DataFrame | None = None,
    deals: pd.DataFrame | None = None,
    investors: pd.DataFrame | None = None,
    talents: pd.DataFrame | None = None,
    targets: pd.DataFrame | None = None,
    campaigns: pd.DataFrame | None = None,
    until: dt.date | None = None,
) -> dict[str, pd.DataFrame | None]:
    """The lists of a node by name; None where its table is not given, which is "no data" and not an empty list.

    placements : kind, item_id, chain_id, node_id, probability, band, is_parent, evidence, document_id, as_of;
        ``corrected``, if there, says whether a person decided
    firms, patents, deals, investors : the derived tables of the chain
    talents, targets, campaigns : of the node scores and of the campaigns
    until : the day until which decisions of persons and steps of campaigns count; left out: ``as_of``
    raises : KeyError for a node that the chain does not have
    """
    wanted = {node_id} | {node.id for node in chain.nodes if node_id in {one.id for one in chain.ancestors(node.id)}}
    wanted.add(chain.node(node_id).id)
    here = placements[
        (placements["chain_id"] == chain.id) & placements["node_id"].isin(wanted) & placements["band"].isin(BANDS)
    ]
    by_person = here["corrected"].eq(True) if "corrected" in here else pd.Series(data=False, index=here.index)
    here = pd.concat([_known(here[~by_person], "as_of", as_of), _known(here[by_person], "as_of", until or as_of)])
    here = here.sort_values(["probability", "item_id"], ascending=[False, True])
    here = here.drop_duplicates(["kind", "item_id"]).drop(columns=["as_of"], errors="ignore").copy()
    if "corrected" in here:
        here.loc[here["corrected"].fillna(False).astype(bool), "band"] = "confirmed"
    for lang in LANGUAGES:  # where exactly, for a reader of either language
        here[f"node_{lang}"] = here["node_id"].map(chain.names(lang))
    of_firms = here[here["kind"] == "firm"].rename(columns={"item_id": "firm_id"})
    known = of_firms.merge(_latest(_known(firms, "as_of", as_of)), on="firm_id", how="inner")
    local = known["local"].astype(bool)
    return {
        "local_library": known[local].reset_index(drop=True),
        "world_library": known[~local].reset_index(drop=True),
        "patents": None if patents is None else _patents(here, _known(patents, "publication_date", as_of)),
        "talents": None if talents is None else _of_node(talents, chain.id, node_id, as_of),
        "investors": None if deals is None else _investors(known, _known(deals, "date", as_of), investors),
        "targets": None if targets is None else _targets(targets, campaigns, firms, chain.id, node_id, as_of, until),
    }


def _known(table: pd.DataFrame, column: str, as_of: dt.date) -> pd.DataFrame:
    """Rows that were known on the day; every row of a table without the column."""
    if column not in table or table.empty:
        return table
    return table[pd.to_datetime(table[column]) <= pd.Timestamp(as_of)]


def _latest(firms: pd.DataFrame) -> pd.DataFrame:
    """Each firm once, as its last record says."""
    if "as_of" in firms:
        firms = firms.sort_values("as_of", kind="stable")
    return firms.drop_duplicates("firm_id", keep="last")


def _patents(here: pd.DataFrame, patents: pd.DataFrame) -> pd.DataFrame:
    """Patents at the node, the newest first."""
    placed = here[here["kind"] == "patent"].rename(columns={"item_id": "publication_number"})
    public = patents.drop(columns="inventor_keys", errors="ignore")  # pseudonyms of persons serve the scores alone
    found = placed.merge(public, on="publication_number", how="inner")
    return found.sort_values(["publication_date", "publication_number"], ascending=[False, True], ignore_index=True)


def _of_node(table: pd.DataFrame, chain_id: str, node_id: str, as_of: dt.date) -> pd.DataFrame:
    """A node's rows of the day in a table that may lack the columns of chain and day."""
    found = table[table["node_id"] == node_id]
    if "chain_id" in found:
        found = found[found["chain_id"] == chain_id]
    if "as_of" in found:
        found = found[pd.to_datetime(found["as_of"]) == pd.Timestamp(as_of)]
    return found.reset_index(drop=True)


def _investors(firms: pd.DataFrame, deals: pd.DataFrame, investors: pd.DataFrame | None) -> pd.DataFrame:
    """Who funded the node's firms: most firms first, then the latest deal."""
    named = deals.merge(firms[["firm_id", "name"]], on="firm_id", how="inner")
    rows: list[dict[str, Any]] = [
        {
            "investor": investor,
            "n_firms": part["firm_id"].nunique(),
            "n_deals": len(part),
            "last_deal": pd.Timestamp(part["date"].max()),
            "firms": "; ".join(sorted(set(part["name"]))),
        }
        for investor, part in named.groupby("investor")
    ]
    columns = ["investor", "n_firms", "n_deals", "last_deal", "firms"]
    found = pd.DataFrame(rows, columns=columns).sort_values(
        ["n_firms", "last_deal", "investor"], ascending=[False, False, True], ignore_index=True
    )
    if investors is None:
        return found
    kinds = investors[["investor", "kind"]].rename(columns={"kind": "investor_kind"}).drop_duplicates("investor")
    return found.merge(kinds, on="investor", how="left")


def _targets(
    targets: pd.DataFrame,
    campaigns: pd.DataFrame | None,
    firms: pd.DataFrame,
    chain_id: str,
    node_id: str,
    as_of: dt.date,
    until: dt.date | None,
) -> pd.DataFrame:
    """Target firms of the node by rank, with names and what was done about them."""
    found = _of_node(targets, chain_id, node_id, as_of).sort_values("rank", kind="stable", ignore_index=True)
    if "name" not in found:
        found = found.merge(_latest(firms)[["firm_id", "name"]], on="firm_id", how="left")
    if campaigns is None:
        return found
    own = campaigns[(campaigns["chain_id"] == chain_id) & (campaigns["node_id"] == node_id)]
    own = _known(own, "since", until or as_of)[["firm_id", "status", "since"]].rename(columns={"status": "campaign"})
    return found.merge(own.drop_duplicates("firm_id", keep="last"), on="firm_id", how="left")
