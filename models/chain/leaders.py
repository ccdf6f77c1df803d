"""Chain leader firms 链主企业: how much of a chain's supply rests on one firm.

A firm's value is the sum over the leaves of its share of the leaf (revenue, or patents) times the leaf's criticality:
the share of reach that would go if its part of every leaf went. The interval is that of its shares if the other firms
of its leaves were drawn again.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from models.chain.intervals import ratio
from models.chain.scores import Scorer

LEADER_COLUMNS = ("chain_id", "rank", "firm_id", "local", "value", "low", "high", "nodes")
LEAST_SHARE = 0.1  # of a leaf, for it to be named


def chain_leaders(scorer: Scorer, count: int = 20) -> pd.DataFrame:
    """The firms with the largest values, LEADER_COLUMNS; none where no leaf has a criticality.

    nodes : leaves of which the firm has LEAST_SHARE or more, joined by ";", the chain's order
    """
    placed = scorer.placed
    weight = np.nan_to_num(scorer.criticality().value) * placed.network.leaf
    amount = scorer.columns["amount"]
    whole = np.asarray(amount.sum(axis=0), dtype=float)
    share = csr_array(amount * ratio(np.ones(len(whole)), whole).clip(min=0.0, max=np.inf)[None, :])
    value = np.asarray((share * np.nan_to_num(weight)[None, :]).sum(axis=1), dtype=float)
    order = np.lexsort((np.array(placed.firm_ids), -value))[:count]
    order = order[value[order] > 0]
    if not len(order):
        return pd.DataFrame(columns=list(LEADER_COLUMNS))
    each = csr_array((np.ones(len(order)), (order, np.arange(len(order)))), shape=(len(value), len(order)))
    own_times = scorer.firms.sums({"each": each})["each"]  # the same draws as the sums of the chain
    rows = []
    for rank, firm in enumerate(order.tolist(), start=1):
        own = amount[[firm]].toarray().ravel()
        others = np.maximum(scorer.drawn["amount"] - own_times[:, [rank - 1]] * own, 0.0)
        drawn = np.nan_to_num(ratio(own, own + others)) @ weight
        low, high = scorer.firms.interval(value[[firm]], drawn[:, None])
        named = np.flatnonzero((share[[firm]].toarray().ravel() >= LEAST_SHARE) & placed.network.leaf)
        nodes = ";".join(placed.node_ids[node] for node in named)
        rows.append(
            (
                placed.chain.id,
                rank,
                placed.firm_ids[firm],
                bool(placed.local[firm]),
                value[firm],
                low[0],
                high[0],
                nodes,
            )
        )
    return pd.DataFrame(rows, columns=list(LEADER_COLUMNS))
