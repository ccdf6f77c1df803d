"""What a person confirmed: labels to learn from, and placements that override the model's."""

from __future__ import annotations

import pandas as pd

from models.chain.bands import PLACED
from models.chain.corrections import KEY, apply_corrections
from models.chain.hierarchy import SEPARATOR


def confirmed_labels(confirmed: pd.DataFrame) -> pd.DataFrame:
    """item_id and node_id (``chain/node``) of confirmed firms; a row without a node is no label.

    confirmed : kind, item_id, chain_id, node_id or nothing, decided_on, decided_by
    """
    rows = confirmed.loc[(confirmed["kind"] == "firm") & confirmed["node_id"].notna()]
    node = rows["chain_id"] + SEPARATOR + rows["node_id"]
    return pd.DataFrame({"item_id": rows["item_id"], "node_id": node}).reset_index(drop=True)


def with_confirmed(
    placements: pd.DataFrame, confirmed: pd.DataFrame, first: pd.Series, corrections: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Placements as confirmed: of a confirmed item and chain the confirmed nodes alone, with probability 1.

    first       : day of each item's first document, from which a confirmed placement is known where the model did not
                  have it, since the decision is about what the item was before
    corrections : of single nodes, which are applied last
    """
    placements = placements.assign(corrected=False)
    of = ["kind", "item_id", "chain_id"]
    decided = pd.MultiIndex.from_frame(confirmed[of].drop_duplicates())
    kept = placements.loc[~pd.MultiIndex.from_frame(placements[of]).isin(decided)]
    rows = confirmed.loc[confirmed["node_id"].notna(), KEY].drop_duplicates().reset_index(drop=True)
    known = placements.drop_duplicates(KEY).set_index(KEY)
    new = known.reindex(pd.MultiIndex.from_frame(rows)).reset_index()
    new = new.assign(probability=1.0, band=PLACED, corrected=True, is_parent=new["is_parent"].eq(True))
    for name in ("evidence", "document_id", "passage"):
        new[name] = new[name].fillna("")
    new["as_of"] = pd.to_datetime(new["as_of"]).fillna(pd.to_datetime(new["item_id"].map(first)))
    new = new.loc[new["as_of"].notna()]  # an item that no table has any text of
    made = pd.concat([kept, new[kept.columns]], ignore_index=True).sort_values(KEY, kind="stable", ignore_index=True)
    if corrections is None or not len(corrections):
        return made
    earlier = made["corrected"]
    made = apply_corrections(made.assign(was=earlier), corrections)
    return made.assign(corrected=made["corrected"] | made["was"].eq(True)).drop(columns="was")
