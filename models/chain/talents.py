"""Talents 高精尖缺 by node: occupations that firms search for more than others, and inventors there are.

Both come from tables that somebody brings: staff that firms filed, and the inventors of a patent table, by pseudonym.
An occupation whose name is placed on nodes of a chain counts on these, in firms of that chain; one whose name says
nothing of a chain, as accountant, counts wherever its firm is.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from features.chain_snapshot import Snapshot
from models.chain.intervals import FirmDraws, Floats
from models.chain.placed import PlacedChain, roll_up
from models.chain.scores import ScoreParams
from models.chain.staffing import staff_columns, staffing

OCCUPATION_COLUMNS = ("node_id", "occupation", "openings", "staff", "value", "low", "high", "n", "scarce", "placed_by",
                      "status")  # fmt: skip
INVENTOR_COLUMNS = ("node_id", "patents", "inventors", "local_inventors", "status")
FIRST_NUMBER = 1_000  # of the draws of half a firm, beyond those of the scores
ON_NODE = 0.5  # probability from which on a patent is taken to be on a node


def occupations(placed: PlacedChain, known: Snapshot, params: ScoreParams) -> pd.DataFrame:
    """Openings for each person employed, by node and occupation, OCCUPATION_COLUMNS, the scarcest of a node first.

    known : the snapshot that ``placed`` is of
    openings, staff : expected, by the probability of placements; n : firms that filed the occupation
    placed_by : what put it on the node, ``by_occupation`` its own placement or ``by_firm`` those of its firms
    scarce : the interval, which is that of the score ``talent``, lies above the ratio of all staff filed

    An occupation that one firm alone filed has no data; a node whose firms filed no staff has one row without data.
    """
    staff = known.staff
    filed = staff[(staff["n_staff"] + staff["n_openings"]) > 0]
    names = sorted(filed["occupation"].unique())
    firms = {firm: number for number, firm in enumerate(placed.firm_ids)}
    draws = FirmDraws(len(firms), params.draws, params.seed, params.level)
    all_staff = float(filed["n_staff"].sum())
    usual = float(filed["n_openings"].sum()) / all_staff if all_staff > 0 else np.inf
    own_nodes = occupation_nodes(placed, known.placements)
    on_chain = 1.0 - np.prod(1.0 - placed.on[:, placed.network.parent < 0].toarray(), axis=1)
    tables = []
    for number, name in enumerate(names):
        rows = filed[filed["occupation"] == name].groupby("firm_id")[["n_staff", "n_openings"]].sum()
        at = [firms[firm] for firm in rows.index]
        people = {column: np.zeros(len(firms)) for column in rows}
        for column, filled in people.items():
            filled[at] = rows[column]
        own = own_nodes.get(name)
        on = placed.on if own is None else csr_array(np.outer(on_chain, own))
        columns = staff_columns(on, people["n_staff"], people["n_openings"])
        made = staffing(draws, columns, draws.sums(columns), FIRST_NUMBER + number)
        stated = np.isfinite(made.value)
        table = pd.DataFrame(
            {
                "node_id": placed.node_ids,
                "occupation": name,
                "openings": made.openings,
                "staff": made.staff,
                "value": made.value,
                "low": np.where(stated, made.low, np.nan),
                "high": np.where(stated, made.high, np.nan),
                "n": made.n,
                "scarce": stated & (made.low > usual),
                "placed_by": "by_firm" if own is None else "by_occupation",
                "status": np.where(stated, "ok", "no_data"),
            }
        )
        tables.append(table[made.n > 0])
    found = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(OCCUPATION_COLUMNS))
    bare = [node for node in placed.node_ids if node not in set(found["node_id"])]
    without = pd.DataFrame({"node_id": bare}).assign(
        occupation=None, openings=np.nan, staff=np.nan, value=np.nan, low=np.nan, high=np.nan, n=0, scarce=False,
        placed_by=None, status="no_data",
    )  # fmt: skip
    whole = pd.concat([one for one in (found, without) if len(one)], ignore_index=True)
    at_node = whole["node_id"].map({node: number for number, node in enumerate(placed.node_ids)})
    ordered = whole.assign(_at=at_node).sort_values(["_at", "value", "occupation"], ascending=[True, False, True])
    return ordered[list(OCCUPATION_COLUMNS)].reset_index(drop=True)


def occupation_nodes(placed: PlacedChain, placements: pd.DataFrame) -> dict[str, Floats]:
    """Probability of each placed occupation on each node or beneath it, shape (n,); all 0 on a chain that it is not of.

    placements : of a snapshot and every chain; those of kind ``staff`` are of occupations. One that is on no chain is
        not there
    """
    rows = placements[placements["kind"] == "staff"]
    number = {node: at for at, node in enumerate(placed.node_ids)}
    found: dict[str, Floats] = {}
    for name, part in rows.groupby("item_id"):
        own = np.zeros((1, len(number)))
        here = part[part["chain_id"] == placed.chain.id]
        own[0, here["node_id"].map(number).to_numpy(dtype=np.int64)] = here["probability"]
        found[str(name)] = roll_up(csr_array(own), placed.network.parent).toarray()[0]
    return found


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
