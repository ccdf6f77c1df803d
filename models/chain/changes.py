"""What a node's score would be with a few more or fewer firms or patents, everything else as it is."""

from __future__ import annotations

import numpy as np

from models.chain.intervals import Floats
from models.chain.scores import Scorer, advantage, gap_of, rate, share


def score_after(scorer: Scorer, node: int, score: str, counts: Floats) -> tuple[Floats, str] | None:
    """The score with so many more (fewer where negative), shape of ``counts``, and what they are; None: not defined.

    local_firms : local firms on the node and on none that it supplies, for supply, local_share and gap
    firms : firms of the node's mean revenue, for concentration; new firms, for growth on a node without patents
    patenting_firms : firms with as many patents as the mean, for concentration where revenue is not known
    patents : new patents of the recent period, for growth; local_patents : local patents on the node, for rta
    Talent and criticality rest on facts of other kinds. A change that leaves fewer than none gives NaN.
    """
    at = {name: float(total[node if len(total) > 1 else 0]) for name, total in scorer.sums.items()}
    by_patents = at["patents_local"] + at["patents_other"] > 0

    def changed(name: str) -> Floats:
        after = at[name] + counts
        return np.where(after >= 0, after, np.nan)

    if score == "supply":
        return changed("local"), "local_firms"
    if score == "local_share":
        return share(changed("local"), np.full(len(counts), at["other"])), "local_firms"
    if score == "gap":
        same = {name: np.full(len(counts), total) for name, total in at.items()}
        return gap_of(same | {"local": changed("local")}), "local_firms"
    if score == "rta":
        local, other = changed("patents_local"), np.full(len(counts), at["patents_other"])
        return advantage(local, other, at["all_local"] + counts, np.full(len(counts), at["all_other"])), "local_patents"
    if score == "growth":
        recent, earlier = ("recent", "earlier") if by_patents else ("founded_recently", "founded_earlier")
        return rate(changed(recent), np.full(len(counts), at[earlier])), "patents" if by_patents else "firms"
    if score == "concentration":
        firms = scorer.counts["amount"][node]
        mean = at["amount"] / max(firms, 1)
        after = scorer.amounts.herfindahl(
            at["amount"] + counts * mean,
            at["amount_squared"] + counts * mean**2,
            np.full(len(counts), at["amount_variance"]),
        )
        unit = "firms" if scorer.amounts.by_revenue[node] else "patenting_firms"
        return np.where(firms + counts >= 1, after, np.nan), unit
    return None
