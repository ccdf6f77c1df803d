"""Corrections of placements by a person: they count at once, and as labelled items in the next fit.

A correction is a row of its own and none is changed: of several on one item and node the last one holds.
"""

from __future__ import annotations

import pandas as pd

from data.chain.corrections import COLUMNS
from models.chain.bands import PLACED

KEY = ["kind", "item_id", "chain_id", "node_id"]


class CorrectionError(ValueError):
    """A table of corrections cannot be used; the message names the column or row."""


def in_force(corrections: pd.DataFrame) -> pd.DataFrame:
    """The last correction of each item and node, by day and then by row.

    raises : CorrectionError for a missing column, and for a row without a role or a day
    """
    lacking = set(COLUMNS) - set(corrections.columns)
    if lacking:
        raise CorrectionError(f"corrections lack the columns {sorted(lacking)}")
    empty = corrections["decided_on"].isna() | (corrections["decided_by"].fillna("") == "")
    if empty.any():
        raise CorrectionError(f"correction in row {int(empty.to_numpy().argmax())} has no decided_by or no decided_on")
    ordered = corrections.assign(decided_on=pd.to_datetime(corrections["decided_on"]))
    ordered = ordered.sort_values("decided_on", kind="stable")
    return ordered.drop_duplicates(KEY, keep="last").sort_values(KEY, ignore_index=True)


def apply_corrections(placements: pd.DataFrame, corrections: pd.DataFrame) -> pd.DataFrame:
    """The placements as a person left them: right nodes are placed with probability 1, wrong ones are gone.

    placements : columns kind, item_id, chain_id, node_id, probability, band and others; ``corrected`` is added, true
                 for rows that a person decided. Other columns of a new row are empty, its as_of is the decision's day
    """
    held = in_force(corrections)
    key = pd.MultiIndex.from_frame(placements[KEY].astype(str))
    decided = pd.MultiIndex.from_frame(held[KEY].astype(str))
    kept = placements.loc[~key.isin(decided)].assign(corrected=False)
    right = held.loc[held["right"].astype(bool)]
    if not len(right):
        return kept.reset_index(drop=True)
    earlier = placements.set_axis(key).loc[lambda one: ~one.index.duplicated()]
    rows = earlier.reindex(pd.MultiIndex.from_frame(right[KEY].astype(str))).reset_index(drop=True)
    rows[KEY] = right[KEY].to_numpy()
    new = rows["band"].isna()
    rows = rows.assign(probability=1.0, band=PLACED, corrected=True)
    if "is_parent" in rows:
        rows["is_parent"] = rows["is_parent"].eq(True)
    for name in {"evidence", "document_id", "passage"} & set(rows.columns):
        rows[name] = rows[name].fillna("")
    if "as_of" in rows:
        rows["as_of"] = rows["as_of"].where(~new, right["decided_on"].reset_index(drop=True))
    made = pd.concat([kept, rows[kept.columns]], ignore_index=True)
    return made.sort_values(KEY, kind="stable", ignore_index=True)


def labels_of(corrections: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Labels for the next fit: those known before, less the wrong ones, and the right ones; item_id and node_id.

    truth : columns item_id and node_id, nodes named ``chain/node``
    """
    held = in_force(corrections)
    pairs = pd.DataFrame({"item_id": held["item_id"], "node_id": held["chain_id"] + "/" + held["node_id"]})
    decided = pd.MultiIndex.from_frame(pairs)
    kept = truth.loc[~pd.MultiIndex.from_frame(truth[["item_id", "node_id"]]).isin(decided), ["item_id", "node_id"]]
    return pd.concat([kept, pairs.loc[held["right"].astype(bool)]], ignore_index=True)
