"""Talents 高精尖缺 by node: occupations that firms search for more than others, and inventors there are.

Both come from tables that somebody brings: staff that firms filed, and the inventors of a patent table, by pseudonym.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.chain.intervals import FirmDraws
from models.chain.placed import PlacedChain
from models.chain.scores import ScoreParams
from models.chain.staffing import staff_columns, staffing

OCCUPATION_COLUMNS = ("node_id", "occupation", "openings", "staff", "value", "low", "high", "n", "scarce", "status")
INVENTOR_COLUMNS = ("node_id", "patents", "inventors", "local_inventors", "status")
FIRST_NUMBER = 1_000  # of the draws of half a firm, beyond those of the scores
ON_NODE = 0.5  # probability from which on a patent is taken to be on a node


def occupations(placed: PlacedChain, staff: pd.DataFrame, params: ScoreParams) -> pd.DataFrame:
    """Openings for each person employed, by node and occupation, OCCUPATION_COLUMNS, the scarcest of a node first.

    staff : of a snapshot. openings, staff : expected, by the probability of the firms' placements; n : firms that filed
    the occupation. The interval is that of the score ``talent``. scarce : it lies above the ratio of all staff filed.
    An occupation that one firm alone filed has no data; a node whose firms filed no staff has one row without data.
    """
    filed = staff[(staff["n_staff"] + staff["n_openings"]) > 0]
    names = sorted(filed["occupation"].unique())
    firms = {firm: number for number, firm in enumerate(placed.firm_ids)}
    draws = FirmDraws(len(firms), params.draws, params.seed, params.level)
    all_staff = float(filed["n_staff"].sum())
    usual = float(filed["n_openings"].sum()) / all_staff if all_staff > 0 else np.inf
    tables = []
    for number, name in enumerate(names):
        rows = filed[filed["occupation"] == name].groupby("firm_id")[["n_staff", "n_openings"]].sum()
        at = [firms[firm] for firm in rows.index]
        people = {column: np.zeros(len(firms)) for column in rows}
        for column, filled in people.items():
            filled[at] = rows[column]
        columns = staff_columns(placed.on, people["n_staff"], people["n_openings"])
        made = staffing(draws, columns, draws.sums(columns), FIRST_NUMBER + number)
        known = np.isfinite(made.value)
        table = pd.DataFrame(
            {
                "node_id": placed.node_ids,
                "occupation": name,
                "openings": made.openings,
                "staff": made.staff,
                "value": made.value,
                "low": np.where(known, made.low, np.nan),
                "high": np.where(known, made.high, np.nan),
                "n": made.n,
                "scarce": known & (made.low > usual),
                "status": np.where(known, "ok", "no_data"),
            }
        )
        tables.append(table[made.n > 0])
    found = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(OCCUPATION_COLUMNS))
    bare = [node for node in placed.node_ids if node not in set(found["node_id"])]
    without = pd.DataFrame({"node_id": bare}).assign(
        occupation=None, openings=np.nan, staff=np.nan, value=np.nan, low=np.nan, high=np.nan, n=0, scarce=False,
        status="no_data",
    )  # fmt: skip
    whole = pd.concat([one for one in (found, without) if len(one)], ignore_index=True)
    at_node = whole["node_id"].map({node: number for number, node in enumerate(placed.node_ids)})
    ordered = whole.assign(_at=at_node).sort_values(["_at", "value", "occupation"], ascending=[True, False, True])
    return ordered[list(OCCUPATION_COLUMNS)].reset_index(drop=True)


def inventors(placed: PlacedChain) -> pd.DataFrame:
    """Different inventors of the patents on each node, INVENTOR_COLUMNS; local_inventors : on a local firm's patents.

    A node whose patents name no inventor has no data.
    """
    rows = []
    columns = (placed.applications >= ON_NODE).tocsc()
    for number, node_id in enumerate(placed.node_ids):
        patents = columns.indices[columns.indptr[number] : columns.indptr[number + 1]]
        everybody = frozenset[str]().union(*(placed.inventors[one] for one in patents))
        local = frozenset[str]().union(*(placed.inventors[one] for one in patents if placed.of_local[one]))
        known = bool(everybody)
        rows.append((node_id, len(patents), len(everybody), len(local), "ok" if known else "no_data"))
    return pd.DataFrame(rows, columns=list(INVENTOR_COLUMNS))
